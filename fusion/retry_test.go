package fusion

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const plainRetry = `"retry":{"enabled":true}`

// TestWhatIsRepeated is the table of which attempts are made, and when.
func TestWhatIsRepeated(t *testing.T) {
	date := time.Date(2000, 1, 1, 0, 0, 20, 0, time.UTC).Format(http.TimeFormat) // a bubble begins at 2000-01-01
	for name, c := range map[string]struct {
		method, settings string
		steps            []step
		at               []time.Duration
		err              string // "" for success
	}{
		"no retry":               {"GET", `"description":"E"`, statuses(503, 200), seconds64(0), "the API answered 503 Service Unavailable: {}"},
		"not enabled":            {"GET", `"retry":{"enabled":false,"maxAttempts":5}`, statuses(503, 200), seconds64(0), "the API answered 503 Service Unavailable: {}"},
		"first is good":          {"GET", plainRetry, statuses(200), seconds64(0), ""},
		"exponential":            {"GET", plainRetry, statuses(500, 502, 200), seconds64(0, 1, 3), ""},
		"all used up":            {"GET", plainRetry, statuses(503), seconds64(0, 1, 3), "the API answered 503 Service Unavailable: {}; tried 3 times"},
		"network":                {"GET", plainRetry, statuses(0, 0, 200), seconds64(0, 1, 3), ""},
		"factor and maximum":     {"GET", `"retry":{"enabled":true,"maxAttempts":5,"baseDelay":"2s","backoffFactor":3,"maxDelay":"10s"}`, statuses(500), seconds64(0, 2, 8, 18, 28), "tried 5 times"},
		"linear":                 {"GET", `"retry":{"enabled":true,"maxAttempts":5,"strategy":"linear","maxDelay":"3s"}`, statuses(500), seconds64(0, 1, 3, 6, 9), "tried 5 times"},
		"fixed":                  {"GET", `"retry":{"enabled":true,"maxAttempts":4,"strategy":"fixed","baseDelay":"500ms"}`, statuses(500), seconds64(0, .5, 1, 1.5), "tried 4 times"},
		"one attempt":            {"GET", `"retry":{"enabled":true,"maxAttempts":1}`, statuses(500), seconds64(0), "the API answered 500 Internal Server Error: {}"},
		"not found":              {"GET", plainRetry, statuses(404, 200), seconds64(0), "404"},
		"not implemented":        {"GET", plainRetry, statuses(501, 200), seconds64(0), "501"},
		"timeout":                {"GET", plainRetry + `,"connection":{"timeout":"5s"}`, []step{{200, "", 6 * time.Second}, {200, "", 4 * time.Second}}, seconds64(0, 6), ""},
		"timeouts":               {"GET", plainRetry + `,"connection":{"timeout":"5s"}`, []step{{200, "", time.Hour}}, seconds64(0, 6, 13), "no answer within 5s; tried 3 times"},
		"PUT":                    {"PUT", plainRetry, statuses(503, 200), seconds64(0, 1), ""},
		"POST":                   {"POST", plainRetry, statuses(503, 200), seconds64(0), "503"},
		"POST and network":       {"POST", plainRetry, statuses(0, 200), seconds64(0), "did not answer"},
		"POST and timeout":       {"POST", plainRetry + `,"connection":{"timeout":"5s"}`, []step{{200, "", time.Hour}}, seconds64(0), "no answer within 5s"},
		"POST by hint":           {"POST", plainRetry + `,"hints":{"idempotent":true}`, statuses(503, 0, 200), seconds64(0, 1, 3), ""},
		"GET by hint":            {"GET", plainRetry + `,"hints":{"idempotent":false}`, statuses(503, 200), seconds64(0), "503"},
		"POST and 429":           {"POST", plainRetry, []step{{429, "Retry-After: 7", 0}, {200, "", 0}}, seconds64(0, 7), ""},
		"429 and then 503":       {"POST", plainRetry, []step{{429, "Retry-After: 7", 0}, {503, "Retry-After: 1", 0}}, seconds64(0, 7), "503 Service Unavailable: {}; tried 2 times"},
		"429 without a time":     {"POST", plainRetry, statuses(429, 200), seconds64(0, 1), ""},
		"503 and Retry-After":    {"GET", plainRetry, []step{{503, "Retry-After: 9", 0}, {200, "", 0}}, seconds64(0, 9), ""},
		"500 and Retry-After":    {"GET", plainRetry, []step{{500, "Retry-After: 9", 0}, {200, "", 0}}, seconds64(0, 1), ""},
		"a date":                 {"POST", plainRetry, []step{{429, "Retry-After: " + date, 0}, {200, "", 0}}, seconds64(0, 20), ""},
		"a long time":            {"POST", plainRetry, []step{{429, "Retry-After: 3600", 0}, {200, "", 0}}, seconds64(0), "it asks to wait 1h0m0s"},
		"longer than counts":     {"POST", plainRetry, []step{{429, "Retry-After: 99999999999999999999", 0}, {200, "", 0}}, seconds64(0), "it asks to wait "},
		"no time":                {"POST", plainRetry, []step{{429, "Retry-After: soon", 0}, {200, "", 0}}, seconds64(0, 1), ""},
		"a time that was":        {"POST", plainRetry, []step{{429, "Retry-After: Mon, 02 Jan 2006 15:04:05 GMT", 0}, {200, "", 0}}, seconds64(0), "it asks to wait "},
		"no time at all":         {"POST", plainRetry, []step{{429, "Retry-After: 0", 0}, {200, "", 0}}, seconds64(0, 1), ""},
		"only what is named":     {"GET", `"retry":{"enabled":true,"retryableErrors":["timeout","server_error"]}`, statuses(502, 0, 200), seconds64(0, 1), "did not answer as an HTTP server does; tried 2 times"},
		"429 is not named":       {"POST", `"retry":{"enabled":true,"retryableErrors":["timeout"]}`, statuses(429, 200), seconds64(0), "429"},
		"a status is named":      {"GET", `"retry":{"enabled":true,"retryableErrors":["404","501"]}`, statuses(404, 501, 200), seconds64(0, 1, 3), ""},
		"another one is named":   {"GET", `"retry":{"enabled":true,"retryableErrors":["503"]}`, statuses(503, 500, 200), seconds64(0, 1), "500 Internal Server Error: {}; tried 2 times"},
		"nothing is named":       {"POST", `"retry":{"enabled":true,"retryableErrors":[]}`, statuses(429, 200), seconds64(0), "429"},
		"nothing known is named": {"GET", `"retry":{"enabled":true,"retryableErrors":["dns"]}`, statuses(503, 200), seconds64(0), "503"},
		"a short maximum":        {"GET", `"retry":{"enabled":true,"maxDelay":"500ms"}`, statuses(503, 200), seconds64(0, .5), ""},
		"429 is named":           {"POST", `"retry":{"enabled":true,"retryableErrors":["429","503"]}`, statuses(429, 503, 200), seconds64(0, 1), "503 Service Unavailable: {}; tried 2 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, api := scripted(t, c.method, c.settings, c.steps...)
				_, err := f.call("s_e", ``)
				require.Equal(t, c.at, api.at)
				if c.err == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, c.err)
				require.Equal(t, strings.Contains(c.err, "tried"), strings.Contains(err.Error(), "tried"), err)
			})
		})
	}
}

