package mcpserver

import "net/http"

type health struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// textOutdated is said to everybody, and so names nothing.
const textOutdated = "The configuration has changed and cannot be used; the one before is served. The log says what is wrong"

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if isRead(w, r) {
		writeJSON(w, http.StatusOK, "application/json", health{Status: "ok"})
	}
}

// readyz says that the database answers, and whether the configuration is the
// latest one.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if !isRead(w, r) {
		return
	}
	if err := s.tenants.Ping(); err != nil {
		s.logger.Errorf("request %s: readiness: %v", recordOf(r.Context()).id, err)
		refuse(w, r, http.StatusServiceUnavailable, "Database does not answer")
		return
	}
	ready := health{Status: "ok"}
	if s.outdated.Load() {
		ready.Detail = textOutdated
	}
	writeJSON(w, http.StatusOK, "application/json", ready)
}

// isRead answers 405 unless the method is GET or HEAD.
func isRead(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	refuseMethod(w, r, "GET, HEAD")
	return false
}
