package fusion

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// newConversion compiles a function without arguments. In an array it
// converts each element; toString makes one text of it.
func newConversion(f config.Function) expression {
	convert := func(v any) (any, error) {
		if _, ok := v.(map[string]any); ok {
			return nil, unfit(fmt.Sprintf("is %s; %s cannot be used on an object", echo(v), f))
		}
		switch f {
		case config.Uppercase:
			return strings.ToUpper(plainText(v)), nil
		case config.Lowercase:
			return strings.ToLower(plainText(v)), nil
		case config.Trim:
			return strings.TrimSpace(plainText(v)), nil
		}
		return toNumber(v, f == config.ToInt)
	}
	return func(_ context.Context, v any) (any, error) {
		if f == config.ToString {
			return plainText(v), nil
		}
		return convertEach(v, convert)
	}
}

// convertEach converts a value, or each element of an array.
func convertEach(v any, convert func(any) (any, error)) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return convert(v)
	}
	out := make([]any, len(list))
	for i, element := range list {
		converted, err := convertEach(element, convert)
		if err != nil {
			return nil, err
		}
		out[i] = converted
	}
	return out, nil
}

// plainText is a value as text: a string as it is, anything else as JSON.
func plainText(v any) string {
	if v == nil {
		return ""
	}
	return scalarText(v)
}

// toNumber reads a number, which keeps its spelling unless it is to be whole.
// A fraction is cut off.
func toNumber(v any, whole bool) (any, error) {
	text := numeral(v)
	d, ok := config.ParseDecimal(text)
	switch {
	case !ok:
		return nil, unfit(fmt.Sprintf("is %s; it must be a number", echo(v)))
	case whole:
		return json.Number(d.Integer()), nil
	}
	return json.Number(text), nil
}

// numeral spells a number as JSON does, which knows no leading plus or zeros,
// and no number that begins with the point.
func numeral(v any) string {
	text, ok := v.(string)
	if !ok {
		return plainText(v)
	}
	text, negative := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(text), "+"), "-")
	digits := strings.TrimLeft(text, "0")
	if digits != text && (digits == "" || digits[0] < '0' || digits[0] > '9') || strings.HasPrefix(digits, ".") {
		digits = "0" + digits
	}
	if negative {
		return "-" + digits
	}
	return digits
}
