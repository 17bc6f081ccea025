// Package environ is the environment of mcpfusion's programs: the variables of
// the process, over those of the files in which an installation keeps them.
package environ

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
)

// dataDirVariable names the data directory.
const dataDirVariable = "MCP_FUSION_DB_DIR"

// Env is an environment. It does not change after Load.
type Env struct {
	variables map[string]string
	home      string
	systemDir string
}

// Load returns the environment that consists of variables, which are written
// as os.Environ writes them, and below them of the files /opt/mcpfusion/env
// and ~/.mcpfusion/env, where the first that sets a variable wins. The home
// directory is that of the variable HOME.
//
// The files have the syntax of dotenv. One that is missing is left out, and so
// is one in a directory that this user may not enter. One that cannot be read
// or understood is an error, which names file and line and shows no value.
func Load(variables []string) (*Env, error) { return LoadFrom(db.SystemDir, variables) }

// LoadFrom is Load with another directory in place of /opt/mcpfusion, as the
// data directory too.
func LoadFrom(systemDir string, variables []string) (*Env, error) {
	e := &Env{variables: map[string]string{}, systemDir: systemDir}
	for _, variable := range variables {
		if name, value, ok := strings.Cut(variable, "="); ok {
			e.variables[name] = value
		}
	}
	e.home = e.variables["HOME"]
	files := []string{filepath.Join(systemDir, "env")}
	if e.home != "" {
		files = append(files, filepath.Join(e.home, ".mcpfusion", "env"))
	}
	for _, file := range files {
		if err := e.addFile(file); err != nil {
			return nil, fmt.Errorf("environment file %w", err)
		}
	}
	return e, nil
}

// Lookup returns the value of a variable, and whether it is set. One that is
// set to nothing is set.
func (e *Env) Lookup(name string) (value string, ok bool) {
	value, ok = e.variables[name]
	return value, ok
}

// ExpandPath replaces "~" by the home directory, where it is the whole path or
// the first of its elements.
func (e *Env) ExpandPath(path string) string {
	if e.home != "" && (path == "~" || strings.HasPrefix(path, "~/")) {
		return e.home + path[1:]
	}
	return path
}

// DataDir returns the data directory: what the flag says, else the variable
// MCP_FUSION_DB_DIR, else db.DefaultDataDir. It creates nothing.
func (e *Env) DataDir(flagValue string) (string, error) {
	if flagValue != "" {
		return e.ExpandPath(flagValue), nil
	}
	if dir, _ := e.Lookup(dataDirVariable); dir != "" {
		return e.ExpandPath(dir), nil
	}
	return db.DefaultDataDir(e.systemDir, e.home)
}
