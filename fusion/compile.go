package fusion

import (
	"fmt"
	"slices"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// compiler makes the tools of one service.
type compiler struct {
	options   *options
	senders   *senders
	service   *config.Service
	auth      auth.Strategy
	connector *auth.Connector
	breakers  *breakers
	uploads   *uploads
}

func newCompiler(o *options, s *senders, service *config.Service) (*compiler, error) {
	strategy, connector, err := auth.New(auth.Service{
		Key: service.Key, Name: service.Name, Auth: service.Auth, Origins: origins(service), Client: s.provider(service.DenyPrivate),
	}, o.connections)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", service.Key, err)
	}
	return &compiler{
		o, s, service, strategy, connector, newBreakers(service.Key, service.CircuitBreaker, o.log), &uploads{o.uploadDir, o.maxUpload},
	}, nil
}

// origins are where a service's requests go.
func origins(service *config.Service) (list []string) {
	for _, e := range service.Endpoints {
		list = append(list, auth.Origin(e.BaseURL))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tool compiles an endpoint.
func (c *compiler) tool(e *config.Endpoint) *Tool {
	t := &Tool{
		Name: e.ToolName, Title: e.Name, Description: e.Description,
		Service: c.service.Key, Endpoint: e.ID, Method: e.Method,
		Hints: e.Hints, Timeout: e.Connection.Timeout,
		Connector: c.connector, auth: c.auth, sender: c.senders.get(c.service.DenyPrivate, e.Connection),
		retry: retrier{e.Retry, e.Hints.Idempotent}, breakers: c.breakers,
		renewal: renewal{c.service.Auth.Invalidation, e.Hints.Idempotent},
	}
	if t.Description == "" {
		t.Description = e.Name // a model chooses by the description
	}
	t.addParameters(e)
	t.content = newContent(e, t.params, c.uploads)
	t.addResponse(e)
	if e.Hints.Destructive && !c.options.allowDestructive {
		t.blocked = t.Name + " may destroy data, and this server does not allow such calls; " +
			"its operator can allow them with MCP_FUSION_ALLOW_DESTRUCTIVE=true"
	}
	return t
}

// addParameters compiles what a call sends.
func (t *Tool) addParameters(e *config.Endpoint) {
	t.shown = make(map[string]*param, len(e.Parameters))
	for i, from := range e.Parameters {
		p := newParam(from, i)
		t.params = append(t.params, p)
		if p.expression != nil && !p.Unused {
			t.changing = append(t.changing, p)
		}
		if p.visible() {
			t.shown[p.Shown] = p
		} else {
			t.hidden = append(t.hidden, p.secrets()...)
		}
	}
	t.InputSchema = inputSchema(t.params)
	t.target = newTarget(e.BaseURL, e.Path, t.params)
}

// addResponse compiles what is asked for and how it is read.
func (t *Tool) addResponse(e *config.Endpoint) {
	t.text, t.binary = e.Response.Type == "text", e.Response.Type == "binary"
	switch {
	case t.text:
		t.accept = "text/plain, text/*;q=0.9, */*;q=0.5"
	case t.binary:
		t.accept = "*/*"
	default:
		t.accept = "application/json"
	}
	t.transform = e.Response.Transform
	t.caching = e.Response.Caching
	t.paging = newPaging(e.Response.Pagination, t.params)
}
