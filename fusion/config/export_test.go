package config

// For the tests, which stand outside the package.
var (
	Expand      = expand
	HasVariable = variable.MatchString
)
