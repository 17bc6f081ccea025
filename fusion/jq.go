package fusion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

const (
	// jqTime is how long an expression may take, jqSize how many bytes of
	// JSON it may give.
	jqTime = time.Second
	jqSize = 1 << 20
)

// runJQ gives null for no output, one output itself, and several as an array.
// It takes at most as long as within says.
func runJQ(ctx context.Context, within time.Duration, code *gojq.Code, v any) (any, error) {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	outputs, size := code.RunWithContext(limited, v), 0
	var list []any
	for {
		output, more := outputs.Next()
		if !more {
			break
		}
		value, length, err := readOutput(ctx, limited, output)
		if err != nil {
			return nil, err
		}
		if size += length; size > jqSize {
			return nil, unfit("makes this tool's expression give more than 1 MiB")
		}
		list = append(list, value)
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return list, nil
}

// readOutput turns an output into the kinds of values that arguments have.
func readOutput(ctx, limited context.Context, output any) (v any, size int, err error) {
	if failed, ok := output.(error); ok {
		return nil, 0, jqError(ctx, limited, failed)
	}
	raw, err := gojq.Marshal(output)
	if err != nil {
		return nil, 0, fmt.Errorf("reading what an expression gave: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, 0, fmt.Errorf("reading what an expression gave: %w", err)
	}
	return v, len(raw), nil
}

// jqError says why there is no output: the call was cancelled, the time is
// up, or the program does not fit the value.
func jqError(ctx, limited context.Context, failed error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case limited.Err() != nil:
		return unfit("takes this tool's expression longer than a second")
	}
	return unfit("does not fit this tool's expression: " + clip(clean(failed.Error()), maxEcho))
}
