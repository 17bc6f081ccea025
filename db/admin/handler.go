package admin

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

const (
	// pathPrefix comes before the name of an operation.
	pathPrefix = "/v1/"
	// versionHeader has the version of the server in every answer.
	versionHeader = "Mcpfusion-Version"
	// maxBody is the limit of a request in bytes: four times what can be
	// sealed.
	maxBody = 4 << 20
)

// The reasons not to run an operation. Like that of errRequest, their texts
// show nothing of the request.
var (
	errOperation = errors.New("this version does not know the operation")
	errBody      = fmt.Errorf("the request is larger than %d bytes, or did not arrive in time", maxBody)
)

// handler answers requests of callers who may manage.
type handler struct {
	manager Manager
	logger  global.Logger
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(versionHeader, global.Version)
	body, err := readBody(w, r)
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, err)
		return
	}
	name, _ := strings.CutPrefix(r.URL.Path, pathPrefix)
	o, known := operations[name]
	if !known || r.Method != http.MethodPost {
		fail(w, http.StatusNotFound, errOperation)
		return
	}
	answer, err := o.answer(h.manager, body)
	h.log(r, name+about(body), err)
	switch {
	case errors.Is(err, errRequest):
		fail(w, http.StatusBadRequest, err)
	case err != nil:
		fail(w, http.StatusUnprocessableEntity, err)
	default:
		answer.write(w)
	}
}

// readBody reads all of it, also of what is going to be refused: net/http would
// wait for it without a limit.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyTimeout)) // a broken one fails by itself
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, errBody
	}
	_ = connection.SetReadDeadline(time.Time{})
	return body, nil
}

// about names the token or tenant that a request is about by 8 digits of its
// hash, after a blank; "" when it is about none.
func about(body []byte) string {
	var of struct{ Hash, Tenant string }
	_ = json.Unmarshal(body, &of) // what cannot be read is refused elsewhere
	digits, err := hex.DecodeString(cmp.Or(of.Hash, of.Tenant))
	if err != nil || len(digits) != sha256.Size {
		return ""
	}
	return " " + hex.EncodeToString(digits[:4])
}

// log says who did what, and by name which error it met. The error's text may
// repeat what was sent.
func (h handler) log(r *http.Request, name string, err error) {
	uid := r.Context().Value(callerKey{})
	if err != nil {
		h.logger.Infof("management: %s by user %v failed %s", name, uid, failureOf(err).Sentinels)
		return
	}
	h.logger.Infof("management: %s by user %v", name, uid)
}

func (a answer) write(w http.ResponseWriter) {
	defer a.Close()
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(a.size, 10))
	_, _ = io.Copy(w, a) // of less than its length, net/http makes a broken connection
}

func fail(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(failureOf(err)) // whoever has gone needs no answer
}
