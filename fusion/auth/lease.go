package auth

import (
	"math/rand/v2"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// maxLife bounds what a server may say of a credential's life.
const maxLife = 366 * 24 * time.Hour

// lease is a credential that was obtained. Once it is held it never changes.
type lease struct {
	token   global.Secret
	refresh global.Secret // what renews it; empty for nothing
	life    time.Duration // since it was asked for; 0 when nobody knows
	// expires and renewal are set by shared, and zero without a life.
	expires, renewal time.Time
}

func (l *lease) usable(now time.Time) bool { return l.expires.IsZero() || now.Before(l.expires) }
func (l *lease) isFresh(now time.Time) bool {
	return l.renewal.IsZero() || now.Before(l.renewal)
}

// begin sets when the credential ends, and when it is to be renewed: the buffer
// earlier, or a tenth of its life if that is less.
func (l *lease) begin(at time.Time) {
	if l.life <= 0 {
		return
	}
	life := min(l.life, maxLife)
	before := min(buffer, life/10)
	l.expires = at.Add(life)
	l.renewal = l.expires.Add(rand.N(before/2+1) - before)
}
