package config

import (
	"regexp"
	"slices"

	"github.com/itchyny/gojq"
)

// maxProgram bounds a jq program in bytes, so that compiling one stays cheap.
const maxProgram = 64 << 10

// compileJQ returns nil and why when a text is no jq program over these
// variables.
func compileJQ(text string, variables []string) (code *gojq.Code, reason string) {
	if len(text) > maxProgram {
		return nil, "it is longer than 64 KiB"
	}
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, err.Error()
	}
	code, err = gojq.Compile(query, gojq.WithVariables(variables))
	if err != nil {
		return nil, err.Error()
	}
	return code, ""
}

// jsonPath is the simple JSONPath that people write instead of jq.
var jsonPath = regexp.MustCompile(`^\$(?:\.[A-Za-z0-9_-]+)*$`)

var (
	notVariable = regexp.MustCompile(`[^A-Za-z0-9_]`)
	isVariable  = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*$`)
)

// variables are the arguments as a jq program names them, each with its place
// in Parameters. Of two with the same name, the first counts.
func (e *endpoint) variables() (names []string, places []int) {
	for i, p := range e.Parameters {
		name := "$" + notVariable.ReplaceAllString(p.Shown, "_")
		if !p.Static && isVariable.MatchString(name) && !slices.Contains(names, name) {
			names, places = append(names, name), append(places, i)
		}
	}
	return names, places
}
