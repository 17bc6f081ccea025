// Package global holds the few words that several packages share: the Logger
// they write to, the Secret they must not write, and the Version they report.
// It has no state and imports nothing but the standard library.
package global

// Version is the version that the programs report. Release builds set it with
// -ldflags "-X github.com/PivotLLM/MCPFusion/global.Version=v1.2.3".
var Version = "dev"
