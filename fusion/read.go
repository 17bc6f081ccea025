package fusion

import (
	"cmp"
	"strings"
)

// reading is a part of an answer.
type reading struct {
	content []byte
	// place says for people where it ends; "" when that is the end of all.
	place string
	end   int // in the whole
	// next is where the next reading begins; the beginning, when there is none.
	next place
}

// place is one in an answer: in JSON that of the next value, and how many bytes
// of it were shown, if that is a text. An answer that is text has no path.
type place struct {
	Path []int `json:"v,omitempty"`
	Text int   `json:"t,omitempty"`
}

// readJSON returns what of compact, valid JSON fits into the limit from a place
// on, as valid JSON: in the same brackets as there, with the same names. It
// reports false when there is no such place.
//
// What does not fit even alone, such as a number longer than the limit, is left
// out, so that each reading gets on.
func readJSON(b []byte, from place, limit int) (r reading, ok bool) {
	if from.isBeginning() && len(b) <= limit {
		return reading{content: b, end: len(b)}, true
	}
	open, start, ok := from.in(b)
	if !ok {
		return r, false
	}
	before := front(open)
	if from.Text > 0 {
		before = append(before, '"')
	}
	fixed := len(before)
	if fixed+len(b)-start <= limit {
		return reading{content: append(before, b[start:]...), end: len(b)}, true
	}
	window := append(before, b[start:min(len(b), start+limit+maxCharacter)]...)
	p := cut(window, fixed, limit)
	if p.end <= fixed {
		return leaveOut(b, from, open, start, p.kept), true
	}
	r = reading{content: p.kept, end: start + p.end - fixed}
	r.describe(b, from, open, start, p, fixed)
	return r, true
}

// describe says where a reading ends that began with open brackets at start.
func (r *reading) describe(b []byte, from place, open []level, start int, p piece, fixed int) {
	if p.inText && p.text < fixed {
		r.next, r.place = place{from.Path, from.Text + p.end - fixed}, insideText(open)
		return
	}
	if from.Text > 0 {
		start, fixed = textEnd(b, start), fixed+textEnd(b, start)-start
	}
	if p.inText {
		open = trace(open, b[start:start+p.text-fixed])
		r.next, r.place = place{pathOf(open, false), p.end - p.text - 1}, insideText(open)
		return
	}
	open = trace(open, b[start:r.end])
	r.next, r.place = place{Path: pathOf(open, true)}, "after "+writePath(open)
}

func insideText(open []level) string { return strings.TrimSpace("inside the text " + writePath(open)) }

// textEnd is where the string ends that has a character at pos.
func textEnd(b []byte, pos int) int {
	end, _ := stringEnd(b, pos-1)
	return end
}

// leaveOut is a reading without the value at start.
func leaveOut(b []byte, from place, open []level, start int, kept []byte) reading {
	r := reading{content: kept, end: start}
	top := len(open) - 1
	if from.Text > 0 {
		r.end = textEnd(b, start)
	} else {
		if top >= 0 {
			r.end, _ = intoMember(b, &open[top], start)
		}
		r.end = valueEnd(b, r.end)
	}
	r.place = "before " + cmp.Or(writePath(open), "the value") + ", which is too long to be shown"
	if top >= 0 {
		open[top].fresh = false
		r.next = place{Path: pathOf(open, true)}
	}
	return r
}

// readText returns what of text fits into the limit from a byte on.
func readText(b []byte, from place, limit int) (r reading, ok bool) {
	if from.Path != nil || from.Text > len(b) || boundary(b, from.Text) != from.Text {
		return r, false
	}
	rest := b[from.Text:]
	if len(rest) <= limit {
		return reading{content: rest, end: len(b)}, true
	}
	r.content = rest[:boundary(rest, limit)]
	r.end = from.Text + len(r.content)
	r.next, r.place = place{Text: r.end}, "inside the text"
	return r, true
}

func (p place) isBeginning() bool { return p.Path == nil && p.Text == 0 }

// in finds the place in JSON.
func (p place) in(b []byte) (open []level, pos int, ok bool) {
	open, pos, ok = locate(b, p.Path)
	if !ok || p.Text == 0 {
		return open, pos, ok
	}
	if len(open) > 0 {
		if pos, ok = intoMember(b, &open[len(open)-1], pos); !ok {
			return nil, 0, false
		}
	}
	pos, ok = inString(b, pos, p.Text)
	return open, pos, ok
}

// inString goes n bytes into the string at pos; false when no character begins
// there.
func inString(b []byte, pos, n int) (int, bool) {
	if pos >= len(b) || b[pos] != '"' {
		return 0, false
	}
	end := pos + 1 + n
	for pos++; pos < min(end, len(b)) && b[pos] != '"'; {
		pos = characterEnd(b, pos)
	}
	return pos, pos == end
}
