package fusion

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The oracle reads people's files on its own, and says what a call has to
// send. It shares no code with what it judges.

type oracleFile struct {
	Services map[string]oracleService
}

type oracleService struct {
	BaseURL string
	Auth    struct {
		Type   string
		Config struct {
			Fields []struct{ Name, Location, ParamName string }
		}
	}
	Endpoints []oracleEndpoint
}

type oracleEndpoint struct {
	ID, Method, Path, BaseURL string
	Parameters                []*oracleParam
	RequestBody               struct{ Encoding, WrapperPath string }
}

type oracleParam struct {
	Name, Alias, Type, Items, Location, ArrayFormat, FileNameParam string
	Required, Static, Quoted                                       bool
	Default                                                        any
	Transform                                                      struct{ TargetName, Expression string }
	Transforms                                                     []string
	Validation                                                     struct {
		Pattern string
		Enum    []any
	}
	Enum     []any // an older place for validation.enum
	Examples []any
}

// readOracle reads one file.
func readOracle(t *testing.T, name string) map[string]oracleService {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var file oracleFile
	require.NoError(t, d.Decode(&file))
	return file.Services
}

func (p *oracleParam) shown() string {
	if p.Alias != "" {
		return p.Alias
	}
	return regexp.MustCompile(`[^A-Za-z0-9_.-]`).ReplaceAllString(p.Name, "")
}

func (p *oracleParam) key() string {
	if p.Transform.TargetName != "" {
		return p.Transform.TargetName
	}
	return p.Name
}

// hidden reports whether callers cannot give the parameter.
func (p *oracleParam) hidden(e oracleEndpoint) bool {
	return p.Static || p.Location == "path" && !strings.Contains(e.Path, "{"+p.key()+"}")
}

// anything stands for what the oracle does not know.
const anything = "(anything)"

var (
	oracleToken   = regexp.MustCompile(`#(DAYS|HOURS|MINS)[+-]\d`)
	oracleDay     = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})`)
	oracleOfDay   = regexp.MustCompile(`^concat\(slice\(0,4\), '-', slice\(4,6\), '-', slice\(6,8\), '([^']*)'\)$`)
	oracleCompact = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
)

// sends returns the value that is sent; ok is false for none.
func (p *oracleParam) sends(e oracleEndpoint, args map[string]any) (v any, ok bool) {
	v, ok = args[p.shown()]
	switch {
	case p.hidden(e) && !p.Static:
		return nil, false
	case !ok || p.Static:
		v = p.Default
	}
	text, isText := v.(string)
	switch {
	case v == nil:
		return nil, false
	case isText && oracleToken.MatchString(text), len(p.Transforms) > 0:
		return anything, true
	case isText && p.Validation.Pattern == `^\d{8}$` && oracleDay.MatchString(text):
		text = strings.ReplaceAll(text[:10], "-", "")
		v = text
	}
	if found := oracleOfDay.FindStringSubmatch(p.Transform.Expression); found != nil {
		return oracleCompact.ReplaceAllString(text, "$1-$2-$3") + found[1], true
	}
	if p.Transform.Expression != "" && p.Transform.Expression != "." {
		return anything, true
	}
	return v, true
}

// text is a value outside JSON.
func (p *oracleParam) text(v any) string {
	var text string
	switch v := v.(type) {
	case []any:
		var texts []string
		for _, element := range v {
			texts = append(texts, p.text(element))
		}
		return strings.Join(texts, ",")
	case string:
		text = v
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(v)
		text = strings.TrimSpace(b.String())
	}
	if p.Quoted && text != anything {
		return `"` + strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`) + `"`
	}
	return text
}

// fields are names with values, as in a query or a form.
func (e oracleEndpoint) fields(location string, args map[string]any) url.Values {
	fields := url.Values{}
	for _, p := range e.Parameters {
		v, ok := p.sends(e, args)
		list, isList := v.([]any)
		switch {
		case p.Location != location || !ok:
		case !isList || p.ArrayFormat == "comma":
			fields.Add(p.key(), p.text(v))
		default:
			for _, element := range list {
				fields.Add(p.key()+map[string]string{"brackets": "[]"}[p.ArrayFormat], p.text(element))
			}
		}
	}
	return fields
}

// path is the path with its values, not escaped.
func (e oracleEndpoint) path(args map[string]any) string {
	path, _, _ := strings.Cut(e.Path, "?")
	for _, p := range e.Parameters {
		if v, ok := p.sends(e, args); ok && p.Location == "path" {
			path = strings.ReplaceAll(path, "{"+p.key()+"}", p.text(v))
		}
	}
	return path
}

// object is the body in JSON; nil for none.
func (e oracleEndpoint) object(args map[string]any) map[string]any {
	var object map[string]any
	for _, p := range e.Parameters {
		if p.Location == "body" && object == nil && strings.HasPrefix(e.Method, "P") {
			object = map[string]any{}
		}
		v, ok := p.sends(e, args)
		if p.Location != "body" || !ok {
			continue
		}
		if object == nil {
			object = map[string]any{}
		}
		names := strings.Split(p.key(), ".")
		place := object
		for _, name := range names[:len(names)-1] {
			if _, ok := place[name].(map[string]any); !ok {
				place[name] = map[string]any{}
			}
			place = place[name].(map[string]any)
		}
		place[names[len(names)-1]] = v
	}
	return object
}
