package admin

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/PivotLLM/MCPFusion/db"
)

// operation is a method of Manager as both ends know it: the client sends a Q
// and gets an A, the server runs it.
type operation[Q, A any] struct {
	// name is the method's.
	name string
	run  func(m Manager, request Q) (A, error)
}

var (
	newAPIToken = operation[settings, added]{"NewAPIToken", func(m Manager, q settings) (added, error) {
		a, err := m.NewAPIToken(q.db())
		return addedOf(a), err
	}}
	joinAPIToken = operation[joinRequest, added]{"JoinAPIToken", func(m Manager, q joinRequest) (added, error) {
		a, err := m.JoinAPIToken(q.Proof.db(), q.Settings.db())
		return addedOf(a), err
	}}
	changeAPIToken = operation[changeRequest, nothing]{"ChangeAPIToken", func(m Manager, q changeRequest) (nothing, error) {
		return nothing{}, m.ChangeAPIToken(q.Hash, q.Change.db())
	}}
	endAPIToken = operation[endRequest, nothing]{"EndAPIToken", func(m Manager, q endRequest) (nothing, error) {
		return nothing{}, m.EndAPIToken(q.Proof.db(), q.Hash, q.Grace)
	}}
	deleteAPIToken = operation[tokenRequest, nothing]{"DeleteAPIToken", func(m Manager, q tokenRequest) (nothing, error) {
		return nothing{}, m.DeleteAPIToken(q.Hash)
	}}
	listAPITokens = operation[nothing, []db.APITokenMetadata]{"ListAPITokens", func(m Manager, _ nothing) ([]db.APITokenMetadata, error) {
		return m.ListAPITokens()
	}}
	findAPITokens = operation[findRequest, []db.APITokenMetadata]{"FindAPITokens", func(m Manager, q findRequest) ([]db.APITokenMetadata, error) {
		return m.FindAPITokens(q.Ref)
	}}
	tenantTokens = operation[tenantRequest, []db.APITokenMetadata]{"TenantTokens", func(m Manager, q tenantRequest) ([]db.APITokenMetadata, error) {
		return m.TenantTokens(q.Tenant)
	}}

	connections = operation[tenantRequest, []db.Connection]{"Connections", func(m Manager, q tenantRequest) ([]db.Connection, error) {
		return m.Connections(q.Tenant)
	}}
	storeOAuthToken = operation[storeOAuthRequest, nothing]{"StoreOAuthToken", func(m Manager, q storeOAuthRequest) (nothing, error) {
		return nothing{}, m.StoreOAuthToken(q.Tenant, string(q.Service), &q.Data)
	}}
	deleteOAuthToken = operation[oauthRequest, nothing]{"DeleteOAuthToken", func(m Manager, q oauthRequest) (nothing, error) {
		return nothing{}, m.DeleteOAuthToken(q.Tenant, string(q.Service))
	}}
	storeCredentials = operation[storeCredentialsRequest, nothing]{"StoreCredentials", func(m Manager, q storeCredentialsRequest) (nothing, error) {
		return nothing{}, m.StoreCredentials(q.Tenant, q.Kind, string(q.Service), &q.Data)
	}}
	deleteCredentials = operation[credentialsRequest, nothing]{"DeleteCredentials", func(m Manager, q credentialsRequest) (nothing, error) {
		return nothing{}, m.DeleteCredentials(q.Tenant, q.Kind, string(q.Service))
	}}

	recovery        = operation[nothing, db.Recovery]{"Recovery", func(m Manager, _ nothing) (db.Recovery, error) { return m.Recovery() }}
	recoverySealing = operation[tenantRequest, []byte]{"RecoverySealing", func(m Manager, q tenantRequest) ([]byte, error) {
		return m.RecoverySealing(q.Tenant)
	}}

	status   = operation[nothing, []db.TenantStatus]{"Status", func(m Manager, _ nothing) ([]db.TenantStatus, error) { return m.Status() }}
	stats    = operation[nothing, db.Stats]{"Stats", func(m Manager, _ nothing) (db.Stats, error) { return m.Stats() }}
	verify   = operation[nothing, []string]{"Verify", func(m Manager, _ nothing) ([]string, error) { return m.Verify() }}
	snapshot = operation[nothing, db.Snapshot]{"Snapshot", func(m Manager, _ nothing) (db.Snapshot, error) { return m.Snapshot() }}
)

// operations are all of them by name.
var operations = byName(
	newAPIToken, joinAPIToken, changeAPIToken, endAPIToken, deleteAPIToken, listAPITokens, findAPITokens, tenantTokens,
	connections, storeOAuthToken, deleteOAuthToken, storeCredentials, deleteCredentials,
	recovery, recoverySealing, status, stats, verify, snapshot,
)

// served is an operation of whatever types.
type served interface {
	operationName() string
	answer(m Manager, body []byte) (answer, error)
}

func byName(all ...served) map[string]served {
	named := map[string]served{}
	for _, o := range all {
		named[o.operationName()] = o
	}
	return named
}

// answer is what an operation has to say, complete before the first byte of it
// is written: nothing in the database waits for whoever reads it.
type answer struct {
	io.ReadCloser
	size        int64
	contentType string
}

func (o operation[Q, A]) operationName() string { return o.name }

func (o operation[Q, A]) answer(m Manager, body []byte) (answer, error) {
	request, err := decode[Q](body)
	if err != nil {
		return answer{}, err
	}
	result, err := o.run(m, request)
	if err != nil {
		return answer{}, err
	}
	if copied, ok := any(result).(db.Snapshot); ok {
		return answer{copied.ReadCloser, copied.Size, "application/octet-stream"}, nil
	}
	content, err := json.Marshal(result)
	return answer{io.NopCloser(bytes.NewReader(content)), int64(len(content)), "application/json"}, err
}
