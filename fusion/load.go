package fusion

import (
	"errors"
	"fmt"
	"os"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// load reads the configuration from all its sources, and reports the problems
// of all of them.
func load(o *options) (*config.Config, error) {
	opts := []config.Option{config.WithLookup(os.LookupEnv)}
	if o.lookup != nil {
		opts[0] = config.WithLookup(o.lookup)
	}
	if o.skipUnsupported {
		opts = append(opts, config.WithSkipUnsupported())
	}
	m := merger{into: &config.Config{}, keys: make(map[string]config.Position), tools: make(map[string]bool)}
	if len(o.paths) > 0 {
		m.add(config.Load(o.paths, opts...))
	}
	for _, e := range o.embedded {
		m.add(config.Parse(e.name, e.data, opts...))
	}
	return m.result()
}

// merger makes one configuration of several that were loaded separately.
type merger struct {
	into     *config.Config
	keys     map[string]config.Position // of services
	tools    map[string]bool
	problems []config.Problem
	err      error
}

// add takes what config.Load and config.Parse return.
func (m *merger) add(cfg *config.Config, err error) {
	if err != nil {
		m.err = err
		if bad, ok := errors.AsType[*config.Error](err); ok {
			m.problems = append(m.problems, bad.Problems...)
		}
		return
	}
	for _, s := range cfg.Services {
		m.addService(s)
	}
	m.into.Warnings = append(m.into.Warnings, cfg.Warnings...)
}

// addService notes what the loader cannot see, as it sees one source.
func (m *merger) addService(s *config.Service) {
	if first, ok := m.keys[s.Key]; ok {
		m.problem(s.Position, "services."+s.Key, fmt.Sprintf("the service is in %s as well; rename one of them", first))
		return
	}
	m.keys[s.Key] = s.Position
	for i, e := range s.Endpoints {
		if m.tools[e.ToolName] {
			path := fmt.Sprintf("services.%s.endpoints[%d]", s.Key, i)
			m.problem(e.Position, path, fmt.Sprintf("there is another tool %s; give one of them another id", e.ToolName))
		}
		m.tools[e.ToolName] = true
	}
	m.into.Services = append(m.into.Services, s)
}

func (m *merger) problem(at config.Position, path, text string) {
	m.problems = append(m.problems, config.Problem{Position: at, Path: path, Text: text})
}

// result returns the configuration, or everything that is wrong with it.
func (m *merger) result() (*config.Config, error) {
	switch {
	case len(m.problems) > 0:
		return nil, &config.Error{Problems: m.problems}
	case m.err != nil:
		return nil, m.err
	}
	return m.into, nil
}
