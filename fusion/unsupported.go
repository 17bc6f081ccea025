package fusion

import (
	"errors"
	"fmt"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

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
func unsupportedText(tool, need string) string {
	return fmt.Sprintf("%s needs what this version of mcpfusion does not have yet: %s", tool, need)
}

// unsupportedWarning is what the operator reads.
func unsupportedWarning(path string, at config.Position, need string) config.Problem {
	text := fmt.Sprintf("this version does not have %s; the tool is listed, and a call answers that", need)
	return config.Problem{Position: at, Path: path, Text: text}
}
