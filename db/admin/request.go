package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// What is asked with the operations. Names of members are part of what the
// two ends must agree on.
type (
	// nothing is asked by some operations, and answered by others.
	nothing struct{}

	joinRequest struct {
		Proof    proof    `json:"proof"`
		Settings settings `json:"settings"`
	}
	changeRequest struct {
		Hash   string `json:"hash"`
		Change change `json:"change"`
	}
	endRequest struct {
		Proof proof         `json:"proof"`
		Hash  string        `json:"hash"`
		Grace time.Duration `json:"grace"` // nanoseconds
	}
	tokenRequest struct {
		Hash string `json:"hash"`
	}
	findRequest struct {
		Ref string `json:"ref"`
	}
	tenantRequest struct {
		Tenant string `json:"tenant"`
	}
	oauthRequest struct {
		Tenant  string `json:"tenant"`
		Service text   `json:"service"`
	}
	storeOAuthRequest struct {
		oauthRequest
		Data db.OAuthTokenData `json:"data"`
	}
	credentialsRequest struct {
		Tenant  string            `json:"tenant"`
		Kind    db.CredentialKind `json:"kind"`
		Service text              `json:"service"`
	}
	storeCredentialsRequest struct {
		credentialsRequest
		Data db.ServiceCredentials `json:"data"`
	}
)

// errRequest has a fixed text: what a decoder says may show what it has read.
var errRequest = errors.New("the request is not what this version expects")

// decode reads the request of an operation. A member that it does not know is
// an error: what a newer client means by it, a limit perhaps, must not be
// left out in silence.
func decode[Q any](body []byte) (request Q, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	d.UseNumber() // a number in a credential stays as it was written
	if d.Decode(&request) != nil {
		return request, errRequest
	}
	if _, err := d.Token(); err != io.EOF {
		return request, errRequest
	}
	return request, nil
}
