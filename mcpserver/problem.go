package mcpserver

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// The fixed texts that a client may read as "detail" of a problem. No other
// detail is ever made from an error's text, but those of package fusion's
// typed errors, which are written for clients.
const (
	textRequired      = "Authorization header required"
	textMustBeBearer  = "Authorization must be Bearer token"
	textEmptyToken    = "Bearer token is empty"
	textInvalidToken  = "Invalid API token"
	textTokenExpired  = "API token expired"
	textTokenDisabled = "API token disabled"
	textInternalError = "Internal server error"
	textNotFound      = "Not found"
	textShutdown      = "Server is shutting down"
)

// problem is the body of every refusal: RFC 9457 problem details with
// members of our own: for wrong arguments errors, and for a service that is not
// connected where to do that.
type problem struct {
	Title          string          `json:"title"`
	Status         int             `json:"status"`
	Detail         string          `json:"detail"`
	RequestID      string          `json:"request_id"`
	UpstreamStatus int             `json:"upstream_status,omitempty"`
	Errors         []argumentError `json:"errors,omitempty"`
	ConnectURL     string          `json:"connect_url,omitempty"`
	// VerificationURI is where to enter UserCode.
	VerificationURI string `json:"verification_uri,omitempty"`
	UserCode        string `json:"user_code,omitempty"`
	// retryAfter goes into the header of that name, in seconds; 0 for none.
	retryAfter int64
}

type argumentError struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// refuse answers with a fixed text, and notes it for the log.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	recordOf(r.Context()).reason = detail
	writeProblem(w, r, problem{Status: status, Detail: detail})
}

// fail answers 500 for what went wrong here, which goes to the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.logger.Errorf("request %s: %v", recordOf(r.Context()).id, err)
	refuse(w, r, http.StatusInternalServerError, textInternalError)
}

// refuseMethod answers 405 with the methods that would do.
func refuseMethod(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	refuse(w, r, http.StatusMethodNotAllowed, "Method not allowed; allowed: "+allow)
}

// refuseToken answers 401, which always means the API token and never the
// service behind (RFC 6750).
func refuseToken(w http.ResponseWriter, r *http.Request, detail string) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	refuse(w, r, http.StatusUnauthorized, detail)
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	p.Title = http.StatusText(p.Status)
	p.RequestID = recordOf(r.Context()).id
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(p.retryAfter, 10))
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

// writeJSON sends v. A failure to send is the client's: nothing is left to do.
func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
