package fusion

import (
	"strconv"
	"strings"
)

// level is one open bracket on the way to a place in JSON.
type level struct {
	array bool
	index int    // of the last element or member
	name  []byte // of an object's last member, as it is spelled
	value bool   // the next string is a value
	fresh bool   // nothing in it was passed: index is that of the next one
}

// trace goes on from a place with open brackets over compact, valid JSON, and
// returns those that are open after it.
func trace(open []level, b []byte) []level {
	for i := 0; i < len(b); i++ {
		top := len(open) - 1
		switch b[i] {
		case '{', '[':
			if top >= 0 {
				open[top].fresh = false
			}
			open = append(open, level{array: b[i] == '[', fresh: true})
		case '}', ']':
			open = open[:top]
		case ':':
			open[top].value = true
		case ',':
			open[top].value = false
			open[top].index++
		case '"':
			end, _ := stringEnd(b, i)
			if top >= 0 && !open[top].array && !open[top].value {
				open[top].name = b[i+1 : end-1]
			}
			i = end - 1
			fallthrough
		default:
			if top >= 0 {
				open[top].fresh = false
			}
		}
	}
	return open
}

// pathOf is where the last value stands, or the next one after it: the number
// of a member or element in each bracket, from the outermost on.
func pathOf(open []level, next bool) []int {
	var path []int
	for i, l := range open {
		if next && i == len(open)-1 && !l.fresh {
			l.index++
		}
		path = append(path, l.index)
	}
	return path
}

// writePath shows a place for people, such as items[2990].title. The whole is
// "".
func writePath(open []level) string {
	var path strings.Builder
	for _, l := range open {
		switch {
		case l.array:
			path.WriteString("[" + strconv.Itoa(l.index) + "]")
		case path.Len() > 0:
			path.WriteString("." + clip(string(l.name), maxEcho))
		default:
			path.WriteString(clip(string(l.name), maxEcho))
		}
	}
	return path.String()
}
