package connect

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// RequireHTML reads a page as strictly as XML, but for the elements that HTML
// does not close, and looks at what everybody needs to use it.
func RequireHTML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "<!DOCTYPE html>")))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids, labelled, inputs, headings := map[string]bool{}, map[string]bool{}, []string{}, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, text)
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range element.Attr {
			at[a.Name.Local] = a.Value
			require.False(t, strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style", "inline: %s", text)
		}
		if id := at["id"]; id != "" {
			require.False(t, ids[id], "%s twice", id)
			ids[id] = true
		}
		switch element.Name.Local {
		case "label":
			labelled[at["for"]] = true
		case "input":
			if at["type"] != "hidden" && at["type"] != "checkbox" {
				inputs = append(inputs, at["id"])
				require.NotContains(t, at, "value")
			}
		case "h1":
			headings++
		case "script":
			require.NotEmpty(t, at["src"])
		case "html":
			require.Equal(t, "en", at["lang"])
		case "style":
			require.Fail(t, "inline style")
		}
	}
	require.Equal(t, 1, headings, text)
	for _, id := range inputs {
		require.True(t, labelled[id], "%s has no label", id)
	}
}
