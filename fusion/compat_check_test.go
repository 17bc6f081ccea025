package fusion

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// check calls the tool and looks at what the server got.
func (c compatCall) check(args map[string]any) {
	c.t.Helper()
	_, err := c.f.Call(c.ctx, c.tool, Arguments{values: args})
	require.Len(c.t, c.server.requests, 1, "%s %s: %v", c.tool.Name, marshal(args), err)
	base, got := c.base(), <-c.server.requests
	require.Equal(c.t, c.endpoint.Method, got.Method)
	require.Equal(c.t, base.Host, got.Host)
	require.Equal(c.t, strings.TrimSuffix(base.Path, "/")+c.endpoint.path(args), got.URL.Path, c.tool.Name)
	c.checkQuery(got.URL.Query(), args)
	c.checkHeaders(got.Header, args)
	c.checkBody(got, args)
}

func (c compatCall) base() *url.URL {
	base := c.service.BaseURL
	if c.endpoint.BaseURL != "" {
		base = c.endpoint.BaseURL
	}
	return parseURL(c.t, os.Expand(base, func(name string) string { v, _ := compatVariable(name); return v }))
}

func (c compatCall) checkQuery(got url.Values, args map[string]any) {
	want := c.endpoint.fields("query", args)
	_, fixed, _ := strings.Cut(c.endpoint.Path, "?")
	more, err := url.ParseQuery(fixed)
	require.NoError(c.t, err)
	maps.Copy(want, more)
	if c.service.Auth.Type == "user_credentials" {
		for _, field := range c.service.Auth.Config.Fields {
			if field.Location == "query" {
				want.Set(field.ParamName, "own-"+field.Name)
			}
		}
	}
	c.equalFields(want, got)
}

// equalFields compares all that the oracle knows.
func (c compatCall) equalFields(want, got url.Values) {
	c.t.Helper()
	for name, values := range want {
		if slices.Contains(values, anything) && len(got[name]) > 0 {
			want[name] = got[name]
		}
	}
	require.Equal(c.t, want, got, c.tool.Name)
}

func (c compatCall) checkHeaders(got http.Header, args map[string]any) {
	want := map[string]string{"User-Agent": "mcpfusion/dev", "Accept": anything, "Accept-Encoding": "gzip"}
	for name, values := range c.endpoint.fields("header", args) {
		want[http.CanonicalHeaderKey(name)] = strings.Join(values, ",")
	}
	switch c.service.Auth.Type {
	case "none":
	case "basic":
		want["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte("some-value:some-value"))
	case "api_key", "user_credentials":
		for name := range got {
			require.False(c.t, name == "Authorization", c.tool.Name)
		}
	default:
		want["Authorization"] = "Bearer some-value"
	}
	for name, values := range got {
		if slices.Contains([]string{"Content-Type", "Content-Length", "Connection"}, name) {
			continue
		}
		require.True(c.t, want[name] == anything || want[name] == strings.Join(values, ","), "%s: %s: %s", c.tool.Name, name, values)
		delete(want, name)
	}
	require.Empty(c.t, want, c.tool.Name)
}

func (c compatCall) checkBody(r *http.Request, args map[string]any) {
	kind := r.Header.Get("Content-Type")
	if files := c.endpoint.files(args); files != nil {
		c.checkParts(r, files, args)
		return
	}
	body := bodyText(c.t, r)
	object := c.endpoint.object(args)
	switch {
	case object == nil:
		require.Empty(c.t, body)
		require.Empty(c.t, kind)
	case c.endpoint.RequestBody.Encoding == "form":
		got, err := url.ParseQuery(body)
		require.NoError(c.t, err)
		require.Equal(c.t, "application/x-www-form-urlencoded", kind)
		c.equalFields(c.endpoint.fields("body", args), got)
	case c.endpoint.RequestBody.Encoding == "rfc2822_base64url":
		require.Equal(c.t, "application/json", kind) // the message has its own tests
	default:
		require.Equal(c.t, "application/json", kind)
		c.equalObjects(object, decode(c.t, []byte(body)))
	}
}

// equalObjects compares what a body holds, with numbers as they are spelled.
func (c compatCall) equalObjects(want map[string]any, got any) {
	c.t.Helper()
	object, ok := got.(map[string]any)
	require.True(c.t, ok, c.tool.Name)
	for name, v := range want {
		if inner, ok := v.(map[string]any); ok {
			c.equalObjects(inner, object[name])
			continue
		}
		require.Contains(c.t, object, name, c.tool.Name)
		if v != anything {
			require.Equal(c.t, v, object[name], c.tool.Name)
		}
	}
	require.Len(c.t, object, len(want), c.tool.Name)
}

// files are the parts with files that a call sends; nil for none.
func (e oracleEndpoint) files(args map[string]any) []sentPart {
	var files []sentPart
	for _, p := range e.Parameters {
		v, ok := p.sends(e, args)
		if !ok || p.Location != "file" && p.Location != "filepath" {
			continue
		}
		part := sentPart{field: p.key(), name: "attachment.txt", data: p.text(v)}
		if p.Location == "filepath" {
			part.name, part.data = upload, "content of the file"
		}
		for _, other := range e.Parameters {
			if name, ok := other.sends(e, args); ok && p.FileNameParam != "" && (other.Name == p.FileNameParam || other.Alias == p.FileNameParam) {
				text := other.text(name)
				part.name = text[strings.LastIndex(text, "/")+1:]
			}
		}
		files = append(files, part)
	}
	return files
}

func (c compatCall) checkParts(r *http.Request, files []sentPart, args map[string]any) {
	got := url.Values{}
	for _, part := range partsOf(c.t, r) {
		if part.kind == "" {
			got.Add(part.field, part.data)
			continue
		}
		part.kind = ""
		require.Contains(c.t, files, part, c.tool.Name)
	}
	c.equalFields(c.endpoint.fields("body", args), got)
}
