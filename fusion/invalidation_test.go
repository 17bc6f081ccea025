package fusion

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
)

// renewing is a credential that is another one after each renewal.
type renewing struct {
	renewals int
	same     bool          // there never is another one
	err      error         // of renewals
	takes    time.Duration // a renewal
	deaf     bool          // a renewal does not end with its context
}

func (c *renewing) Apply(_ context.Context, r *http.Request) (auth.Sent, error) {
	key := fmt.Sprintf("secret-%d", c.renewals)
	r.Header.Set("X-Key", key)
	return auth.Sent{Secrets: []global.Secret{global.NewSecret(key)}, Renew: c.renew}, nil
}

func (c *renewing) renew(ctx context.Context) (bool, error) {
	c.renewals++
	if c.deaf {
		ctx = context.Background()
	}
	select {
	case <-time.After(c.takes):
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return !c.same && c.err == nil, c.err
}

// invalidating is a fixture of the tool s_e, whose API follows the script.
func invalidating(t *testing.T, method, invalidation, more string, steps ...step) (*fixture, *script, *renewing) {
	f := loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":"http://h",
		"auth":{"type":"bearer","config":{"token":"x"},"tokenInvalidation":{%s}},
		"endpoints":[{"id":"e","name":"E","method":%q,"path":"/"%s,
			"parameters":[{"name":"x","type":"string","location":"body"}]}]}}`, invalidation, method, more))
	s, credential := &script{steps: steps, begin: time.Now()}, &renewing{}
	f.tool("s_e").sender.client.Transport, f.tool("s_e").auth = s, credential
	return f, s, credential
}

// microsoft is the one that microsoft365.json has.
const microsoft = `"statusCodes":[401,403],"retryOnInvalidation":true`

// TestWhatIsRepeatedWithAnotherCredential is the table of what follows when an
// API refuses a credential.
func TestWhatIsRepeatedWithAnotherCredential(t *testing.T) {
	for name, c := range map[string]struct {
		method, invalidation, more string
		steps                      []step
		keys                       []string
		renewals                   int
		err                        string // "" for success
	}{
		"401":                   {"GET", ``, ``, statuses(401, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"401 and POST":          {"POST", ``, ``, statuses(401, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"401 twice":             {"GET", ``, ``, statuses(401, 401, 200), []string{"secret-0", "secret-1"}, 1, "401"},
		"401 and then 500":      {"GET", ``, ``, statuses(401, 500, 200), []string{"secret-0", "secret-1"}, 1, "500"},
		"403":                   {"GET", ``, ``, statuses(403, 200), []string{"secret-0"}, 0, "403"},
		"good":                  {"GET", microsoft, ``, statuses(200), []string{"secret-0"}, 0, ""},
		"no answer":             {"GET", ``, ``, statuses(0, 200), []string{"secret-0"}, 0, "did not answer"},
		"404":                   {"GET", microsoft, ``, statuses(404, 200), []string{"secret-0"}, 0, "404"},
		"Microsoft, 401":        {"GET", microsoft, ``, statuses(401, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"Microsoft, 403":        {"GET", microsoft, ``, statuses(403, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"Microsoft, 403, PUT":   {"PUT", microsoft, ``, statuses(403, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"Microsoft, 401, POST":  {"POST", microsoft, ``, statuses(401, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"Microsoft, 403, POST":  {"POST", microsoft, ``, statuses(403, 200), []string{"secret-0"}, 1, "403"},
		"Microsoft, 403, PATCH": {"PATCH", microsoft, ``, statuses(403, 200), []string{"secret-0"}, 1, "403"},
		"Microsoft, both":       {"GET", microsoft, ``, statuses(401, 403, 200), []string{"secret-0", "secret-1"}, 1, "403"},
		"403 and POST by hint":  {"POST", microsoft, `,"hints":{"idempotent":true}`, statuses(403, 200), []string{"secret-0", "secret-1"}, 1, ""},
		"403 and GET by hint":   {"GET", microsoft, `,"hints":{"idempotent":false}`, statuses(403, 200), []string{"secret-0"}, 1, "403"},
		"only 419":              {"GET", `"statusCodes":[419]`, ``, statuses(401, 200), []string{"secret-0"}, 0, "401"},
		"419 and POST":          {"POST", `"statusCodes":[419]`, ``, statuses(419, 200), []string{"secret-0"}, 1, "419"},
		"none":                  {"GET", `"statusCodes":[]`, ``, statuses(401, 200), []string{"secret-0"}, 0, "401"},
		"not repeated":          {"GET", `"retryOnInvalidation":false`, ``, statuses(401, 200), []string{"secret-0"}, 1, "401"},
		"each attempt":          {"GET", ``, `,"retry":{"enabled":true}`, statuses(401, 503, 401, 200), []string{"secret-0", "secret-1", "secret-1", "secret-2"}, 2, ""},
		"one attempt": {
			"GET", ``, `,"retry":{"enabled":true,"retryableErrors":["401"],"maxAttempts":2}`, statuses(401),
			[]string{"secret-0", "secret-1", "secret-1", "secret-2"},
			2, "tried 2 times",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, api, credential := invalidating(t, c.method, c.invalidation, c.more, c.steps...)
				arguments := ``
				if c.method != "GET" {
					arguments = `{"x":"y"}`
				}
				_, err := f.call("s_e", arguments)
				require.Equal(t, c.keys, api.keys)
				require.Equal(t, c.renewals, credential.renewals)
				for _, body := range api.bodies {
					require.Equal(t, `{"x":"y"}`, body, "the whole request again")
				}
				if c.err == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, c.err)
			})
		})
	}
}

func TestTheRepetitionWaits(t *testing.T) {
	for invalidation, want := range map[string][]time.Duration{
		``:                    seconds64(0, .1),
		`"retryDelay":"0s"`:   seconds64(0, 0),
		`"retryDelay":"2.5s"`: seconds64(0, 2.5),
	} {
		synctest.Test(t, func(t *testing.T) {
			f, api, _ := invalidating(t, "GET", invalidation, ``, statuses(401, 200)...)
			_, err := f.call("s_e", ``)
			require.NoError(t, err)
			require.Equal(t, want, api.at)
		})
	}
}

// What the API said is worth more than why there is no other credential.
func TestWithoutAnotherCredentialTheAPIsAnswerStays(t *testing.T) {
	for name, c := range map[string]struct {
		credential renewing
		logged     string
	}{
		"the same one":      {renewing{same: true}, ""},
		"needs a sign-in":   {renewing{err: &auth.CredentialError{Detail: "connect again"}}, ""},
		"a mistake of ours": {renewing{err: errors.New("disk full, secret-0")}, "calling s_e: the credential that was refused could not be renewed: disk full, [redacted]"},
		"there is no time":  {renewing{takes: time.Hour}, ""},
		"it comes too late": {renewing{takes: time.Hour, deaf: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, api, _ := invalidating(t, "GET", ``, ``, statuses(401, 200)...)
				f.tool("s_e").auth = &c.credential
				_, err := f.call("s_e", ``)
				requireUpstream(t, &UpstreamError{Status: 401, Detail: "{}"}, err)
				require.Len(t, api.at, 1)
				require.Equal(t, 1, c.credential.renewals)
				require.Equal(t, c.logged, f.log.String())
			})
		})
	}
}

func TestNoTimeForTheDelayMeansNoRepetition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api, credential := invalidating(t, "GET", `"retryDelay":"10s"`, `,"connection":{"timeout":"10s"}`, statuses(401, 200)...)
		_, err := f.call("s_e", ``)
		requireUpstream(t, &UpstreamError{Status: 401, Detail: "{}"}, err)
		require.Len(t, api.at, 1)
		require.Equal(t, 1, credential.renewals, "for the next call")
		require.Zero(t, time.Since(api.begin), "nobody waited for nothing")
	})
}

func TestACallerThatLeavesEndsTheRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api, credential := invalidating(t, "GET", ``, ``, statuses(401, 200)...)
		credential.takes = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := f.Call(ctx, f.tool("s_e"), Arguments{})
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, api.at, 1)
	})
}

func TestAFixedCredentialIsNotSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api, _ := invalidating(t, "GET", microsoft, ``, statuses(401, 200)...)
		other := loadServices(t, `{"s":{"name":"S","baseURL":"http://h","auth":{"type":"bearer","config":{"token":"x"}},
			"endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}`)
		f.tool("s_e").auth = other.tool("s_e").auth
		_, err := f.call("s_e", ``)
		requireUpstream(t, &UpstreamError{Status: 401, Detail: "{}"}, err)
		require.Len(t, api.at, 1)
	})
}

