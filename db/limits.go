package db

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// limits are what authentication reads of a token besides its tenant. The zero
// value limits nothing.
type limits struct {
	expires  int64 // Unix time in seconds, 0 for never
	disabled bool
	// rekey tells that the tenant's key is to be replaced when this token is
	// next presented.
	rekey bool
	// ending tells that another token took this one's place. It expires, and
	// then its sealing goes.
	ending bool
	scope  string // as Scope.encode writes it
}

// The bits of the flags.
const (
	flagDisabled = 1 << iota
	flagRekey
	flagEnding
	flagsEnd
)

// limitsSize is that of expiry, flags and the length of the scope in bytes.
const limitsSize = 8 + 1 + 2

// encode returns nothing for limits that limit nothing.
func (l limits) encode() ([]byte, error) {
	if l == (limits{}) {
		return nil, nil
	}
	if len(l.scope) > math.MaxUint16 {
		return nil, fmt.Errorf("%w: the scope is too long", ErrSettings)
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(l.expires))
	b = append(b, l.flags())
	b = binary.BigEndian.AppendUint16(b, uint16(len(l.scope)))
	return append(b, l.scope...), nil
}

func (l limits) flags() (flags byte) {
	if l.disabled {
		flags |= flagDisabled
	}
	if l.rekey {
		flags |= flagRekey
	}
	if l.ending {
		flags |= flagEnding
	}
	return flags
}

// decodeLimits returns what follows them as well.
func decodeLimits(content []byte) (l limits, rest []byte, err error) {
	if len(content) < limitsSize {
		return l, nil, errFormat
	}
	l.expires = int64(binary.BigEndian.Uint64(content))
	flags := content[8]
	end := limitsSize + int(binary.BigEndian.Uint16(content[9:]))
	if flags >= flagsEnd || len(content) < end {
		return l, nil, errFormat
	}
	l.disabled, l.rekey, l.ending = flags&flagDisabled != 0, flags&flagRekey != 0, flags&flagEnding != 0
	l.scope = string(content[limitsSize:end])
	return l, content[end:], nil
}

// refusal says why a token is not let in; nil lets it in.
func (l limits) refusal(now time.Time) error {
	switch {
	case l.disabled:
		return ErrTokenDisabled
	case l.expires != 0 && !now.Before(l.expiry()):
		return ErrTokenExpired
	default:
		return nil
	}
}

func (l limits) expiry() time.Time { return time.Unix(l.expires, 0).UTC() }

// expiresAt is nil for never.
func (l limits) expiresAt() *time.Time {
	if l.expires == 0 {
		return nil
	}
	at := l.expiry()
	return &at
}
