package mlogger

import (
	"io"
	"log/slog"
)

// The formats of WithFormat.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// Option changes what New builds.
type Option func(*settings)

type settings struct {
	stream io.Writer
	file   string
	format string
	prefix string
	level  slog.Level
}

// WithPrefix names the source of the messages, as the attribute "source".
func WithPrefix(prefix string) Option { return func(s *settings) { s.prefix = prefix } }

// WithDebug lets messages of level DEBUG through.
func WithDebug(debug bool) Option {
	return func(s *settings) {
		if debug {
			s.level = slog.LevelDebug
		}
	}
}

// WithLevel drops messages below level.
func WithLevel(level slog.Level) Option { return func(s *settings) { s.level = level } }

// WithWriter takes the place of standard error.
func WithWriter(w io.Writer) Option { return func(s *settings) { s.stream = w } }

// WithFile writes to the file as well, appending; "" means none. The file is
// created with mode 0600, and one with more bits loses them.
func WithFile(path string) Option { return func(s *settings) { s.file = path } }

// WithFormat chooses FormatText, the default, or FormatJSON.
func WithFormat(format string) Option { return func(s *settings) { s.format = format } }
