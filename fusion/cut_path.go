package fusion

import (
	"strconv"
	"strings"
)

// level is one open bracket on the way to a place in JSON.
type level struct {
	array bool
	index int    // of an array
	name  string // of an object's last member, as it is spelled
	value bool   // the next string is a value
}

// lastPath returns the path of the last value in the beginning of compact,
// valid JSON: such as items[2990].title. The whole is "".
func lastPath(b []byte) string {
	var open []level
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			open = append(open, level{array: b[i] == '['})
		case '}', ']':
			open = open[:len(open)-1]
		case ':':
			open[len(open)-1].value = true
		case ',':
			open[len(open)-1].value = false
			open[len(open)-1].index++
		case '"':
			end, _ := stringEnd(b, i)
			if top := len(open) - 1; top >= 0 && !open[top].array && !open[top].value {
				open[top].name = string(b[i+1 : end-1])
			}
			i = end - 1
		}
	}
	return writePath(open)
}

func writePath(open []level) string {
	var path strings.Builder
	for _, l := range open {
		switch {
		case l.array:
			path.WriteString("[" + strconv.Itoa(l.index) + "]")
		case path.Len() > 0:
			path.WriteString("." + clip(l.name, maxEcho))
		default:
			path.WriteString(clip(l.name, maxEcho))
		}
	}
	return path.String()
}
