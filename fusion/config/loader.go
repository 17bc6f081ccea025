package config

import (
	"fmt"
	"strings"
)

// loader holds what the files of one configuration share.
type loader struct {
	settings *settings
	findings *findings
	services []*Service
	// keys has the file and the place of each service's key, also of the
	// skipped ones.
	keys map[string]keyPlace
	// tools has each endpoint in the order of the files, with its "id".
	tools []tool
}

func newLoader(opts []Option) *loader {
	return &loader{
		settings: newSettings(opts),
		findings: &findings{},
		keys:     make(map[string]keyPlace),
	}
}

// read adds one file. Only what breaks the whole file ends it early.
func (l *loader) read(f *file, problem string) {
	if problem == "" && len(f.data) > maxFileSize {
		problem = fmt.Sprintf("is larger than %d MiB", maxFileSize>>20)
	}
	if problem != "" {
		l.findings.problems = append(l.findings.problems, finding{file: f, offset: -1, text: problem})
		return
	}
	root, err := scan(f.data)
	if err != nil {
		l.findings.problems = append(l.findings.problems, finding{file: f, offset: err.offset, text: err.text})
		return
	}
	top := cursor{&scope{l.settings, l.findings, f}, root, nil}
	top.walk(cursor.reportRepeated)
	l.readTop(top.object())
}

func (l *loader) readTop(top *object) {
	top.find("$schema") // for editors
	services := top.child("services")
	commands, hasCommands := top.find("commands")
	if hasCommands {
		refuseCommands(commands)
	}
	if len(services.node.members) == 0 && !hasCommands {
		services.missing("at least one service is needed")
	}
	for _, m := range services.node.members {
		l.readService(m, services.field(m))
	}
	top.done()
}

// unsupported refuses what this version cannot do, or skips it when asked to.
func (c cursor) unsupported(what string) {
	if c.scope.skipUnsupported {
		c.warn("%s not supported by this version; skipped", what)
		return
	}
	c.problem("%s not supported by this version; remove it, or start with -skip-unsupported", what)
}

func refuseCommands(c cursor) {
	for _, m := range c.node.members {
		c.field(m).unsupported("commands are")
	}
	for _, item := range c.items() {
		item.unsupported("commands are")
	}
	if c.node.kind != kindObject && c.node.kind != kindArray {
		c.unsupported("commands are")
	}
}

// tool is an endpoint whose name must not be taken.
type tool struct {
	endpoint *Endpoint
	// id is where the name comes from; shown is the name as it may be printed.
	id    cursor
	shown string
}

// builtin are the tools of the gateway itself.
var builtin = map[string]bool{"connections": true, "read_more": true}

func (l *loader) checkToolNames() {
	taken := make(map[string]tool)
	for _, t := range l.tools {
		name := t.endpoint.ToolName
		if first, exists := taken[name]; exists {
			t.id.problem("the tool name %s is taken by %s (%s); give one of them another id",
				clip(t.shown), strings.TrimSuffix(first.id.path.String(), ".id"), first.id.position())
			continue
		}
		if builtin[name] {
			t.id.problem("the tool name %s belongs to a built-in tool; choose another id", clip(t.shown))
		}
		taken[name] = t
	}
}
