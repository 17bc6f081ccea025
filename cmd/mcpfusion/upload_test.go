package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const uploadTool = `{"services":{"one":{"name":"One","baseURL":%q,"endpoints":[{"id":"put","name":"Put","method":"POST","path":"/",
	"parameters":[{"name":"file","type":"string","location":"filepath","required":true}]}]}}}`

// answerWithFile answers with the content of the file that arrived.
func answerWithFile(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	content, _ := io.ReadAll(file)
	fmt.Fprintf(w, "%q", content)
}

func upload(t *testing.T, s *serving, name string) (status int, body string) {
	t.Helper()
	response, err := http.Post(s.url+"/api/one/put", "application/json", strings.NewReader(fmt.Sprintf(`{"file":%q}`, name)))
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(content)
}

func TestToolsSendFilesOfTheTenantsFolder(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(answerWithFile))
	defer backend.Close()
	home, data := t.TempDir(), t.TempDir()
	environment := []string{"HOME=" + home, "MCP_FUSION_UPLOAD_DIR=~/uploads"}
	args := []string{"-no-auth", "-config", writeFile(t, fmt.Sprintf(uploadTool, backend.URL)), "-listen", "127.0.0.1:0", "-data-dir", data, "-max-upload", "5"}

	code, _, stderr := once(t, environment, args...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "the folder for uploads: stat "+home+"/uploads")

	require.NoError(t, os.Mkdir(filepath.Join(home, "uploads"), 0o700))
	s := startServing(t, environment, args...)
	token, err := os.ReadFile(filepath.Join(data, "local.token"))
	require.NoError(t, err)
	hash := sha256.Sum256([]byte(strings.TrimSpace(string(token))))
	own := filepath.Join(home, "uploads", hex.EncodeToString(hash[:]))
	require.NoError(t, os.Mkdir(own, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(own, "a.txt"), []byte("hello"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(own, "b.txt"), []byte("longer"), 0o600))

	status, body := upload(t, s, "a.txt")
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, `"hello"`, body)
	status, body = upload(t, s, "b.txt")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "at most 5 can be uploaded")
	s.stop()
	require.Equal(t, exitDone, <-s.exited)
}
