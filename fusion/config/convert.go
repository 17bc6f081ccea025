package config

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// convert returns a JSON value as type t: exactly when it is one, otherwise
// when it spells one, as "10" spells a number.
func convert(value any, t, items Type) (converted any, exact, ok bool) {
	switch t {
	case String:
		return toText(value)
	case Number:
		return toNumber(value, isNumber)
	case Integer:
		return toNumber(value, isInteger)
	case Boolean:
		return toBoolean(value)
	case Array:
		list, isList := value.([]any)
		if !isList {
			return fromText(value, t, items)
		}
		return toArray(list, items)
	default:
		if _, isObject := value.(map[string]any); !isObject {
			return fromText(value, t, items)
		}
		return value, true, true
	}
}

func toText(value any) (any, bool, bool) {
	switch v := value.(type) {
	case string:
		return v, true, true
	case json.Number:
		return v.String(), false, true
	case bool:
		return strconv.FormatBool(v), false, true
	default:
		return nil, false, false
	}
}

func toNumber(value any, is func(string) bool) (any, bool, bool) {
	switch v := value.(type) {
	case json.Number:
		return v, true, is(v.String())
	case string:
		v = strings.TrimSpace(v)
		return json.Number(v), false, is(v)
	default:
		return nil, false, false
	}
}

func toBoolean(value any) (any, bool, bool) {
	switch value {
	case true, false:
		return value, true, true
	case "true", "false":
		return value == "true", false, true
	default:
		return nil, false, false
	}
}

func toArray(list []any, items Type) (any, bool, bool) {
	if items == "" {
		return list, true, true
	}
	converted, exact := make([]any, len(list)), true
	for i, element := range list {
		value, elementExact, ok := convert(element, items, "")
		if !ok {
			return nil, false, false
		}
		converted[i], exact = value, exact && elementExact
	}
	return converted, exact, true
}

// fromText reads a text that holds JSON for an array or object.
func fromText(value any, t, items Type) (any, bool, bool) {
	text, isText := value.(string)
	if !isText {
		return nil, false, false
	}
	root, err := scan([]byte(text))
	if err != nil || root.kind != map[Type]kind{Array: kindArray, Object: kindObject}[t] {
		return nil, false, false
	}
	converted, _, ok := convert(root.value(), t, items)
	return converted, false, ok
}

func isInteger(text string) bool {
	return isNumber(text) && rational(json.Number(text)).IsInt()
}

// rational is exact. It is cheap because isNumber bounds digits and exponent.
func rational(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

func compareNumbers(a, b json.Number) int { return rational(a).Cmp(rational(b)) }

// equal compares as JSON Schema does: 1 is 1.0.
func equal(a, b any) bool {
	x, isNumber := a.(json.Number)
	if y, both := b.(json.Number); isNumber && both {
		return compareNumbers(x, y) == 0
	}
	return reflect.DeepEqual(a, b)
}

func (v *Validation) brokenText(text string) string {
	length := utf8.RuneCountInString(text)
	switch {
	case v.Pattern != nil && !v.Pattern.MatchString(text):
		return "pattern"
	case v.MinLength != nil && length < *v.MinLength:
		return "minLength"
	case v.MaxLength != nil && length > *v.MaxLength:
		return "maxLength"
	case v.Format != "" && !formats[v.Format](text):
		return "format"
	default:
		return ""
	}
}

func (v *Validation) brokenNumber(value any) string {
	n, isNumber := value.(json.Number)
	switch {
	case !isNumber:
		return ""
	case v.Minimum != "" && compareNumbers(n, v.Minimum) < 0:
		return "minimum"
	case v.Maximum != "" && compareNumbers(n, v.Maximum) > 0:
		return "maximum"
	default:
		return ""
	}
}
