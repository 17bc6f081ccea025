package config

import (
	"regexp"
	"strings"
)

// readChange reads what is done to a value before it is sent, and the name it
// is sent under.
func (p *parameter) readChange() {
	p.sentAs = p.name
	o := p.object.child("transform")
	if c, found := o.findText("targetName"); found {
		p.Transform.TargetName, p.sentAs = c.node.text, c
	}
	if c, found := o.findText("expression"); found {
		expression, reason := parseExpression(c.node.text)
		if p.Transform.Expression = expression; reason != "" {
			c.problem("%s is no expression%s; write ., a function such as trim or slice(0,4), concat(...) or jq", c.quoted(), c.because(reason))
		}
	}
	o.done()
	if p.Location == InHeader {
		p.sentAs.checkHeaderName()
	}
	p.readTransforms()
}

// because adds a reason that may quote the value, unless that held a
// variable.
func (c cursor) because(reason string) string {
	if reason == "" || c.node.variable {
		return ""
	}
	return " (" + reason + ")"
}

// transform is one step of "transforms".
var transform = regexp.MustCompile(`^(?:(html_compact)|(html_compact_fields|validate_object_fields):([^,:]+(?:,[^,:]+)*))$`)

func (p *parameter) readTransforms() {
	for _, c := range p.object.texts("transforms") {
		found := transform.FindStringSubmatch(c.node.text)
		if found == nil {
			c.problem("%s is no transform; must be html_compact, html_compact_fields:a,b or validate_object_fields:a,b.c", c.quoted())
			continue
		}
		step := Step{Name: found[1] + found[2]}
		for field := range strings.SplitSeq(found[3], ",") {
			if field != "" {
				step.Fields = append(step.Fields, strings.Split(strings.TrimSpace(field), "."))
			}
		}
		p.Transforms = append(p.Transforms, step)
		p.checkFits(c, step)
	}
}

// checkFits warns about a transform of values that have nothing for it.
func (p *parameter) checkFits(c cursor, step Step) {
	fit, kinds := p.Type == String || p.Type == Array, "strings and arrays"
	if step.Name != HTMLCompact {
		fit, kinds = p.Type == Object || p.Type == Array, "objects and arrays"
	}
	if !fit && p.Type != "" {
		c.warn("has no effect; it is for %s, and the type is %s", kinds, p.Type)
	}
}
