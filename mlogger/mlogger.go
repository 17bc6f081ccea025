// Package mlogger is the programs' global.Logger: log/slog as text or JSON, to
// a stream and a file, with what looks like a secret taken out of every line.
package mlogger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/PivotLLM/MCPFusion/global"
)

// Levels that slog does not name. They print as NOTICE and FATAL.
const (
	LevelNotice = slog.LevelInfo + 2
	LevelFatal  = slog.LevelError + 4
)

// Logger implements global.Logger over log/slog. It is safe for concurrent
// use until Close.
type Logger struct {
	slog *slog.Logger
	file *os.File
}

var _ global.Logger = (*Logger)(nil)

// New returns a logger. Without options it writes text of level INFO and above
// to standard error. It fails when the log file cannot be opened or an option
// has an unknown value.
func New(opts ...Option) (*Logger, error) {
	cfg := settings{stream: os.Stderr, format: FormatText, level: slog.LevelInfo}
	for _, opt := range opts {
		opt(&cfg)
	}
	file, err := openFile(cfg.file)
	if err != nil {
		return nil, err
	}
	handler, err := newHandler(cfg, outputs(cfg.stream, file))
	if err != nil {
		return nil, errors.Join(err, closeFile(file))
	}
	logger := slog.New(handler)
	if cfg.prefix != "" {
		logger = logger.With("source", cfg.prefix)
	}
	return &Logger{slog: logger, file: file}, nil
}

// Slog returns the structured logger beneath, which writes to the same places
// with the same redaction.
func (l *Logger) Slog() *slog.Logger { return l.slog }

// Close closes the log file, if there is one.
func (l *Logger) Close() {
	// There is nowhere left to report a failure to.
	_ = closeFile(l.file)
}

func newHandler(cfg settings, w io.Writer) (slog.Handler, error) {
	opts := &slog.HandlerOptions{Level: cfg.level, ReplaceAttr: nameLevels}
	switch cfg.format {
	case FormatText:
		return slog.NewTextHandler(w, opts), nil
	case FormatJSON:
		return slog.NewJSONHandler(w, opts), nil
	default:
		return nil, fmt.Errorf("unknown log format %q; allowed: %s, %s", cfg.format, FormatText, FormatJSON)
	}
}

// nameLevels gives our two levels their names.
func nameLevels(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 || a.Key != slog.LevelKey {
		return a
	}
	switch level, _ := a.Value.Any().(slog.Level); level {
	case LevelNotice:
		return slog.String(slog.LevelKey, "NOTICE")
	case LevelFatal:
		return slog.String(slog.LevelKey, "FATAL")
	}
	return a
}

func (l *Logger) log(level slog.Level, msg string) {
	l.slog.Log(context.Background(), level, msg)
}

// logf formats only what will be written.
func (l *Logger) logf(level slog.Level, format string, v []any) {
	if ctx := context.Background(); l.slog.Enabled(ctx, level) {
		l.slog.Log(ctx, level, fmt.Sprintf(format, v...))
	}
}
