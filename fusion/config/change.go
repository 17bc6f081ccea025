package config

import "regexp"

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
var transform = regexp.MustCompile(`^(?:html_compact|html_compact_fields:` + fieldList + `|validate_object_fields:` + fieldList + `)$`)

const fieldList = `[^,:]+(?:,[^,:]+)*`

func (p *parameter) readTransforms() {
	for _, c := range p.object.texts("transforms") {
		if !transform.MatchString(c.node.text) {
			c.problem("%s is no transform; must be html_compact, html_compact_fields:a,b or validate_object_fields:a,b.c", c.quoted())
			continue
		}
		p.Transforms = append(p.Transforms, c.node.text)
	}
}
