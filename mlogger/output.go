package mlogger

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// openFile returns nil for no path.
func openFile(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log file: %w", err)
	}
	if err := narrow(file); err != nil {
		return nil, errors.Join(fmt.Errorf("make the log file %s private: %w", path, err), file.Close())
	}
	return file, nil
}

// narrow takes group and other bits from a regular file; devices such as
// /dev/stdout stay as they are.
func narrow(file *os.File) error {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return file.Chmod(info.Mode().Perm() &^ 0o077)
}

func closeFile(file *os.File) error {
	if file == nil {
		return nil
	}
	return file.Close()
}

func outputs(stream io.Writer, file *os.File) io.Writer {
	writers := tee{stream}
	if file != nil {
		writers = append(writers, file)
	}
	return redactor{writers}
}

// tee writes each line to all its writers, also when one of them fails: a
// closed terminal must not empty the log file.
type tee []io.Writer

func (t tee) Write(line []byte) (int, error) {
	var errs []error
	for _, w := range t {
		_, err := w.Write(line)
		errs = append(errs, err)
	}
	return len(line), errors.Join(errs...)
}
