package global

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every Secret prints as.
const redacted = "[redacted]"

// Secret is a string that prints as "[redacted]" in every format: all fmt
// verbs, JSON, text marshalling and slog. The value itself is only reached by
// Reveal, so that each place that lets it out can be found by name. The zero
// value is the empty secret.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of other structs,
	// and some verbs, without asking this type's methods: it then prints an
	// address.
	value *string
}

// NewSecret returns a Secret that holds value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsEmpty reports whether the secret is the empty string.
func (s Secret) IsEmpty() bool { return s.Reveal() == "" }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb reaches the field.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, which JSON uses as well.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
