package fusion

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
)

// position is where a call reads on. The zero value is the beginning.
type position struct {
	// Page is the first page that is read.
	Page pageRef `json:"p,omitzero"`
	place
}

func (p position) isZero() bool { return p.isFirst() && p.isBeginning() }

// isFirst reports whether it names no page.
func (p position) isFirst() bool { return p.Page == pageRef{} }

const (
	maxFrom = 16 << 10 // bytes that a position takes as text
	maxPath = 1000     // brackets around a place
)

// positionKey signs positions that name a page: nobody is to make one up, since
// it becomes a part of the request without being an argument. It lasts as long
// as the process, so that a reload does not end what it signed.
var positionKey = sync.OnceValue(func() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return key
})

// sign returns a position as text; "" for one that takes too much.
func (t *Tool) sign(ctx context.Context, p position) string {
	text := base64.RawURLEncoding.EncodeToString(marshal(p))
	if !p.isFirst() {
		text += "." + base64.RawURLEncoding.EncodeToString(t.signature(ctx, text))
	}
	if len(text) > maxFrom {
		return ""
	}
	return text
}

// signature binds a position to the tool and the tenant.
func (t *Tool) signature(ctx context.Context, text string) []byte {
	mac := hmac.New(sha256.New, positionKey())
	for _, part := range []string{tenantOf(ctx), t.Name, text} {
		mac.Write([]byte(part + "\x00"))
	}
	return mac.Sum(nil)[:16]
}

// position reads what sign returned. An error is an *ArgumentError.
func (t *Tool) position(ctx context.Context, from string) (p position, err error) {
	wrong := argumentError("from", "is not what this tool gave in this place, or the server was started anew; begin again without it")
	text, signature, _ := strings.Cut(from, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(from) > maxFrom {
		return p, wrong
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&p) != nil || d.More() || p.isZero() || !p.isPossible() {
		return p, wrong
	}
	if given, err := base64.RawURLEncoding.DecodeString(signature); p.isFirst() != (signature == "") ||
		err != nil || !p.isFirst() && !hmac.Equal(given, t.signature(ctx, text)) || !t.leadsTo(p.Page) {
		return p, wrong
	}
	return p, nil
}

// leadsTo reports whether the tool may ask for a page. The configuration may be
// another one than when it was signed.
func (t *Tool) leadsTo(p pageRef) bool {
	if p.Link == "" {
		return p.Token == "" || t.paging != nil
	}
	_, problem := t.target.follow(t.target.base, p.Link)
	return problem == "" && t.paging != nil
}

// isPossible refuses numbers that no answer leads to.
func (p place) isPossible() bool {
	for _, n := range p.Path {
		if n < 0 {
			return false
		}
	}
	return p.Text >= 0 && len(p.Path) <= maxPath
}
