package fusion

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// timeToken finds times relative to now, in UTC: #DAYS-7 is midnight seven
// days ago, #HOURS+2 and #MINS-30 count from this moment.
var timeToken = regexp.MustCompile(config.TimeToken)

// tokenLimits bound tokens to a hundred years, so that the year keeps its
// four digits. Beyond it a token stays as it is, and is then a wrong argument.
var tokenLimits = map[string]int{"DAYS": 36525, "HOURS": 36525 * 24, "MINS": 36525 * 24 * 60}

// tokenTime returns the time that a token stands for.
func tokenTime(token string, now time.Time) (time.Time, bool) {
	i := strings.IndexAny(token, "+-")
	unit := token[1:i]
	n, err := strconv.Atoi(token[i:])
	if limit := tokenLimits[unit]; err != nil || n > limit || n < -limit {
		return time.Time{}, false
	}
	now = now.UTC()
	switch unit {
	case "DAYS":
		return time.Date(now.Year(), now.Month(), now.Day()+n, 0, 0, 0, 0, time.UTC), true
	case "HOURS":
		return now.Add(time.Duration(n) * time.Hour), true
	}
	return now.Add(time.Duration(n) * time.Minute), true
}

// expandString replaces the time tokens in s by times in the given layout.
func expandString(s string, now time.Time, layout string) string {
	if !strings.Contains(s, "#") {
		return s
	}
	return timeToken.ReplaceAllStringFunc(s, func(token string) string {
		if t, ok := tokenTime(token, now); ok {
			return t.Format(layout)
		}
		return token
	})
}

// expandDeep replaces the time tokens in all strings of a value, without
// changing the value that it was given.
func expandDeep(v any, now time.Time) any {
	switch v := v.(type) {
	case string:
		return expandString(v, now, time.RFC3339)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = expandDeep(v[i], now)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = expandDeep(member, now)
		}
		return object
	}
	return v
}

// hasToken reports whether a time token stands anywhere in a value.
func hasToken(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "#") && timeToken.MatchString(v)
	case []any:
		for _, member := range v {
			if hasToken(member) {
				return true
			}
		}
	case map[string]any:
		for _, member := range v {
			if hasToken(member) {
				return true
			}
		}
	}
	return false
}
