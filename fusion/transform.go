package fusion

import (
	"context"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// transformTime is how long a response's transform may take.
const transformTime = 2 * time.Second

// transform makes other JSON of an answer's, which is compact. The arguments
// are variables of a program; null is one that is absent.
func transform(ctx context.Context, t *config.ResponseTransform, compact []byte, v values, limit int64) ([]byte, error) {
	if t.Code == nil {
		return follow(compact, t.Path), nil
	}
	input, err := decodeNumbers(compact)
	if err != nil {
		return nil, err
	}
	variables := make([]any, len(t.Variables))
	for i, place := range t.Variables {
		if v[place] != absent {
			variables[i] = v[place]
		}
	}
	return runJQ(ctx, t.Code, jqLimits{transformTime, limit}, input, variables...)
}

// follow goes down a path of members; null is where it does not lead.
func follow(b []byte, path []string) []byte {
	for _, name := range path {
		s, ok := member(b, name)
		if !ok {
			return []byte("null")
		}
		b = s.of(b)
	}
	return b
}
