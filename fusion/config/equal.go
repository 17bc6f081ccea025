package config

import "encoding/json"

// Equal reports whether two JSON values are the same, numbers by their value:
// 1 is 1.0 (JSON Schema 2020-12, section 4.2.2).
func Equal(a, b any) bool {
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
	x, okX := ParseDecimal(string(a))
	y, okY := ParseDecimal(string(b))
	return okX && okY && x.Compare(y) == 0
}

func equalLists(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
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
		if !ok || !Equal(value, other) {
			return false
		}
	}
	return true
}
