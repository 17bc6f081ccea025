package mcpserver

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

func TestOnlyTypedErrorsAreShown(t *testing.T) {
	var log bytes.Buffer
	logger, err := mlogger.New(mlogger.WithWriter(&log))
	require.NoError(t, err)
	caller := toolCaller{logger: logger}
	for name, c := range map[string]struct {
		err    error
		status int
		shown  string
	}{
		"ours":        {errors.New("disk on fire"), 500, ""},
		"arguments":   {&fusion.ArgumentError{Problems: []fusion.ArgumentProblem{{Name: "n", Detail: "is wrong"}}}, 400, "n is wrong"},
		"upstream":    {&fusion.UpstreamError{Status: 404, Detail: "no such thing"}, 404, "no such thing"},
		"timeout":     {&fusion.UpstreamError{Timeout: true, Detail: "no answer within 60s"}, 504, "no answer within 60s"},
		"destructive": {&fusion.DestructiveError{Detail: "is destructive"}, 403, "is destructive"},
		"breaker":     {&fusion.BreakerError{Service: "s", After: time.Second}, 503, "try again in 1s"},
		"credential":  {&auth.CredentialError{Detail: "has no key"}, 409, "has no key"},
		"for now":     {&auth.CredentialError{Detail: "has no key", Temporary: true, Connector: &auth.Connector{}}, 503, "has no key"},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			wrapped := linker(nil).advise(t.Context(), fmt.Errorf("private context: %w", c.err))
			shown, problem := caller.explain(t.Context(), wrapped), problemOf(wrapped)
			require.Equal(t, c.status, problem.Status)
			require.NotContains(t, shown+problem.Detail, "private context")
			if c.shown == "" {
				require.Equal(t, textInternalError, shown)
				require.Equal(t, textInternalError, problem.Detail)
				require.Contains(t, log.String(), "disk on fire")
				return
			}
			require.Contains(t, shown, c.shown)
			require.Empty(t, log.String())
		})
	}
}
