package mcpserver

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// bodyTimeout is how long a client may take to send a body. It is cleared when
// the body was read, since a call may take longer.
const bodyTimeout = 30 * time.Second

// readJSONBody returns the body of a POST, or answers 415, 413, 408 or 400 and
// returns false.
func (s *Server) readJSONBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		refuse(w, r, http.StatusUnsupportedMediaType, "Content-Type must be application/json")
		return nil, false
	}
	body, err := s.readBounded(w, r)
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

func (s *Server) readBounded(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	// A writer without deadlines, as tests have, is not a reason to refuse.
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.maxBody))
	_ = control.SetReadDeadline(time.Time{})
	return body, err
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
