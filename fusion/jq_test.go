package fusion

import (
	"context"
	"testing"
	"time"

	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"
)

// occupy takes the place of all programs that may run.
func occupy(t *testing.T) (release func()) {
	t.Helper()
	for range cap(programs) {
		programs <- struct{}{}
	}
	return func() {
		for range cap(programs) {
			<-programs
		}
	}
}

func TestFewProgramsRunAtATime(t *testing.T) {
	query, err := gojq.Parse(".")
	require.NoError(t, err)
	code, err := gojq.Compile(query)
	require.NoError(t, err)
	run := func(ctx context.Context) ([]byte, error) { return runJQ(ctx, code, jqLimits{time.Second, 10}, 1) }

	release := occupy(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = run(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "it waits as long as its caller")
	release()

	out, err := run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "1", string(out))
	require.Empty(t, programs, "a program that has ended makes room")
}
