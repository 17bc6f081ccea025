package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// refreshTimeout leaves time for a login after a renewal that hangs.
const refreshTimeout = 10 * time.Second

// refresh renews the session with its refresh token. Where the configuration
// does not say what that is, a token that is still good renews itself.
func (l *login) refresh(ctx context.Context, last *lease, usable bool) (*lease, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	r, err := l.refreshRequest(ctx, last, usable)
	if err != nil {
		return nil, err
	}
	return l.ask(r, last.refresh)
}

func (l *login) refreshRequest(ctx context.Context, last *lease, usable bool) (*http.Request, error) {
	var body []byte
	var kind string
	token := last.refresh.Reveal()
	if token != "" && l.RefreshTokenLocation == "body" {
		body, kind = l.refreshBody(token)
	}
	r, err := l.request(ctx, l.RefreshMethod, l.RefreshURL, kind, body)
	switch {
	case err != nil:
		return nil, err
	case token == "":
		l.sender.put(r, last.token.Reveal())
	case l.RefreshTokenLocation == "cookie":
		r.AddCookie(cookieOf(l.RefreshTokenCookieName, token))
	case l.RefreshTokenLocation == "header":
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// canRefresh reports whether there is something to renew the session with.
func (l *login) canRefresh(last *lease, usable bool) bool {
	named := l.RefreshTokenPath != "" || l.RefreshTokenLocation == "cookie"
	return l.RefreshURL != "" && last != nil && (!last.refresh.IsEmpty() || usable && !named)
}

// refreshBody is an object or a form, as for the login, in which the refresh
// token has the name that it came with.
func (l *login) refreshBody(token string) (body []byte, kind string) {
	name := l.RefreshTokenPath[strings.LastIndexByte(l.RefreshTokenPath, '.')+1:]
	if l.LoginFormBody != nil {
		return []byte(url.Values{name: {token}}.Encode()), "application/x-www-form-urlencoded"
	}
	body, _ = json.Marshal(map[string]string{name: token})
	return body, "application/json"
}

// refreshCookie is the refresh token that comes as a cookie; "" for none.
func (l *login) refreshCookie(resp *http.Response) (value string) {
	if l.RefreshTokenLocation != "cookie" {
		return ""
	}
	for _, c := range resp.Cookies() {
		if c.Name == l.RefreshTokenCookieName && c.MaxAge >= 0 {
			value = c.Value
		}
	}
	return value
}
