package mcpserver

import (
	"context"
	"errors"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// linker returns the gateway's page where a person connects a service; "" where
// there is none.
type linker func(service string) string

// connectError is a [*auth.CredentialError] with what its tenant can do now. Its
// text is written for a model.
type connectError struct {
	*auth.CredentialError
	token  string      // the API token's hash, as mcpfusion-token lists it
	link   string      // the gateway's page
	device auth.Device // the sign-in that is under way, for ByDevice
	// problem is why none could begin; "" when one did.
	problem string
}

// advise says in an error of a call how the tenant can mend it, if it can. For
// that a sign-in by code begins here. Any other error stays as it is.
func (l linker) advise(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*fusion.UpstreamError](err); ok {
		refused.Detail += l.anew(refused.Connector)
		return err
	}
	missing, ok := errors.AsType[*auth.CredentialError](err)
	if !ok {
		return err
	}
	told := &connectError{CredentialError: missing}
	if missing.Connector == nil || missing.Temporary {
		return told
	}
	told.token, told.link = tenantOf(ctx).TokenHash()[:12]+"...", l(missing.Connector.Service)
	if missing.Connector.Way != auth.ByDevice {
		return told
	}
	told.device, err = missing.Connector.StartDevice(ctx, tenantOf(ctx))
	refused, ok := errors.AsType[*auth.SignInError](err)
	switch {
	case ok && refused.Temporary:
		return &connectError{CredentialError: &auth.CredentialError{Detail: missing.Detail + ": " + refused.Detail, Temporary: true}}
	case ok:
		told.problem = refused.Detail
	case err != nil:
		return err
	}
	return told
}

// anew goes on in what an API that refuses a connection's token said. The token
// may be right, and the person not allowed to do this.
func (l linker) anew(c *auth.Connector) string {
	if c == nil || c.Way != auth.ByDevice && c.Way != auth.ByCode || l(c.Service) == "" {
		return ""
	}
	return "; if this goes on, connect anew at " + l(c.Service)
}

// address is where a browser is sent to connect; "" when that is not possible.
func (e *connectError) address() string {
	switch {
	case e.Connector == nil || e.Temporary || e.Connector.Way == auth.ByOperator || e.problem != "":
		return ""
	case e.Connector.Way != auth.ByDevice:
		return e.link
	case e.device.CompleteURL != "":
		return e.device.CompleteURL
	}
	return e.device.URL
}

// byUser says what the user does to connect. There must be an address.
func (e *connectError) byUser() string {
	switch {
	case e.Connector.Way == auth.ByValues:
		return "open " + e.link + " and enter the values there"
	case e.Connector.Way == auth.ByCode:
		return "open " + e.link + " and sign in there"
	case e.link == "":
		return "open " + e.device.URL + " and enter the code " + e.device.UserCode
	}
	return "open " + e.device.URL + " and enter the code " + e.device.UserCode + ", or open " + e.link
}

// byOperator says what only the operator can do. There must be no address.
func (e *connectError) byOperator() string {
	const page = "the operator of this server must set -public-url, so that there is a page to "
	switch credential := "mcpfusion-token credential set" + e.named() + " --kind " + e.Connector.Kind(); e.Connector.Way {
	case auth.ByOperator:
		text := "the operator of this server must store the tokens: " + credential
		if e.Connector.InTerminal {
			text += "; or connect it in the terminal: mcpfusion-token connect" + e.named()
		}
		return text
	case auth.ByValues:
		return page + "enter the values on, or store them: " + credential
	case auth.ByCode:
		return page + "sign in on"
	}
	return e.problem + "\nThe operator of this server can also connect it: mcpfusion-token connect" + e.named()
}

// named are the arguments of mcpfusion-token that name the connection.
func (e *connectError) named() string {
	return " --tenant " + e.token + " --service " + e.Connector.Service
}

// Error tells a model what to pass on, and when to call again. It names address
// and code to be given verbatim, since models like to tidy them up, and has it
// wait for the user, since they like to try again at once.
func (e *connectError) Error() string {
	switch {
	case e.Temporary:
		return "Nothing was sent: " + e.Detail + "\nThis passes by itself: try again in a moment, once, and tell the user if it goes on."
	case e.Connector == nil:
		return "Nothing was sent: " + e.Detail
	case e.address() == "":
		return e.heading() + "Tell the user: " + e.byOperator() + "\nCalling again does not help before the user says that this is done."
	}
	return e.heading() + "Tell the user, with each address and code exactly as it is here: " + e.byUser() + "\n" +
		"Then wait until the user says that it is done, and call again; before that it cannot work. " +
		"Do not make up an address, a code or a value, and do not ask for a password or a key in this conversation."
}

func (e *connectError) heading() string {
	return "Nothing was sent to " + e.Connector.Name + ": " + e.Detail + "\n"
}

// forPrograms is the text for who calls over REST.
func (e *connectError) forPrograms() string {
	switch {
	case e.Connector == nil || e.Temporary:
		return e.Detail
	case e.address() == "":
		return e.Detail + "\nTo connect: " + e.byOperator()
	}
	return e.Detail + "\nTo connect: " + e.byUser() + "; then call again"
}

// forPeople is what a client shows beside the address that it opens.
func (e *connectError) forPeople() string {
	reason, _, _ := strings.Cut(e.Detail, "\n") // the page has the rest
	text := e.Connector.Name + ": " + reason + ". "
	if e.Connector.Way == auth.ByDevice {
		return text + "Open " + e.address() + " and enter the code " + e.device.UserCode + ". The call then goes on by itself."
	}
	return text + "Open this page and connect there: " + e.address() + ". The call then goes on by itself."
}
