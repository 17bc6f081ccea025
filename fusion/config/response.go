package config

import (
	"slices"
	"strings"
	"time"
)

func (e *endpoint) readResponse(o *object) {
	e.Response.Type = o.choice("type", "json", "json", "text", "binary")
	if c, found := o.find("transform"); found && c.is(kindString) {
		e.Response.Transform = e.parseTransform(c)
		if e.Response.Transform != nil && e.Response.Type == "binary" {
			c.warn("has no effect; the answer is given as it is, since the type is binary")
			e.Response.Transform = nil
		}
	}
	e.readPagination(o)
	e.readCaching(o.child("caching"))
	o.ignored("retry", "write \"retry\" into the endpoint")
	o.done()
}

// parseTransform returns nil for no transform, and for one with a problem.
func (e *endpoint) parseTransform(c cursor) *ResponseTransform {
	switch {
	case c.node.text == "":
		return nil
	case jsonPath.MatchString(c.node.text):
		return &ResponseTransform{Path: strings.Split(c.node.text, ".")[1:]}
	}
	names, places := e.variables()
	code, reason := compileJQ(c.node.text, names)
	if reason != "" {
		c.problem("%s is no jq program%s; write jq, or a path such as $.data.items", c.quoted(), c.because(reason))
		return nil
	}
	return &ResponseTransform{Code: code, Variables: places}
}

func (e *endpoint) readPagination(response *object) {
	paginated := response.flag("paginated", false)
	_, said := response.find("paginated")
	o := response.child("paginationConfig")
	p := &Pagination{
		NextPageTokenPath: o.text("", "nextPageTokenPath"),
		DataPath:          o.text("", "dataPath"),
		PageSize:          o.whole("pageSize", 0, 0, 1_000_000),
		MaxPages:          o.whole("maxPages", 10, 1, 10_000),
		TokenParam:        o.text("", "tokenParam"),
	}
	o.done()
	switch {
	case o.given && !said:
		o.warn("has no effect without \"paginated\": true")
	case paginated && e.canPage(response, p):
		e.Response.Pagination = p
	}
}

// canPage reports whether there is a way to ask for the next page, and fills in
// the parameter that takes a token.
func (e *endpoint) canPage(response *object, p *Pagination) bool {
	if e.Response.Type != "json" {
		response.warn("only json has pages, so the answer is given as it is; the type is %s", e.Response.Type)
		return false
	}
	if !e.Hints.ReadOnly {
		response.warn("only what reads is asked again for further pages, so only the first is given; set hints.readOnly if this only reads")
		return false
	}
	if p.NextPageTokenPath == "" {
		response.warn("paginationConfig.nextPageTokenPath is missing, so only the first page is given")
		return false
	}
	if p.TokenParam == "" {
		p.TokenParam = e.tokenParam(p.NextPageTokenPath)
	}
	if p.SizeParam = e.sizeParam(); p.PageSize > 0 && p.SizeParam == "" {
		response.warn("paginationConfig.pageSize has no effect; it is sent as one of the parameters %s, and the endpoint has none of them",
			strings.Join(sizeNames, ", "))
	}
	return true
}

// sizeNames are what APIs call the size of a page.
var sizeNames = []string{"pageSize", "page_size", "per_page", "perPage", "maxResults", "max_results", "limit", "$top"}

// sizeParam finds the parameter that takes the size of a page; "" for none.
func (e *endpoint) sizeParam() string {
	for _, name := range sizeNames {
		if slices.ContainsFunc(e.Parameters, func(p *Parameter) bool { return p.Name == name }) {
			return name
		}
	}
	return ""
}

func (e *endpoint) tokenParam(path string) string {
	const usual = "pageToken"
	if slices.ContainsFunc(e.Parameters, func(p *Parameter) bool { return p.Name == usual }) {
		return usual
	}
	return path[strings.LastIndex(path, ".")+1:]
}

// maxTTL is as long as an answer can be kept.
const maxTTL = 30 * 24 * time.Hour

func (e *endpoint) readCaching(o *object) {
	enabled := o.enabled()
	c := &Caching{
		TTL: o.duration("ttl", 0, time.Second, maxTTL),
		Key: o.text("", "key"),
	}
	if _, found := o.find("ttl"); enabled && !found {
		o.missing("\"ttl\" is missing; write how long an answer may be kept, such as \"5m\"")
	}
	o.done()
	switch {
	case enabled && e.Method == "GET":
		e.Response.Caching = c
	case enabled:
		o.warn("has no effect; only GET is cached, and the method is %s", e.Method)
	}
}
