package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
)

// connection is all that the tenant may know of its connection to a service.
// What there is none of is left out. Times are in UTC.
type connection struct {
	Service     string         `json:"service"`
	Name        string         `json:"name"`
	Auth        string         `json:"auth"`
	State       string         `json:"state"`
	Way         string         `json:"way,omitempty"`
	Account     string         `json:"account,omitempty"`
	Scope       []string       `json:"scope,omitempty"`
	ConnectedAt *time.Time     `json:"connected_at,omitempty"`
	ExpiresAt   *time.Time     `json:"expires_at,omitempty"`
	Renews      bool           `json:"renews"`
	LastError   string         `json:"last_error,omitempty"`
	ConnectURL  string         `json:"connect_url,omitempty"`
	Pending     *pendingSignIn `json:"pending,omitempty"`
}

// pendingSignIn is a sign-in by code that nobody has completed yet.
type pendingSignIn struct {
	UserCode        string    `json:"user_code"`
	VerificationURI string    `json:"verification_uri"`
	ExpiresAt       time.Time `json:"expires_at"`
}

// connections are those to the services of which the view has a tool.
type connections struct {
	Connections []connection `json:"connections"`
}

func (l linker) connections(ctx context.Context, logger global.Logger, v *view) (list connections, err error) {
	list.Connections = []connection{}
	for _, service := range v.services() {
		c, err := l.connection(ctx, logger, service)
		if err != nil {
			return list, err
		}
		list.Connections = append(list.Connections, c)
	}
	return list, nil
}

// connection returns how the tenant stands with a service. An error means that
// this cannot be told of any.
func (l linker) connection(ctx context.Context, logger global.Logger, service *fusion.Service) (connection, error) {
	c := connection{Service: service.Key, Name: service.Name, Auth: service.AuthType}
	connector := service.Connector
	switch {
	case service.AuthType == "none":
		c.State = "not_needed"
		return c, nil
	case connector == nil:
		c.State = string(auth.Configured)
		return c, nil
	case connector.Way != auth.ByOperator:
		c.ConnectURL = l(service.Key)
	}
	c.Way = string(connector.Way)
	if device, ok := connector.Device(tenantOf(ctx)); ok && device.Status == auth.DevicePending {
		c.Pending = &pendingSignIn{device.UserCode, device.URL, *inUTC(device.ExpiresAt)}
	}
	return c, c.read(ctx, logger, connector)
}

// read adds what is stored. A record that cannot be read is a fact too, and its
// cause goes to the log.
func (c *connection) read(ctx context.Context, logger global.Logger, connector *auth.Connector) error {
	tenant := tenantOf(ctx)
	state, err := connector.State(tenant)
	locked, isLocked := errors.AsType[*auth.CredentialError](err)
	switch {
	case err == nil:
		c.tell(state)
	case isLocked:
		c.State, c.LastError = string(auth.Missing), locked.Detail
	case tenant.Check() != nil:
		return err
	default:
		logger.Errorf("request %s: %v", recordOf(ctx).id, err)
		c.State, c.LastError = string(auth.NeedsSignIn), "what is stored cannot be read"
	}
	return nil
}

func (c *connection) tell(state auth.State) {
	c.State, c.Account, c.Scope = string(state.Status), state.Account, state.Scope
	c.Renews, c.LastError = state.Renews, state.LastError
	if !state.Since.IsZero() {
		c.ConnectedAt = inUTC(state.Since)
	}
	if state.Until != nil {
		c.ExpiresAt = inUTC(*state.Until)
	}
}

func inUTC(t time.Time) *time.Time { return new(t.UTC().Truncate(time.Second)) }

// listConnections answers GET /api/connections.
func (s *Server) listConnections(w http.ResponseWriter, r *http.Request) {
	if !isRead(w, r) {
		return
	}
	v, ok := s.viewOf(w, r)
	if !ok {
		return
	}
	list, err := linker(s.connectURL).connections(r.Context(), s.logger, v)
	if err != nil {
		s.failConnections(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", list)
}
