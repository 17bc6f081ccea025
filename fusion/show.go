package fusion

import (
	"context"
	"fmt"
	"slices"
)

// show makes a result of what of an answer fits from the call's position on.
func (c *call) show(ctx context.Context, w *whole) (*Result, error) {
	r := &Result{Status: w.status, ContentType: w.kind}
	if (w.body == nil || w.file != "") && c.from.isZero() {
		r.Content, r.File = w.body, w.file
		return r, nil
	}
	read := readJSON
	if w.text {
		read = readText
	}
	got, ok := read(w.body, c.from.place, c.maxResult)
	if !ok || w.file != "" {
		return nil, &UpstreamError{Status: w.status, Detail: "the answer has changed, and has no such place (from) any more; begin again without it"}
	}
	r.Content = got.content
	if next, more := w.after(c.from, got); more && c.tool.Hints.ReadOnly {
		r.From = c.tool.sign(ctx, next)
	}
	r.Note = w.note(got, r.From != "")
	return r, nil
}

// note says what was left out, of the content and of its pages; "" when
// nothing was. Who cannot read on is told what else to do.
func (w *whole) note(got reading, canGoOn bool) string {
	var said string
	if got.place != "" {
		said = fmt.Sprintf("The answer is cut %s; %d of %d bytes are left.", clip(got.place, maxReason), len(w.body)-got.end, len(w.body))
	}
	if w.rest != "" {
		said = spaced(said, "There are more pages: "+w.rest+".")
	}
	if said == "" || canGoOn {
		return said
	}
	return spaced(said, "To see the rest, ask for less at a time, with arguments that filter, limit or page the answer.")
}

func spaced(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// after is where an answer goes on after a part of it; false when it does not.
func (w *whole) after(from position, got reading) (position, bool) {
	switch {
	case got.place == "" || got.next.isBeginning():
		return position{Page: w.next}, w.next != pageRef{}
	case len(w.parts) > 1:
		return w.inParts(from, got.next), true
	}
	from.place = got.next
	return from, len(from.Path) <= maxPath
}

// inParts is a place in pages that were joined, as one that begins at the page
// where it is: so the pages before that are not read again.
func (ps *pages) inParts(from position, at place) position {
	list := ps.parts[0].path
	if len(at.Path) <= len(list) || !slices.Equal(at.Path[:len(list)], list) { // before or behind the elements
		return position{Page: from.Page, place: at}
	}
	part, n := ps.parts[0], at.Path[len(list)]
	for _, next := range ps.parts[1:] {
		if n < part.count {
			break
		}
		part, n = next, n-part.count
	}
	at.Path = slices.Concat(part.path, []int{n}, at.Path[len(list)+1:])
	return position{Page: part.ref, place: at}
}
