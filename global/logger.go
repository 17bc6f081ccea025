package global

// Logger takes a library's messages. Implementations are safe for concurrent
// use, never end the process (not even in Fatal) and never fail: a message
// that cannot be written is lost.
//
// A message is one line of plain text for an operator. It carries no secret;
// an implementation may redact what looks like one, callers must not rely on
// that.
type Logger interface {
	Debug(msg string)
	Info(msg string)
	Notice(msg string)
	Warning(msg string)
	Error(msg string)
	// Fatal reports the failure that makes the caller give up. Ending the
	// process is left to main.
	Fatal(msg string)

	Debugf(format string, v ...any)
	Infof(format string, v ...any)
	Noticef(format string, v ...any)
	Warningf(format string, v ...any)
	Errorf(format string, v ...any)
	Fatalf(format string, v ...any)

	// Close releases what the logger holds, such as a file. The logger must
	// not be used afterwards.
	Close()
}
