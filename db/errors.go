package db

import (
	"errors"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNoDatabase is returned by New with WithExisting when there is no
	// database in the data directory.
	ErrNoDatabase = errors.New("there is no database")
	// ErrInUse is returned by New when another process held the database
	// until the lock timeout was over.
	ErrInUse = store.ErrInUse
	// ErrSchema is returned by New when the database was made by a newer
	// mcpfusion, by the original MCPFusion, or by another program. It was not
	// changed.
	ErrSchema = errors.New("unknown database schema")
	// ErrCorrupt is returned by New when the file is no database, or not the
	// whole of one, and by all methods that meet damage. The error says what
	// to do. Once the file itself turned out to be damaged, nothing is written
	// to it any more.
	ErrCorrupt = store.ErrCorrupt
	// ErrClosed is returned by all methods after Close.
	ErrClosed = store.ErrClosed
	// ErrInvalidToken is returned by Authenticate for whatever is not an API
	// token of this database.
	ErrInvalidToken = errors.New("invalid API token")
	// ErrTokenNotFound is returned by DeleteAPIToken when no token has the
	// hash.
	ErrTokenNotFound = errors.New("token not found")
)
