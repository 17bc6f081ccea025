package config

import (
	"encoding/json"
	"strconv"
	"strings"
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
	d, ok := ParseDecimal(text)
	return ok && d.IsInteger()
}
