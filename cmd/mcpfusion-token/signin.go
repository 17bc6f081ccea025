package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// signIn runs "connect": somebody signs in at a service's provider by a code, and
// the tenant is connected.
func (p *program) signIn(ctx context.Context) error {
	connector, tenant, err := p.toConnect(ctx)
	if err != nil {
		return err
	}
	data, err := connector.SignIn(ctx, p.showCode)
	switch {
	case ctx.Err() != nil:
		return exitError{code: exitCancelled, message: "Cancelled."}
	case err != nil:
		return fmt.Errorf("%s: %w", p.service, err)
	}
	err = p.manage(ctx, func(m admin.Manager) error { return m.StoreOAuthToken(tenant, p.service, data) }, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(signedIn{tenant, p.service, data.Account, data.Scope, wholeOrNil(data.ExpiresAt), data.RefreshToken != ""})
	}
	return p.print(fmt.Sprintf("Connected: %s of tenant %s%s\n", p.service, tenant[:8], as(data.Account)))
}

// signedIn is what --json prints of a new connection.
type signedIn struct {
	Tenant    string     `json:"tenant"`
	Service   string     `json:"service"`
	Account   string     `json:"account"`
	Scope     []string   `json:"scope"`
	ExpiresAt *time.Time `json:"expires_at"`
	Renews    bool       `json:"renews"`
}

func as(account string) string {
	if account == "" {
		return ""
	}
	return " as " + account
}

// showCode asks the person for what only they can do.
func (p *program) showCode(d auth.Device) {
	_, _ = fmt.Fprintf(p.stderr, "Open %s and enter the code %s within %.0f minutes. Whoever enters it connects their account.\nWaiting ...\n",
		d.URL, d.UserCode, time.Until(d.ExpiresAt).Minutes())
}

// toConnect returns the service that is meant, and the tenant's hash.
func (p *program) toConnect(ctx context.Context) (*auth.Connector, string, error) {
	switch {
	case p.tenant == "" || p.service == "":
		return nil, "", usageError(p.command + " needs --tenant and --service")
	case p.configs() == "":
		return nil, "", usageError(p.command + " needs --config FILES, or MCP_FUSION_CONFIGS")
	}
	tenant, err := p.findTenant(ctx, p.tenant)
	if err != nil {
		return nil, "", err
	}
	connector, err := p.connector()
	return connector, tenant, err
}

// configs are the files of the configuration, separated by commas.
func (p *program) configs() string {
	several, _ := p.env.Lookup("MCP_FUSION_CONFIGS")
	one, _ := p.env.Lookup("MCP_FUSION_CONFIG")
	return cmp.Or(p.config, several, one)
}

// connector finds the service in the configuration.
func (p *program) connector() (*auth.Connector, error) {
	var paths []string
	for path := range strings.SplitSeq(p.configs(), ",") {
		paths = append(paths, p.env.ExpandPath(strings.TrimSpace(path)))
	}
	tools, err := fusion.New(fusion.WithLogger(p.logger), fusion.WithJSONConfig(paths...), fusion.WithLookup(p.env.Lookup),
		fusion.WithSkipUnsupported(true))
	if wrong, ok := errors.AsType[*config.Error](err); ok {
		return nil, exitError{code: exitFailed, message: "The configuration cannot be used:", details: wrong.Error() + "\n"}
	}
	if err != nil {
		return nil, err
	}
	for _, service := range tools.Services() {
		if service.Key == p.service {
			return p.byCode(service)
		}
	}
	return nil, exitError{code: exitNotFound, message: "No service " + p.service + " in the configuration."}
}

// byCode refuses services that a terminal cannot connect, and says what can.
func (p *program) byCode(service *fusion.Service) (*auth.Connector, error) {
	c := service.Connector
	if c == nil {
		return nil, fmt.Errorf("%s needs no connection of a tenant's own", service.Key)
	}
	switch c.Way {
	case auth.ByDevice:
		return c, nil
	case auth.ByCode:
		return nil, fmt.Errorf("%s is connected in a browser, on the page /connect/%s of the server", service.Key, service.Key)
	case auth.ByOperator:
		return nil, fmt.Errorf("%s has no sign-in; store its tokens with: credential set --kind %s", service.Key, db.KindOAuthTokens)
	}
	return nil, fmt.Errorf("%s has no sign-in; store what it needs with: credential set", service.Key)
}

// disconnect runs "disconnect".
func (p *program) disconnect(ctx context.Context) error {
	if p.tenant == "" || p.service == "" {
		return usageError("disconnect needs --tenant and --service")
	}
	tenant, err := p.findTenant(ctx, p.tenant)
	if err != nil {
		return err
	}
	err = p.manage(ctx, func(m admin.Manager) error { return m.DeleteOAuthToken(tenant, p.service) }, db.WithExisting())
	switch {
	case errors.Is(err, db.ErrNotFound):
		return exitError{code: exitNotFound, message: fmt.Sprintf("Tenant %s is not connected to %s.", tenant[:8], p.service)}
	case err != nil:
		return err
	case p.json:
		return p.printJSON(map[string]string{"tenant": tenant, "service": p.service})
	}
	// Only the tenant's API token opens what would have to be taken back there.
	return p.print(fmt.Sprintf("Disconnected: %s of tenant %s. Its provider was not told: the access can be ended there.\n",
		p.service, tenant[:8]))
}
