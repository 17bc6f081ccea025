package config

import (
	"regexp"
	"slices"
	"strings"
)

// parameter is a Parameter being read, with the places that later checks
// need.
type parameter struct {
	*Parameter
	object *object
	name   cursor
	// sentAs is where SentName comes from.
	sentAs cursor
}

func (e *endpoint) readParameters() {
	for _, c := range e.object.list("parameters") {
		p := &parameter{Parameter: &Parameter{Position: c.position()}, object: c.object()}
		named := p.readNames()
		p.readKind()
		p.readText()
		p.readChange()
		p.readValues()
		p.readFileName()
		p.object.done()
		if named {
			e.parameters = append(e.parameters, p)
			e.Parameters = append(e.Parameters, p.Parameter)
		}
	}
	e.checkFileNames()
}

// readNames is false when there is no name that other parameters could be
// held against.
func (p *parameter) readNames() bool {
	name, ok := p.object.needText("name")
	if !ok {
		name = p.object.cursor
	}
	p.name, p.Name = name, name.node.text
	p.Shown = notShown.ReplaceAllString(p.Name, "")
	p.Static = p.object.flag("static", false)
	alias, given := p.object.findText("alias")
	switch {
	case given:
		p.readAlias(alias)
	case p.Shown == "" && !p.Static && ok:
		p.name.problem("%s has none of A-Z, a-z, 0-9, _, . and -; give the parameter an alias", p.name.quoted())
	}
	return ok
}

// notShown is what names shown to callers do not have.
var notShown = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

func (p *parameter) readAlias(alias cursor) {
	p.Shown = alias.node.text
	if notShown.MatchString(p.Shown) {
		alias.problem("%s cannot be shown as a name; allowed are A-Z, a-z, 0-9, _, . and -", alias.quoted())
	}
}

var (
	types     = []string{string(String), string(Number), string(Integer), string(Boolean), string(Array), string(Object)}
	itemTypes = []string{string(String), string(Number), string(Integer), string(Boolean), string(Object)}
	locations = []string{string(InPath), string(InQuery), string(InHeader), string(InBody), string(InFile), string(InFilePath)}
)

func (p *parameter) readKind() {
	p.Type = Type(p.object.needChoice("type", types...))
	p.Location = Location(p.object.needChoice("location", locations...))
	if c, found := p.object.find("items"); found {
		p.Items = Type(c.oneOf("", itemTypes))
		if p.Type != Array && p.Type != "" {
			c.problem("is for the type array; this parameter's type is %s", p.Type)
		}
	}
	if p.isFile() && p.Type != String && p.Type != "" {
		p.object.problem("the type is %s; a parameter in %s must be a string", p.Type, p.Location)
	}
}

func (p *parameter) isFile() bool { return p.Location == InFile || p.Location == InFilePath }

func (p *parameter) readText() {
	p.Description = p.object.text("", "description")
	p.Required = p.object.flag("required", false)
	p.Quoted = p.object.flag("quoted", false)
	p.ArrayFormat = "repeat"
	if c, found := p.object.find("arrayFormat"); found {
		p.ArrayFormat = c.oneOf("repeat", []string{"repeat", "comma", "brackets"})
	}
}

// checkShown reports names that callers could not tell apart.
func (e *endpoint) checkShown() {
	first := make(map[string]*parameter)
	for _, p := range e.parameters {
		if p.Static || p.Unused || p.Shown == "" {
			continue
		}
		if other := first[p.Shown]; other != nil {
			p.object.problem("is shown under the same name as %s; give one of them an alias", other.object.path)
			continue
		}
		first[p.Shown] = p
	}
}

// checkStatic reports arguments that would be sent in the place of what the
// author has fixed.
func (e *endpoint) checkStatic() {
	for _, fixed := range e.parameters {
		for _, p := range e.parameters {
			if fixed.Static && !p.Static && fixed.Location == p.Location && fixed.isSentAs(p.SentName()) {
				p.object.problem("has the place of %s, which is static; rename one of them", fixed.object.path)
			}
		}
	}
}

// isSentAs reports whether the parameter has that name at the API. Case does not
// matter in headers (RFC 9110 §5.1).
func (p *parameter) isSentAs(name string) bool {
	if p.Location == InHeader {
		return strings.EqualFold(p.SentName(), name)
	}
	return p.SentName() == name
}

// checkNesting reports dotted body names that need an object where another
// parameter puts something else: one of the two would be lost.
func (e *endpoint) checkNesting() {
	for _, outer := range e.parameters {
		for _, inner := range e.parameters {
			if outer.Location == InBody && inner.Location == InBody && outer.Type != Object &&
				strings.HasPrefix(inner.SentName(), outer.SentName()+".") {
				inner.object.problem("its place in the body is inside that of %s, which is no object; rename one of them, "+
					"or make that one an object", outer.object.path)
			}
		}
	}
}

func (p *parameter) readFileName() {
	c, found := p.object.findText("fileNameParam")
	switch {
	case !found:
	case !p.isFile():
		c.warn("has no effect; it is for the locations file and filepath")
	default:
		p.FileNameParam = c.node.text
	}
}

// checkFileNames reports file names that come from nowhere.
func (e *endpoint) checkFileNames() {
	for _, p := range e.parameters {
		if p.FileNameParam != "" && !e.hasOther(p) {
			c, _ := p.object.find("fileNameParam")
			c.problem("%s is no other parameter of this endpoint", c.quoted())
		}
	}
}

// hasOther reports whether the parameter that gives the file's name exists.
func (e *endpoint) hasOther(p *parameter) bool {
	return slices.ContainsFunc(e.parameters, func(other *parameter) bool {
		return other != p && (other.Name == p.FileNameParam || other.Shown == p.FileNameParam)
	})
}

// SentName is the parameter's name at the API: transform.targetName, or else
// Name.
func (p *Parameter) SentName() string {
	if p.Transform.TargetName != "" {
		return p.Transform.TargetName
	}
	return p.Name
}
