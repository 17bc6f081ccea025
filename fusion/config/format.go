package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// formats are the values of the keyword "format", and what each admits: as
// JSON Schema means it, which is stricter than most parsers.
var formats = map[string]func(string) bool{
	"date":      isDate,
	"date-time": isDateTime,
	"email":     isEmail,
	"uri":       isURI,
	"uuid":      uuidSyntax.MatchString,
}

var formatNames = slices.Sorted(maps.Keys(formats))

var (
	uuidSyntax = regexp.MustCompile(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

	// RFC 3339, section 5.6, except for the days of the months.
	dateTimeSyntax = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)` +
		`(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)

	// RFC 5321, section 4.1.2: Dot-string@Domain. Quoted local parts and
	// address literals are left out: nobody's mailbox has one.
	emailSyntax = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*" +
		`@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

	// RFC 3986, section 2: the characters of a URI.
	uriSyntax = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$`)
)

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isDateTime also takes a leap second, which package time does not know: the
// last second of a UTC day.
func isDateTime(s string) bool {
	if !dateTimeSyntax.MatchString(s) || !isDate(s[:10]) {
		return false
	}
	if s[17:19] != "60" {
		return true
	}
	zone := s[len(s)-6:]
	if last := s[len(s)-1]; last == 'Z' || last == 'z' {
		zone = "Z"
	}
	t, err := time.Parse("2006-01-02 15:04Z07:00", s[:10]+" "+s[11:16]+zone)
	return err == nil && t.UTC().Hour() == 23 && t.UTC().Minute() == 59
}

func isEmail(s string) bool {
	if len(s) > 254 || !emailSyntax.MatchString(s) {
		return false
	}
	for i := range s {
		if s[i] == '@' {
			return i <= 64 && len(s)-i-1 <= 253
		}
	}
	return false
}

func isURI(s string) bool {
	if !uriSyntax.MatchString(s) {
		return false
	}
	_, err := url.Parse(s)
	return err == nil
}
