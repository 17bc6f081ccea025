package auth

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/db"
)

// DeviceStatus says how a sign-in by code stands.
type DeviceStatus string

// The statuses of a sign-in by code.
const (
	DevicePending DeviceStatus = "pending"
	DeviceDone    DeviceStatus = "done"
	DeviceDenied  DeviceStatus = "denied"
	DeviceExpired DeviceStatus = "expired"
	DeviceFailed  DeviceStatus = "failed"
)

// Device is a sign-in by a code that a person enters at the provider
// (RFC 8628).
type Device struct {
	// UserCode is what to enter at URL.
	UserCode, URL string
	// CompleteURL has the code in it; "" when the provider does not offer that.
	CompleteURL string
	ExpiresAt   time.Time
	Status      DeviceStatus
	// Problem says why it failed; "" when it did not. It is safe for clients.
	Problem string
}

// What a provider's answer may be.
const (
	maxURL        = 2048 // bytes
	maxUserCode   = 64
	codeLife      = 15 * time.Minute // when the provider does not say
	maxCodeLife   = 30 * time.Minute
	startTimeout  = 15 * time.Second
	maxDevices    = 10_000
	shownFor      = time.Minute     // how long one that has expired is still told of
	slowerBy      = 5 * time.Second // after each attempt that failed (RFC 8628 §3.5)
	firstInterval = 5 * time.Second // when the provider does not say (§3.2)
)

// devices are the sign-ins by code: one for each tenant and service.
type devices struct {
	mu sync.Mutex // guards the field below
	of map[connectionKey]*deviceSignIn
}

// deviceSignIn is one of them.
type deviceSignIn struct {
	oauth   *oauth // of the configuration that it began with
	cancel  context.CancelFunc
	started chan struct{} // closed when there is a code, or none to be had
	ended   chan struct{}

	mu     sync.Mutex // guards the fields below
	device Device
	err    error // why there is no code
}

func (s *deviceSignIn) get() (Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.device, s.err
}

func (s *deviceSignIn) set(change func(*Device)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.device)
}

func (s *deviceSignIn) isOver(now time.Time) bool {
	device, err := s.get()
	return err != nil || device.Status != "" && (device.Status != DevicePending || now.After(device.ExpiresAt))
}

// StartDevice begins a sign-in by code for the tenant, or returns the one that
// is under way: there is one for each tenant and service. It goes on after ctx
// has ended, until it is completed, denied or expired. The error may be a
// [*SignInError].
func (c *Connector) StartDevice(ctx context.Context, tenant *db.Tenant) (Device, error) {
	if c.Way != ByDevice {
		return Device{}, refuse(c.Name + " is not connected by a code")
	}
	s, err := c.oauth.startDevice(tenant)
	if err != nil {
		return Device{}, err
	}
	select {
	case <-s.started:
		return s.get()
	case <-ctx.Done():
		return Device{}, ctx.Err()
	}
}

// startDevice returns the sign-in that is under way, or a new one.
func (o *oauth) startDevice(tenant *db.Tenant) (*deviceSignIn, error) {
	d, key, now := &o.shared.devices, o.key(tenant), time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.of[key]; s != nil && !s.isOver(now) {
		if o.provider.isAlso(s.oauth.provider) {
			return s, nil
		}
		s.cancel() // what it would bring could not be used
	}
	d.sweep(now)
	if len(d.of) >= maxDevices {
		return nil, errTooMany
	}
	ctx, cancel := context.WithCancel(o.shared.ctx)
	s := &deviceSignIn{oauth: o, cancel: cancel, started: make(chan struct{}), ended: make(chan struct{})}
	started := o.shared.start(func(context.Context) {
		defer cancel()
		defer close(s.ended)
		if answer := o.askForCode(ctx, s); answer != nil {
			o.poll(ctx, s, tenant, answer)
		}
	})
	if !started {
		cancel()
		return nil, errNoSignIns
	}
	d.of[key] = s
	return s, nil
}

var (
	errTooMany   = &SignInError{"too many sign-ins are under way; try again in a few minutes", true}
	errNoSignIns = &SignInError{textStopping, true}
)

// sweep forgets what nobody will ask for; the lock must be held.
func (d *devices) sweep(now time.Time) {
	if d.of == nil {
		d.of = make(map[connectionKey]*deviceSignIn)
	}
	for key, s := range d.of {
		device, err := s.get()
		if err != nil || device.Status != "" && now.After(device.ExpiresAt.Add(shownFor)) {
			delete(d.of, key)
		}
	}
}

