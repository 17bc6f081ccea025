package config

import "slices"

// Option changes how a configuration is read.
type Option func(*settings)

type settings struct {
	lookup          func(name string) (value string, set bool)
	skipUnsupported bool
	documents       []source
}

// WithLookup gives the variables that ${NAME} means, such as os.LookupEnv.
// Without it no variable is set.
func WithLookup(lookup func(name string) (value string, set bool)) Option {
	return func(s *settings) { s.lookup = lookup }
}

// WithSkipUnsupported leaves out services and commands that this version does
// not support, with a warning. Without it they are problems.
func WithSkipUnsupported() Option {
	return func(s *settings) { s.skipUnsupported = true }
}

// WithDocument adds a document that is already in memory to what Load reads,
// after the files; name stands for its file in positions.
func WithDocument(name string, data []byte) Option {
	return func(s *settings) { s.documents = append(s.documents, source{name: name, data: data}) }
}

// Load reads files, and all *.json of directories in the order of their
// names, as one configuration. A file that is named twice is read once. The
// error is always an *Error.
func Load(paths []string, opts ...Option) (*Config, error) {
	l := newLoader(opts)
	for i, s := range append(readSources(paths), l.settings.documents...) {
		l.read(newFile(i, s.name, s.data), s.problem)
	}
	if len(paths) == 0 && len(l.settings.documents) == 0 {
		l.read(newFile(0, "configuration", nil), "no file is given")
	}
	l.checkToolNames()
	if len(l.findings.problems) > 0 {
		return nil, &Error{inOrder(l.findings.problems)}
	}
	return &Config{Services: l.services, Warnings: inOrder(l.findings.warnings)}, nil
}

// Parse reads one document that is already in memory; name stands for the
// file in positions. The error is always an *Error.
func Parse(name string, data []byte, opts ...Option) (*Config, error) {
	return Load(nil, append(slices.Clip(opts), WithDocument(name, data))...)
}

func newSettings(opts []Option) *settings {
	s := &settings{}
	for _, option := range opts {
		option(s)
	}
	if s.lookup == nil {
		s.lookup = func(string) (string, bool) { return "", false }
	}
	return s
}
