package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is the least time between two lines of progress.
const progressEvery = 250 * time.Millisecond

// progress tells on a terminal how far something is.
type progress struct {
	out         io.Writer // nil where nobody looks
	what        string
	done, total int64 // bytes
	last        time.Time
}

func (p *program) progress(what string, total int64) *progress {
	pr := &progress{what: what, total: total, last: time.Now()}
	if isTerminal(p.stderr) && !p.json {
		pr.out = p.stderr
	}
	return pr
}

// Write counts.
func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if now := time.Now(); p.out != nil && now.Sub(p.last) >= progressEvery {
		p.last = now
		_, _ = fmt.Fprintf(p.out, "\r%s: %d of %d MiB", p.what, p.done>>20, p.total>>20)
	}
	return len(b), nil
}

// end takes the line away.
func (p *progress) end() {
	if p.out != nil {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
