package connect

import (
	"net/http"
	"net/url"
)

// policy lets a page load what the gateway serves, and nothing of what is
// written into it run.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// setHeaders sets what every answer has. No other site learns a page's address;
// with "no-referrer" browsers would send forms of our own without their origin,
// as "null" (Fetch standard, "serializing a request origin").
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// redirect has the browser GET a path of the gateway's own.
func redirect(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }
