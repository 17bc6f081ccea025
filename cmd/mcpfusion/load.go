package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/PivotLLM/MCPFusion/configs"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// load reads the configuration. What is wrong with it is printed, a line for
// each problem.
func (p program) load(o options, logger global.Logger, d demo, connections *auth.Connections) (*fusion.Fusion, error) {
	tools, err := p.read(o, logger, d, connections)
	if wrong, ok := errors.AsType[*config.Error](err); ok {
		fmt.Fprintln(p.stderr, wrong)
		return nil, errReported
	}
	return tools, err
}

// read reads the configuration. connections is nil where nobody signs in.
func (p program) read(o options, logger global.Logger, d demo, connections *auth.Connections) (*fusion.Fusion, error) {
	opts := []fusion.Option{
		fusion.WithLogger(logger),
		fusion.WithJSONConfig(p.expand(o.configs)...),
		fusion.WithSkipUnsupported(o.skipUnsupported),
		fusion.WithMaxResult(o.maxResult),
		fusion.WithMaxUpstream(o.maxUpstream),
		fusion.WithUploadDir(o.uploadDir),
		fusion.WithDownloadDir(o.downloadDir),
		fusion.WithMaxUpload(o.maxUpload),
		fusion.WithAllowDestructive(isTrue(p.fromEnv("MCP_FUSION_ALLOW_DESTRUCTIVE", ""))),
		fusion.WithConnections(connections),
		fusion.WithLookup(d.lookup(p.env.Lookup)),
	}
	if d.running() {
		opts = append(opts, fusion.WithEmbedded("demo.json", configs.Demo))
	}
	return fusion.New(opts...)
}

// expand puts the home directory in the place of ~.
func (p program) expand(configs []string) []string {
	paths := make([]string, len(configs))
	for i, path := range configs {
		paths[i] = p.env.ExpandPath(path)
	}
	return paths
}

func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "1":
		return true
	default:
		return false
	}
}