// askForCode asks the provider for a code; nil: there is none.
func (o *oauth) askForCode(ctx context.Context, s *deviceSignIn) *oauth2.DeviceAuthResponse {
	defer close(s.started)
	answer, err := o.code(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.err = err
		return nil
	}
	s.device = deviceOf(answer)
	return answer
}

// code asks the provider for a code (RFC 8628 §3.1). The error is a *SignInError.
func (o *oauth) code(ctx context.Context) (*oauth2.DeviceAuthResponse, error) {
	answer, err := o.provider.deviceCode(ctx)
	if err == nil {
		err = checkDevice(answer)
	}
	if err != nil {
		return nil, o.signInError(err)
	}
	life := time.Until(answer.Expiry)
	if answer.Expiry.IsZero() {
		life = codeLife
	}
	answer.Expiry = time.Now().Add(min(life, maxCodeLife))
	return answer, nil
}

// isAlso reports whether another configuration means the same provider.
func (p *provider) isAlso(other *provider) bool {
	return p.ClientID == other.ClientID && p.AuthorizationURL == other.AuthorizationURL && p.TokenURL == other.TokenURL
}

func deviceOf(answer *oauth2.DeviceAuthResponse) Device {
	return Device{
		UserCode: answer.UserCode, URL: answer.VerificationURI, CompleteURL: answer.VerificationURIComplete,
		ExpiresAt: answer.Expiry, Status: DevicePending,
	}
}

// deviceCode names the client as ask does, but first without its secret, which
// most providers do not want here.
func (p *provider) deviceCode(ctx context.Context) (*oauth2.DeviceAuthResponse, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, p.client), startTimeout)
	defer cancel()
	answer, err := p.config(false).DeviceAuth(ctx)
	if isUnknownClient(err) && !p.ClientSecret.IsEmpty() {
		answer, err = p.config(false).DeviceAuth(ctx, oauth2.SetAuthURLParam("client_secret", p.ClientSecret.Reveal()))
	}
	if err != nil {
		return nil, p.failure(err)
	}
	return answer, nil
}

// checkDevice refuses what cannot be shown to people. An address that is no web
// page's would do something else when it is clicked.
func checkDevice(answer *oauth2.DeviceAuthResponse) error {
	if answer.DeviceCode == "" || answer.UserCode == "" || len(answer.UserCode) > maxUserCode || !isPrintable(answer.UserCode) {
		return refuse("the provider gave no usable code")
	}
	if !isPage(answer.VerificationURI) {
		return refuse("the provider named no web page to enter the code at")
	}
	if !isPage(answer.VerificationURIComplete) {
		answer.VerificationURIComplete = ""
	}
	return nil
}

func isPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= maxURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		isPrintable(address) && !strings.ContainsAny(address, " \"<>")
}

// Device returns the sign-in by code that is under way for the tenant, or the
// last one for a minute longer than its code would have lived; false when there is
// none.
func (c *Connector) Device(tenant *db.Tenant) (Device, bool) {
	s := c.signIn(tenant)
	if s == nil {
		return Device{}, false
	}
	device, err := s.get()
	return device, err == nil && device.Status != "" && time.Now().Before(device.ExpiresAt.Add(shownFor))
}

func (c *Connector) signIn(tenant *db.Tenant) *deviceSignIn {
	if c.oauth == nil {
		return nil
	}
	d := &c.oauth.shared.devices
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of[c.oauth.key(tenant)]
}

// CancelDevice ends a sign-in by code that is under way for the tenant, and
// forgets one that has failed. done tells that it was completed before: then the
// tenant is connected, and Device goes on to say so.
func (c *Connector) CancelDevice(tenant *db.Tenant) (done bool) {
	s := c.signIn(tenant)
	if s == nil {
		return false
	}
	s.cancel()
	<-s.ended
	if device, _ := s.get(); device.Status == DeviceDone {
		return true
	}
	c.oauth.forgetDevice(tenant, s)
	return false
}

func (o *oauth) forgetDevice(tenant *db.Tenant, s *deviceSignIn) {
	d := &o.shared.devices
	d.mu.Lock()
	defer d.mu.Unlock()
	if key := o.key(tenant); d.of[key] == s {
		delete(d.of, key)
	}
}
