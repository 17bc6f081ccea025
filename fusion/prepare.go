package fusion

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// maxProblems bounds how many wrong arguments are named.
const maxProblems = 20

// values holds what each parameter sends, by its index; absent is what is not
// sent.
type values []any

// absentValue is a type of its own, so that null can be a value.
type absentValue struct{}

var absent any = absentValue{}

func (v values) has(p *param) bool { return v[p.index] != absent }

// prepare normalises and validates the arguments, and adds the defaults.
func (t *Tool) prepare(args Arguments, now time.Time) (values, error) {
	problems := t.unknown(args)
	out := make(values, len(t.params))
	for i, p := range t.params {
		v, wrong := p.value(args, now)
		if wrong != "" {
			problems = append(problems, ArgumentProblem{p.Shown, wrong})
		}
		out[i] = v
	}
	if problems != nil {
		return nil, &ArgumentError{Problems: bounded(problems)}
	}
	return out, nil
}

// badDefault does not show the default: it may be hidden on purpose.
const badDefault = "has a default that cannot be sent; the operator of this server has to mend it"

// value returns what one parameter sends, or what is wrong with it.
func (p *param) value(args Arguments, now time.Time) (v any, wrong string) {
	given, ok := args.values[p.Shown]
	switch {
	case ok && p.visible() && !(p.loose && config.Equal(given, p.Default)):
		v = p.normalise(given, now, args.query)
		if wrong = p.check(v); wrong == "" {
			v, wrong = p.finish(v)
		}
		return v, wrong
	case p.Unused:
		return absent, ""
	case p.HasDefault:
		if v, wrong = p.finish(p.fallback(now)); wrong != "" {
			wrong = badDefault
		}
		return v, wrong
	case p.needed():
		return absent, "is missing; it is required"
	}
	return absent, ""
}

// problem names the parameter with what is wrong with its value.
func (p *param) problem(wrong string) ArgumentProblem {
	if p.Static {
		wrong = badDefault
	}
	return ArgumentProblem{p.Shown, wrong}
}

// finish applies the transforms to a checked value, and sees whether the
// result can be sent.
func (p *param) finish(v any) (out any, wrong string) {
	if v, wrong = p.step(v); wrong == "" && p.expression == nil {
		wrong = p.unsendable(v)
	}
	return v, wrong
}

// unknown lists the arguments that the tool does not have, by name.
func (t *Tool) unknown(args Arguments) []ArgumentProblem {
	var problems []ArgumentProblem
	for name := range args.values {
		if _, ok := t.shown[name]; !ok {
			problems = append(problems, ArgumentProblem{clip(name, maxEcho), ""})
		}
	}
	slices.SortFunc(problems, func(a, b ArgumentProblem) int { return strings.Compare(a.Name, b.Name) })
	for i := range problems[:min(len(problems), maxProblems)] {
		problems[i].Detail = "is unknown; " + t.suggest(problems[i].Name)
	}
	return problems
}

// bounded keeps the first problems and counts the others.
func bounded(problems []ArgumentProblem) []ArgumentProblem {
	more := len(problems) - maxProblems
	if more <= 0 {
		return problems
	}
	return append(problems[:maxProblems:maxProblems], ArgumentProblem{"", fmt.Sprintf("and %d more", more)})
}

// suggest names the parameter that an unknown name may have meant.
func (t *Tool) suggest(name string) string {
	var known []string
	for _, p := range t.params {
		if p.visible() {
			known = append(known, p.Shown)
		}
	}
	if len(known) == 0 {
		return "this tool takes no arguments"
	}
	if near := config.Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "known are " + clip(strings.Join(known, ", "), maxChoices)
}
