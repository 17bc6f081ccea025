package fusion

import (
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// param is a parameter with all that a call needs of it. It never changes.
type param struct {
	*config.Parameter
	// key is the name at the API.
	key   string
	index int // in Tool.params and values

	// expression computes what is sent of a value; nil for the value itself.
	expression expression

	// reduce is set for config.CompactDate: values become YYYYMMDD.
	reduce bool
	// loose is set when the default is outside the rules: it is sent as it
	// is, and also taken as an argument.
	loose bool
	// ready is the default, normalised; with relative set it holds time
	// tokens and is normalised at each call.
	ready    any
	relative bool
}

// secrets are what a hidden parameter has of the environment: people keep keys
// there. Behind a word such as Bearer the key stands alone as well.
func (p *param) secrets() []global.Secret {
	text, ok := p.Default.(string)
	if !ok || !p.FromVariable {
		return nil
	}
	secrets := []global.Secret{global.NewSecret(text)}
	if _, key, ok := strings.Cut(text, " "); ok {
		secrets = append(secrets, global.NewSecret(key))
	}
	return secrets
}

// newParam prepares a parameter.
func newParam(from *config.Parameter, index int) *param {
	p := &param{
		Parameter: from, key: from.SentName(), index: index, reduce: from.IsCompactDate(),
		expression: newExpression(from.Transform.Expression),
	}
	if from.HasDefault {
		p.prepareDefault()
	}
	return p
}

// prepareDefault finds out whether the default can be sent like an argument.
func (p *param) prepareDefault() {
	p.ready = p.normalise(p.Default, time.Now(), false)
	p.relative = hasToken(p.Default)
	if p.check(p.ready) != "" {
		p.ready, p.loose = p.Default, true
	}
}

// fallback returns what is sent when there is no argument.
func (p *param) fallback(now time.Time) any {
	switch {
	case p.relative && p.loose:
		return expandDeep(p.Default, now)
	case p.relative:
		return p.normalise(p.Default, now, false)
	}
	return p.ready
}

// visible reports whether callers may give the parameter.
func (p *param) visible() bool { return !p.Static && !p.Unused }

// needed reports whether a call without the argument is wrong. A placeholder
// always needs a value.
func (p *param) needed() bool {
	return !p.HasDefault && (p.Required || p.Location == config.InPath)
}
