// Package config reads the service configuration language: JSON files into
// checked values, every problem named with its file, line, column and path.
//
// What Load returns is complete and consistent: defaults are filled in,
// variables expanded, and every reference holds. It knows nothing of HTTP
// requests or of the Model Context Protocol.
package config

import (
	"encoding/json"
	"net/url"
	"regexp"
	"time"

	"github.com/itchyny/gojq"
)

// Config is one checked configuration, possibly read from several files. It
// is never changed after Load.
type Config struct {
	// Services in the order of the files and of their keys within a file.
	Services []*Service
	// Warnings in the order of their positions.
	Warnings []Problem
}

// Service is one entry of "services".
type Service struct {
	// Key is the name in the file: [a-z0-9][a-z0-9_-]*.
	Key string
	// Name is shown to people.
	Name string
	// BaseURL is absolute, http or https, without user information, query
	// and fragment. Its path has no trailing slash.
	BaseURL *url.URL
	Auth    Auth
	// Endpoints has at least one element.
	Endpoints []*Endpoint
	// CircuitBreaker is nil when the service has none or it is not enabled.
	CircuitBreaker *CircuitBreaker
	// DenyPrivate refuses addresses that are loopback, private or link-local
	// when they are dialled.
	DenyPrivate bool
	Position    Position
}

// Endpoint is one entry of "endpoints": one tool.
type Endpoint struct {
	ID          string
	Name        string
	Description string
	// ToolName is "{service key}_{id}", at most 64 characters of
	// [A-Za-z0-9_-] and unique in the configuration.
	ToolName string
	// Method is GET, POST, PUT, PATCH, DELETE or HEAD.
	Method string
	// BaseURL is the endpoint's own or else the service's.
	BaseURL *url.URL
	// Path begins with a slash and has {placeholders}, each with a required
	// or defaulted path parameter whose SentName it is. It may carry a query.
	Path       string
	Parameters []*Parameter
	Body       Body
	Response   Response
	// Retry is the endpoint's own or else the service's; nil when there is
	// none or it is not enabled.
	Retry      *Retry
	Connection Connection
	Hints      Hints
	Position   Position
}

// Hints tell a client what calling the tool may do. All four are resolved:
// from the file, else from the method.
type Hints struct {
	ReadOnly, Destructive, Idempotent, OpenWorld bool
}

// Connection holds how one call uses its connection.
type Connection struct {
	// Timeout is for the whole call: default 60 s, greater than zero.
	Timeout            time.Duration
	DisableKeepAlive   bool
	ForceNewConnection bool
}

// Type is a parameter's JSON type.
type Type string

// The types of parameters and of array items.
const (
	String  Type = "string"
	Number  Type = "number"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Array   Type = "array"
	Object  Type = "object"
)

// Location is the part of the request that takes a parameter's value.
type Location string

// The locations of parameters.
const (
	InPath     Location = "path"
	InQuery    Location = "query"
	InHeader   Location = "header"
	InBody     Location = "body"
	InFile     Location = "file"
	InFilePath Location = "filepath"
)

// Parameter is one entry of "parameters". JSON values (Default, Examples,
// Enum) are string, bool, json.Number, []any, map[string]any or nil.
type Parameter struct {
	// Name is the name at the API.
	Name string
	// Shown is the name that callers use: the alias, else Name reduced to
	// [A-Za-z0-9_.-]. It is unique within the endpoint, static and unused
	// ones aside, and may be empty for a static one.
	Shown       string
	Description string
	Type        Type
	// Items is the type of an array's elements, "" when the file gives none.
	Items    Type
	Location Location
	// Required is also set for a path parameter that has a placeholder and
	// no default: a path cannot leave it open. A required parameter may have
	// a default; a caller then need not give it.
	Required bool
	// HasDefault is false when the file gives no default, or null. Default
	// has the parameter's type, but may break its validation.
	HasDefault bool
	Default    any
	// FromVariable is set when the default holds the value of a variable.
	FromVariable bool
	// Examples that do not fit the type have been dropped with a warning.
	Examples []any
	// Static parameters are hidden and always send Default, which they have.
	Static bool
	// Unused is set for an optional path parameter without a placeholder:
	// it is not shown and not sent.
	Unused     bool
	Quoted     bool
	Validation Validation
	Transform  Transform
	// Transforms are applied in order.
	Transforms []Step
	// FileNameParam is the Name or Shown of another parameter, and only set
	// for files.
	FileNameParam string
	// ArrayFormat is "repeat", "comma" or "brackets".
	ArrayFormat string
	Position    Position
}

