package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// looksLikeToken is what a database is asked about.
var looksLikeToken = regexp.MustCompile(`^[0-9a-f]{64}$`)

// FuzzAuthorization: whatever the headers say, only exactly one valid token
// gets in; all else is 401 with one of the fixed texts, and is not looked up
// unless it could be a token.
func FuzzAuthorization(f *testing.F) {
	const mark = "TOKEN" // stands for a valid token
	for _, seed := range []string{
		"Bearer TOKEN", "bearer TOKEN", "BEARER\tTOKEN ", "Bearer  TOKEN", "Bearer", "Bearer ", "", " ", "TOKEN", "Basic TOKEN",
		"Bearer TOKEN TOKEN", "Bearer TOKEN,Bearer TOKEN", "BearerTOKEN", "Bearer:TOKEN", "Bearer TOKEN\x00", "Bearer\u00a0TOKEN",
		"Bearer\u2003TOKEN", "\u212bearer TOKEN", "Bearer " + strings.Repeat("ab", 32), "Bearer " + strings.Repeat("AB", 32), "Bearer " + strings.Repeat("g", 64),
	} {
		f.Add(seed, "", uint8(1))
		f.Add(seed, seed, uint8(2))
		f.Add(seed, "", uint8(0))
	}
	open, closed := &gateway{log: &lockedBuffer{}}, &gateway{log: &lockedBuffer{}}
	handler := open.newServer(f).Handler()
	other, err := db.New(db.WithLogger(discardLogger(f)), db.WithDataDir(f.TempDir()))
	require.NoError(f, err)
	require.NoError(f, other.Close())
	unasked := closed.newServer(f, mcpserver.WithDB(other)).Handler() // answers 500 when it must ask
	f.Fuzz(func(t *testing.T, first, second string, count uint8) {
		values := []string{first, second, first}[:count%4]
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], mark, open.alice)
		}
		status, detail := tryAuthorization(t, handler, values)
		words := strings.Fields(first + " ")
		single := len(values) == 1 && len(words) == 2 && strings.EqualFold(words[0], "Bearer")
		if single && strings.ReplaceAll(words[1], mark, open.alice) == open.alice {
			require.Equal(t, http.StatusOK, status)
			return
		}
		require.Equal(t, http.StatusUnauthorized, status)
		require.True(t, slices.Contains(mcpserver.FixedTexts, detail), detail)
		status, again := tryAuthorization(t, unasked, values)
		if single && looksLikeToken.MatchString(words[1]) {
			require.Equal(t, http.StatusInternalServerError, status)
			return
		}
		require.Equal(t, http.StatusUnauthorized, status, "looked up")
		require.Equal(t, detail, again)
	})
}

// tryAuthorization returns the status and the problem's detail.
func tryAuthorization(t *testing.T, handler http.Handler, values []string) (int, string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "http://localhost/api", nil)
	request.Header["Authorization"] = values
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code == http.StatusOK {
		return answer.Code, ""
	}
	require.Equal(t, answer.Code == http.StatusUnauthorized, answer.Header().Get("WWW-Authenticate") == "Bearer")
	var p problem
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
	return answer.Code, p.Detail
}
