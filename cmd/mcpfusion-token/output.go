package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fatih/color"
	"golang.org/x/term"

	"github.com/PivotLLM/MCPFusion/db"
)

// neverUsed stands where a time would.
const neverUsed = "Never used"

// print writes a result to standard output.
func (p *program) print(text string) error {
	_, err := io.WriteString(p.stdout, text)
	return err
}

// printJSON writes a result to standard output, on one line.
func (p *program) printJSON(value any) error { return writeJSON(p.stdout, value) }

func writeJSON(w io.Writer, value any) error {
	encoded, err := encodeJSON(value)
	if err == nil {
		_, err = w.Write(encoded)
	}
	return err
}

// encodeJSON leaves <, > and & as they are: this is no HTML.
func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}

// mayColor reports whether somebody looks at standard output who wants colour.
func (p *program) mayColor() bool {
	noColor, _ := p.env.Lookup("NO_COLOR")
	kind, _ := p.env.Lookup("TERM")
	return !p.noColor && !p.json && noColor == "" && kind != "dumb" && isTerminal(p.stdout)
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (p *program) paint(text string, attributes ...color.Attribute) string {
	c := color.New(attributes...)
	if p.color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(text)
}

// table lays out tokens with shown(hash) as their hash. It has columns for
// tenant, expiry and state only where a token has something to say there.
// Colours come later, since they would count as width.
func table(tokens []db.APITokenMetadata, shown func(hash string) string) string {
	now := time.Now()
	columns := columnsOf(tokens, now)
	head := []string{"PREFIX", "HASH", "TENANT", "CREATED", "LAST USED", "EXPIRES", "STATE", "DESCRIPTION"}
	lines := []string{columns.line(head)}
	for _, t := range tokens {
		lines = append(lines, columns.line([]string{
			t.Prefix, shown(t.Hash), t.Tenant[:8], localTime(&t.CreatedAt), localTime(t.LastUsed), expiry(t.ExpiresAt), state(t, now), t.Description,
		}))
	}
	return aligned(lines...)
}

// columns says which of the columns that not each table needs are wanted.
type columns struct{ tenant, expires, state bool }

func columnsOf(tokens []db.APITokenMetadata, now time.Time) (c columns) {
	for _, t := range tokens {
		c.tenant = c.tenant || t.Tenant != t.Hash
		c.expires = c.expires || t.ExpiresAt != nil
		c.state = c.state || state(t, now) != stateActive
	}
	return c
}

func (c columns) line(cells []string) string {
	var wanted []string
	for i, cell := range cells {
		if i == 2 && !c.tenant || i == 5 && !c.expires || i == 6 && !c.state {
			continue
		}
		wanted = append(wanted, cell)
	}
	return strings.Join(wanted, "\t")
}

func shortHash(hash string) string { return hash[:12] + "..." }

func wholeHash(hash string) string { return hash }

func localTime(t *time.Time) string {
	if t == nil {
		return neverUsed
	}
	return t.Local().Format(time.DateTime)
}

// wholeSeconds prepares tokens for JSON: fractions of a second trip up too
// many parsers of RFC 3339.
func wholeSeconds(tokens []db.APITokenMetadata) []db.APITokenMetadata {
	for i := range tokens {
		t := &tokens[i]
		t.CreatedAt = whole(t.CreatedAt)
		t.LastUsed = wholeOrNil(t.LastUsed)
	}
	return tokens
}

func wholeConnections(list []db.Connection) []db.Connection {
	for i := range list {
		c := &list[i]
		c.CreatedAt, c.UpdatedAt = whole(c.CreatedAt), whole(c.UpdatedAt)
		c.ExpiresAt, c.LastRefresh = wholeOrNil(c.ExpiresAt), wholeOrNil(c.LastRefresh)
	}
	return list
}

func whole(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }

func wholeOrNil(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return new(whole(*at))
}
