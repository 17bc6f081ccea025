package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// maxProgram bounds a jq program in bytes, so that compiling one stays cheap.
const maxProgram = 64 << 10

// functions are the expressions that are no jq.
var functions = []string{
	".", "uppercase", "toUpperCase", "lowercase", "toLowerCase", "trim",
	"toString", "toInt", "toFloat",
}

var (
	sliceCall  = regexp.MustCompile(`^slice\(\s*-?[0-9]{1,9}\s*,\s*-?[0-9]{1,9}\s*\)$`)
	concatCall = regexp.MustCompile(`^concat\((.*)\)$`)
	// argument is one argument of concat with what follows it.
	argument = regexp.MustCompile(`^\s*('[^']*'|"[^"]*"|\.|[A-Za-z]+(?:\([^()]*\))?)\s*(,|$)`)
)

// checkExpression returns why a text is no expression of "transform", or "".
func checkExpression(text string) string {
	text = strings.TrimSpace(text)
	if isCall(text) {
		return ""
	}
	if call := concatCall.FindStringSubmatch(text); call != nil && areArguments(call[1]) {
		return ""
	}
	return checkJQ(text, nil)
}

func isCall(text string) bool {
	return slices.Contains(functions, text) || sliceCall.MatchString(text)
}

func areArguments(text string) bool {
	for {
		match := argument.FindStringSubmatch(text)
		if match == nil {
			return false
		}
		if first := match[1][0]; first != '\'' && first != '"' && !isCall(match[1]) {
			return false
		}
		if text = text[len(match[0]):]; match[2] == "" {
			return text == ""
		}
	}
}

// checkJQ returns why a text is no jq program over these variables, or "".
func checkJQ(text string, variables []string) string {
	if len(text) > maxProgram {
		return "it is longer than 64 KiB"
	}
	query, err := gojq.Parse(text)
	if err != nil {
		return err.Error()
	}
	if _, err = gojq.Compile(query, gojq.WithVariables(variables)); err != nil {
		return err.Error()
	}
	return ""
}

// jsonPath is the simple JSONPath that people write instead of jq.
var jsonPath = regexp.MustCompile(`^\$(?:\.[A-Za-z0-9_-]+)*$`)

var (
	notVariable = regexp.MustCompile(`[^A-Za-z0-9_]`)
	isVariable  = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*$`)
)

// variables are the arguments as a jq program names them.
func (e *endpoint) variables() []string {
	var names []string
	for _, p := range e.Parameters {
		name := "$" + notVariable.ReplaceAllString(p.Shown, "_")
		if !p.Static && isVariable.MatchString(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
