package fusion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// maxDetail bounds what an error repeats of an answer.
	maxDetail = 2 << 10
	// maxExcerpt bounds what it repeats of one that is not what was asked for.
	maxExcerpt = 200
)

// textType is the answer's type as text in UTF-8.
func (a *answer) textType(redact *redactor) string {
	kind := a.mediaType(redact)
	if kind == "" {
		kind = "text/plain"
	}
	return kind + "; charset=utf-8"
}

// notJSON is the error for an answer that cannot be read.
func (a *answer) notJSON(body []byte, redact *redactor) *UpstreamError {
	kind := clip(a.mediaType(redact), maxEcho)
	if kind == "" {
		kind = "without a media type"
	}
	excerpt := clip(clean(redact.text(string(body[:min(len(body), maxDrain)]))), maxExcerpt)
	return &UpstreamError{Status: a.status, Detail: fmt.Sprintf("the answer (%s) is not valid JSON: %s", kind, excerpt)}
}

// refusal is the error for a status other than 2xx: what the API itself says.
func (a *answer) refusal(redact *redactor) *UpstreamError {
	var compact bytes.Buffer
	body, limit := a.utf8(), maxDetail
	text := string(body)
	if json.Compact(&compact, body) == nil {
		text = compact.String()
		if safe, ok := redact.json(compact.Bytes()); ok {
			text = string(safe)
		}
	} else if strings.HasPrefix(a.mediaType(redact), "text/html") {
		text, limit = htmlTitle(body), maxExcerpt
	}
	text = clean(redact.text(text))
	if text == "" {
		text = http.StatusText(a.status)
	}
	return &UpstreamError{Status: a.status, Detail: clip(text, limit)} // last: half a secret would not be found
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// htmlTitle is all that is worth showing of an error page; "" when it has
// none.
func htmlTitle(page []byte) string {
	found := title.FindSubmatch(page)
	if found == nil {
		return ""
	}
	return strings.Join(strings.Fields(html.UnescapeString(string(found[1]))), " ")
}

// mediaType is the answer's type without parameters; "" when it has none that
// can be read or passed on.
func (a *answer) mediaType(redact *redactor) string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || redact.text(kind) != kind {
		return ""
	}
	return kind
}

// jsonType is the answer's type if that is one of JSON (RFC 6839).
func (a *answer) jsonType(redact *redactor) string {
	if kind := a.mediaType(redact); strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json") {
		return kind
	}
	return "application/json"
}

// utf8 returns the body in UTF-8, without a byte order mark. ISO-8859-1 is the
// one other character set that is converted; what is invalid is replaced.
func (a *answer) utf8() []byte {
	_, params, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if strings.EqualFold(params["charset"], "iso-8859-1") && !utf8.Valid(a.body) {
		var b strings.Builder
		for _, c := range a.body {
			b.WriteRune(rune(c))
		}
		return []byte(b.String())
	}
	body := bytes.TrimPrefix(a.body, []byte("\uFEFF"))
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\uFFFD"))
}
