package interop

// mustPass are the scenarios of the conformance suite that are about a server
// of tools, by protocol version. A scenario that the suite skips has not
// passed.
var mustPass = map[string][]string{
	"2025-06-18": {
		"ping", "server-initialize", "tools-call-error", "tools-call-simple-text", "tools-list",
	},
	"2025-11-25": {
		"dns-rebinding-protection", "ping", "server-initialize", "tools-call-error", "tools-call-simple-text",
		"tools-list",
	},
	"2026-07-28": {
		"dns-rebinding-protection", "http-header-validation", "input-required-result-unsupported-methods",
		"input-required-result-validate-input", "sep-2164-resource-not-found", "server-sse-multiple-streams",
		"tools-call-error", "tools-call-simple-text", "tools-list",
	},
}

// Why a scenario is not among those that must pass.
const (
	noSessions    = "tests what is said within a session; the gateway keeps none, so that a restart loses none"
	noPrompts     = "prompts are not offered"
	noResources   = "resources are not offered"
	noCompletion  = "completion is not offered"
	noLogging     = "log messages are not sent to clients"
	noProgress    = "progress is not reported"
	noClientCalls = "the gateway asks nothing of the client: no sampling, elicitation or roots"
	onlyText      = "a service's answer is text; the suite wants a tool that makes this kind of content"
	composed      = "wants a tool with a composed schema ($defs, $ref, allOf), which the configuration language does not make"
	noHeaders     = "wants a tool with x-mcp-header parameters, which the configuration language does not make"
	partly        = "its checks of tools pass, the others are explained in partial"
)

// notApplicable gives the reason for each scenario that need not pass.
var notApplicable = map[string]string{
	"server-session-lifecycle":    noSessions,
	"server-sse-polling":          noSessions,
	"server-sse-multiple-streams": noSessions, // in 2025-11-25; in 2026-07-28 it must pass

	"logging-set-level":        noLogging,
	"tools-call-with-logging":  noLogging,
	"tools-call-with-progress": noProgress,
	"completion-complete":      noCompletion,

	"prompts-list": noPrompts, "prompts-get-simple": noPrompts, "prompts-get-with-args": noPrompts,
	"prompts-get-embedded-resource": noPrompts, "prompts-get-with-image": noPrompts,
	"input-required-result-non-tool-request": noPrompts,

	"resources-list": noResources, "resources-read-text": noResources, "resources-read-binary": noResources,
	"resources-templates-read": noResources, "resources-subscribe": noResources, "resources-unsubscribe": noResources,

	"tools-call-image": onlyText, "tools-call-audio": onlyText,
	"tools-call-embedded-resource": onlyText, "tools-call-mixed-content": onlyText,

	"json-schema-2020-12":                  composed,
	"http-custom-header-server-validation": noHeaders,

	"tools-call-sampling": noClientCalls, "tools-call-elicitation": noClientCalls,
	"elicitation-sep1034-defaults": noClientCalls, "elicitation-sep1330-enums": noClientCalls,
	"input-required-result-basic-elicitation":       noClientCalls,
	"input-required-result-basic-sampling":          noClientCalls,
	"input-required-result-basic-list-roots":        noClientCalls,
	"input-required-result-request-state":           noClientCalls,
	"input-required-result-multiple-input-requests": noClientCalls,
	"input-required-result-multi-round":             noClientCalls,
	"input-required-result-missing-input-response":  noClientCalls,
	"input-required-result-result-type":             noClientCalls,
	"input-required-result-tampered-state":          noClientCalls,
	"input-required-result-capability-check":        noClientCalls,
	"input-required-result-ignore-extra-params":     noClientCalls,

	"server-stateless": partly,
	"caching":          partly,
}

// partial names the checks that may fail in a scenario of which the others
// must pass.
var partial = map[string]map[string]string{
	"server-stateless": {
		"sep-2575-server-rejects-undeclared-capability":          noClientCalls,
		"sep-2575-missing-capability-http-400":                   noClientCalls,
		"sep-2575-http-server-no-independent-requests-on-stream": noClientCalls,
		"sep-2575-server-no-log-without-loglevel":                noLogging,
	},
	"caching": {
		"sep-2549-prompts-list-caching-hints":             noPrompts,
		"sep-2549-resources-list-caching-hints":           noResources,
		"sep-2549-resources-templates-list-caching-hints": noResources,
	},
}

// mustSucceed names checks of a partly applicable scenario that the suite may
// not skip either.
var mustSucceed = map[string][]string{
	"server-stateless": {
		"sep-2575-server-sends-subscription-ack", "sep-2575-server-tags-subscription-id",
		"sep-2575-server-honors-notification-filter",
	},
}
