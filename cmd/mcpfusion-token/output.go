package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
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

// table lays out tokens with shown(hash) as their hash. Colours come later,
// since they would count as width.
func table(tokens []db.APITokenMetadata, shown func(hash string) string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PREFIX\tHASH\tCREATED\tLAST USED\tDESCRIPTION")
	for _, t := range tokens {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Prefix, shown(t.Hash), localTime(&t.CreatedAt), localTime(t.LastUsed), t.Description)
	}
	_ = w.Flush() // to memory
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ") // of an empty description
	}
	return strings.Join(lines, "\n")
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
		tokens[i].CreatedAt = tokens[i].CreatedAt.UTC().Truncate(time.Second)
		if used := tokens[i].LastUsed; used != nil {
			whole := used.UTC().Truncate(time.Second)
			tokens[i].LastUsed = &whole
		}
	}
	return tokens
}
