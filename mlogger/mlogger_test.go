package mlogger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mlogger"
)

const token = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestLevelsHaveTheirNames(t *testing.T) {
	var out bytes.Buffer
	log, err := mlogger.New(mlogger.WithWriter(&out), mlogger.WithDebug(true), mlogger.WithPrefix("SRV"))
	require.NoError(t, err)

	log.Debug("m1")
	log.Infof("m%d", 2)
	log.Notice("m3")
	log.Warningf("m%d", 4)
	log.Error("m5")
	log.Fatalf("m%d", 6)

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 6)
	for i, level := range []string{"DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "FATAL"} {
		require.Contains(t, lines[i], "level="+level+" ")
		require.Contains(t, lines[i], "source=SRV")
	}
}

func TestDebugIsOffUnlessAsked(t *testing.T) {
	var out bytes.Buffer
	log, err := mlogger.New(mlogger.WithWriter(&out))
	require.NoError(t, err)
	log.Debugf("hidden %s", "x")
	require.Empty(t, out.String())
}

func TestSecretsAreTakenOutOfEveryLine(t *testing.T) {
	for _, format := range []string{mlogger.FormatText, mlogger.FormatJSON} {
		var out bytes.Buffer
		log, err := mlogger.New(mlogger.WithWriter(&out), mlogger.WithFormat(format))
		require.NoError(t, err)

		log.Infof("token %s end", token)
		log.Infof("upper %s", strings.ToUpper(token))
		log.Info("glued x" + token + token)
		log.Slog().Info("request", "path", "/mcp/"+token, "err", errors.New(`header "Authorization: Bearer c4nary.value-123"`))
		log.Slog().WithGroup("g").Info("m", "basic", "Basic dXNlcjpjNG5hcnk=")

		for _, secret := range []string{token[8:20], strings.ToUpper(token)[8:20], "c4nary", "dXNlcjpj"} {
			require.NotContains(t, out.String(), secret, format)
		}
		require.Contains(t, out.String(), "token 01234567[redacted] end")
	}
}

func TestJSONIsOneObjectPerLine(t *testing.T) {
	var out bytes.Buffer
	log, err := mlogger.New(mlogger.WithWriter(&out), mlogger.WithFormat(mlogger.FormatJSON))
	require.NoError(t, err)
	log.Notice("line one\nline two")
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "NOTICE", line["level"])
	require.Equal(t, "line one\nline two", line["msg"])
}

func TestUnknownFormatIsRefused(t *testing.T) {
	_, err := mlogger.New(mlogger.WithFormat("xml"))
	require.EqualError(t, err, `unknown log format "xml"; allowed: text, json`)
}

func TestFileIsPrivateAndAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mcpfusion.log")
	require.NoError(t, os.WriteFile(path, []byte("before\n"), 0o644))

	log, err := mlogger.New(mlogger.WithWriter(brokenWriter{}), mlogger.WithFile(path))
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { log.Info("hello") })
	}
	all.Wait()
	log.Close()

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), "before\n"))
	require.Equal(t, 8, strings.Count(string(content), "msg=hello"), "a broken stream must not empty the file")
}

func TestMissingDirectoryIsAnError(t *testing.T) {
	_, err := mlogger.New(mlogger.WithFile(filepath.Join(t.TempDir(), "none", "x.log")))
	require.ErrorContains(t, err, "open the log file")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("closed") }
