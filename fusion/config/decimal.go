package config

import (
	"cmp"
	"strconv"
	"strings"
)

// MaxExponent is the power of ten up to which numbers are taken: the range
// that RFC 8259 (section 6) calls interoperable. Beyond it a few characters
// would spell a number that takes a program at the API gigabytes to hold.
const MaxExponent = 308

// Decimal is a number's exact value: 0.digits × 10^exponent. Comparing two
// takes no arithmetic on large numbers. The zero value is 0.
type Decimal struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	exponent int
}

// ParseDecimal reads a JSON number (RFC 8259, section 6). It reports false
// for anything else, and for numbers beyond MaxExponent.
func ParseDecimal(s string) (Decimal, bool) {
	rest, negative := strings.CutPrefix(s, "-")
	mantissa, exponent, ok := cutExponent(rest)
	if !ok {
		return Decimal{}, false
	}
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if !isDigits(whole) || (hasPoint && !isDigits(fraction)) || (len(whole) > 1 && whole[0] == '0') {
		return Decimal{}, false
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent += len(digits) - len(fraction)
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return Decimal{}, true
	}
	if power := exponent - 1; power > MaxExponent || power < -MaxExponent {
		return Decimal{}, false
	}
	return Decimal{negative, digits, exponent}, true
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

// IsInteger reports whether the value has no fraction: 1.0 and 1e3 are
// integers too (JSON Schema 2020-12, section 4.2.3).
func (d Decimal) IsInteger() bool { return len(d.digits) <= d.exponent || d.digits == "" }

// Integer returns the value without its fraction, in plain digits.
func (d Decimal) Integer() string {
	if d.exponent <= 0 {
		return "0"
	}
	digits := d.digits + strings.Repeat("0", max(0, d.exponent-len(d.digits)))
	if digits = digits[:d.exponent]; d.negative {
		return "-" + digits
	}
	return digits
}

// Compare returns -1, 0 or 1.
func (d Decimal) Compare(other Decimal) int {
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

func (d Decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}
