package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/PivotLLM/MCPFusion/configs"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// load reads the configuration. What is wrong with it is printed, a line for
// each problem.
func (p program) load(o options, logger global.Logger, d demo) (*fusion.Fusion, error) {
	paths := make([]string, len(o.configs))
	for i, path := range o.configs {
		paths[i] = p.env.ExpandPath(path)
	}
	opts := []fusion.Option{
		fusion.WithLogger(logger),
		fusion.WithJSONConfig(paths...),
		fusion.WithSkipUnsupported(o.skipUnsupported),
		fusion.WithMaxResult(o.maxResult),
		fusion.WithMaxUpstream(o.maxUpstream),
		fusion.WithAllowDestructive(isTrue(p.fromEnv("MCP_FUSION_ALLOW_DESTRUCTIVE", ""))),
		fusion.WithLookup(d.lookup(p.env.Lookup)),
	}
	if d.running() {
		opts = append(opts, fusion.WithEmbedded("demo.json", configs.Demo))
	}
	tools, err := fusion.New(opts...)
	var wrong *config.Error
	if errors.As(err, &wrong) {
		fmt.Fprintln(p.stderr, wrong)
		return nil, errReported
	}
	return tools, err
}

func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "1":
		return true
	default:
		return false
	}
}
