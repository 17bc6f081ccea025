package fusion

import (
	"encoding/base64"
	"mime"
	"strings"
)

// fileContent reads what is given as a file's content: a data URL with base64
// (RFC 2397), base64 itself, or else the text as it is. kind is the media type
// that a data URL names; "" when nothing does.
func fileContent(given string) (kind string, data []byte) {
	if head, encoded, ok := strings.Cut(given, ","); ok {
		if kind, ok := strings.CutPrefix(head, "data:"); ok && strings.HasSuffix(kind, ";base64") {
			if data, err := base64.StdEncoding.DecodeString(encoded); err == nil {
				return mediaType(strings.TrimSuffix(kind, ";base64")), data
			}
		}
	}
	if looksEncoded(given) {
		if data, err := base64.StdEncoding.Strict().DecodeString(given); err == nil {
			return "", data
		}
	}
	return "", []byte(given)
}

// mediaType spells a media type anew, so that it can stand in a header; ""
// for none.
func mediaType(given string) string {
	kind, params, err := mime.ParseMediaType(given)
	if err != nil || !strings.Contains(kind, "/") {
		return ""
	}
	return mime.FormatMediaType(kind, params)
}

// shortest is how long base64 without padding must be to be seen as that.
const shortest = 24

// looksEncoded tells base64 from text that has only such letters, such as a
// word, a path or a digest: it mixes cases, and is padded, or long with digits.
func looksEncoded(text string) bool {
	text = strings.TrimRight(text, "\r\n")
	mixed := strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz")
	long := len(text) >= shortest && strings.ContainsAny(text, "0123456789+")
	return mixed && (long || strings.HasSuffix(text, "="))
}
