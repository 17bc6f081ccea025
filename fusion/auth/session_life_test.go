package auth_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// lives is a login server without a network, which always gives the same answer,
// with the number of the request for #.
type lives struct {
	answer string
	paths  []string
	hangs  string // this path does not answer
}

func (l *lives) RoundTrip(r *http.Request) (*http.Response, error) {
	l.paths = append(l.paths, r.URL.Path+" "+r.Header.Get("Authorization"))
	if r.URL.Path == l.hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	body := strings.ReplaceAll(l.answer, "#", fmt.Sprint(len(l.paths)))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (l *lives) session(t *testing.T, settings string) auth.Strategy {
	t.Helper()
	connections := auth.NewConnections(nil)
	t.Cleanup(connections.Close)
	s, _, err := auth.New(auth.Service{
		Key: "svc", Auth: sessionSettings(t, "http://h", settings), Client: &http.Client{Transport: l},
	}, connections)
	require.NoError(t, err)
	return s
}

// jwt is an unsigned token with this payload.
func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".#"
}

// TestHowLongASessionLasts: a bubble begins at 2000-01-01, which is 946684800.
func TestHowLongASessionLasts(t *testing.T) {
	const never = 0
	hour := jwt(`{"sub":"xy","exp":946688400}`)
	for name, c := range map[string]struct {
		settings, answer string
		want             time.Duration
	}{
		"nobody says":                  {``, `{"token":"#"}`, never},
		"the configuration":            {`,"expiresIn":900`, `{"token":"#"}`, 15 * time.Minute},
		"the answer":                   {`,"expiresInPath":"data.in"`, `{"token":"#","data":{"in":90}}`, 90 * time.Second},
		"the answer, as a text":        {`,"expiresInPath":"in"`, `{"token":"#","in":"90.5"}`, 90*time.Second + 500*time.Millisecond},
		"the answer before the others": {`,"expiresInPath":"in","expiresIn":"1h"`, `{"token":"#","in":90}`, 90 * time.Second},
		"the answer does not":          {`,"expiresInPath":"in","expiresIn":"1h"`, `{"token":"#"}`, time.Hour},
		"nothing":                      {`,"expiresInPath":"in"`, `{"token":"#","in":0}`, never},
		"less than nothing":            {`,"expiresInPath":"in"`, `{"token":"#","in":-5}`, never},
		"no number":                    {`,"expiresInPath":"in"`, `{"token":"#","in":"NaN"}`, never},
		"too much":                     {`,"expiresInPath":"in"`, `{"token":"#","in":1e300}`, 366 * 24 * time.Hour},
		"the token":                    {``, `{"token":"` + hour + `"}`, time.Hour},
		"the configuration, not it":    {`,"expiresIn":"5m"`, `{"token":"` + hour + `"}`, 5 * time.Minute},
		"a token that is over":         {``, `{"token":"` + jwt(`{"sub":"x","exp":9466}`) + `"}`, never},
		"a token without an end":       {``, `{"token":"` + jwt(`{"sub":"xyz"}`) + `"}`, never},
		"no token of that kind":        {``, `{"token":"a.b.#"}`, never},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &lives{answer: c.answer}
				s := server.session(t, `{"loginURL":"/login","tokenPath":"token"`+c.settings+`}`)
				first, _, err := applied(t, t.Context(), s)
				require.NoError(t, err)
				if c.want == never {
					time.Sleep(1000 * time.Hour)
				} else {
					time.Sleep(c.want - min(5*time.Minute, c.want/10) - 1)
				}
				again, _, err := applied(t, t.Context(), s)
				require.NoError(t, err)
				synctest.Wait()
				require.Equal(t, first.Header, again.Header)
				require.Len(t, server.paths, 1)
				if c.want == never {
					return
				}
				time.Sleep(min(5*time.Minute, c.want/10) + 1)
				again, _, err = applied(t, t.Context(), s)
				require.NoError(t, err)
				require.NotEqual(t, first.Header, again.Header, "it has ended")
				require.Len(t, server.paths, 2)
			})
		})
	}
}

// A token that is still good renews itself, where the configuration names no
// refresh token; one that has ended does not.
func TestATokenRenewsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &lives{answer: `{"token":"t#"}`}
		s := server.session(t, `{"loginURL":"/login","tokenPath":"token","expiresIn":"1h","refreshURL":"/refresh"}`)
		for _, after := range []time.Duration{0, time.Hour - time.Minute, 2 * time.Hour} {
			time.Sleep(after)
			_, _, err := applied(t, t.Context(), s)
			require.NoError(t, err)
			synctest.Wait()
		}
		require.Equal(t, []string{"/login ", "/refresh Bearer t1", "/login "}, server.paths)
	})
}

func TestARenewalThatHangsLeavesTimeForALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &lives{answer: `{"token":"t#","r":"r"}`, hangs: "/refresh"}
		s := server.session(t, `{"loginURL":"/login","tokenPath":"token","expiresIn":"1h","refreshURL":"/refresh","refreshTokenPath":"r","refreshTokenLocation":"header"}`)
		_, _, err := applied(t, t.Context(), s)
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		began := time.Now()
		r, _, err := applied(t, t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, "Bearer t3", r.Header.Get("Authorization"))
		require.Equal(t, []string{"/login ", "/refresh Bearer r", "/login "}, server.paths)
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}
