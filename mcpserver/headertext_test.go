package mcpserver

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// TestANoteIsWhatAClientCanRead: Node refuses long headers, and some libraries
// any that is not ASCII.
func TestANoteIsWhatAClientCanRead(t *testing.T) {
	for note, want := range map[string]string{
		"cut after items[3]":        "cut after items[3]",
		"cut after “é…”\r\nX: \x7f": "cut after ??...???X: ?",
		"cut after é…":              "cut after ?...",
		strings.Repeat("x", 9999):   strings.Repeat("x", 1024),
	} {
		w := httptest.NewRecorder()
		writeResult(w, &fusion.Result{Status: 200, Note: note})
		require.Equal(t, want, w.Header().Get("X-Mcpfusion-Note"))
	}
}
