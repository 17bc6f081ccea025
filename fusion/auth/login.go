package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// login gets the tokens of sessions. It is used by one attempt at a time.
type login struct {
	*config.SessionJWT
	service string
	sender  sessionSender
	client  *http.Client
	log     global.Logger // may be nil
}

// obtain renews the session, or logs in where there is nothing to renew it with
// or that fails, whatever the reason: a server may have forgotten it.
func (l *login) obtain(ctx context.Context, last *lease, usable bool) (*lease, error) {
	if l.canRefresh(last, usable) {
		got, err := l.refresh(ctx, last, usable)
		if err == nil && (usable || got.token.Reveal() != last.token.Reveal()) {
			return got, nil
		}
		l.warn("the session could not be renewed, so there is a new login", err)
	}
	got, err := l.logIn(ctx)
	if err != nil {
		l.warn("the login failed", err)
		return nil, loginFailed(err)
	}
	return got, nil
}

func (l *login) logIn(ctx context.Context) (*lease, error) {
	body, kind := l.body()
	r, err := l.request(ctx, l.LoginMethod, l.LoginURL, kind, body)
	if err != nil {
		return nil, err
	}
	return l.ask(r, global.Secret{})
}

// body is what a login sends; nil for nothing.
func (l *login) body() (body []byte, kind string) {
	switch {
	case l.LoginFormBody != nil:
		form := url.Values{}
		for name, value := range l.LoginFormBody {
			form.Set(name, value.Reveal())
		}
		return []byte(form.Encode()), l.LoginContentType
	case l.LoginBody != nil:
		body, _ = json.Marshal(l.LoginBody) // which came from JSON
		return body, l.LoginContentType
	}
	return nil, ""
}

func (l *login) request(ctx context.Context, method, to, kind string, body []byte) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, to, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "mcpfusion/"+global.Version)
	return r, nil
}

// ask sends a login or a renewal, and reads its answer. A refresh token holds
// until there is another.
func (l *login) ask(r *http.Request, refresh global.Secret) (*lease, error) {
	resp, err := l.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, statusError(resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, answerError("is too long")
	}
	got, err := l.read(body)
	if err != nil {
		return nil, err
	}
	if found := l.refreshCookie(resp); found != "" {
		got.refresh = global.NewSecret(found)
	}
	if got.refresh.IsEmpty() {
		got.refresh = refresh
	}
	return got, nil
}
