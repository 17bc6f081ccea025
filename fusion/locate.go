package fusion

// locate finds the place with this path in compact, valid JSON: that of the
// value, or of the name of a member; the closing bracket where the path leads
// to just after the last one. It reports false where the path leads nowhere.
// The brackets that are open there are returned as trace needs them.
func locate(b []byte, path []int) (open []level, pos int, ok bool) {
	for i, n := range path {
		if i > 0 {
			if pos, ok = intoMember(b, &open[i-1], pos); !ok {
				return nil, 0, false
			}
		}
		if pos >= len(b) || b[pos] != '[' && b[pos] != '{' {
			return nil, 0, false
		}
		open = append(open, level{array: b[pos] == '[', index: n, fresh: true})
		if pos, ok = skip(b, pos+1, n, b[pos] == '['); !ok {
			return nil, 0, false
		}
	}
	return open, pos, true
}

// skip goes over n elements or members. It reports false when there are fewer.
func skip(b []byte, pos, n int, array bool) (int, bool) {
	for ; n > 0; n-- {
		if isCloser(b[pos]) {
			return 0, false
		}
		if !array {
			pos, _ = stringEnd(b, pos)
			pos++ // the colon
		}
		if pos = valueEnd(b, pos); b[pos] == ',' {
			pos++
		}
	}
	return pos, true
}

func isCloser(b byte) bool { return b == ']' || b == '}' }

// intoMember goes to the value at a place that locate found; false when there
// is none.
func intoMember(b []byte, in *level, pos int) (int, bool) {
	if isCloser(b[pos]) {
		return 0, false
	}
	in.fresh = false
	if in.array {
		return pos, true
	}
	end, _ := stringEnd(b, pos)
	in.name, in.value = b[pos+1:end-1], true
	return end + 1, true
}

// front is what stands in front of a place so that JSON can go on there: the
// open brackets, and the names that lead on.
func front(open []level) []byte {
	var b []byte
	for _, l := range open {
		switch {
		case l.array:
			b = append(b, '[')
		case l.value:
			b = append(append(append(b, `{"`...), l.name...), `":`...)
		default:
			b = append(b, '{')
		}
	}
	return b
}
