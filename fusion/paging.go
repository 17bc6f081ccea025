package fusion

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// paging is how a tool asks for pages.
type paging struct {
	*config.Pagination
	// token takes the token of the next page; nil when no parameter does, and
	// the token is added to the query.
	token *param
	// size takes the size of a page; nil for the API's own.
	size *param
}

// newPaging returns nil for an endpoint without pages.
func newPaging(from *config.Pagination, params []*param) *paging {
	if from == nil {
		return nil
	}
	named := func(name string) func(*param) bool {
		return func(p *param) bool { return !p.Unused && (p.Name == name || p.key == name) }
	}
	p := &paging{Pagination: from}
	if i := slices.IndexFunc(params, named(from.TokenParam)); i >= 0 {
		p.token = params[i]
	}
	if i := slices.IndexFunc(params, named(from.SizeParam)); i >= 0 && from.SizeParam != "" {
		p.size = params[i]
	}
	return p
}

// pageRef is how a page is asked for. The zero value is the first page.
type pageRef struct {
	// Link is a URL with all that is sent but the credential.
	Link string `json:"l,omitempty"`
	// Token is a JSON string or number.
	Token string `json:"t,omitempty"`
}

// token is the value of the token.
func (p pageRef) token() any {
	v, _ := decodeNumbers([]byte(p.Token)) // which is valid
	return v
}

// request builds the request for the page that is wanted, except for the
// credential.
func (c *call) request(ctx context.Context) (*http.Request, error) {
	r, err := c.tool.request(ctx, c.pageValues())
	if err != nil || c.tool.paging == nil {
		return r, err
	}
	switch {
	case c.at.Link != "":
		to, problem := c.tool.target.follow(r.URL, c.at.Link)
		if problem != "" {
			return nil, errOutside // it was looked at before
		}
		r.URL = to
	case c.at.Token != "":
		c.addToken(r)
	}
	asked := *r.URL
	c.asked = &asked
	return r, nil
}

// pageValues adds to the values what asks for the page.
func (c *call) pageValues() values {
	p := c.tool.paging
	if p == nil {
		return c.values
	}
	v := slices.Clone(c.values)
	if p.size != nil && !v.has(p.size) {
		v[p.size.index] = json.Number(strconv.Itoa(p.PageSize))
	}
	if p.token != nil && c.at.Token != "" {
		v[p.token.index] = c.at.token()
	}
	return v
}

// addToken adds the token to the query where no parameter takes it.
func (c *call) addToken(r *http.Request) {
	if c.tool.paging.token != nil {
		return
	}
	pair := escapeQuery(c.tool.paging.TokenParam) + "=" + escapeQuery(scalarText(c.at.token()))
	if r.URL.RawQuery != "" {
		pair = r.URL.RawQuery + "&" + pair
	}
	r.URL.RawQuery = pair
}

// follow returns where a link of an answer leads, if that is a place where this
// tool may go, and else what is wrong with it. from is the URL that it was found
// at.
func (t *target) follow(from *url.URL, link string) (to *url.URL, problem string) {
	u, err := from.Parse(link)
	switch {
	case err != nil || u.Opaque != "":
		return nil, "the link to the next one cannot be read"
	case auth.Origin(u) != auth.Origin(t.base):
		return nil, "the link to the next one leads to another origin, " + auth.Origin(u) + ", which is not followed"
	}
	to = &url.URL{Scheme: t.base.Scheme, Host: t.base.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: escapeText(u.RawQuery, queryBytes)}
	if !t.containsURL(to) {
		return nil, "the link to the next one leads out of the configured path, which is not followed"
	}
	return to, ""
}
