package mcpserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/fusion"
)

const (
	upstreamLimit = 12 << 20
	resultLimit   = 1000
)

// fault is what an API does, and what both surfaces make of it. One whose name
// begins with "retried" has a retry with short pauses; with "paged", pages of
// "items" that "next" leads through; with "cached", a cache.
type fault struct {
	api      http.HandlerFunc
	timeout  string // "" is one that is never reached
	status   int    // of REST
	upstream int    // upstream_status of REST; 0 for none
	text     string // REST's detail, or the content; HOST is the API's host
	note     string // of a content that was cut
}

// mcp is what the model reads.
func (f fault) mcp() string {
	switch {
	case f.status == http.StatusNoContent:
		return "204 No Content"
	case f.status < 300:
		return strings.TrimSuffix(f.text+"\n"+f.note, "\n")
	case f.upstream == 0:
		return f.text
	}
	status := strings.TrimSpace(fmt.Sprintf("the API answered %d %s", f.upstream, http.StatusText(f.upstream)))
	if f.text == http.StatusText(f.upstream) {
		return status
	}
	return status + ": " + f.text
}

const (
	brokeOff = "the connection to HOST broke in the middle of the answer"
	tooLong  = "the answer is longer than the 12582912 bytes that are read; ask for less"
)

// upstreamFaults is the table. elsewhere is another origin.
func upstreamFaults(elsewhere string) map[string]fault {
	faults := map[string]fault{
		"reset before the answer":   {sendsRaw("", true), "", 502, 0, "HOST reset the connection", ""},
		"closed before the answer":  {sendsRaw("", false), "", 502, 0, "HOST closed the connection without an answer", ""},
		"no HTTP":                   {sendsRaw("SSH-2.0-x\r\n\r\n", false), "", 502, 0, "HOST did not answer as an HTTP server does", ""},
		"endless header":            {sendsRaw("HTTP/1.1 200 OK\r\nX: "+long(2<<20), false), "", 502, 0, "HOST did not answer as an HTTP server does", ""},
		"closed in the header":      {sendsRaw("HTTP/1.1 200 OK\r\nContent-", false), "", 502, 0, "HOST did not answer as an HTTP server does", ""},
		"reset in the middle":       {sendsRaw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", true), "", 502, 200, brokeOff, ""},
		"shorter than announced":    {sendsRaw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}", false), "", 502, 200, brokeOff, ""},
		"broken chunks":             {sendsRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", false), "", 502, 200, brokeOff, ""},
		"error cut off":             {sendsRaw("HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\nbad", false), "", 502, 500, brokeOff, ""},
		"timeout before the answer": {hangs(""), "250ms", 504, 0, "no answer within 250ms", ""},
		"timeout in the middle":     {hangs(`{"a":`), "600ms", 504, 200, "the answer was not complete within 600ms", ""},
		"one byte a second":         {byByte, "1200ms", 504, 200, "the answer was not complete within 1.2s", ""},
		"10 MB":                     {bigArray(10 << 20), "", 200, 0, "[" + strings.Repeat(`"0123456789",`, 75) + `"0123456789"]`, cutNote("[75]", 988, 10485749)},
		"over the limit":            {bigArray(upstreamLimit + 1000), "", 502, 200, tooLong, ""},
		"unpacked over the limit":   {gzipped(`"`+long(upstreamLimit)+`"`, 1), "", 502, 200, tooLong, ""},
		"broken JSON":               {says(200, "application/json", `{"a": 1,}`), "", 502, 200, `the answer (application/json) is not valid JSON: {"a": 1,}`, ""},
		"garbage":                   {says(200, "application/json", "\x00\x01\xff"), "", 502, 200, "the answer (application/json) is not valid JSON: \uFFFD", ""},
		"HTML for JSON":             {says(200, "text/html", "<html>\nsign in"), "", 502, 200, "the answer (text/html) is not valid JSON: <html> sign in", ""},
		"JSON as HTML":              {says(200, "text/html", `{"a": 1}`), "", 200, 0, `{"a":1}`, ""},
		"gzip":                      {gzipped(`{"a": 1}`, 1), "", 200, 0, `{"a":1}`, ""},
		"half of gzip":              {gzipped(`{"a": "`+strings.Repeat("0123456789", 99)+`"}`, 0.5), "", 502, 200, brokeOff, ""},
		"no gzip":                   {sendsRaw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", false), "", 502, 200, brokeOff, ""},
		"unknown encoding":          {sendsRaw("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx", false), "", 502, 200, "the answer (without a media type) is not valid JSON: xx", ""},
		"redirect to itself":        {redirects(302, "/good"), "", 200, 0, `{"good":true}`, ""},
		"redirect without end":      {redirects(307, "/endless"), "", 502, 307, "it redirects more than 10 times", ""},
		"redirect to nowhere":       {says(302, "text/plain", "over there"), "", 502, 302, "over there", ""},
		"no content":                {says(204, "", ""), "", 204, 0, "", ""},
		"created":                   {says(201, "application/json", `{"id": 7}`), "", 201, 0, `{"id":7}`, ""},
		"not modified":              {says(304, "", ""), "", 502, 304, "Not Modified", ""},
		"unknown status":            {says(599, "text/plain", "x"), "", 502, 599, "x", ""},
		"retried reset":             {inTurn(sendsRaw("", true), says(200, "application/json", "1")), "", 200, 0, "1", ""},
		"retried half":              {inTurn(sendsRaw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", false), says(200, "application/json", "1")), "", 200, 0, "1", ""},
		"retried timeout":           {inTurn(hangs(""), says(200, "application/json", "1")), "250ms", 200, 0, "1", ""},
		"retried 5xx":               {inTurn(says(500, "", ""), says(503, "", ""), says(200, "application/json", "1")), "", 200, 0, "1", ""},
		"retried 429":               {inTurn(later("0"), later("0"), says(201, "application/json", "1")), "", 201, 0, "1", ""},
		"retried in vain":           {says(503, "text/plain", "down"), "", 502, 503, "down; tried 3 times", ""},
		"retried 429 in vain":       {later("0"), "", 429, 429, "later; tried 3 times", ""},
		"429 for an hour":           {later("3600"), "", 429, 429, "later", ""},
		"retried 429 for an hour":   {later("3600"), "", 429, 429, "later; it asks to wait 1h0m0s", ""},
		"retried without a word":    {hangs(""), "100ms", 504, 0, "no answer within 100ms; tried 3 times", ""},
		"paged":                     {twoPages(`{"items":[1],"next":2}`, says(200, "application/json", `{"items":[2]}`)), "", 200, 0, `{"items":[1,2],"next":null}`, ""},
		"paged to elsewhere":        {twoPages(`{"items":[1],"next":"`+elsewhere+`/"}`, nil), "", 200, 0, `{"items":[1],"next":"` + elsewhere + `/"}`, "There are more pages: the link to the next one leads to another origin, " + elsewhere + ", which is not followed. " + askForLess},
		"paged out of the path":     {twoPages(`{"items":[1],"next":"/%2e%2e/"}`, nil), "", 200, 0, `{"items":[1],"next":"/%2e%2e/"}`, "There are more pages: the link to the next one leads out of the configured path, which is not followed. " + askForLess},
		"paged and broken":          {twoPages(`{"items":[1],"next":2}`, sendsRaw("", true)), "", 200, 0, `{"items":[1],"next":2}`, "There are more pages: page 2 could not be read: HOST reset the connection."},
		"paged and refused":         {twoPages(`{"items":[1],"next":2}`, says(500, "text/plain", "x")), "", 200, 0, `{"items":[1],"next":2}`, "There are more pages: page 2 could not be read: the API answered 500 Internal Server Error: x."},
		"paged and late":            {twoPages(`{"items":[1],"next":2}`, hangs("")), "250ms", 200, 0, `{"items":[1],"next":2}`, "There are more pages: there was no time for page 2."},
		"paged in a circle":         {twoPages(`{"items":[1],"next":2}`, says(200, "application/json", `{"items":[2],"next":2}`)), "", 200, 0, `{"items":[1,2],"next":2}`, "There are more pages: the API names a page as the next one that was read before. " + askForLess},
		"paged and long":            {twoPages(`{"items":[1],"next":2}`, bigPage(20)), "", 200, 0, `{"items":[1` + strings.Repeat(`,"0123456789012345678901234567890123456789"`, 20) + `],"next":3}`, "There are more pages: page 3 could not be read: the API answered 400 Bad Request."},
		"paged and too long":        {twoPages(`{"items":[1],"next":2}`, bigPage(40)), "", 200, 0, `{"items":[1` + strings.Repeat(`,"0123456789012345678901234567890123456789"`, 22) + `]}`, "The answer is cut after items[22]; 785 of 1742 bytes are left. There are more pages: what was read is more than fits."},
		"cached":                    {inTurn(says(200, "application/json", "1"), says(500, "", "")), "", 200, 0, "1", ""},
		"cached failure":            {inTurn(says(500, "text/plain", "x"), says(500, "text/plain", "x")), "", 502, 500, "x", ""},
		"cached and cut":            {inTurn(bigArray(3000), says(500, "", "")), "", 200, 0, "[" + strings.Repeat(`"0123456789",`, 75) + `"0123456789"]`, cutNote("[75]", 988, 2991)},
		"retried 404":               {says(404, "text/plain", "gone"), "", 404, 404, "gone", ""},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		faults[fmt.Sprint("foreign redirect ", status)] = fault{redirects(status, elsewhere+"/?secret=1"), "", 502, status, "it redirects to another origin, " + elsewhere + ", which is not followed", ""}
	}
	for status := 400; status <= 504; status++ {
		faults[fmt.Sprint("status ", status)] = fault{says(status, "application/json", `{"is": 1}`), "", restStatus(status), status, `{"is":1}`, ""}
	}
	return faults
}

const askForLess = "To see the rest, ask for less at a time, with arguments that filter, limit or page the answer."

func cutNote(after string, shown, total int) string {
	return fmt.Sprintf("The answer is cut after %s; %d of %d bytes are left.", after, total-shown, total)
}

// restStatus is the rule, written down a second time: 401, 403 and 407 would
// be taken for the gateway's own.
func restStatus(status int) int {
	if status >= 500 || status == 401 || status == 403 || status == 407 {
		return http.StatusBadGateway
	}
	return status
}

func TestUpstreamFaults(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		goleak.VerifyNone(t, ignore)
	})
	foreign := newStub(t, says(200, "text/plain", "never to be seen"))
	faults := upstreamFaults(foreign.URL)
	api := newStub(t, faultyAPI(faults))
	tools, loaded := withTools(t, &lockedBuffer{}, faultyConfig(faults), []string{"API", api.URL},
		fusion.WithMaxUpstream(upstreamLimit), fusion.WithMaxResult(resultLimit))
	g := newGateway(t, tools)
	for name, want := range faults {
		t.Run(name, func(t *testing.T) {
			want.text = strings.ReplaceAll(want.text, "HOST", api.host())
			want.note = strings.ReplaceAll(want.note, "HOST", api.host())
			g.requireFault(t, strings.ReplaceAll(name, " ", "_"), want)
		})
	}
	require.Zero(t, foreign.requests.Load(), "nothing may reach another origin")
	loaded.Close()
	require.Eventually(t, func() bool { return api.open.Load() == 0 }, patience, 10*time.Millisecond, "%d connections are left", api.open.Load())
}

func (g *gateway) requireFault(t *testing.T, endpoint string, want fault) {
	t.Helper()
	rest := g.get(t, "/api/s/"+endpoint, bearer(g.alice))
	require.Equal(t, want.status, rest.StatusCode, rest.body)
	if want.status < 300 {
		require.Equal(t, want.text, rest.body)
		require.Equal(t, want.note, rest.Header.Get("X-Mcpfusion-Note"))
	} else {
		p := rest.problem(t)
		require.Equal(t, want.text, p.Detail)
		require.Equal(t, want.upstream, p.UpstreamStatus)
	}
	isError, text := g.callBoth(t, "s_"+endpoint, `{}`)
	if want.note != "" && !strings.HasSuffix(want.note, askForLess) {
		text = sayLeft(t, text, "s_"+endpoint)
		require.NotEmpty(t, rest.Header.Get("Link"))
	}
	require.Equal(t, want.mcp(), text)
	require.Equal(t, want.status >= 300, isError)
}

func TestAnAPIThatIsNotThere(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	faults := map[string]fault{"gone": {http.NotFound, "", 502, 0, strings.TrimPrefix(gone.URL, "http://") + " refused the connection", ""}}
	tools, _ := withTools(t, &lockedBuffer{}, faultyConfig(faults), []string{"API", gone.URL})
	newGateway(t, tools).requireFault(t, "gone", faults["gone"])
}
