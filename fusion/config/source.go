package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxFileSize bounds one file in bytes. The largest in use have some 100 KB.
const maxFileSize = 16 << 20

// source is a file that was read, or the reason why it could not be.
type source struct {
	name    string
	data    []byte
	problem string
}

func readSources(paths []string) []source {
	var sources []source
	seen := make(map[string]bool)
	for _, path := range paths {
		for _, s := range readPath(filepath.Clean(path)) {
			if !seen[s.name] {
				sources = append(sources, s)
			}
			seen[s.name] = true
		}
	}
	return sources
}

func readPath(path string) []source {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return []source{unreadable(path, err)}
	case info.IsDir():
		return readDirectory(path)
	}
	s := readFile(path)
	if jsonSchema.Match(s.data) {
		s.problem = "is a JSON Schema, which describes configurations; name a configuration"
	}
	return []source{s}
}

// jsonSchema is how the JSON Schema of the language begins.
var jsonSchema = regexp.MustCompile(`^\s*\{\s*"\$schema"\s*:\s*"https?://json-schema\.org/`)

// readDirectory reads *.json as a shell would list it: by name, without
// hidden files, which editors leave behind, and without a JSON Schema, which
// stands there for them.
func readDirectory(path string) []source {
	entries, err := os.ReadDir(path)
	if err != nil {
		return []source{unreadable(path, err)}
	}
	var sources []source
	for _, entry := range entries {
		name := entry.Name()
		if filepath.Ext(name) != ".json" || strings.HasPrefix(name, ".") || entry.IsDir() {
			continue
		}
		s := readRegular(filepath.Join(path, name))
		if !jsonSchema.Match(s.data) {
			sources = append(sources, s)
		}
	}
	if len(sources) == 0 {
		return []source{{name: path, problem: "the directory has no *.json file"}}
	}
	return sources
}

// readRegular does not wait for a pipe that stands between the files.
func readRegular(path string) source {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return source{name: path, problem: "is no regular file; take it out of the directory"}
	}
	return readFile(path)
}

func readFile(path string) source {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return unreadable(path, err)
	}
	return source{name: path, data: data}
}

func unreadable(path string, err error) source {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err // the path is in the position already
	}
	return source{name: path, problem: fmt.Sprintf("cannot be read: %v", err)}
}
