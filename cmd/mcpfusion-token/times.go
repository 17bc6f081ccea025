package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// day is 24 hours: for a token's life it does not matter that a few days are
// shorter or longer.
const day = 24 * time.Hour

// parseSpan reads a span of time: a number of days such as 90d, or hours,
// minutes and seconds as Go writes them.
func parseSpan(flag, text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		var days int
		days, err = strconv.Atoi(digits)
		span = time.Duration(days) * day
		if days > int(maxSpan/day) {
			span = -1
		}
	}
	if err != nil || span < 0 || span > maxSpan {
		return 0, usageError(fmt.Sprintf("Wrong value of --%s: %q; allowed: a span such as 90d, 24h or 30m", flag, text))
	}
	return span, nil
}

// maxSpan is about a hundred years.
const maxSpan = 36500 * day

// parseExpires reads when a token expires: after a span, at the end of a day
// of the local time zone, or at a time; the zero time for never.
func parseExpires(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if date, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return date.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	span, err := parseSpan("expires", text)
	if err != nil || span == 0 {
		return time.Time{}, usageError(fmt.Sprintf(
			"Wrong value of --expires: %q; allowed: 90d, 12h, 2027-01-31, 2027-01-31T12:00:00Z or never", text))
	}
	return now.Add(span), nil
}
