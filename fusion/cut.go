package fusion

// cut shortens compact, valid JSON to at most limit bytes of valid JSON. It
// keeps whole elements from the beginning and closes what is open. Of the
// elements that fit, it goes to the last one in the outermost list or object
// that makes good use of the room, so that a list of records ends with a
// whole record. A string is cut at a character only if it alone is too long,
// or if nothing would be left without it.
//
// It goes through the bytes once, no further than the limit and the string or
// number there, and decodes nothing. b is longer than the limit, which is at
// least MinMaxResult; it may end anywhere beyond it. Its first fixed bytes are
// brackets and names that stand in front of what is to be shown.
func cut(b []byte, fixed, limit int) piece {
	c := cutter{b: b, limit: limit, fixed: fixed}
	for c.pos < len(b) && c.next() {
		// next notes how far a cut may go
	}
	return c.closed()
}

// piece is what a cut keeps.
type piece struct {
	kept []byte
	// end is how far it goes in what was given. It is at most fixed when there
	// is no room for anything.
	end int
	// inText is set when the string that begins at text is cut there.
	inText bool
	text   int
}

// cutter goes through JSON token by token. If b[:end] is kept, the closers of
// open[:depth] make it valid again. Their sum never falls: a closing bracket
// takes the place of its closer. So the first token that does not fit is the
// last to look at.
type cutter struct {
	b     []byte
	limit int
	fixed int
	pos   int
	open  []byte // the closers of the open brackets, the innermost last
	key   bool   // the next string is a member's name
	any   bool   // a whole value has been kept

	// ends[depth] is the last place where a cut may go with that many
	// brackets open; 0 is none. It is out of date if one with fewer is later.
	ends []int
	// cutEnd is the place in the string at cutStart that was cut; 0 is none.
	cutStart, cutEnd int
}

// next goes over one token; it reports false when that did not fit.
func (c *cutter) next() bool {
	switch c.b[c.pos] {
	case '{':
		return c.push('}')
	case '[':
		return c.push(']')
	case '}', ']':
		c.open = c.open[:len(c.open)-1]
		c.pos++
		return c.value()
	case ',':
		c.pos++
		c.key = c.open[len(c.open)-1] == '}'
		return true
	case '"':
		return c.text()
	}
	for c.pos < len(c.b) && !isDelimiter(c.b[c.pos]) {
		c.pos++
	}
	return c.value()
}

func isDelimiter(b byte) bool { return b == ',' || b == ']' || b == '}' }

// push opens a bracket. An empty one is kept only if nothing else is: it
// would say that there is nothing in it.
func (c *cutter) push(closer byte) bool {
	c.open = append(c.open, closer)
	c.pos++
	c.key = closer == '}'
	return c.any || c.keep()
}

// value notes that a whole value, or all that a bracket holds, has been
// passed.
func (c *cutter) value() bool {
	if !c.keep() {
		return false
	}
	c.any = true
	return true
}

// keep notes that a cut may go up to here, if that fits.
func (c *cutter) keep() bool {
	if c.pos+len(c.open) > c.limit {
		return false
	}
	for len(c.ends) <= len(c.open) {
		c.ends = append(c.ends, 0)
	}
	c.ends[len(c.open)] = c.pos
	return true
}

// text goes over a string. After a name comes the colon, and no cut is
// possible before the value.
func (c *cutter) text() bool {
	start := c.pos
	c.pos, _ = stringEnd(c.b, start)
	if c.key {
		c.key = false
		c.pos++
		return true
	}
	if c.value() {
		return true
	}
	if !c.any || c.pos-start > c.limit {
		c.cutText(start)
	}
	return false
}

// best chooses where to cut. A depth that is out of date is never chosen: the
// one with fewer brackets that made it so comes first, and is later.
func (c *cutter) best() (end, depth int) {
	for d, e := range c.ends {
		if e > c.fixed && e > c.limit/4*3 {
			return e, d
		}
		if e > end {
			end, depth = e, d
		}
	}
	return end, depth
}

// closed returns what is kept, with its closers.
func (c *cutter) closed() piece {
	end, depth := c.best()
	var tail string
	inText := c.cutEnd > 0 && end <= max(c.fixed, c.limit/4*3)
	if inText {
		end, depth, tail = c.cutEnd, len(c.open), `"`
	}
	if end == 0 {
		return piece{kept: []byte("null")}
	}
	out := make([]byte, 0, end+len(tail)+depth)
	out = append(append(out, c.b[:end]...), tail...)
	for i := depth - 1; i >= 0; i-- {
		out = append(out, c.open[i])
	}
	return piece{out, end, inText, c.cutStart}
}
