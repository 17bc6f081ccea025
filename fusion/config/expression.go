package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// Expression is a parsed expression of "transform". It never changes.
type Expression struct {
	Function Function
	// From and To are the arguments of Slice, counted in characters or
	// elements; below zero they count from the end.
	From, To int
	// Parts are the arguments of Concat.
	Parts []*Expression
	// Text is what Literal stands for.
	Text string
	// Code is set for JQ. It has no variables, and may run concurrently.
	Code *gojq.Code
}

// Function is what an expression does.
type Function string

// The functions of expressions. Literal only stands inside Concat, which has
// neither Concat nor JQ inside.
const (
	Identity  Function = "."
	Uppercase Function = "uppercase"
	Lowercase Function = "lowercase"
	Trim      Function = "trim"
	ToString  Function = "toString"
	ToInt     Function = "toInt"
	ToFloat   Function = "toFloat"
	Slice     Function = "slice"
	Concat    Function = "concat"
	Literal   Function = "literal"
	JQ        Function = "jq"
)

// functions are the expressions without arguments, by all their names.
var functions = map[string]Function{
	".": Identity, "uppercase": Uppercase, "toUpperCase": Uppercase, "lowercase": Lowercase, "toLowerCase": Lowercase,
	"trim": Trim, "toString": ToString, "toInt": ToInt, "toFloat": ToFloat,
}

var (
	sliceCall  = regexp.MustCompile(`^slice\(\s*(-?[0-9]{1,9})\s*,\s*(-?[0-9]{1,9})\s*\)$`)
	concatCall = regexp.MustCompile(`^concat\((.*)\)$`)
	// argument is one argument of concat with what follows it.
	argument = regexp.MustCompile(`^\s*('[^']*'|"[^"]*"|\.|[A-Za-z]+(?:\([^()]*\))?)\s*(,|$)`)
)

// parseExpression returns nil and why when a text is no expression of
// "transform".
func parseExpression(text string) (e *Expression, reason string) {
	text = strings.TrimSpace(text)
	if e := parseCall(text); e != nil {
		return e, ""
	}
	if call := concatCall.FindStringSubmatch(text); call != nil {
		if parts := parseArguments(call[1]); parts != nil {
			return &Expression{Function: Concat, Parts: parts}, ""
		}
	}
	code, reason := compileJQ(text, nil)
	if reason != "" {
		return nil, reason
	}
	return &Expression{Function: JQ, Code: code}, ""
}

// parseCall returns nil for what is none of the simple functions.
func parseCall(text string) *Expression {
	if f, ok := functions[text]; ok {
		return &Expression{Function: f}
	}
	bounds := sliceCall.FindStringSubmatch(text)
	if bounds == nil {
		return nil
	}
	from, _ := strconv.Atoi(bounds[1]) // the pattern lets nine digits through
	to, _ := strconv.Atoi(bounds[2])
	return &Expression{Function: Slice, From: from, To: to}
}

// parseArguments returns nil for what are no arguments of concat.
func parseArguments(text string) []*Expression {
	var parts []*Expression
	for {
		match := argument.FindStringSubmatch(text)
		if match == nil {
			return nil
		}
		part := parseArgument(match[1])
		if part == nil {
			return nil
		}
		parts = append(parts, part)
		if text = text[len(match[0]):]; match[2] == "" {
			return parts
		}
	}
}

func parseArgument(text string) *Expression {
	if first := text[0]; first == '\'' || first == '"' {
		return &Expression{Function: Literal, Text: text[1 : len(text)-1]}
	}
	return parseCall(text)
}
