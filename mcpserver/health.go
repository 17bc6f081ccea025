package mcpserver

import "net/http"

type health struct {
	Status string `json:"status"`
}

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if isRead(w, r) {
		writeJSON(w, http.StatusOK, "application/json", health{"ok"})
	}
}

// readyz says that the database answers; the configuration is loaded, or there
// would be no server.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if !isRead(w, r) {
		return
	}
	if err := s.tenants.Ping(); err != nil {
		s.logger.Errorf("request %s: readiness: %v", recordOf(r.Context()).id, err)
		refuse(w, r, http.StatusServiceUnavailable, "Database does not answer")
		return
	}
	writeJSON(w, http.StatusOK, "application/json", health{"ok"})
}

// isRead answers 405 unless the method is GET or HEAD.
func isRead(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	refuseMethod(w, r, "GET, HEAD")
	return false
}
