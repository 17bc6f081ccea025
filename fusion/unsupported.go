package fusion

import (
	"errors"
	"fmt"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// missing lists what an endpoint needs and this version does not have, in the
// words of the configuration.
func missing(e *config.Endpoint) []string {
	var needs []string
	need := func(when bool, what string) {
		if when {
			needs = append(needs, what)
		}
	}
	need(e.Response.Type == "binary", `response.type "binary"`)
	return needs
}

// strategy returns how the service's requests get their credential, or what
// is missing for it.
func strategy(service string, from config.Auth) (s auth.Strategy, missing string, err error) {
	s, err = auth.New(service, from)
	if errors.Is(err, auth.ErrUnsupportedType) {
		return nil, fmt.Sprintf("auth type %q", from.Type), nil
	}
	return s, "", err
}

// isShared reports whether the configuration itself has a credential.
func isShared(from config.Auth) bool {
	switch settings := from.Settings.(type) {
	case *config.Bearer:
		return !settings.Token.IsEmpty()
	case *config.APIKey:
		return !settings.Key.IsEmpty()
	case *config.Basic:
		return settings.Username != "" || !settings.Password.IsEmpty()
	default:
		return false
	}
}

// unsupportedText is what a call of such a tool answers.
func unsupportedText(tool string, needs []string) string {
	return fmt.Sprintf("%s needs what this version of mcpfusion does not have yet: %s", tool, strings.Join(needs, ", "))
}

// unsupportedWarning is what the operator reads.
func unsupportedWarning(path string, at config.Position, needs []string) config.Problem {
	text := fmt.Sprintf("this version does not have %s; the tool is listed, and a call answers that",
		strings.Join(needs, ", "))
	return config.Problem{Position: at, Path: path, Text: text}
}
