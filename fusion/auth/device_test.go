package auth

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// withDevice is a stage whose service is connected by a code.
func withDevice(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	settings := providerSettings
	settings.AuthorizationURL = "https://idp.example/device"
	settings.RevocationURL = "https://idp.example/revoke"
	s.configure("oauth2_device", settings)
	return s
}

func (s *stage) startDevice() Device {
	s.Helper()
	device, err := s.connector.StartDevice(s.Context(), s.tenant)
	require.NoError(s, err)
	return device
}

var (
	waiting = reply{status: 400, body: `{"error":"authorization_pending"}`}
	slower  = reply{status: 400, body: `{"error":"slow_down"}`}
)

func TestASignInByCode(t *testing.T) {
	for name, c := range map[string]struct {
		answers []reply
		took    time.Duration
		status  DeviceStatus
		problem string
	}{
		"at once":               {nil, 5 * time.Second, DeviceDone, ""},
		"after a while":         {[]reply{waiting, waiting}, 15 * time.Second, DeviceDone, ""},
		"slow down":             {[]reply{slower, waiting}, 25 * time.Second, DeviceDone, ""},
		"a moment's fault":      {[]reply{{err: errors.New("canary")}, {status: 503}}, 30 * time.Second, DeviceDone, ""},
		"declined":              {[]reply{{status: 400, body: `{"error":"access_denied","error_description":"canary"}`}}, 5 * time.Second, DeviceDenied, "the sign-in was declined at the provider"},
		"declined at Microsoft": {[]reply{{status: 400, body: `{"error":"authorization_declined"}`}}, 5 * time.Second, DeviceDenied, "the sign-in was declined at the provider"},
		"a poll hangs":          {[]reply{{hangs: true}}, 5*time.Second + askTimeout + 10*time.Second, DeviceDone, ""},
		"expired":               {[]reply{{status: 400, body: `{"error":"expired_token"}`}}, 5 * time.Second, DeviceExpired, "the code was not entered in time"},
		"wrong client":          {[]reply{{status: 400, body: `{"error":"unauthorized_client"}`}}, 5 * time.Second, DeviceFailed, "the provider refuses the sign-in (the provider answered unauthorized_client), which the operator of this server can mend in the configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withDevice(t)
				device := s.startDevice()
				require.Equal(t, Device{
					UserCode: "ABCD-EFGH", URL: "https://idp.example/enter", Status: DevicePending, ExpiresAt: device.ExpiresAt,
				}, device)
				require.WithinDuration(t, time.Now().Add(10*time.Minute), device.ExpiresAt, time.Second)
				require.Equal(t, device, s.startDevice(), "one is under way")
				s.requireRefused("you are not connected to Mail yet")
				s.idp.next(c.answers...)
				begun := time.Now()
				<-s.connector.signIn(s.tenant).ended
				require.Equal(t, c.took, time.Since(begun).Round(time.Second))
				ended, ok := s.connector.Device(s.tenant)
				require.True(t, ok)
				require.Equal(t, c.status, ended.Status)
				require.Equal(t, c.problem, ended.Problem)
				if c.status == DeviceDone {
					s.requireCall("access-canary-1")
					require.Equal(t, []string{"a", "b"}, s.state().Scope)
				}
				time.Sleep(11 * time.Minute)
				_, ok = s.connector.Device(s.tenant)
				require.False(t, ok)
			})
		})
	}
}

func TestACodeThatNobodyEntersExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withDevice(t)
		s.idp.next(reply{status: 200, body: `{"device_code":"d","user_code":"AB","verification_uri":"https://idp.example/enter","interval":1000}`})
		s.startDevice()
		begun := time.Now()
		<-s.connector.signIn(s.tenant).ended
		require.Equal(t, codeLife, time.Since(begun).Round(time.Second), "also when the provider does not say how long")
		require.Empty(t, s.idp.count("urn:ietf:params:oauth:grant-type:device_code"))
		require.Equal(t, "ABCD-EFGH", s.startDevice().UserCode, "and another can be had")
	})
}

