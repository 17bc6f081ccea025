package db

// MigrateOutcome is what became of something that Migrate found.
type MigrateOutcome string

// The outcomes.
const (
	Migrated MigrateOutcome = "migrated"
	// MigratedBefore is something that is here already, and stays as it is.
	MigratedBefore MigrateOutcome = "already"
	// MigrateSkipped is something that is not wanted here.
	MigrateSkipped MigrateOutcome = "skipped"
	MigrateFailed  MigrateOutcome = "failed"
)

// The kinds of items besides KindOAuthTokens and those of credentials.
const (
	MigrateTokens = "api_tokens"
	MigrateOthers = "others"
)

// MigrateItem is something that Migrate found. It never shows a secret.
type MigrateItem struct {
	// Kind is MigrateTokens, KindOAuthTokens, a CredentialKind, or
	// MigrateOthers.
	Kind string `json:"kind"`
	// Place is where it stands: the path in the database or directory.
	Place   string         `json:"place"`
	Outcome MigrateOutcome `json:"outcome"`
	// Reason says why it was skipped or failed.
	Reason string `json:"reason,omitempty"`
}

// MigrateCounts count items by their outcome.
type MigrateCounts struct {
	Found    int `json:"found"`
	Migrated int `json:"migrated"`
	Already  int `json:"already"`
	Skipped  int `json:"skipped"`
	Failed   int `json:"failed"`
}

func (c *MigrateCounts) add(outcome MigrateOutcome) {
	c.Found++
	switch outcome {
	case Migrated:
		c.Migrated++
	case MigratedBefore:
		c.Already++
	case MigrateSkipped:
		c.Skipped++
	default:
		c.Failed++
	}
}

// MigrateReport is what Migrate did.
type MigrateReport struct {
	Source string `json:"source"`
	// SchemaVersion is that of a database, if it says one.
	SchemaVersion string `json:"schema_version,omitempty"`

	MigrateCounts               // of all items
	Tokens        MigrateCounts `json:"api_tokens"`
	Connections   MigrateCounts `json:"oauth_tokens"`
	Credentials   MigrateCounts `json:"service_credentials"`
	Others        MigrateCounts `json:"others"`

	// TemporaryKeys counts the new tenants whose key stands in clear until
	// their token is presented.
	TemporaryKeys int `json:"temporary_keys"`
	// RecoveryOnly counts the new tenants whose key is sealed to the recovery
	// key alone: their tokens are let in, but open none of what was taken over.
	RecoveryOnly int           `json:"recovery_only"`
	Items        []MigrateItem `json:"items"`
}

func newMigrateReport(from *Old) MigrateReport {
	return MigrateReport{Source: from.path, SchemaVersion: from.source.schema(), Items: []MigrateItem{}}
}

func (r *MigrateReport) add(old *oldTenant, each func(MigrateItem)) {
	if each == nil {
		each = func(item MigrateItem) { r.Items = append(r.Items, item) }
	}
	for item := range old.items() {
		r.MigrateCounts.add(item.Outcome)
		r.countsOf(item.Kind).add(item.Outcome)
		each(item)
	}
	switch old.key {
	case keyTemporary:
		r.TemporaryKeys++
	case keyRecovery:
		r.RecoveryOnly++
	}
}

func (r *MigrateReport) countsOf(kind string) *MigrateCounts {
	switch kind {
	case MigrateTokens:
		return &r.Tokens
	case KindOAuthTokens:
		return &r.Connections
	case MigrateOthers:
		return &r.Others
	}
	return &r.Credentials
}
