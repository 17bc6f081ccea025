package db

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
)

// Scope limits what an API token may call. The zero value limits nothing:
// that is how a token is made unless somebody says otherwise. All that is
// named must match.
type Scope struct {
	// Services are the keys of the services whose tools may be called; none
	// means those of all services.
	Services []string `json:"services,omitempty"`
	// Tools are patterns as in path.Match, of which one must match the whole
	// name of a tool; none means all tools.
	Tools []string `json:"tools,omitempty"`
	// ReadOnly admits only tools that have the read-only hint.
	ReadOnly bool `json:"read_only,omitempty"`
}

// Limits of a scope.
const (
	maxScopeItems = 100
	maxScopeItem  = 128 // bytes
)

// Admits reports whether a tool may be called: it has this name, belongs to
// the service, and is read-only or not.
func (s Scope) Admits(tool, service string, readOnly bool) bool {
	return (readOnly || !s.ReadOnly) &&
		(len(s.Services) == 0 || slices.Contains(s.Services, service)) &&
		(len(s.Tools) == 0 || slices.ContainsFunc(s.Tools, func(pattern string) bool {
			matched, err := path.Match(pattern, tool)
			return matched && err == nil
		}))
}

// IsZero reports whether the scope limits nothing.
func (s Scope) IsZero() bool { return !s.ReadOnly && len(s.Services) == 0 && len(s.Tools) == 0 }

// check returns ErrSettings for a scope that cannot be meant.
func (s Scope) check() error {
	if len(s.Services) > maxScopeItems || len(s.Tools) > maxScopeItems {
		return fmt.Errorf("%w: a scope has at most %d services and %d patterns of tools", ErrSettings, maxScopeItems, maxScopeItems)
	}
	for _, item := range slices.Concat(s.Services, s.Tools) {
		if item == "" || len(item) > maxScopeItem || strings.ContainsFunc(item, func(r rune) bool { return unicode.IsControl(r) || r == ',' }) {
			return fmt.Errorf("%w: %q in a scope; allowed: 1 to %d bytes of text without commas", ErrSettings, item, maxScopeItem)
		}
	}
	for _, pattern := range s.Tools {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%w: the pattern %q; allowed: names of tools with *, ? and [a-z]", ErrSettings, pattern)
		}
	}
	return nil
}

// encode returns the one text of this scope, "" for one that limits nothing.
func (s Scope) encode() (string, error) {
	if s.IsZero() {
		return "", nil
	}
	tidy := Scope{tidied(s.Services), tidied(s.Tools), s.ReadOnly}
	text, err := json.Marshal(tidy)
	return string(text), err
}

func tidied(items []string) []string { return slices.Compact(slices.Sorted(slices.Values(items))) }

func decodeScope(text string) (s Scope, err error) {
	if text == "" {
		return s, nil
	}
	if json.Unmarshal([]byte(text), &s) != nil || s.IsZero() {
		return s, errFormat // never taken for "all"
	}
	return s, nil
}
