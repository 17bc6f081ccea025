// Mcpfusion serves REST APIs that JSON files describe as tools for AI clients,
// over MCP and over plain REST, each caller in the tenant of its API token.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
