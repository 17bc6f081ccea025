package config

import (
	"regexp"
	"time"
)

// Patterns of values that become others when a call is made.
const (
	// TimeToken is a time relative to that of the call.
	TimeToken = `#(?:DAYS|HOURS|MINS)[+-][0-9]+`

	// CompactDate is the one pattern that asks for a date without separators.
	// Models seldom write dates like that, so whatever can be read as a day is
	// reduced to it.
	CompactDate = `^\d{8}$`

	// DateInput is what may be given where CompactDate is the pattern: a date,
	// a time or a time token.
	DateInput = `^(?:\d{8}|\d{4}-\d{2}-\d{2}` +
		`(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?|` + TimeToken + `)$`
)

var (
	timeToken = regexp.MustCompile(TimeToken)
	dateInput = regexp.MustCompile(DateInput)
)

// IsCompactDate reports whether the parameter's values are reduced to dates
// without separators.
func (p *Parameter) IsCompactDate() bool {
	return p.Type == String && p.Validation.Pattern != nil && p.Validation.Pattern.String() == CompactDate
}

// ReduceDate turns a date, with or without a time, into YYYYMMDD, and returns
// anything else as it is. The day is the one that is written, whatever zone
// the time is in.
func ReduceDate(s string) string {
	if len(s) < len(time.DateOnly) || !dateInput.MatchString(s) {
		return s
	}
	day, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	if err != nil {
		return s
	}
	return day.Format("20060102")
}
