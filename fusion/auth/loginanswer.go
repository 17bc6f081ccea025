package auth

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// read makes a lease of the answer of a login or a renewal.
func (l *login) read(body []byte) (*lease, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var answer any
	if d.Decode(&answer) != nil {
		return nil, answerError("is not JSON")
	}
	token := text(at(answer, l.TokenPath))
	switch {
	case token == "":
		return nil, answerError("has no token where the configuration says")
	case !l.sender.canSend(token):
		return nil, answerError("has a token with characters that cannot be sent")
	}
	got := &lease{token: global.NewSecret(token), life: l.life(answer, token)}
	if l.RefreshTokenPath != "" {
		if refresh := at(answer, l.RefreshTokenPath); text(refresh) != "" {
			got.refresh = global.NewSecret(text(refresh))
		}
	}
	return got, nil
}

// life is how long a session lasts: what the answer says, else the configuration,
// else the token itself; 0 when nobody does.
func (l *login) life(answer any, token string) time.Duration {
	if l.ExpiresInPath != "" {
		if life := inSeconds(text(at(answer, l.ExpiresInPath))); life > 0 {
			return life
		}
	}
	if l.ExpiresIn > 0 {
		return l.ExpiresIn
	}
	return lifeOf(token)
}

// inSeconds reads a number of seconds, up to what is believed; 0 for anything
// else.
func inSeconds(text string) time.Duration {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, maxLife.Seconds()) * float64(time.Second))
}

// lifeOf is how long a JWT (RFC 7519 §4.1.4) has until its exp; 0 for what is no
// JWT. Nothing of it is verified, as it decides nothing but when to ask again.
func lifeOf(token string) time.Duration {
	payload, err := payloadOf(token)
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return 0
	}
	left := claims.Exp - float64(time.Now().UnixMilli())/1000
	return inSeconds(strconv.FormatFloat(left, 'f', -1, 64))
}

// at returns the value at a path of names with dots between, nil for none. A
// name may hold dots itself: the shortest that leads on counts. A leading "$." is
// no name, and "$" is the whole.
func at(v any, path string) any {
	if path == "$" {
		return v
	}
	return walk(v, strings.TrimPrefix(path, "$."))
}

func walk(v any, path string) any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if found := object[path]; found != nil {
		return found
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if found := walk(object[path[:i]], path[i+1:]); found != nil {
			return found
		}
	}
	return nil
}

// text is a text or a number as it is spelled; "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
