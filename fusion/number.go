package fusion

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// maxExponent is the power of ten up to which numbers are sent: the range
// that RFC 8259 (section 6) calls interoperable. Beyond it a few characters
// would spell a number that takes a program at the API gigabytes to hold.
const maxExponent = 308

// decimal is a number's exact value: 0.digits × 10^exponent. Comparing two
// takes no arithmetic on large numbers.
type decimal struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	exponent int
}

// parseDecimal reads a JSON number (RFC 8259, section 6). It reports false
// for anything else, and for numbers beyond maxExponent.
func parseDecimal(s string) (decimal, bool) {
	rest, negative := strings.CutPrefix(s, "-")
	mantissa, exponent, ok := cutExponent(rest)
	if !ok {
		return decimal{}, false
	}
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if !isDigits(whole) || (hasPoint && !isDigits(fraction)) || (len(whole) > 1 && whole[0] == '0') {
		return decimal{}, false
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent += len(digits) - len(fraction)
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return decimal{}, true
	}
	if power := exponent - 1; power > maxExponent || power < -maxExponent {
		return decimal{}, false
	}
	return decimal{negative, digits, exponent}, true
}

// cutExponent splits what follows "e" or "E" from a number.
func cutExponent(s string) (mantissa string, exponent int, ok bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, true
	}
	digits := strings.TrimLeft(s[i+1:], "+-")
	if len(s)-i-1-len(digits) > 1 || !isDigits(digits) || len(digits) > 9 {
		return "", 0, false
	}
	exponent, err := strconv.Atoi(s[i+1:])
	return s[:i], exponent, err == nil
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// isInteger reports whether the value has no fraction: 1.0 and 1e3 are
// integers too (JSON Schema 2020-12, section 4.2.3).
func (d decimal) isInteger() bool { return len(d.digits) <= d.exponent || d.digits == "" }

// compare returns -1, 0 or 1.
func (d decimal) compare(other decimal) int {
	if s := d.sign(); s != other.sign() || s == 0 {
		return cmp.Compare(s, other.sign())
	}
	c := cmp.Compare(d.exponent, other.exponent)
	if c == 0 {
		c = strings.Compare(d.digits, other.digits)
	}
	if d.negative {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// equal reports whether two JSON values are the same, numbers by their value.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		n, ok := b.(json.Number)
		return ok && (a == n || sameNumber(a, n))
	case []any:
		list, ok := b.([]any)
		return ok && equalLists(a, list)
	case map[string]any:
		object, ok := b.(map[string]any)
		return ok && equalObjects(a, object)
	}
	return a == b // lists and objects are dealt with: this cannot panic
}

func sameNumber(a, b json.Number) bool {
	x, okX := parseDecimal(string(a))
	y, okY := parseDecimal(string(b))
	return okX && okY && x.compare(y) == 0
}

func equalLists(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalObjects(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for name, value := range a {
		other, ok := b[name]
		if !ok || !equal(value, other) {
			return false
		}
	}
	return true
}
