package mcpserver

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// defaultBodyTimeout is how long a client may take to send a body.
const defaultBodyTimeout = 30 * time.Second

// hurried limits the time for a request's body from the beginning: one that
// nobody reads, because the request is refused, is waited for by net/http
// before it answers. net/http also takes the limit away when a body was read
// to its end, so that the call may take longer.
func (s *Server) hurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			// A writer without deadlines, as tests have, is not a reason to refuse.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout))
		}
		next.ServeHTTP(w, r)
	})
}

// readJSONBody returns the body of a POST, or answers 415, 413, 408 or 400 and
// returns false.
func (s *Server) readJSONBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		refuse(w, r, http.StatusUnsupportedMediaType, "Content-Type must be application/json")
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return body, true
	case errors.As(err, &tooLarge):
		refuse(w, r, http.StatusRequestEntityTooLarge, fmt.Sprintf("Request body over the limit of %d bytes", s.maxBody))
	case isTimeout(err):
		refuse(w, r, http.StatusRequestTimeout, "Request body not received in time")
	default:
		refuse(w, r, http.StatusBadRequest, "Request body could not be read")
	}
	return nil, false
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
