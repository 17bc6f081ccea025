package fusion

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const mailParameters = `
	{"name":"to","type":"string","location":"body"},
	{"name":"cc","type":"array","items":"string","location":"body"},
	{"name":"bcc","type":"string","location":"body"},
	{"name":"subject","type":"string","location":"body"},
	{"name":"body","type":"string","location":"body"},
	{"name":"thread","type":"string","location":"body","transform":{"targetName":"message.threadId"}},
	{"name":"note","type":"string","location":"body"}`

func mailTool(t testing.TB) *Tool {
	t.Helper()
	f := loadEndpoints(t, "http://h", encoded(`{"encoding":"rfc2822_base64url","wrapperPath":"message.raw"}`, mailParameters))
	require.Empty(t, f.Warnings())
	return f.tool("s_e")
}

// rawMail returns the message that a tool sends, and the rest of the body.
func rawMail(t testing.TB, tool *Tool, args Arguments) (raw string, rest map[string]any) {
	t.Helper()
	r, err := build(t, tool, args)
	require.NoError(t, err)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	rest = decode(t, []byte(bodyText(t, r))).(map[string]any)
	message, ok := rest["message"].(map[string]any)
	require.True(t, ok, rest)
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(message["raw"].(string))
	require.NoError(t, err)
	delete(message, "raw")
	return string(decoded), rest
}

func TestMessages(t *testing.T) {
	raw, rest := rawMail(t, mailTool(t), parse(t, `{"to":"anna@example.com, \"Bond, James\" <james@example.com>","cc":["Zoë <zoe@example.com>","x@y.z"],
		"bcc":"b@example.com","subject":"Hello, world","body":"One = 1\né\r\n.\n","thread":"t1","note":"n"}`))
	require.Equal(t, "To: anna@example.com,\r\n \"Bond, James\" <james@example.com>\r\n"+
		"Cc: =?utf-8?B?Wm/Dqw==?=\r\n <zoe@example.com>,\r\n x@y.z\r\n"+
		"Bcc: b@example.com\r\n"+
		"Subject: Hello, world\r\n"+
		"MIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n"+
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"+
		"One =3D 1\r\n=C3=A9\r\n.\r\n", raw)
	require.Equal(t, map[string]any{"message": map[string]any{"threadId": "t1"}, "note": "n"}, rest)
}

func TestMessagesOfLittle(t *testing.T) {
	const end = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	for given, want := range map[string]string{
		`{"body":"x"}`:           end + "x",
		`{"to":" ","body":""}`:   end,
		`{"to":"a@b","cc":[]}`:   "To: a@b\r\n" + end,
		`{"subject":"","to":""}`: end,
	} {
		raw, _ := rawMail(t, mailTool(t), parse(t, given))
		require.Equal(t, want, raw, given)
	}
	r, err := build(t, mailTool(t), parse(t, `{"thread":"t"}`))
	require.NoError(t, err)
	require.Equal(t, `{"message":{"threadId":"t"}}`, bodyText(t, r), "no message without a word")
}

