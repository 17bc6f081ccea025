package fusion

import (
	"context"
	"errors"
	"fmt"
)

// pages is as much of an answer as was read.
type pages struct {
	list []page
	size int
	// rest says why there are more; "" when there are none.
	rest string
}

// gather reads the pages after the first, as long as there are any and their
// limits admit it.
func (c *call) gather(ctx context.Context, first page) (*pages, error) {
	all := &pages{list: []page{first}, size: len(first.body)}
	asked := map[pageRef]bool{first.ref: true}
	for last := first; !last.next.none; {
		if all.rest = c.stop(all, last, asked); all.rest != "" {
			break
		}
		asked[last.next.ref] = true
		got, err := c.page(ctx, last.next.ref)
		if err != nil && !c.survives(err) {
			return nil, err
		}
		if all.rest = c.refuse(all, got, err); all.rest != "" {
			break
		}
		all.list, all.size, last = append(all.list, *got), all.size+len(got.body), *got
	}
	return all, nil
}

// survives reports whether the pages before one that failed are worth
// something: unless the caller has gone, or the mistake is ours.
func (c *call) survives(err error) bool {
	return is[*UpstreamError](err) || is[*BreakerError](err) || is[*ArgumentError](err) ||
		c.caller.Err() == nil && errors.Is(err, context.DeadlineExceeded)
}

// refuse says why a page is not added to those before; "" when it is.
func (c *call) refuse(all *pages, p *page, err error) string {
	number, most := len(all.list)+1, c.tool.sender.maxUpstream
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("there was no time for page %d", number)
	case err != nil:
		return fmt.Sprintf("page %d could not be read: %v", number, err)
	case !p.ok:
		return fmt.Sprintf("page %d has no array %s", number, c.tool.paging.arrayName())
	case int64(all.size+len(p.body)) > most:
		return fmt.Sprintf("with page %d they are longer than the %d bytes that are read", number, most)
	}
	return ""
}

// stop says why the page after the last one is not asked for; "" when it is.
func (c *call) stop(all *pages, last page, asked map[pageRef]bool) string {
	switch {
	case last.next.problem != "":
		return last.next.problem
	case asked[last.next.ref]:
		return "the API names a page as the next one that was read before"
	case !last.ok:
		return "the pages cannot be joined, as this one has no array " + c.tool.paging.arrayName()
	case len(all.list) >= c.tool.paging.MaxPages:
		return fmt.Sprintf("%d pages were read, which is the most at a time", len(all.list))
	case c.tool.transform == nil && all.size > c.maxResult:
		return "what was read is more than fits"
	}
	return ""
}
