package config

// readValues reads default, enum and examples, and holds them against the
// type and each other.
func (p *parameter) readValues() {
	validation := p.object.child("validation")
	p.readValidation(validation)
	p.readEnum(validation)
	validation.done()
	p.readDefault()
	for _, c := range p.object.list("examples") {
		if value, ok := p.fit(c); ok {
			p.Examples = append(p.Examples, value)
		} else {
			c.warn("is %s and does not fit the type %s; it is not published", c.node.kind, p.Type)
		}
	}
}

// fit returns a value as the parameter's type. What merely spells the type is
// taken for it, as it is in arguments. Without a known type anything fits.
func (p *parameter) fit(c cursor) (any, bool) {
	if p.Type == "" || c.node.broken {
		return c.node.value(), true
	}
	value, exact, ok := convert(c.node.value(), p.Type, p.Items)
	if ok && !exact && !c.node.hasVariable() {
		c.warn("is %s; taken as the type %s", c.node.kind, p.Type)
	}
	return value, ok
}

func (p *parameter) readDefault() {
	c, found := p.object.find("default")
	if !found {
		if p.Static {
			p.object.missing("\"default\" is missing; a static parameter always sends it")
		}
		return
	}
	value, ok := p.fit(c)
	if !ok {
		c.problem("is %s; must fit the parameter's type %s", c.node.kind, p.describe())
		return
	}
	p.HasDefault, p.Default, p.FromVariable = true, value, c.node.hasVariable()
	p.checkDefault(c)
}

func (p *parameter) describe() string {
	if p.Items != "" {
		return string(p.Type) + " of " + string(p.Items)
	}
	return string(p.Type)
}

func (p *parameter) checkDefault(c cursor) {
	text, isText := p.Default.(string)
	if isText && p.Location == InHeader && HasControl(text) {
		c.problem("has a control character, which a header cannot")
	}
	if c.node.broken || timeToken.MatchString(text) { // which has another value at each call
		return
	}
	value := p.Default
	if p.IsCompactDate() {
		value = ReduceDate(text)
	}
	if rule := p.Validation.Broken(value); rule != "" {
		c.warn("%s breaks the parameter's own %s; it is sent as it is", c.quoted(), rule)
	}
}

// readEnum reads validation.enum, or "enum" beside it, which old files have.
func (p *parameter) readEnum(validation *object) {
	loose, hasLoose := p.object.find("enum")
	c, found := validation.find("enum")
	switch {
	case hasLoose && found:
		loose.warn("is ignored; validation.enum is there as well")
	case hasLoose:
		loose.warn("is taken as validation.enum; move it there")
		c = loose
	case !found:
		return
	}
	if !c.is(kindArray) {
		return
	}
	if len(c.node.items) == 0 {
		c.problem("is empty, so no value is allowed; list the allowed ones")
	}
	p.fitEnum(c)
}

// fitEnum takes the values that fit the type. When none does, the keyword as
// a whole does not fit; when only some do, one of them is a mistake.
func (p *parameter) fitEnum(c cursor) {
	var misfits []cursor
	for _, item := range c.items() {
		if value, ok := p.fit(item); ok {
			p.Validation.Enum = append(p.Validation.Enum, value)
		} else {
			misfits = append(misfits, item)
		}
	}
	if len(misfits) == len(c.node.items) && len(misfits) > 0 {
		c.warn("none of the values fits the type %s; the enum is neither enforced nor published", p.describe())
		return
	}
	for _, item := range misfits {
		item.problem("is %s; must fit the parameter's type %s", item.node.kind, p.describe())
	}
}
