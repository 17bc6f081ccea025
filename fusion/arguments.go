package fusion

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/url"
)

// Arguments are what a caller gives to a tool, before normalising. The zero
// value is none. They are not changed by a call and may be used for several.
type Arguments struct {
	values map[string]any
	// query is set when the values come from a URL: all of them are strings
	// then, and a name that was given once may still mean an array.
	query bool
}

// ParseArguments reads a JSON object; nothing and null are no arguments.
// Numbers keep their spelling. Anything else, and a name that is given twice,
// is an [*ArgumentError].
func ParseArguments(raw []byte) (Arguments, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return Arguments{}, nil
	}
	if raw[0] != '{' {
		return Arguments{}, argumentError("", "the arguments are not a JSON object")
	}
	values, err := parseObject(raw)
	if err == nil {
		return Arguments{values: values}, nil
	}
	if wrong, ok := errors.AsType[*ArgumentError](err); ok {
		return Arguments{}, wrong
	}
	return Arguments{}, argumentError("", "the arguments are not valid JSON: "+clip(err.Error(), maxEcho))
}

// parseObject reads one object, and nothing after it. It goes through the
// names itself, because encoding/json would silently keep the last of two.
func parseObject(raw []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	values := make(map[string]any)
	for d.More() {
		if err := parseMember(d, values); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the object")
	}
	return values, nil
}

// parseMember reads one name with its value.
func parseMember(d *json.Decoder, values map[string]any) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	if _, ok := values[name]; ok {
		return argumentError(clip(name, maxEcho), "is given twice")
	}
	var value any
	if err := d.Decode(&value); err != nil {
		return err
	}
	values[name] = value
	return nil
}

// QueryArguments takes the arguments from a URL's query. A repeated name is
// an array; a name that is given once is an array of one where the parameter
// is an array and the value is not one in JSON.
func QueryArguments(q url.Values) Arguments {
	values := make(map[string]any, len(q))
	for name, given := range q {
		switch len(given) {
		case 0:
		case 1:
			values[name] = given[0]
		default:
			list := make([]any, len(given))
			for i, v := range given {
				list[i] = v
			}
			values[name] = list
		}
	}
	return Arguments{values: values, query: true}
}

// Get returns an argument as it was given: of a query a string, or a []any of
// strings.
func (a Arguments) Get(name string) (value any, given bool) {
	value, given = a.values[name]
	return value, given
}

// Without returns the arguments but for one.
func (a Arguments) Without(name string) Arguments {
	a.values = maps.Clone(a.values)
	delete(a.values, name)
	return a
}

// Query writes arguments as QueryArguments reads them.
func (a Arguments) Query() url.Values {
	q := make(url.Values, len(a.values))
	for name, value := range a.values {
		list, ok := value.([]any)
		if !ok || !a.query {
			q.Set(name, scalarText(value))
			continue
		}
		for _, element := range list {
			q.Add(name, scalarText(element))
		}
	}
	return q
}
