package config

import (
	"net/url"
	"strconv"
	"strings"
)

// parseURL returns an absolute http or https URL without user information and
// fragment. The reasons it gives never hold the URL: it may be a secret.
func parseURL(text string) (u *url.URL, reason string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || strings.ContainsAny(text, " {}\\"):
		return nil, "is no URL"
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !validPort(u):
		return nil, "is no absolute URL with http or https and a host"
	case u.User != nil:
		return nil, "has a user name or password, which belong in auth"
	case strings.Contains(text, "#"):
		return nil, "has a fragment"
	}
	return u, ""
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && port >= 1 && port <= 65535
}

// badURL reports a URL; one with user information is not printed.
func (c cursor) badURL(reason string) {
	shown := c.quoted()
	if strings.Contains(c.node.raw, "@") {
		shown = "the URL"
	}
	c.problem("%s %s; must be one such as https://api.example.com/v1", shown, reason)
}

// url checks a string that the file gives as an absolute URL.
func (c cursor) url() *url.URL {
	u, reason := parseURL(c.node.text)
	if u == nil {
		c.badURL(reason)
	}
	return u
}

// baseURL reads a URL that paths are appended to; nil when there is none.
func (c cursor) baseURL() *url.URL {
	u := c.url()
	if u == nil {
		return nil
	}
	if u.RawQuery != "" || u.ForceQuery {
		c.badURL("has a query, which a path cannot follow")
		return nil
	}
	if climbsEscaped(u.EscapedPath()) {
		c.badURL(climbing)
		return nil
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u
}

// relativeURL checks a URL that may be a path below base, as an endpoint's
// path is. base is nil when it is itself a known problem.
func (c cursor) relativeURL(base *url.URL) string {
	if !strings.HasPrefix(c.node.text, "/") {
		return urlText(c.url())
	}
	if base == nil {
		return ""
	}
	u, reason := parseURL(base.String() + c.node.text)
	if u != nil && climbsEscaped(c.node.text) {
		u, reason = nil, climbing
	}
	if u == nil {
		c.badURL(reason)
	}
	return urlText(u)
}

func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
