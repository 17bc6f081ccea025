package fusion

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"slices"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// mailer makes a message (RFC 5322, RFC 2045) of some parameters. The message
// takes the place of a further parameter.
type mailer struct {
	headers []mailHeader
	text    *param // nil when no parameter is the text
	place   *param
}

// mailHeader is a header of a message, and how its value is written.
type mailHeader struct {
	name  string
	param *param
	write func(text string) (value, wrong string)
}

// newMailer takes the parameters of the message out of those in the body, and
// returns what the body then has.
func newMailer(wrapperPath string, params []*param) (m *mailer, rest []*param) {
	place := &config.Parameter{Name: wrapperPath, Location: config.InBody}
	m = &mailer{place: &param{Parameter: place, key: wrapperPath, index: len(params)}}
	rest = []*param{m.place}
	byName := make(map[string]*param)
	for _, p := range params {
		switch {
		case p.Location != config.InBody:
		case p.InMessage():
			byName[p.Name] = p
		default:
			rest = append(rest, p)
		}
	}
	for _, h := range []mailHeader{
		{"To", byName["to"], addressList},
		{"Cc", byName["cc"], addressList},
		{"Bcc", byName["bcc"], addressList},
		{"Subject", byName["subject"], subject},
	} {
		if h.param != nil {
			m.headers = append(m.headers, h)
		}
	}
	m.text = byName["body"]
	return m, rest
}

// add adds the encoded message to the values. Nothing is added when there is
// nothing to tell.
func (m *mailer) add(v values) (values, error) {
	message, problems := m.message(v)
	switch {
	case problems != nil:
		return nil, &ArgumentError{Problems: problems}
	case message == nil:
		return append(slices.Clone(v), absent), nil
	}
	return append(slices.Clone(v), base64.RawURLEncoding.EncodeToString(message)), nil
}

// message writes the message; nil when no parameter has a value.
func (m *mailer) message(v values) (message []byte, problems []ArgumentProblem) {
	var b bytes.Buffer
	told := m.text != nil && v.has(m.text)
	for _, h := range m.headers {
		if !v.has(h.param) {
			continue
		}
		told = true
		value, wrong := h.write(h.param.text(v[h.param.index]))
		if wrong != "" {
			problems = append(problems, h.param.problem(wrong))
		} else if value != "" {
			b.WriteString(h.name + ": " + value + "\r\n")
		}
	}
	if problems != nil || !told {
		return nil, problems
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	if m.text != nil {
		writeMailText(&b, m.text.text(v[m.text.index]))
	}
	return b.Bytes(), nil
}

// writeMailText never fails: what is behind it is memory.
func writeMailText(b *bytes.Buffer, text string) {
	w := quotedprintable.NewWriter(b)
	_, _ = w.Write([]byte(validText(text)))
	_ = w.Close()
}
