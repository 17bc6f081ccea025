package admin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

func TestWhatIsNoServerOfOurs(t *testing.T) {
	for _, status := range []string{"200 OK", "404 Not Found"} {
		err := answering(t, "HTTP/1.1 "+status+"\r\nContent-Length: 2\r\n\r\n{}").DeleteAPIToken(noHash)
		require.ErrorContains(t, err, "is no mcpfusion")
		require.NotErrorIs(t, err, ErrNoServer)
	}
}

func TestServerOfAnotherVersion(t *testing.T) {
	versions := "the server is of another version: it is v9.9.9 and this program is " + global.Version + "; ListAPITokens "
	for answer, what := range map[string]string{
		"404 Not Found\r\nContent-Length: 2\r\n\r\n{}":             "was not understood, so nothing was done",
		"400 Bad Request\r\nContent-Length: 2\r\n\r\n{}":           "was not understood, so nothing was done",
		"422 Unprocessable\r\nContent-Length: 2\r\n\r\n{}":         "failed, and why was not understood",
		"500 Internal\r\nContent-Length: 2\r\n\r\nxx":              "failed, and why was not understood",
		"200 OK\r\nContent-Length: 2\r\n\r\n{}":                    "was done, but its answer was not understood",
		"200 OK\r\nContent-Length: 16\r\n\r\n[{\"hash\":\"a\"},1]": "was done, but its answer was not understood",
		"301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n":   "failed, and why was not understood",
	} {
		list, err := answering(t, "HTTP/1.1 "+strings.Replace(answer, "\r\n", "\r\nMcpfusion-Version: v9.9.9\r\n", 1)).ListAPITokens()
		require.ErrorIs(t, err, ErrVersion, answer)
		require.EqualError(t, err, versions+what+": use the mcpfusion-token of the server's version")
		require.Nil(t, list)
	}
	newer := "HTTP/1.1 200 OK\r\nMcpfusion-Version: v9\r\nContent-Length: 43\r\n\r\n" + `[{"hash":"a","prefix":"b","of_tomorrow":1}]`
	list, err := answering(t, newer).ListAPITokens()
	require.NoError(t, err, "what is known is enough to show")
	require.Len(t, list, 1)
}

func TestServerThatIsOlder(t *testing.T) {
	called := false
	s := start(t, fake{delete: func(string) error { called = true; return nil }}, 0)
	c := client(t, s.path)
	_, err := call(c, operation[nothing, nothing]{name: "Tomorrow"}, nothing{})
	require.ErrorIs(t, err, ErrVersion)
	require.ErrorContains(t, err, "Tomorrow was not understood, so nothing was done")
	type ofTomorrow struct {
		Hash string `json:"hash"`
		Only string `json:"only"`
	}
	_, err = call(c, operation[ofTomorrow, nothing]{name: "DeleteAPIToken"}, ofTomorrow{noHash, "if disabled"})
	require.ErrorIs(t, err, ErrVersion)
	require.False(t, called)
}
