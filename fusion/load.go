package fusion

import (
	"os"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// load reads the configuration from all its sources, which may be none.
func load(o *options) (*config.Config, error) {
	if len(o.paths) == 0 && len(o.embedded) == 0 {
		return &config.Config{}, nil
	}
	opts := []config.Option{config.WithLookup(os.LookupEnv)}
	if o.lookup != nil {
		opts = append(opts, config.WithLookup(o.lookup))
	}
	if o.skipUnsupported {
		opts = append(opts, config.WithSkipUnsupported())
	}
	for _, e := range o.embedded {
		opts = append(opts, config.WithDocument(e.name, e.data))
	}
	return config.Load(o.paths, opts...)
}
