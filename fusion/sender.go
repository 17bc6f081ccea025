package fusion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// maxDrain is how much of an answer that is of no use any more is read, so
// that its connection can be used again.
const maxDrain = 64 << 10

// sender sends requests over connections that it keeps.
type sender struct {
	client      *http.Client
	log         global.Logger
	maxUpstream int64
}

// answer is what came back, read to its end. Nothing has been removed from it
// yet.
type answer struct {
	status int
	header http.Header
	body   []byte
	// redirected is set when another answer led to this one.
	redirected bool
}

// failure is why there is no complete answer.
type failure struct {
	status  int // 0: not even the beginning of one
	cause   error
	tooLong bool
}

// send does one exchange. The body of an error's answer is read only as far
// as an error text can use it.
func (s *sender) send(r *http.Request) (*answer, *failure) {
	resp, err := s.client.Do(r)
	if err != nil {
		f := &failure{cause: err}
		if resp != nil { // a redirect that was not followed; its body is closed
			f.status = resp.StatusCode
		}
		return nil, f
	}
	defer func() { _ = resp.Body.Close() }()
	limit := s.maxUpstream
	if !isSuccess(resp.StatusCode) {
		limit = min(limit, maxDrain)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, &failure{status: resp.StatusCode, cause: err}
	case int64(len(body)) <= limit:
	case isSuccess(resp.StatusCode):
		return nil, &failure{status: resp.StatusCode, tooLong: true}
	default:
		body = body[:limit]
	}
	return &answer{resp.StatusCode, resp.Header, body, resp.Request != nil && resp.Request.Response != nil}, nil
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// ended returns the caller's reason when the caller ended the call, which is
// no failure of the API; nil otherwise.
func ended(ctx context.Context, t *Tool) error {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return fmt.Errorf("calling %s: %w", t.Name, err)
	}
	return nil
}

// seconds words a duration for people: 60s rather than 1m0s.
func seconds(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return d.String()
}
