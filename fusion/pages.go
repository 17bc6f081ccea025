package fusion

import (
	"context"
	"errors"
	"fmt"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// pages says of which pages an answer is made.
type pages struct {
	parts []pagePart // at least one, if they were joined and not transformed
	// rest says why there are more pages; "" when there are none. They go on at
	// next, unless that is zero: then nobody can go on.
	rest string
	next pageRef
	// broken is set when a page failed, which may not be so the next time.
	broken bool
}

// maxReason is how many bytes a note says of why something is left.
const maxReason = 200

// pagePart is a page in what pages were joined to.
type pagePart struct {
	ref   pageRef
	path  []int // of the array
	count int   // of its elements
}

// blurred is what is known of the pages after a transform.
func (ps *pages) blurred() pages { return pages{rest: ps.rest, next: ps.next, broken: ps.broken} }

// gather reads the pages after the first, as long as there are any and their
// limits admit it, and joins them.
func (c *call) gather(ctx context.Context, first *page) ([]byte, pages, error) {
	ps, rest, all, size := pages{}, "", []page{*first}, len(first.body)
	read, last := map[pageRef]bool{first.ref: true}, first
	for !last.next.none {
		if rest = c.stop(last, read, size); rest != "" {
			break
		}
		got, err := c.page(ctx, last.next.ref)
		if err != nil && c.caller.Err() == nil && ctx.Err() != nil {
			err = ctx.Err() // all pages share it, so the API is not to be blamed
		}
		if err != nil && !c.survives(err) {
			return nil, pages{}, err
		}
		if rest = c.refuse(len(all)+1, size, got, err); rest != "" {
			ps.broken = true
			break
		}
		all, size, last, read[got.ref] = append(all, *got), size+len(got.body), got, true
	}
	ps.rest = clip(rest, maxReason) // in which the API has a say
	for _, p := range all {
		ps.parts = append(ps.parts, p.part())
	}
	if n := last.next; rest != "" && n.problem == "" && !read[n.ref] && !c.gave(n.ref) {
		ps.next = n.ref
	}
	return join(all, size, c.tool.paging.NextPageTokenPath), ps, nil
}

// gave reports whether the caller asked for a page with an argument.
func (c *call) gave(ref pageRef) bool {
	p := c.tool.paging.token
	return p != nil && ref.Token != "" && c.values.has(p) && p.text(c.values[p.index]) == p.text(ref.token())
}

// survives reports whether the pages before one that failed are worth
// something: unless the caller has gone, or the mistake is ours.
func (c *call) survives(err error) bool {
	return is[*UpstreamError](err) || is[*BreakerError](err) || is[*ArgumentError](err) || is[*auth.CredentialError](err) ||
		c.caller.Err() == nil && errors.Is(err, context.DeadlineExceeded)
}

// refuse says why a page is not added to those before; "" when it is.
func (c *call) refuse(number, size int, p *page, err error) string {
	most := c.tool.sender.maxUpstream
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("there was no time for page %d", number)
	case err != nil:
		return fmt.Sprintf("page %d could not be read: %v", number, err)
	case !p.ok:
		return fmt.Sprintf("page %d has no array %s", number, c.tool.paging.arrayName())
	case int64(size+len(p.body)) > most:
		return fmt.Sprintf("with page %d they are longer than the %d bytes that are read", number, most)
	}
	return ""
}

// stop says why the page after the last one is not asked for; "" when it is.
func (c *call) stop(last *page, read map[pageRef]bool, size int) string {
	switch {
	case last.next.problem != "":
		return last.next.problem
	case read[last.next.ref], c.gave(last.next.ref):
		return "the API names a page as the next one that was read before"
	case !last.ok:
		return "the pages cannot be joined, as this one has no array " + c.tool.paging.arrayName()
	case len(read) >= c.tool.paging.MaxPages:
		return fmt.Sprintf("%d pages were read, which is the most at a time", len(read))
	case c.tool.transform == nil && size > c.maxResult:
		return "what was read is more than fits"
	}
	return ""
}
