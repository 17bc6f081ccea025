// Package configs holds the service configurations that are shipped with
// mcpfusion. Those for public APIs are read from disk like any other; only
// what the program needs without a disk is embedded.
package configs

import _ "embed"

// Demo is a configuration over a go-httpbin whose address is in the variable
// MCPFUSION_DEMO_URL. It shows each place that a parameter can go to, a slow
// call and an API error. It must not be changed.
//
//go:embed demo.json
var Demo []byte