// Validation restricts a parameter's value. Keywords that do not fit the
// parameter's type have been dropped with a warning.
type Validation struct {
	// Pattern is nil when there is none. It is not anchored by itself.
	Pattern *regexp.Regexp
	// MinLength and MaxLength count characters; nil when there is none.
	MinLength, MaxLength *int
	// Minimum and Maximum are inclusive; "" when there is none.
	Minimum, Maximum json.Number
	Enum             []any
	// Format is "", date, date-time, email, uri or uuid.
	Format string
}

// Transform sends a value under another name, or changed.
type Transform struct {
	// TargetName is "" when the parameter keeps its name.
	TargetName string
	// Expression is nil when the value is sent as it is.
	Expression *Expression
}

// The transforms that a value can go through.
const (
	// HTMLCompact removes line breaks between the tags of a text.
	HTMLCompact = "html_compact"
	// HTMLCompactFields does so in fields of an object, or of each object of
	// an array.
	HTMLCompactFields = "html_compact_fields"
	// ValidateObjectFields refuses an object, or an array with one, that lacks
	// a field or has an empty one.
	ValidateObjectFields = "validate_object_fields"
)

// Step is one entry of "transforms".
type Step struct {
	// Name is one of the constants above.
	Name string
	// Fields are the paths of the fields, split at the dots; HTMLCompact has
	// none.
	Fields [][]string
}

// The encodings of a request body.
const (
	JSON = "json"
	Form = "form"
	// Mail makes a message of the parameters for which InMessage holds.
	Mail = "rfc2822_base64url"
)

// Body says how body parameters become a request body.
type Body struct {
	// Encoding is JSON, Form or Mail.
	Encoding string
	// WrapperPath is where in the body the message stands, with dots between
	// the members. Only Mail has it, and always.
	WrapperPath string
}

// Response says how an answer becomes a result.
type Response struct {
	// Type is "json", "text" or "binary".
	Type string
	// Transform is nil when an answer is given as it is.
	Transform *ResponseTransform
	// Pagination is nil when the endpoint has none.
	Pagination *Pagination
	// Caching is nil when the endpoint has none or it is not enabled.
	Caching *Caching
}

// ResponseTransform makes another answer of an answer. It never changes.
type ResponseTransform struct {
	// Path is that of $.a.b; it is empty for the whole.
	Path []string
	// Code is nil for a path. It may run concurrently.
	Code *gojq.Code
	// Variables are the places of the program's variables in Parameters.
	Variables []int
}

// Pagination says how further pages are found.
type Pagination struct {
	// NextPageTokenPath is not empty: without it there is no Pagination.
	NextPageTokenPath string
	// DataPath is "" for the only array that there is.
	DataPath string
	// PageSize is 0 when the file gives none. SizeParam is the Name of the
	// parameter that takes it; "" when there is none.
	PageSize  int
	SizeParam string
	// MaxPages is at least 1; default 10.
	MaxPages int
	// TokenParam is the name at the API, of a parameter or not.
	TokenParam string
}

// Caching says how long a GET's answer is kept for the tenant.
type Caching struct {
	TTL time.Duration
	Key string
}

// Retry says when and how often a failed call is repeated.
type Retry struct {
	MaxAttempts         int
	Strategy            string // exponential, linear or fixed
	BaseDelay, MaxDelay time.Duration
	BackoffFactor       float64
	Jitter              bool
	// RetryableErrors are network_error, timeout, server_error, rate_limited
	// or a status code such as "503"; nil when the file does not say, empty when
	// it names none.
	RetryableErrors []string
}

// CircuitBreaker says when a service that fails is left alone.
type CircuitBreaker struct {
	FailureThreshold, SuccessThreshold, HalfOpenMaxCalls int
	ResetTimeout                                         time.Duration
}
