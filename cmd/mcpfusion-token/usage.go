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

Manages the API tokens with which clients reach mcpfusion, beside a running
server or without one. Each token that add makes opens a tenant of its own.
PREFIX is a token's first 8 digits; its hash, whole or as the list prints it,
does as well.

Tokens:
  add [description words...]  make a tenant, and print its token: once, here
      [--expires WHEN] [--services a,b] [--tools 'glob,glob'] [--read-only]
  add --join [words...]       make a further token of an existing tenant
  list                        list all tokens, newest first
  show <PREFIX>               print all that is known of a token and its tenant, but secrets
  set <PREFIX>                change what is given: --description TEXT, --expires WHEN|never,
                              --services a,b, --tools 'glob,glob' (empty: no such limit),
                              --read-only[=false]
  disable <PREFIX>            let it in no more, until enable
  enable <PREFIX>
  rotate [--grace SPAN] [PREFIX]
                              put a new token in the place of one: of the same tenant, with the
                              same scope; everything is sealed anew
  delete <PREFIX>             delete a token; with a tenant's last one, all that is in it

Tenants:
  credential set|list|delete --tenant PREFIX [--service KEY --kind KIND]
                              a tenant's own credential for a service; its values come from the
                              terminal or standard input, as {"field": "value"} or for api_keys
                              and bearer_tokens bare. Kinds: api_keys, bearer_tokens, basic_auth,
                              user_credentials; and oauth_tokens, for a connection that was made
                              elsewhere, as {"access_token": "...", "refresh_token": "...", ...}
  connect --tenant PREFIX --service KEY [--config FILES]
                              sign in at the service's provider by a code, which is entered in a
                              browser anywhere, and connect the tenant
  disconnect --tenant PREFIX --service KEY
                              delete the tenant's connection
  status [--tenant PREFIX]    what tenants are connected to, and how that stands
  stats                       figures about the database, and what was called

Database:
  backup FILE                 write a copy to a new file, and verify it
  restore FILE                put a copy in the place of the database (no server may run)
  compact                     write it anew, without what was deleted (no server may run)
  verify                      check it; exit code 1 with a list of problems
  migrate OLD.db|DIR          take over the tenants of an older MCPFusion (no server may run): of its
                              database, or of the files that it used before (--tenant for those
                              that name no tenant); exit code 1 if something was not taken over
  recovery-key new FILE       write a recovery key to FILE and print its public half
  help                        print this text

Flags, before or after the command and its arguments ("--" ends them):
  --data-dir DIR  where the database is (default: MCP_FUSION_DB_DIR, else /opt/mcpfusion
                  if it exists, else ~/.mcpfusion)
  --socket PATH   where the server listens (default: mcpfusion.sock in the data directory)
  --json          print JSON, and errors as JSON
  --no-color      print without colors
  --debug         log what is done
  --yes           delete or restore without asking
  --tenant PREFIX, --service KEY, --kind KIND
                  whose and what credential is meant; PREFIX of any token of the tenant
  --config FILES  the server's configuration, separated by commas (default: MCP_FUSION_CONFIGS)
  --expires WHEN  90d or 12h from now, the end of the day 2027-01-31, or a time in RFC 3339
  --services a,b  call the tools of these services only
  --tools LIST    call these tools only; * and ? and [a-z] stand for letters, as in a shell
  --read-only     call only tools that read
  --recovery-key FILE
                  prove the tenant by the operator's recovery key; add --join then takes
                  --tenant, and rotate the token that is replaced

A tool must be in --services and in --tools, where both are given. add --join
and rotate ask for an existing token of the tenant, without showing it.

Environment, also read from /opt/mcpfusion/env and ~/.mcpfusion/env:
  MCP_FUSION_DB_DIR  the data directory
  MCP_FUSION_RECOVERY_PUBLIC_KEY
                     as for the server: seal the keys of new tenants to this key as well
  MCPFUSION_TOKEN    the existing token that add --join and rotate would ask for
  NO_COLOR           print without colors, if not empty

Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  token or credential not found
  4  several tokens match, nothing was changed
  5  cancelled
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
	return exitError{code: exitUsage, message: message, details: "Run 'mcpfusion-token help' for the commands and flags.\n"}
}

func notFound(ref string) error {
	return exitError{code: exitNotFound, message: "Token not found: " + ref}
}