// Whoever loses the API token must not connect an account of theirs with what
// they began.
func TestASignInByCodeEndsWithItsToken(t *testing.T) {
	for name, end := range map[string]func(*stage){
		"deleted":  func(s *stage) { require.NoError(s, s.db.DeleteAPIToken(s.tenant.TokenHash())) },
		"disabled": func(s *stage) { s.disable() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withDevice(t)
				s.startDevice()
				end(s)
				<-s.connector.signIn(s.tenant).ended
				device, _ := s.connector.Device(s.tenant)
				require.Equal(t, DeviceFailed, device.Status)
				require.Equal(t, "the API token that began this is not let in any more; nothing was connected", device.Problem)
				synctest.Wait()
				require.Equal(t, "/revoke", s.idp.asked()[2], "what nobody will use is taken back")
				list, err := s.db.Status()
				require.NoError(t, err)
				require.Empty(t, list)
			})
		})
	}
}

func TestWhatIsNoCodeIsNotShown(t *testing.T) {
	for name, body := range map[string]string{
		"script":      `{"device_code":"d","user_code":"AB","verification_uri":"javascript:alert(1)"}`,
		"null":        ` null `,
		"no address":  `{"device_code":"d","user_code":"AB"}`,
		"no code":     `{"device_code":"d","verification_uri":"https://idp.example"}`,
		"line break":  `{"device_code":"d","user_code":"A\nB","verification_uri":"https://idp.example"}`,
		"long code":   `{"device_code":"d","user_code":"` + strings.Repeat("A", 65) + `","verification_uri":"https://idp.example"}`,
		"not allowed": `{"error":"invalid_scope"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := withDevice(t)
			s.idp.next(reply{status: 200, body: body})
			_, err := s.connector.StartDevice(t.Context(), s.tenant)
			require.IsType(t, &SignInError{}, err)
			_, ok := s.connector.Device(s.tenant)
			require.False(t, ok)
			require.Equal(t, "ABCD-EFGH", s.startDevice().UserCode)
		})
	}
	s := withDevice(t)
	s.idp.next(reply{status: 200, body: `{"device_code":"d","user_code":"AB","verification_uri":"https://idp.example","verification_uri_complete":"javascript:1"}`})
	require.Empty(t, s.startDevice().CompleteURL)
}

func TestTheDeviceFlowCanBeForbidden(t *testing.T) {
	s := newStage(t)
	s.shared.noDevice = true
	s.configure("oauth2_device", providerSettings)
	require.Equal(t, ByOperator, s.connector.Way)
	_, err := s.connector.StartDevice(t.Context(), s.tenant)
	require.ErrorContains(t, err, "is not connected by a code")
	require.Empty(t, s.idp.requests)
}

// What was completed cannot be cancelled, only undone; and then nobody says any
// more that it is connected.
func TestACompletedSignInIsNotCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withDevice(t)
		s.startDevice()
		<-s.connector.signIn(s.tenant).ended
		require.True(t, s.connector.CancelDevice(s.tenant))
		device, ok := s.connector.Device(s.tenant)
		require.True(t, ok)
		require.Equal(t, DeviceDone, device.Status)
		revoked, err := s.connector.Disconnect(t.Context(), s.tenant)
		require.NoError(t, err)
		require.True(t, revoked)
		_, ok = s.connector.Device(s.tenant)
		require.False(t, ok)
	})
}

func TestASignInByCodeIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withDevice(t)
		s.startDevice()
		s.connector.CancelDevice(s.tenant)
		_, ok := s.connector.Device(s.tenant)
		require.False(t, ok)
		require.Equal(t, []string{"/device"}, s.idp.asked())
	})
}

// A provider that wants to know the client before it gives a code gets its secret.
func TestACodeForAClientWithASecret(t *testing.T) {
	s := withDevice(t)
	s.idp.next(reply{status: 401, body: `{"error":"invalid_client"}`})
	require.Equal(t, "ABCD-EFGH", s.startDevice().UserCode)
	require.Empty(t, s.idp.requests[0].Get("client_secret"))
	require.Equal(t, "secret-canary", s.idp.requests[1].Get("client_secret"))
}

// Another provider than before has codes of its own; the same one goes on.
func TestAReloadKeepsACodeOfTheSameProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withDevice(t)
		s.startDevice()
		settings := *s.connector.oauth.provider.OAuth2
		s.configure("oauth2_device", settings)
		s.startDevice()
		require.Len(t, s.idp.asked(), 1)
		settings.TokenURL = "https://other.example/token"
		s.configure("oauth2_device", settings)
		s.startDevice()
		require.Equal(t, []string{"/device", "/device"}, s.idp.asked())
		<-s.connector.signIn(s.tenant).ended
		s.requireCall("access-canary-1")
	})
}
