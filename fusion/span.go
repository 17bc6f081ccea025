package fusion

import (
	"encoding/json"
	"strings"
)

// span is a value's place in JSON.
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

// within returns the place in what s is the place of a part of.
func (s span) within(outer span) span { return span{outer.start + s.start, outer.start + s.end} }

// find returns the value at a path of names with dots between. A name may hold
// dots itself, as @odata.nextLink does: the shortest that leads on counts. A
// leading "$." is no name.
func find(b []byte, path string) (span, bool) {
	path = strings.TrimPrefix(path, "$.")
	if s, ok := member(b, path); ok {
		return s, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if outer, ok := member(b, path[:i]); ok {
			if s, ok := find(outer.of(b), path[i+1:]); ok {
				return s.within(outer), true
			}
		}
	}
	return span{}, false
}

// member returns the value of an object's member. b is compact, valid JSON;
// anything but an object has none. Of two with one name, the last counts, as
// for most readers of JSON.
func member(b []byte, name string) (found span, ok bool) {
	if len(b) == 0 || b[0] != '{' {
		return span{}, false
	}
	for i := 1; i < len(b) && b[i] == '"'; {
		end, escaped := stringEnd(b, i)
		value := span{end + 1, valueEnd(b, end+1)}
		if sameName(b[i:end], escaped, name) {
			found, ok = value, true
		}
		i = value.end + 1 // after the comma
	}
	return found, ok
}

// arrays returns the values of an object's members that are arrays. b is as
// for member.
func arrays(b []byte) (found []span) {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	for i := 1; i < len(b) && b[i] == '"'; {
		end, _ := stringEnd(b, i)
		value := span{end + 1, valueEnd(b, end+1)}
		if b[value.start] == '[' {
			found = append(found, value)
		}
		i = value.end + 1
	}
	return found
}

// elements counts those of an array in compact, valid JSON.
func elements(b []byte) (n int) {
	for i := 1; i < len(b)-1; n++ {
		i = valueEnd(b, i) + 1 // after the comma
	}
	return n
}

// sameName compares a name as JSON spells it.
func sameName(token []byte, escaped bool, name string) bool {
	if !escaped {
		return string(token[1:len(token)-1]) == name
	}
	var plain string
	return json.Unmarshal(token, &plain) == nil && plain == name
}

// valueEnd returns the place after the value at start of compact, valid JSON.
func valueEnd(b []byte, start int) int {
	depth := 0
	for i := start; i < len(b); i++ {
		switch b[i] {
		case '"':
			end, _ := stringEnd(b, i)
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // of what the value stands in
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}