func TestMessagesAreReadAsTheyWereWritten(t *testing.T) {
	words := new(mime.WordDecoder)
	for _, text := range []string{
		"plain", "a: b; c", `quotes " and \`, "ü", "日本語の件名", strings.Repeat("x", 66), strings.Repeat("x", 2000), strings.Repeat("ü€😀 ", 300),
		"=?utf-8?Q?a=0D=0AX-Evil:_1?=", " spaces  around ", "😀",
	} {
		args := Arguments{values: map[string]any{"subject": text, "to": (&mail.Address{Name: text, Address: "a@example.com"}).String(), "body": text}}
		raw, _ := rawMail(t, mailTool(t), args)
		for line := range strings.SplitSeq(raw, "\r\n") {
			require.LessOrEqual(t, len(line), 998, line)
			require.True(t, len(line) <= 76 || !strings.Contains(line, "=?"), line)
			require.NotContains(t, line, "\n")
		}
		m, err := mail.ReadMessage(strings.NewReader(raw))
		require.NoError(t, err)
		decoded, err := words.DecodeHeader(m.Header.Get("Subject"))
		require.NoError(t, err)
		require.Equal(t, text, decoded)
		to, err := m.Header.AddressList("To")
		require.NoError(t, err, raw)
		require.Equal(t, "a@example.com", to[0].Address)
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		require.NoError(t, err)
		require.Equal(t, text, string(body))
	}
}

func TestWhatCannotStandInAMessage(t *testing.T) {
	const list = `; must be e-mail addresses such as anna@example.com or "Anna" <anna@example.com>, separated by commas`
	for _, c := range []struct{ name, given, want string }{
		{"to", "anna", `is "anna"` + list},
		{"to", "undisclosed-recipients:;", `is "undisclosed-recipients:;"` + list},
		{"to", "a@b; c@d", `is "a@b; c@d"` + list},
		{"to", "a@b\r\nBcc: c@d", `is "a@b\r\nBcc: c@d"; it is sent in a header and must not have control characters, such as line breaks`},
		{"bcc", "=?utf-8?B?YQ0KWDogMQ==?= <a@b>", `has an address with a control character, such as a line break`},
		{"to", "=?utf-7?Q?a?= <a@b>", `is "=?utf-7?Q?a?= <a@b>"` + list},
		{"to", "a@bücher.example", `has the address "a@bücher.example"; addresses must be ASCII (a domain begins with xn-- then)`},
		{"subject", "a\nX-Evil: 1", `is "a\nX-Evil: 1"; it is sent in a header and must not have control characters, such as line breaks`},
		{"subject", "a\x00", `is "a\u0000"; it is sent in a header and must not have control characters, such as line breaks`},
	} {
		_, err := build(t, mailTool(t), Arguments{values: map[string]any{c.name: c.given}})
		require.Equal(t, argumentError(c.name, c.want), err, c.given)
	}
	_, err := build(t, mailTool(t), parse(t, `{"to":"x","cc":["y"],"subject":"\n"}`))
	require.Len(t, err.(*ArgumentError).Problems, 3, "all are named together")
	_, err = build(t, mailTool(t), Arguments{values: map[string]any{"to": strings.Repeat("a", 300) + "@b"}})
	require.ErrorContains(t, err, "has an address that is too long")
	hidden := loadEndpoints(t, "http://h", encoded(`{"encoding":"rfc2822_base64url","wrapperPath":"raw"}`,
		`{"name":"bcc","type":"string","location":"body","static":true,"default":"canary"}`)).tool("s_e")
	_, err = build(t, hidden, Arguments{})
	require.Equal(t, argumentError("bcc", badDefault), err)
}

// FuzzMail holds that whatever is given, a message has the headers that it is
// to have, and the body that was given.
func FuzzMail(f *testing.F) {
	tool := mailTool(f)
	f.Add("a@b", "Subject", "body")
	f.Add("\"x\r\nBcc: e@f\" <a@b>, =?utf-8?b?DQpYOiAx?= <c@d>", "a\r\n\r\nX", "=\r\n.\r\n\r\nX: 1")
	f.Add("Group: a@b, c@d;", "=?utf-8?q?=0D=0A?=", "\r")
	f.Add("é <\"a b\"@c>", "\xff\u2028", strings.Repeat("é", 100))
	f.Fuzz(func(t *testing.T, to, subject, body string) {
		args := Arguments{values: map[string]any{"to": to, "subject": subject, "body": body}}
		if _, err := build(t, tool, args); err != nil {
			require.IsType(t, &ArgumentError{}, err)
			return
		}
		raw, _ := rawMail(t, tool, args)
		m, err := mail.ReadMessage(strings.NewReader(raw))
		require.NoError(t, err)
		for name, values := range m.Header {
			require.Contains(t, []string{"To", "Subject", "Mime-Version", "Content-Type", "Content-Transfer-Encoding"}, name)
			require.Len(t, values, 1)
		}
		require.Empty(t, strings.Trim(raw, "\t\r\n ~!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}"))
		got, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		require.NoError(t, err)
		lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
		require.Equal(t, lines.Replace(validText(body)), lines.Replace(string(got)))
	})
}
