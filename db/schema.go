package db

import (
	"errors"
	"fmt"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// schemaVersion is that of the layout in format.go. The original MCPFusion
// used 1.0 and 1.1 for layouts of its own.
const schemaVersion = "2"

// ensureSchema gives an empty database its schema version, and refuses any
// database of another one, untouched.
func ensureSchema(s store.Store) error {
	empty, err := schemaOf(s)
	if err != nil || !empty {
		return err
	}
	return s.Update(func(tx store.Tx) error {
		return tx.Put(bucketSystem, schemaKey, []byte(schemaVersion))
	})
}

// schemaOf fails for a database of another schema.
func schemaOf(s store.Store) (empty bool, err error) {
	err = s.View(func(tx store.Tx) (err error) {
		empty, err = checkSchema(tx)
		return err
	})
	if errors.Is(err, store.ErrForeign) {
		err = originalSchema("unknown")
	}
	return empty, err
}

func checkSchema(tx store.Tx) (empty bool, err error) {
	buckets, err := tx.Buckets()
	if err != nil || len(buckets) == 0 {
		return err == nil, err
	}
	version, err := tx.Get(bucketSystem, schemaKey)
	switch {
	case err != nil:
		return false, err
	case string(version) == schemaVersion:
		return false, knowsAll(buckets)
	}
	return false, refuseSchema(string(version), buckets)
}

// knowsAll reports a bucket that this version cannot have made. Its name may
// be another's, whose keys would be missed.
func knowsAll(buckets []string) error {
	for _, bucket := range buckets {
		if bucket != bucketTenants && bucket != bucketIndex && bucket != bucketSystem {
			return fmt.Errorf("bucket %q: %w", bucket, errFormat)
		}
	}
	return nil
}

func refuseSchema(version string, buckets []string) error {
	switch {
	case version == "1.0" || version == "1.1":
		return originalSchema(version)
	case version == "" && slices.Contains(buckets, bucketTenants):
		return originalSchema("unknown")
	case version == "":
		return fmt.Errorf("%w: another program made this database, it was not changed: use another data directory", ErrSchema)
	default:
		return fmt.Errorf("%w: the database has version %q, this mcpfusion has version %q: use a newer mcpfusion",
			ErrSchema, version, schemaVersion)
	}
}

func originalSchema(version string) error {
	return fmt.Errorf("%w: this is a database of the original MCPFusion (schema version %s, here it is %s), "+
		"it was not changed: move it away, or use another data directory, and take it over with mcpfusion-token migrate <file>",
		ErrSchema, version, schemaVersion)
}
