package config

import (
	"net/url"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

func readSession(o *object, base *url.URL) any {
	s := &SessionJWT{TokenPath: o.needString("tokenPath")}
	if c, ok := o.needText("loginURL"); ok {
		s.LoginURL = c.relativeURL(base)
	}
	s.LoginMethod = o.choice("loginMethod", "POST", "POST", "GET", "PUT")
	s.readLoginBody(o)
	s.readToken(o)
	s.ExpiresIn = o.expiry("expiresIn")
	s.ExpiresInPath = o.text("", "expiresInPath")
	s.readRefresh(o, base)
	return s
}

func (s *SessionJWT) readLoginBody(o *object) {
	contentType := "application/json"
	body, hasBody := o.find("loginBody")
	if hasBody && body.is(kindObject) {
		s.LoginBody = body.node.fields()
	}
	if form := o.strings("loginFormBody"); form != nil {
		contentType = "application/x-www-form-urlencoded"
		s.LoginFormBody = make(map[string]global.Secret, len(form))
		for name, value := range form {
			s.LoginFormBody[name] = global.NewSecret(value)
		}
		if hasBody {
			body.problem("stands beside loginFormBody; a request has one body, so remove one")
		}
	}
	s.LoginContentType = o.headerText("loginContentType", contentType)
}

func (s *SessionJWT) readToken(o *object) {
	s.TokenType = o.headerText("tokenType", "Bearer")
	s.TokenLocation = o.choice("tokenLocation", "header", "header", "cookie", "query")
	s.HeaderName = "Authorization"
	if c, found := o.find("headerName"); found && c.is(kindString) {
		s.HeaderName = c.node.text
		c.checkHeaderName()
	}
	s.HeaderFormat = o.format("headerFormat", "{tokenType} {token}")
	s.CookieName = o.cookieName("cookieName", s.TokenLocation == "cookie")
	s.CookieFormat = o.format("cookieFormat", "{token}")
	if s.QueryParam = o.text("", "queryParam"); s.QueryParam == "" && s.TokenLocation == "query" {
		o.missing("\"queryParam\" is missing; it names the parameter that takes the token")
	}
}

// format reads a template, which makes no sense without the token.
func (o *object) format(name, def string) string {
	format := o.headerText(name, def)
	if c, found := o.find(name); found && c.node.kind == kindString && !c.node.broken && !strings.Contains(format, "{token}") {
		c.problem("%s has no {token}; must be one such as %q", c.quoted(), def)
	}
	return format
}

// expiry reads a duration, or a number of seconds as APIs give it.
func (o *object) expiry(name string) time.Duration {
	const year = 366 * 24 * time.Hour
	c, found := o.find(name)
	switch {
	case !found:
		return 0
	case c.node.kind == kindNumber:
		return time.Duration(c.whole(0, 1, int(year/time.Second))) * time.Second
	default:
		return c.duration(0, time.Second, year)
	}
}

func (s *SessionJWT) readRefresh(o *object, base *url.URL) {
	if c, found := o.findText("refreshURL"); found {
		s.RefreshURL = c.relativeURL(base)
	}
	s.RefreshMethod = o.choice("refreshMethod", "POST", "POST", "GET", "PUT")
	s.RefreshTokenPath = o.text("", "refreshTokenPath")
	s.RefreshTokenLocation = o.choice("refreshTokenLocation", "body", "body", "header", "cookie")
	s.RefreshTokenCookieName = o.cookieName("refreshTokenCookieName", s.RefreshTokenLocation == "cookie")
}