func TestTheCallersDeadlineEndsAllAttempts(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		has   time.Duration
		took  time.Duration
		want  UpstreamError
	}{
		// After 3 s there would be the third attempt.
		"no time for another":  {statuses(503), 3 * time.Second, time.Second, UpstreamError{Status: 503, Detail: "{}; tried 2 times"}},
		"no time to wait":      {[]step{{429, "Retry-After: 10", 0}}, 10 * time.Second, 0, UpstreamError{Status: 429, Detail: "{}"}},
		"time to wait":         {[]step{{429, "Retry-After: 10", 0}, {404, "", 0}}, 11 * time.Second, 10 * time.Second, UpstreamError{Status: 404, Detail: "{}; tried 2 times"}},
		"over in the attempt":  {[]step{{503, "", 0}, {200, "", time.Hour}}, 9 * time.Second, 9 * time.Second, UpstreamError{Timeout: true, Detail: "no answer within the time that the caller had left; tried 2 times"}},
		"over in the first":    {[]step{{200, "", time.Hour}}, 9 * time.Second, 9 * time.Second, UpstreamError{Timeout: true, Detail: "no answer within the time that the caller had left"}},
		"the last attempt has": {[]step{{503, "", 59 * time.Second}, {503, "", 59 * time.Second}, {200, "", time.Hour}}, 24 * time.Hour, 181 * time.Second, UpstreamError{Timeout: true, Detail: "no answer within 60s; tried 3 times"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, api := scripted(t, "GET", plainRetry, c.steps...)
				ctx, cancel := context.WithTimeout(t.Context(), c.has)
				defer cancel()
				_, err := f.Call(ctx, f.tool("s_e"), Arguments{})
				requireUpstream(t, &c.want, err)
				require.Equal(t, c.took, time.Since(api.begin))
			})
		})
	}
}

func TestACallerWhoGoesAwayEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := scripted(t, "GET", plainRetry, statuses(503)...)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		_, err := f.Call(ctx, f.tool("s_e"), Arguments{})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 2*time.Second, time.Since(api.begin))
		require.Len(t, api.at, 2)
	})
}

func TestJitterLeavesAtLeastHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := scripted(t, "GET", `"retry":{"enabled":true,"jitter":true,"strategy":"fixed","baseDelay":"8s"}`, statuses(503)...)
		seen := map[time.Duration]bool{}
		for range 100 {
			pause := f.tool("s_e").retry.pause(1, fault{class: serverError})
			require.GreaterOrEqual(t, pause, 4*time.Second)
			require.LessOrEqual(t, pause, 8*time.Second)
			seen[pause] = true
		}
		require.Greater(t, len(seen), 50)
		require.Equal(t, 5*time.Second, f.tool("s_e").retry.pause(1, fault{after: 5 * time.Second}), "never less than the API asked for")
	})
}

func TestEachAttemptHasItsOwnBodyAndCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := scripted(t, "PUT", plainRetry, statuses(503, 503, 200)...)
		f.tool("s_e").auth = &changing{}
		_, err := f.call("s_e", `{"x":"1"}`)
		require.NoError(t, err)
		require.Equal(t, []string{`{"x":"1"}`, `{"x":"1"}`, `{"x":"1"}`}, api.bodies)
		require.Equal(t, []string{"1", "2", "3"}, api.keys)
	})
}
