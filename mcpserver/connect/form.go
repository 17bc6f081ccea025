package connect

import (
	"errors"
	"mime"
	"net/http"
)

// maxForm is what a form may have, in bytes.
const maxForm = 64 << 10

// posted lets a form in that a page of ours has sent, and reads it.
func (p *Pages) posted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.csrf.Check(r); err != nil {
			p.refuse(w, r, http.StatusForbidden, "This was sent from a page of another site, so nothing was done.")
			return
		}
		mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || mediaType != "application/x-www-form-urlencoded" {
			p.refuse(w, r, http.StatusUnsupportedMediaType, "Only a form can be sent here.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			p.refuseForm(w, r, err)
			return
		}
		next(w, r)
	}
}

// refuseForm says why a form could not be read. Its error may show what was sent.
func (p *Pages) refuseForm(w http.ResponseWriter, r *http.Request, err error) {
	var timeout interface{ Timeout() bool }
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.refuse(w, r, http.StatusRequestEntityTooLarge, "That is more than a form may hold.")
	} else if errors.As(err, &timeout) && timeout.Timeout() {
		p.refuse(w, r, http.StatusRequestTimeout, "The form did not arrive in time.")
	} else {
		p.refuse(w, r, http.StatusBadRequest, "The form could not be read.")
	}
}
