package config

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Broken returns the keyword of the validation that a value breaks, such as
// "maxLength", or "". The value has the parameter's type.
func (v *Validation) Broken(value any) string {
	if v.Enum != nil && !slices.ContainsFunc(v.Enum, func(allowed any) bool { return Equal(allowed, value) }) {
		return "enum"
	}
	switch value := value.(type) {
	case string:
		return v.brokenText(value)
	case json.Number:
		return v.brokenNumber(value)
	default:
		return ""
	}
}

func (v *Validation) brokenText(text string) string {
	length := utf8.RuneCountInString(text)
	switch {
	case v.MinLength != nil && length < *v.MinLength:
		return "minLength"
	case v.MaxLength != nil && length > *v.MaxLength:
		return "maxLength"
	case v.Pattern != nil && !v.Pattern.MatchString(text):
		return "pattern"
	case v.Format != "" && !formats[v.Format](text):
		return "format"
	default:
		return ""
	}
}

func (v *Validation) brokenNumber(n json.Number) string {
	switch {
	case v.Minimum != "" && compareNumbers(n, v.Minimum) < 0:
		return "minimum"
	case v.Maximum != "" && compareNumbers(n, v.Maximum) > 0:
		return "maximum"
	default:
		return ""
	}
}

// compareNumbers compares two numbers that ParseDecimal takes.
func compareNumbers(a, b json.Number) int {
	x, _ := ParseDecimal(a.String())
	y, _ := ParseDecimal(b.String())
	return x.Compare(y)
}
