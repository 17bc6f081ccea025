package config

import (
	"strconv"
	"strings"
	"time"
)

// whole reads a whole number between least and most.
func (o *object) whole(name string, def, least, most int) int {
	if c, found := o.find(name); found {
		return c.whole(def, least, most)
	}
	return def
}

func (c cursor) whole(def, least, most int) int {
	if !c.is(kindNumber) {
		return def
	}
	if n, err := strconv.Atoi(c.node.text); err == nil && n >= least && n <= most {
		return n
	}
	c.problem("is %s; must be a whole number from %d to %d", c.node.text, least, most)
	return def
}

// decimal reads a number between least and most.
func (o *object) decimal(name string, def, least, most float64) float64 {
	c, found := o.find(name)
	if !found || !c.is(kindNumber) {
		return def
	}
	if f, err := strconv.ParseFloat(c.node.text, 64); err == nil && f >= least && f <= most {
		return f
	}
	c.problem("is %s; must be a number from %g to %g", c.node.text, least, most)
	return def
}

// duration reads a text such as "1m30s" between least and most.
func (o *object) duration(name string, def, least, most time.Duration) time.Duration {
	if c, found := o.find(name); found {
		return c.duration(def, least, most)
	}
	return def
}

func (c cursor) duration(def, least, most time.Duration) time.Duration {
	if c.node.broken {
		return def
	}
	d, err := time.ParseDuration(c.node.text)
	if c.node.kind != kindString || err != nil {
		c.problem("%s is no duration; write one such as \"500ms\", \"30s\" or \"1h30m\"", c.quoted())
		return def
	}
	if d < least || d > most {
		c.problem("%s is out of range; must be from %s to %s", c.quoted(), short(least), short(most))
		return def
	}
	return d
}

// short prints a duration without the zeros at its end.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
