package fusion

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// check says what is wrong with a normalised value; "" when nothing is. Its
// verdict is that of the published schema, and stricter in three things:
// patterns that cannot be published, numbers beyond config.MaxExponent, and
// time tokens beyond a hundred years.
func (p *param) check(v any) string {
	if p.loose && config.Equal(v, p.ready) {
		return ""
	}
	if v == nil {
		return "is null; leave it out instead"
	}
	if wrong := checkType(v, p.Type); wrong != "" {
		return wrong
	}
	if wrong := p.checkElements(v); wrong != "" {
		return wrong
	}
	if p.Location != config.InFile && (p.Type == config.String || p.Type == config.Object) { // the other types are done
		if wrong := checkReach(v); wrong != "" {
			return wrong
		}
	}
	return p.checkRules(v)
}

var typeTexts = map[config.Type]string{
	config.String: "a string", config.Number: "a number", config.Integer: "an integer",
	config.Boolean: "true or false", config.Array: "an array", config.Object: "an object",
}

// checkType says what is wrong with a value that is not of the type; any value
// is of the type "".
func checkType(v any, t config.Type) string {
	ok := true
	switch t {
	case config.String:
		_, ok = v.(string)
	case config.Boolean:
		_, ok = v.(bool)
	case config.Array:
		_, ok = v.([]any)
	case config.Object:
		_, ok = v.(map[string]any)
	case config.Number, config.Integer:
		return checkNumber(v, t)
	}
	if !ok {
		return fmt.Sprintf("is %s; must be %s", echo(v), typeTexts[t])
	}
	return ""
}

func checkNumber(v any, t config.Type) string {
	n, ok := v.(json.Number)
	if !ok {
		return fmt.Sprintf("is %s; must be %s", echo(v), typeTexts[t])
	}
	if wrong := checkReach(n); wrong != "" {
		return wrong
	}
	if d, _ := config.ParseDecimal(string(n)); t == config.Integer && !d.IsInteger() {
		return fmt.Sprintf("is %s; must be %s", echo(v), typeTexts[t])
	}
	return ""
}

// checkElements checks an array's elements; their numbering starts at 1.
func (p *param) checkElements(v any) string {
	list, ok := v.([]any)
	if !ok {
		return ""
	}
	for i, element := range list {
		wrong := checkType(element, p.Items)
		if wrong == "" {
			wrong = checkReach(element)
		}
		if wrong != "" {
			return "element " + strconv.Itoa(i+1) + " " + wrong
		}
	}
	return ""
}

// checkReach refuses, at any depth, numbers that few programs can read, and
// time tokens that normalising left where they were.
func checkReach(v any) string {
	switch v := v.(type) {
	case json.Number:
		if _, ok := config.ParseDecimal(string(v)); !ok {
			return fmt.Sprintf("is %s; its power of ten must be between -%d and %[2]d", echo(v), config.MaxExponent)
		}
	case string:
		if hasToken(v) {
			return fmt.Sprintf("is %s; a time token must stay within 100 years", echo(v))
		}
	case []any:
		return checkInside(slices.Values(v))
	case map[string]any:
		return checkInside(maps.Values(v))
	}
	return ""
}

func checkInside(members iter.Seq[any]) string {
	for member := range members {
		if wrong := checkReach(member); wrong != "" {
			return "has a member that " + strings.TrimPrefix(wrong, "has a member that ")
		}
	}
	return ""
}
