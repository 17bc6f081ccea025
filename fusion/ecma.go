package fusion

import "regexp"

// ecma matches the patterns that mean the same to RE2 and to ECMA-262 with
// its u flag, which is how JSON Schema reads "pattern". It is for expressions
// that RE2 has already accepted, so parentheses and ranges need no look. It
// is conservative: what it does not know is enforced but not published.
//
// Left out are, among others: flags such as (?i), \A and \z, (?P<name>),
// \p classes, [[:alpha:]], \Q…\E, octal and \x{…} escapes, escapes of
// characters that ECMA does not let escape, braces and brackets that stand
// for themselves, and repeated assertions.
var ecma = func() *regexp.Regexp {
	const (
		escape     = `\\(?:[dDwWsStnrfv^$\\.*+?()\[\]{}|/]|x[0-9A-Fa-f]{2})`
		single     = `(?:[^\\^$.*+?()\[\]{}|]|\.|` + escape + `)`
		classOne   = `(?:[^\\\[\]-]|\\(?:[tnrfv^$\\.*+?()\[\]{}|/-]|x[0-9A-Fa-f]{2}))`
		classItem  = `(?:` + classOne + `-` + classOne + `|` + classOne + `|\\[dDwWsS])`
		class      = `\[\^?-?` + classItem + `+-?\]`
		quantifier = `(?:(?:[*+?]|\{\d+(?:,\d*)?\})\??)?`
		assertion  = `(?:[\^$]|\\[bB])`
		open       = `\((?:\?:|\?<[A-Za-z]\w*>)?`
	)
	return regexp.MustCompile(`^(?s:(?:(?:` + single + `|` + class + `|\))` + quantifier +
		`|` + assertion + `|` + open + `|\|)*)$`)
}()

// isECMA reports whether a pattern can be published.
func isECMA(pattern *regexp.Regexp) bool { return ecma.MatchString(pattern.String()) }
