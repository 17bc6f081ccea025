package mcpserver

import (
	"errors"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
)

// failCall answers a failed REST call, if there is still somebody to answer.
func (s *Server) failCall(w http.ResponseWriter, r *http.Request, err error) {
	settle(r.Context(), err)
	if r.Context().Err() != nil {
		return
	}
	err = linker(s.connectURL).advise(r.Context(), err)
	if r.Context().Err() != nil {
		return
	}
	p, rec := problemOf(err), recordOf(r.Context())
	rec.failed = true
	if p.Status == http.StatusInternalServerError {
		s.logger.Errorf("request %s: %v", rec.id, err)
	}
	logCause(s.logger, rec, err)
	writeProblem(w, r, p)
}

// logCause logs what a network said, of which clients read a summary.
func logCause(logger global.Logger, rec *record, err error) {
	if e, ok := errors.AsType[*fusion.UpstreamError](err); ok && e.Cause != "" {
		logger.Warningf("request %s: calling %s: %s", rec.id, rec.tool, e.Cause)
	}
}

// problemOf is the one place that maps an error of a call to what a REST
// client sees. An unknown error is ours and says nothing.
func problemOf(err error) problem {
	if e, ok := errors.AsType[*fusion.ArgumentError](err); ok {
		return argumentProblem(e)
	}
	if e, ok := errors.AsType[*fusion.UpstreamError](err); ok {
		return problem{Status: statusOf(e), Detail: e.Detail, UpstreamStatus: e.Status}
	}
	if e, ok := errors.AsType[*fusion.BreakerError](err); ok {
		return problem{Status: http.StatusServiceUnavailable, Detail: e.Error(), retryAfter: e.Seconds()}
	}
	if e, ok := errors.AsType[*fusion.DestructiveError](err); ok {
		return problem{Status: http.StatusForbidden, Detail: e.Detail}
	}
	if e, ok := errors.AsType[*connectError](err); ok {
		return connectProblem(e)
	}
	return problem{Status: http.StatusInternalServerError, Detail: textInternalError}
}

// temporarily is after how many seconds a connection that fails for the moment
// is worth another call.
const temporarily = 10

func connectProblem(err *connectError) problem {
	p := problem{Status: http.StatusConflict, Detail: err.forPrograms()}
	switch {
	case err.Temporary:
		p.Status, p.retryAfter = http.StatusServiceUnavailable, temporarily
	case err.address() != "":
		p.ConnectURL, p.VerificationURI, p.UserCode = err.link, err.device.URL, err.device.UserCode
	}
	return p
}

func argumentProblem(err *fusion.ArgumentError) problem {
	p := problem{Status: http.StatusBadRequest, Detail: "Wrong arguments; nothing was sent"}
	for _, wrong := range err.Problems {
		p.Errors = append(p.Errors, argumentError{Name: wrong.Name, Detail: wrong.Detail})
	}
	return p
}

// statusOf keeps the API's 4xx. 401, 403 and 407 would be taken for the
// gateway's own, so they become 502 like all that the caller cannot mend.
func statusOf(err *fusion.UpstreamError) int {
	switch {
	case err.Timeout:
		return http.StatusGatewayTimeout
	case err.Status == http.StatusUnauthorized, err.Status == http.StatusForbidden,
		err.Status == http.StatusProxyAuthRequired:
		return http.StatusBadGateway
	case err.Status >= 400 && err.Status < 500:
		return err.Status
	default:
		return http.StatusBadGateway
	}
}
