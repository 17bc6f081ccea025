package main

import "github.com/PivotLLM/MCPFusion/db"

// Exit codes, as usage documents them.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitNotFound  = 3
	exitAmbiguous = 4
	exitCancelled = 5
)

const usage = `Usage: mcpfusion-token [flags] <command> [arguments]

Manages the API tokens with which clients reach mcpfusion. Each token opens a
tenant of its own.

Commands:
  add [description words...]  make a tenant, and print its token: once, here
  list                        list all tokens, newest first
  delete <PREFIX|HASH>        delete a token, and its tenant with all that is in it;
                              takes the hash whole or as the list prints it
  credential set|list|delete --tenant PREFIX [--service KEY --kind KIND]
                              a tenant's own credential for a service; its values come from the
                              terminal or standard input, as {"field": "value"} or for api_keys
                              and bearer_tokens bare. Kinds: api_keys, bearer_tokens, basic_auth,
                              user_credentials
  compact                     write the database anew, without what was deleted
  verify                      check the database; exit code 1 with a list of problems
  recovery-key new FILE       write a recovery key to FILE and print its public half
  help                        print this text

Flags, before or after the command and its arguments ("--" ends them):
  --data-dir DIR  where the database is (default: MCP_FUSION_DB_DIR, else /opt/mcpfusion
                  if it exists, else ~/.mcpfusion)
  --json          print JSON, and errors as JSON
  --no-color      print without colors
  --debug         log what is done
  --yes           delete without asking
  --tenant PREFIX, --service KEY, --kind KIND
                  whose and what credential is meant; PREFIX or HASH of any token of the tenant

Environment, also read from /opt/mcpfusion/env and ~/.mcpfusion/env:
  MCP_FUSION_DB_DIR  the data directory
  NO_COLOR           print without colors, if not empty

Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  token or credential not found
  4  several tokens match, nothing was deleted
  5  deletion cancelled
`

// exitError is an error with an exit code and a text of its own. On standard
// error, its JSON form is what --json promises.
type exitError struct {
	code    int
	message string
	// details follow the message for people, matches in JSON.
	details string
	matches []db.APITokenMetadata
}

func (e exitError) Error() string { return e.message }

func (e exitError) MarshalJSON() ([]byte, error) {
	return encodeJSON(struct {
		Error   string                `json:"error"`
		Code    int                   `json:"code"`
		Matches []db.APITokenMetadata `json:"matches,omitempty"`
	}{e.message, e.code, e.matches})
}

func usageError(message string) error {
	return exitError{code: exitUsage, message: message, details: "\n" + usage}
}

func notFound(ref string) error {
	return exitError{code: exitNotFound, message: "Token not found: " + ref}
}
