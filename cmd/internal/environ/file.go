package environ

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/joho/godotenv"
)

// addFile adds the variables of a file that are not set yet.
func (e *Env) addFile(file string) error {
	content, err := readFile(file)
	if err != nil {
		return err
	}
	variables, err := parse(content)
	if err != nil {
		// Without err, which shows the rest of the file.
		return fmt.Errorf("%s:%d: cannot be understood; each line is NAME=value", file, badLine(content))
	}
	for name, value := range variables {
		if _, set := e.variables[name]; !set {
			e.variables[name] = value
		}
	}
	return nil
}

// parse also refuses a value without a name, which godotenv takes.
func parse(content []byte) (map[string]string, error) {
	variables, err := godotenv.UnmarshalBytes(content)
	if _, nameless := variables[""]; nameless {
		return nil, errors.New("a value without a name")
	}
	return variables, err
}

// readFile returns nothing for a file that is not there, as far as this user
// can tell.
func readFile(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		if _, hidden := os.Lstat(file); errors.Is(hidden, fs.ErrPermission) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	}
	return content, nil
}

// badLine returns the number of the line where the statement begins that
// cannot be understood: the one behind the longest beginning that can.
func badLine(content []byte) int {
	lines := bytes.SplitAfter(content, []byte("\n"))
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := parse(bytes.Join(lines[:n], nil)); err == nil {
			return n + 1
		}
	}
	return 1
}
