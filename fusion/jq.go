package fusion

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/itchyny/gojq"
)

// errTooMuch is returned when a program's output is over its limit.
var errTooMuch = errors.New("it gives too much")

// programs are those that run. Nothing limits the memory of one, so that they
// are few.
var programs = make(chan struct{}, 4)

// jqLimits are what a program may use.
type jqLimits struct {
	time  time.Duration // without that of waiting for its turn
	bytes int64         // of output
}

// runJQ returns JSON: null for no output, one output as it is, and an array of
// several. It waits until few programs run. It ends with ctx and at its limits,
// with errTooMuch when there is more output. Other errors are the program's, and
// may repeat a part of its input.
func runJQ(ctx context.Context, code *gojq.Code, limits jqLimits, input any, variables ...any) ([]byte, error) {
	select {
	case programs <- struct{}{}:
		defer func() { <-programs }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, limits.time)
	defer cancel()
	outputs := joiner{limit: limits.bytes}
	iter := code.RunWithContext(limited, input, variables...)
	for output, more := iter.Next(); more; output, more = iter.Next() {
		if err, failed := output.(error); failed {
			return outputs.done(err)
		}
		if err := outputs.add(output); err != nil {
			return nil, err
		}
	}
	return outputs.done(nil)
}

// joiner collects a program's outputs.
type joiner struct {
	limit  int64
	count  int
	joined bytes.Buffer
}

func (j *joiner) add(output any) error {
	one, err := gojq.Marshal(output)
	if err != nil {
		return err
	}
	if j.count++; j.count > 1 {
		j.joined.WriteByte(',')
	}
	j.joined.Write(one)
	if int64(j.joined.Len()) > j.limit {
		return errTooMuch
	}
	return nil
}

// done returns all outputs, or the error that ended the program. "halt" is
// none.
func (j *joiner) done(err error) ([]byte, error) {
	if halt, ok := errors.AsType[*gojq.HaltError](err); err != nil && (!ok || halt.Value() != nil) {
		return nil, err
	}
	switch j.count {
	case 0:
		return []byte("null"), nil
	case 1:
		return j.joined.Bytes(), nil
	}
	return append(append([]byte("["), j.joined.Bytes()...), ']'), nil
}

// decodeNumbers reads JSON and keeps the spelling of its numbers.
func decodeNumbers(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
