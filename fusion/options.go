package fusion

import (
	"errors"
	"fmt"
	"os"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
)

const (
	// DefaultMaxResult and DefaultMaxUpstream are the limits in bytes, unless
	// WithMaxResult and WithMaxUpstream say otherwise.
	DefaultMaxResult   = 256 << 10
	DefaultMaxUpstream = 16 << 20
	// DefaultMaxUpload is the limit in bytes unless WithMaxUpload says
	// otherwise.
	DefaultMaxUpload = 16 << 20

	// MinMaxResult leaves room for what every answer may need, such as a
	// number or the brackets of a list.
	MinMaxResult = 64
)

// Option sets one thing of [New]. What is not set has the strict choice.
type Option func(*options)

type options struct {
	log              global.Logger
	paths            []string
	embedded         []embedded
	lookup           func(string) (string, bool)
	skipUnsupported  bool
	allowDestructive bool
	maxResult        int
	maxUpstream      int64
	uploadDir        string
	downloadDir      string
	maxUpload        int64
	connections      *auth.Connections
}

// embedded is a configuration that is part of the program.
type embedded struct {
	name string
	data []byte
}

// WithLogger sets where messages go. It is required.
func WithLogger(log global.Logger) Option { return func(o *options) { o.log = log } }

// WithJSONConfig adds configuration files; a directory means each *.json in
// it. It may be given several times, and all files form one configuration.
func WithJSONConfig(paths ...string) Option {
	return func(o *options) { o.paths = append(o.paths, paths...) }
}

// WithEmbedded adds a configuration from memory. Problems in it are reported
// under name.
func WithEmbedded(name string, data []byte) Option {
	return func(o *options) { o.embedded = append(o.embedded, embedded{name, data}) }
}

// WithConnections sets what outlives this configuration of its tenants'
// connections, and stays the caller's to close. Without it, the configuration
// has its own.
func WithConnections(c *auth.Connections) Option { return func(o *options) { o.connections = c } }

// WithLookup sets where ${VAR} in a configuration gets its value; default
// [os.LookupEnv].
func WithLookup(lookup func(name string) (value string, ok bool)) Option {
	return func(o *options) { o.lookup = lookup }
}

// WithSkipUnsupported leaves out services that this version cannot serve,
// with a warning, instead of refusing the configuration.
func WithSkipUnsupported(skip bool) Option { return func(o *options) { o.skipUnsupported = skip } }

// WithMaxResult sets how many bytes a result's content may have; default 256
// KiB, at least 64.
func WithMaxResult(bytes int) Option { return func(o *options) { o.maxResult = bytes } }

// WithMaxUpstream sets how many bytes of an answer are read; default 16 MiB.
// A longer answer is an [UpstreamError].
func WithMaxUpstream(bytes int64) Option { return func(o *options) { o.maxUpstream = bytes } }

// WithAllowDestructive lets tools with the destructive hint be called.
// Without it they answer a [DestructiveError].
func WithAllowDestructive(allow bool) Option { return func(o *options) { o.allowDestructive = allow } }

// WithUploadDir sets the folder with the files that parameters in filepath
// may send: for each tenant a folder below it, which is named by the tenant's
// hash. It must exist; nothing in it is changed. Without it such an argument
// is an [*ArgumentError].
func WithUploadDir(dir string) Option { return func(o *options) { o.uploadDir = dir } }

// WithMaxUpload sets how many bytes a file of that folder may have; default
// 16 MiB.
func WithMaxUpload(bytes int64) Option { return func(o *options) { o.maxUpload = bytes } }

// WithDownloadDir sets the folder in which Download saves answers: for each
// tenant in a folder below it, which is named by the tenant's hash. It must
// exist. Without it nothing is saved.
func WithDownloadDir(dir string) Option { return func(o *options) { o.downloadDir = dir } }

// check says what is missing or out of range.
func (o *options) check() error {
	if o.log == nil {
		return errors.New("fusion: a logger is required")
	}
	if o.maxResult < MinMaxResult {
		return fmt.Errorf("fusion: the limit of a result must be at least %d bytes", MinMaxResult)
	}
	if o.maxUpstream < 1 {
		return errors.New("fusion: the limit of an answer must be positive")
	}
	if o.maxUpload < 1 {
		return errors.New("fusion: the limit of an upload must be positive")
	}
	return errors.Join(checkDir("uploads", o.uploadDir), checkDir("downloads", o.downloadDir))
}

// checkDir says what is wrong with a folder; nothing with none.
func checkDir(what, dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("fusion: the folder for %s: %w", what, err)
	case !info.IsDir():
		return fmt.Errorf("fusion: the folder for %s: %s is no folder", what, dir)
	}
	return nil
}
