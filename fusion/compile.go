package fusion

import (
	"fmt"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// compiler makes the tools of one service.
type compiler struct {
	options     *options
	senders     *senders
	service     *config.Service
	auth        auth.Strategy
	breakers    *breakers
	uploads     *uploads
	unsupported string // what the whole service needs and does not get
}

func newCompiler(o *options, s *senders, service *config.Service) (*compiler, error) {
	strategy, missing, err := strategy(service.Key, service.Auth)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", service.Key, err)
	}
	return &compiler{
		o, s, service, strategy, newBreakers(service.Key, service.CircuitBreaker, o.log), &uploads{o.uploadDir, o.maxUpload}, missing,
	}, nil
}

// tool compiles the endpoint with the given index, with at most one warning.
func (c *compiler) tool(index int, e *config.Endpoint) (*Tool, []config.Problem) {
	t := &Tool{
		Name: e.ToolName, Title: e.Name, Description: e.Description,
		Service: c.service.Key, Endpoint: e.ID, Method: e.Method,
		Hints: e.Hints, Timeout: e.Connection.Timeout,
		auth: c.auth, sender: c.senders.get(c.service.DenyPrivate, e.Connection),
		retry: retrier{e.Retry, e.Hints.Idempotent}, breakers: c.breakers,
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
	return t, c.limits(t, index, e)
}

// limits notes what the endpoint needs and does not get.
func (c *compiler) limits(t *Tool, index int, e *config.Endpoint) []config.Problem {
	if c.unsupported == "" {
		return nil
	}
	t.unsupported = unsupportedText(t.Name, c.unsupported)
	path := fmt.Sprintf("services.%s.endpoints[%d]", c.service.Key, index)
	return []config.Problem{unsupportedWarning(path, e.Position, c.unsupported)}
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