// A POST that was taken, and whose result may not be read, is not done twice.
func TestWhatWasTakenIsNotRepeated(t *testing.T) {
	posts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
			http.Redirect(w, r, "/created", http.StatusSeeOther)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	f := loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":%q,"auth":{"type":"bearer","config":{"token":"x"}},
		"endpoints":[{"id":"e","name":"E","method":"POST","path":"/e"}]}}`, server.URL))
	credential := &renewing{}
	f.tool("s_e").auth = credential
	_, err := f.call("s_e", ``)
	requireUpstream(t, &UpstreamError{Status: 401, Detail: "Unauthorized"}, err)
	require.Equal(t, 1, posts)
	require.Equal(t, 1, credential.renewals, "for the next call")
}

// The circuit breaker sees one call, whatever became of its halves.
func TestABreakerCountsTheRepetitionOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := breaking(t, ``, statuses(401, 500, 401, 500)...)
		tool := f.tool("s_e")
		tool.auth, tool.renewal.rules.StatusCodes, tool.renewal.rules.RetryOnInvalidation = &renewing{}, []int{401}, true
		for range 2 {
			_, err := f.call("s_e", ``)
			require.ErrorContains(t, err, "500")
		}
		require.Len(t, api.at, 4)
		_, err := f.call("s_e", ``)
		require.Positive(t, refused(err))
	})
}

// forgetful answers each page, and refuses each credential after it was used once.
type forgetful struct{ keys []string }

func (p *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	p.keys = append(p.keys, r.Header.Get("X-Key")+" "+r.URL.Query().Get("page"))
	n := len(p.keys)
	if n%2 == 0 { // the second of each credential
		answer, err := stub(`{}`).RoundTrip(r)
		answer.StatusCode = http.StatusUnauthorized
		return answer, err
	}
	if n >= 5 {
		return stub(`{"items":[5]}`).RoundTrip(r)
	}
	return stub(fmt.Sprintf(`{"items":[%d],"next":%d}`, n, n+1)).RoundTrip(r)
}

const pagedEndpoint = `{"id":"e","name":"E","method":"GET","path":"/","response":{"paginated":true,
	"paginationConfig":{"nextPageTokenPath":"next","dataPath":"items","tokenParam":"page"}},
	"parameters":[{"name":"page","type":"integer","location":"query"}]}`

func TestEachPageMayRenewTheCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := loadServices(t, `{"s":{"name":"S","baseURL":"http://h","auth":{"type":"bearer","config":{"token":"x"}},"endpoints":[`+pagedEndpoint+`]}}`)
		api, credential := &forgetful{}, &renewing{}
		f.tool("s_e").sender.client.Transport, f.tool("s_e").auth = api, credential
		result, err := f.call("s_e", ``)
		require.NoError(t, err)
		require.JSONEq(t, `{"items":[1,3,5],"next":null}`, string(result.Content))
		require.Equal(t, []string{"secret-0 ", "secret-0 2", "secret-1 2", "secret-1 4", "secret-2 4"}, api.keys)
	})
}

// lost is a credential that is gone after one request.
type lost struct{ used int }

func (c *lost) Apply(context.Context, *http.Request) (auth.Sent, error) {
	if c.used++; c.used > 1 {
		return auth.Sent{}, &auth.CredentialError{Detail: "sign in again"}
	}
	return auth.Sent{}, nil
}

func TestPagesBeforeTheCredentialWasLostAreShown(t *testing.T) {
	f := loadServices(t, `{"s":{"name":"S","baseURL":"http://h","endpoints":[`+pagedEndpoint+`]}}`)
	f.tool("s_e").sender.client.Transport, f.tool("s_e").auth = &forgetful{}, &lost{}
	result, err := f.call("s_e", ``)
	require.NoError(t, err)
	require.JSONEq(t, `{"items":[1],"next":2}`, string(result.Content))
	require.Contains(t, result.Note, "page 2 could not be read: calling s_e: sign in again")
	require.NotEmpty(t, result.From)
}

// In the file that people have, 403 means the credential as well.
func TestPeoplesMicrosoftRenewsAfter401And403(t *testing.T) {
	dir := os.Getenv("COMPAT_CONFIGS")
	if dir == "" {
		t.Skip("COMPAT_CONFIGS is not set: people's tools were not looked at")
	}
	f, err := New(WithLogger(&recorder{}), WithJSONConfig(filepath.Join(dir, "microsoft365.json")), WithLookup(compatVariable))
	require.NoError(t, err)
	t.Cleanup(f.Close)
	methods := map[string]bool{}
	for _, tool := range f.Tools() {
		methods[tool.Method] = true
		for status, repeated := range map[int]bool{401: true, 403: tool.Method != "POST" && tool.Method != "PATCH"} {
			require.True(t, tool.renewal.isRefusal(fault{status: status}))
			require.Equal(t, repeated, tool.renewal.repeats(fault{status: status}), "%s %d", tool.Name, status)
		}
		require.False(t, tool.renewal.isRefusal(fault{status: 404}))
	}
	require.True(t, methods["GET"] && methods["POST"])
}
