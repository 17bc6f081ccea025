package fusion

import "bytes"

// join makes one answer of all pages: the first one, with the elements of all.
// What it says of the next page is what the last one says.
func (all *pages) join(tokenPath string) []byte {
	first, last := all.list[0], all.list[len(all.list)-1]
	if len(all.list) == 1 {
		return first.body
	}
	b := bytes.NewBuffer(make([]byte, 0, all.size))
	told, said := first.told(tokenPath), []byte("null")
	if s := last.told(tokenPath); s.end > s.start {
		said = s.of(last.body)
	}
	if told.start < first.list.start {
		b.Write(first.body[:told.start])
		b.Write(said)
		b.Write(first.body[told.end:first.list.start])
		all.joinLists(b)
		b.Write(first.body[first.list.end:])
		return b.Bytes()
	}
	b.Write(first.body[:first.list.start])
	all.joinLists(b)
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

// joinLists writes the array of all elements, and notes where those of each
// page stand.
func (all *pages) joinLists(b *bytes.Buffer) {
	b.WriteByte('[')
	begin := b.Len()
	for i := range all.list {
		p := &all.list[i]
		elements := p.body[p.list.start+1 : p.list.end-1]
		if len(elements) > 0 && b.Len() > begin {
			b.WriteByte(',')
		}
		p.joined.start = b.Len()
		b.Write(elements)
		p.joined.end = b.Len()
	}
	b.WriteByte(']')
}
