package fusion

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
)

// page is one page of an answer: compact JSON without secrets.
type page struct {
	ref  pageRef
	body []byte
	// list is the place of the array that the pages share; ok when there is
	// one.
	list span
	ok   bool
	// next is how the page after it is asked for; none when there is none.
	next next
}

// page reads one page.
func (c *call) page(ctx context.Context, ref pageRef) (*page, error) {
	c.at = ref
	got := c.exchange(ctx)
	if got.err != nil {
		return nil, got.err
	}
	var compact bytes.Buffer
	if body := got.answer.utf8(); json.Compact(&compact, body) != nil {
		return nil, got.answer.notJSON(body, got.redact)
	}
	safe, ok := got.redact.json(compact.Bytes())
	if !ok {
		return nil, c.holdsSecret(got)
	}
	return c.newPage(got, compact.Bytes(), safe), nil
}

// newPage makes a page of compact JSON, as it came and without secrets.
func (c *call) newPage(got outcome, raw, safe []byte) *page {
	p := &page{ref: c.at, body: safe, next: c.next(raw, got.redact)}
	p.list, p.ok = c.tool.paging.array(safe)
	return p
}

// array finds the array that the pages share.
func (p *paging) array(b []byte) (span, bool) {
	if p.DataPath == "" {
		if found := arrays(b); len(found) == 1 {
			return found[0], true
		}
		return span{}, false
	}
	s, ok := find(b, p.DataPath)
	return s, ok && b[s.start] == '['
}

func (p *paging) arrayName() string {
	if p.DataPath == "" {
		return "that is the only one (paginationConfig.dataPath would name it)"
	}
	return strconv.Quote(p.DataPath)
}
