package fusion

import (
	"encoding/json"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// Tool is one endpoint, ready to be called. It is read-only and may be used
// concurrently.
type Tool struct {
	// Name is "{service}_{endpoint}" and unique.
	Name string
	// Title is the endpoint's name, for people.
	Title string
	// Description is the endpoint's, or else its name.
	Description string
	// Service and Endpoint are the keys of the configuration.
	Service, Endpoint string
	// Method is the HTTP method of the request to the API.
	Method string
	// InputSchema is a JSON Schema 2020-12 object. Normalised arguments are
	// validated against exactly this.
	InputSchema json.RawMessage
	Hints       config.Hints
	// Timeout is for each attempt, until the last byte of the answer. Without a
	// retry there is one.
	Timeout time.Duration
	// Connector is that of the service; nil where a tenant has no credential of
	// its own.
	Connector *auth.Connector

	// blocked says why the tool cannot be called; "" when it can.
	blocked string

	params []*param          // in the order of the configuration
	shown  map[string]*param // by the name that callers use
	// hidden are secrets that the configuration sends without the model's
	// knowledge.
	hidden []global.Secret
	// changing are those of params that have an expression.
	changing []*param
	target   target
	content  *content
	accept   string
	text     bool // the answer is text rather than JSON
	binary   bool // the answer is a file
	// transform is nil when an answer is given as it is.
	transform *config.ResponseTransform
	paging    *paging         // nil when an answer has no pages
	caching   *config.Caching // nil when answers are not kept
	auth      auth.Strategy
	sender    *sender
	retry     retrier
	renewal   renewal
	breakers  *breakers // of the service
}

// Service is one service of the configuration. It is read-only.
type Service struct {
	Key  string
	Name string // for people
	// AuthType is the type of the configuration's auth, such as "bearer".
	AuthType string
	// Connector is how a tenant gets a credential of its own; nil where it
	// cannot, or needs none.
	Connector *auth.Connector
	// Tools are sorted by name.
	Tools []*Tool
}

// Result is a successful answer.
type Result struct {
	// Status is the API's HTTP status, a 2xx.
	Status int
	// ContentType is the media type of Content: for JSON and files the API's own
	// without parameters, for text with charset=utf-8; "" when Content is
	// empty.
	ContentType string
	// Content is compact JSON or text, UTF-8, within the limit; or a file as it
	// came, within the limit of answers. It is empty when the API sent nothing.
	// It may be shared: do not change it.
	Content []byte
	// File is the name for a content that is a file: it has no directory, and
	// may be used as it is. "" for JSON and text.
	File string
	// Note is "" unless something was left out: then it says what, and how to
	// ask for less where there is no From.
	Note string
	// From is what to give to ReadMore to read on; "" where the result is
	// complete, and where nobody can read on, as with a tool that must not be
	// called again.
	From string
}
