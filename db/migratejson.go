package db

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strings"
	"time"
)

// oldTime is RFC 3339, or empty for none.
type oldTime struct{ time.Time }

func (t *oldTime) UnmarshalJSON(text []byte) error {
	var s string
	if string(text) == "null" || json.Unmarshal(text, &s) == nil && s == "" {
		return nil
	}
	if err := t.Time.UnmarshalJSON(text); err != nil {
		return err
	}
	t.Time = t.UTC()
	if year := t.Year(); year < 1 || year > lastYear { // through its time zone
		return errOldJSON
	}
	return nil
}

// oldScope is a list, or a text with spaces between its elements.
type oldScope []string

func (s *oldScope) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*s = strings.Fields(one)
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

func (s oldScope) clean() (scope []string) {
	for _, element := range s {
		scope = append(scope, strings.Fields(element)...)
	}
	return scope
}

// decodeOld reads one JSON object, and keeps the digits of its numbers.
func decodeOld(text []byte, v any) error {
	text = bytes.TrimSpace(text)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if !bytes.HasPrefix(text, []byte("{")) || d.Decode(v) != nil {
		return errOldJSON // without the error, which may show what is in it
	}
	if _, err := d.Token(); err != io.EOF {
		return errOldJSON
	}
	return nil
}

// inNanoseconds returns no time for one that does not fit into 64 bits.
func inNanoseconds(t time.Time) time.Time {
	if t.Before(time.Unix(0, 0)) || t.After(time.Unix(0, math.MaxInt64)) {
		return time.Time{}
	}
	return t
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
