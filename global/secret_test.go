package global_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

const canary = "c4nary-value"

func TestSecretIsRedactedInEveryFormat(t *testing.T) {
	secret := global.NewSecret(canary)
	holder := struct {
		Secret  global.Secret
		Pointer *global.Secret
		Map     map[string]global.Secret
		hidden  global.Secret
	}{secret, &secret, map[string]global.Secret{"k": secret}, secret}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08b", "%p"} {
		require.NotContains(t, fmt.Sprintf(verb, secret), canary, verb)
		require.NotContains(t, fmt.Sprintf(verb, holder), canary, verb)
		require.NotContains(t, fmt.Sprintf(verb, holder), fmt.Sprintf("%x", canary), verb)
	}

	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)
	require.NotContains(t, string(asJSON), canary)
	require.Contains(t, string(asJSON), "[redacted]")

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "secret", secret, "holder", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "secret", secret, "holder", holder)
	require.NotContains(t, log.String(), canary)
	require.Equal(t, canary, secret.Reveal())
}
