package fusion

import "bytes"

// join makes one answer of all pages: the first one, with the elements of all.
// What it says of the next page is what the last one says.
func join(all []page, size int, tokenPath string) []byte {
	first, last := all[0], all[len(all)-1]
	if len(all) == 1 {
		return first.body
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	told, said := first.told(tokenPath), []byte("null")
	if s := last.told(tokenPath); s.end > s.start {
		said = s.of(last.body)
	}
	if told.start < first.list.start {
		b.Write(first.body[:told.start])
		b.Write(said)
		b.Write(first.body[told.end:first.list.start])
		joinLists(b, all)
		b.Write(first.body[first.list.end:])
		return b.Bytes()
	}
	b.Write(first.body[:first.list.start])
	joinLists(b, all)
	b.Write(first.body[first.list.end:told.start])
	b.Write(said)
	b.Write(first.body[told.end:])
	return b.Bytes()
}

// told is the place of what a page says of the next one; it is empty where it
// says nothing.
func (p *page) told(tokenPath string) span {
	s, _ := find(p.body, tokenPath)
	return s
}

// joinLists writes the array of all elements.
func joinLists(b *bytes.Buffer, all []page) {
	b.WriteByte('[')
	begin := b.Len()
	for _, p := range all {
		inner := p.body[p.list.start+1 : p.list.end-1]
		if len(inner) > 0 && b.Len() > begin {
			b.WriteByte(',')
		}
		b.Write(inner)
	}
	b.WriteByte(']')
}

// part is the page as a part of what is joined.
func (p *page) part() pagePart {
	if !p.ok {
		return pagePart{ref: p.ref}
	}
	return pagePart{p.ref, pathOf(trace(nil, p.body[:p.list.start]), false), elements(p.list.of(p.body))}
}
