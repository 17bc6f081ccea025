package mlogger

import "log/slog"

// Debug logs what only someone who looks for a fault wants to see.
func (l *Logger) Debug(msg string) { l.log(slog.LevelDebug, msg) }

// Info logs normal operation.
func (l *Logger) Info(msg string) { l.log(slog.LevelInfo, msg) }

// Notice logs what an operator should see once, such as a start or a stop.
func (l *Logger) Notice(msg string) { l.log(LevelNotice, msg) }

// Warning logs what works but should be looked at.
func (l *Logger) Warning(msg string) { l.log(slog.LevelWarn, msg) }

// Error logs what did not work.
func (l *Logger) Error(msg string) { l.log(slog.LevelError, msg) }

// Fatal logs the failure that makes the caller give up. It returns.
func (l *Logger) Fatal(msg string) { l.log(LevelFatal, msg) }

// Debugf is Debug with a format.
func (l *Logger) Debugf(format string, v ...any) { l.logf(slog.LevelDebug, format, v) }

// Infof is Info with a format.
func (l *Logger) Infof(format string, v ...any) { l.logf(slog.LevelInfo, format, v) }

// Noticef is Notice with a format.
func (l *Logger) Noticef(format string, v ...any) { l.logf(LevelNotice, format, v) }

// Warningf is Warning with a format.
func (l *Logger) Warningf(format string, v ...any) { l.logf(slog.LevelWarn, format, v) }

// Errorf is Error with a format.
func (l *Logger) Errorf(format string, v ...any) { l.logf(slog.LevelError, format, v) }

// Fatalf is Fatal with a format.
func (l *Logger) Fatalf(format string, v ...any) { l.logf(LevelFatal, format, v) }
