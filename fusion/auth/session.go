package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// session sends the token of a session that it logs in for: one for the
// service, which all tenants share, because the login is the operator's.
type session struct {
	shared *shared
	sender sessionSender
}

// sessionSender puts a session's token where the API expects it. The settings
// hold the login's secrets in plain, so they are only pointed at: package fmt
// prints an address.
type sessionSender struct{ *config.SessionJWT }

func newSession(s Service, settings *config.SessionJWT, connections *Connections) Strategy {
	if connections == nil {
		connections = NewConnections(nil) // never closed; what it runs ends by itself
	}
	sender := sessionSender{settings}
	login := &login{service: s.Key, SessionJWT: settings, sender: sender, client: s.Client, log: connections.log}
	return &session{&shared{connections: connections, obtain: login.obtain}, sender}
}

// Apply implements Strategy.
func (s *session) Apply(ctx context.Context, r *http.Request) (Sent, error) {
	held, err := s.shared.get(ctx)
	if err != nil {
		return Sent{}, err
	}
	return Sent{
		Secrets: s.sender.put(r, held.token.Reveal()),
		Renew:   func(ctx context.Context) (bool, error) { return s.shared.renew(ctx, held) },
	}, nil
}

// put puts a token that can be sent on a request, and returns the forms in which
// it is there.
func (s sessionSender) put(r *http.Request, token string) []global.Secret {
	sent := s.format(token)
	switch s.TokenLocation {
	case "cookie":
		r.AddCookie(cookieOf(s.CookieName, sent))
	case "query":
		addQuery(r, url.QueryEscape(s.QueryParam)+"="+url.QueryEscape(sent))
	default:
		r.Header.Set(s.HeaderName, sent)
	}
	secrets := []global.Secret{global.NewSecret(token)}
	if sent != token {
		secrets = append(secrets, global.NewSecret(sent))
	}
	return secrets
}

// format is what stands in the place of a token.
func (s sessionSender) format(token string) string {
	format := "{token}"
	switch s.TokenLocation {
	case "cookie":
		format = s.CookieFormat
	case "header":
		format = s.HeaderFormat
	}
	return strings.NewReplacer("{tokenType}", s.TokenType, "{token}", token).Replace(format)
}

// canSend reports whether the place of a token can carry it.
func (s sessionSender) canSend(token string) bool {
	sent := s.format(token)
	if s.TokenLocation == "cookie" {
		return cookieOf(s.CookieName, sent).Valid() == nil
	}
	return !config.HasControl(sent)
}
