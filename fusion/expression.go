package fusion

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// expression computes what is sent from what was given, without changing
// that. An unfit error says what is wrong with the value; any other is not
// the value's fault.
type expression func(ctx context.Context, v any) (any, error)

// unfit completes the sentence that an argument's name begins.
type unfit string

// Error returns the words themselves.
func (u unfit) Error() string { return string(u) }

// newExpression compiles an expression; nil for one that changes nothing.
func newExpression(e *config.Expression) expression {
	if e == nil {
		return nil
	}
	switch e.Function {
	case config.Identity:
		return nil
	case config.Literal:
		return func(context.Context, any) (any, error) { return e.Text, nil }
	case config.Slice:
		return func(_ context.Context, v any) (any, error) { return slice(v, e.From, e.To), nil }
	case config.Concat:
		return newConcat(e.Parts)
	case config.JQ:
		return func(ctx context.Context, v any) (any, error) { return runExpression(ctx, e.Code, v) }
	}
	return newConversion(e.Function)
}

// newConcat compiles a concatenation of texts.
func newConcat(from []*config.Expression) expression {
	parts := make([]expression, len(from))
	for i, part := range from {
		parts[i] = newExpression(part)
	}
	return func(ctx context.Context, v any) (any, error) {
		var b strings.Builder
		for _, part := range parts {
			value, err := v, error(nil)
			if part != nil {
				value, err = part(ctx, v)
			}
			if err != nil {
				return nil, err
			}
			b.WriteString(plainText(value))
		}
		return b.String(), nil
	}
}

// slice takes a part of a text, in characters, or of an array.
func slice(v any, from, to int) any {
	if list, ok := v.([]any); ok {
		from, to = within(from, to, len(list))
		return list[from:to:to]
	}
	text := []rune(plainText(v))
	from, to = within(from, to, len(text))
	return string(text[from:to])
}

// within resolves bounds against a length: below zero they count from the
// end, and what is outside becomes the nearest that is inside.
func within(from, to, n int) (low, high int) {
	place := func(i int) int {
		if i < 0 {
			i += n
		}
		return min(max(i, 0), n)
	}
	low = place(from)
	return low, max(low, place(to))
}

const (
	// expressionTime is how long a program may take, maxExpression how many
	// bytes of JSON it may give.
	expressionTime = time.Second
	maxExpression  = 1 << 20
)

func runExpression(ctx context.Context, code *gojq.Code, v any) (any, error) {
	out, err := runJQ(ctx, code, jqLimits{expressionTime, maxExpression}, v)
	switch {
	case err == nil:
		return decodeNumbers(out)
	case errors.Is(err, errTooMuch):
		return nil, unfit("makes this tool's expression give more than 1 MiB")
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, unfit("takes this tool's expression longer than a second")
	}
	return nil, unfit("does not fit this tool's expression: " + clip(clean(err.Error()), maxEcho))
}
