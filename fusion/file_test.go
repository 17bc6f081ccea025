package fusion

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sentPart is one part of a body as it arrives.
type sentPart struct{ field, name, kind, data string }

// partsOf reads a multipart body as a server does.
func partsOf(t testing.TB, r *http.Request) []sentPart {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	reader := multipart.NewReader(strings.NewReader(bodyText(t, r)), params["boundary"])
	var parts []sentPart
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return parts
		}
		require.NoError(t, err)
		for header := range part.Header {
			require.Contains(t, []string{"Content-Disposition", "Content-Type"}, header)
		}
		data, err := io.ReadAll(part)
		require.NoError(t, err)
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		require.NoError(t, err)
		parts = append(parts, sentPart{disposition["name"], disposition["filename"], part.Header.Get("Content-Type"), string(data)})
	}
}

const fileParameters = `
	{"name":"content","type":"string","location":"file","fileNameParam":"title","transform":{"targetName":"file"}},
	{"name":"second","type":"string","location":"file"},
	{"name":"name","alias":"title","type":"string","location":"query"},
	{"name":"a.b","type":"number","location":"body"},
	{"name":"list","type":"array","location":"body","arrayFormat":"brackets"},
	{"name":"comma","type":"array","location":"body","arrayFormat":"comma"},
	{"name":"o","type":"object","location":"body"},
	{"name":"Content-Type","type":"string","location":"header"}`

func TestFilesAreSentWithTheFieldsOfTheBody(t *testing.T) {
	f := loadEndpoints(t, "http://h", encoded(`{"encoding":"form"}`, fileParameters))
	require.Empty(t, f.Warnings())
	r, err := build(t, f.tool("s_e"), parse(t, `{"content":"a,b\r\n#DAYS-7","second":"iVBORw0KGgo=","title":"übung \"1\".csv",
		"a.b":1735689600.10,"list":["x","y"],"comma":[1,2],"o":{"k":1.0},"Content-Type":"text/plain"}`))
	require.NoError(t, err)
	require.Equal(t, []sentPart{
		{"a.b", "", "", "1735689600.10"},
		{"list[]", "", "", "x"},
		{"list[]", "", "", "y"},
		{"comma", "", "", "1,2"},
		{"o", "", "", `{"k":1.0}`},
		{"file", `übung "1".csv`, mime.TypeByExtension(".csv"), "a,b\r\n#DAYS-7"},
		{"second", "attachment.png", "image/png", "\x89PNG\r\n\x1a\n"},
	}, partsOf(t, r))
	require.Equal(t, "name=%C3%BCbung%20%221%22.csv", r.URL.RawQuery, "the name is sent where it belongs as well")
}

func TestWithoutAFileTheBodyIsAsUsual(t *testing.T) {
	for encoding, want := range map[string]string{"form": "a.b=1", "json": `{"a":{"b":1}}`} {
		tool := loadEndpoints(t, "http://h", encoded(`{"encoding":"`+encoding+`"}`, fileParameters)).tool("s_e")
		r, err := build(t, tool, parse(t, `{"a.b":1}`))
		require.NoError(t, err)
		require.Equal(t, want, bodyText(t, r))
	}
	alone := loadEndpoints(t, "http://h", encoded(`{}`, `{"name":"f","type":"string","location":"file"}`)).tool("s_e")
	r, err := build(t, alone, Arguments{})
	require.NoError(t, err)
	require.Nil(t, r.Body)
	r, err = build(t, alone, parse(t, `{"f":""}`))
	require.NoError(t, err)
	require.Equal(t, []sentPart{{"f", "attachment.txt", "text/plain; charset=utf-8", ""}}, partsOf(t, r))
}

func TestAMessageBesideAFileIsAField(t *testing.T) {
	tool := loadEndpoints(t, "http://h", encoded(`{"encoding":"rfc2822_base64url","wrapperPath":"message.raw"}`,
		mailParameters+`,{"name":"f","type":"string","location":"file"}`)).tool("s_e")
	r, err := build(t, tool, parse(t, `{"body":"x","note":"n","f":"y"}`))
	require.NoError(t, err)
	parts := partsOf(t, r)
	require.Len(t, parts, 3)
	message, err := base64.RawURLEncoding.DecodeString(parts[0].data)
	require.NoError(t, err)
	require.Equal(t, "message.raw", parts[0].field)
	require.True(t, bytes.HasSuffix(message, []byte("\r\n\r\nx")))
	require.Equal(t, []sentPart{{"note", "", "", "n"}, {"f", "attachment.txt", "text/plain; charset=utf-8", "y"}}, parts[1:])
}

func TestContentIsTextOrBase64(t *testing.T) {
	long := strings.Repeat("\x00\x01\xd3\xaa", 6)
	for _, c := range []struct{ given, kind, want string }{
		{"", "", ""},
		{"hello", "", "hello"},
		{"test", "", "test"},
		{"README", "", "README"},
		{"KEY=", "", "KEY="},
		{"usr/local/bin", "", "usr/local/bin"},
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"averylongwordWithoutAnyDigits", "", "averylongwordWithoutAnyDigits"},
		{"Key1=", "", "Key1="},
		{"Key,1\n", "", "Key,1\n"},
		{"aGVsbG8=", "", "hello"},
		{"aGVsbG8=\n", "", "hello"},
		{"aGVs\r\nbG8=\r\n", "", "hello"},
		{"aGVsbG9=", "", "aGVsbG9="},
		{base64.StdEncoding.EncodeToString([]byte(long)), "", long},
		{"data:application/pdf;base64,JVBERi0=", "application/pdf", "%PDF-"},
		{"data:text/plain;charset=UTF-8;base64,w7w=", "text/plain; charset=UTF-8", "ü"},
		{"data:;base64,w7w=", "", "ü"},
		{"data:nonsense;base64,w7w=", "", "ü"},
		{"data:text/html;a=\"\r\nX-Evil: 1\";base64,w7w=", "", "ü"},
		{"data:text/plain,ü", "", "data:text/plain,ü"},
		{"data:text/plain;base64,ü", "", "data:text/plain;base64,ü"},
	} {
		kind, data := fileContent(c.given)
		require.Equal(t, c.want, string(data), c.given)
		require.Equal(t, c.kind, kind, c.given)
	}
}

func TestNamesOfFiles(t *testing.T) {
	tool := loadEndpoints(t, "http://h", encoded(`{}`, fileParameters)).tool("s_e")
	for _, c := range []struct{ title, content, name, kind string }{
		{"", "x", "attachment.txt", "text/plain; charset=utf-8"},
		{"..", "x", "attachment.txt", "text/plain; charset=utf-8"},
		{"../../etc/passwd", "x", "passwd", "text/plain; charset=utf-8"},
		{`C:\Users\x.pdf`, "x", "x.pdf", "application/pdf"},
		{" a.pdf ", "x", "a.pdf", "application/pdf"},
		{"a.pdf", "data:image/png;base64,", "a.pdf", "image/png"},
		{"", "data:image/jpeg;base64,", "attachment.jpg", "image/jpeg"},
		{"", "data:application/x-unheard-of;base64,", "attachment.bin", "application/x-unheard-of"},
		{`a"; filename="b`, "x", `a"; filename="b`, "text/plain; charset=utf-8"},
	} {
		r, err := build(t, tool, Arguments{values: map[string]any{"title": c.title, "content": c.content}})
		require.NoError(t, err)
		part := partsOf(t, r)[0]
		require.Equal(t, []string{c.name, c.kind}, []string{part.name, part.kind}, c.title)
	}
	_, err := build(t, tool, parse(t, `{"title":"a\r\nX-Evil: 1","content":"x"}`))
	require.Equal(t, argumentError("title", `is "a\r\nX-Evil: 1"; the name of a file must not have control characters`), err)
}

func TestFilesArriveAtARealServer(t *testing.T) {
	f := loadEndpoints(t, startBin(t), encoded(`{}`, fileParameters))
	const binary = "\x00\x01\r\n--\r"
	result, err := f.call("s_e", fmt.Sprintf(`{"content":"data:application/octet-stream;base64,%s","title":"x.bin","a.b":1.0,"list":["x"]}`,
		base64.StdEncoding.EncodeToString([]byte(binary))))
	require.NoError(t, err)
	got := decode(t, result.Content).(map[string]any)
	require.JSONEq(t, `{"a.b":["1.0"],"list[]":["x"]}`, string(marshal(got["form"])))
	require.Equal(t, map[string]any{"file": []any{binary}}, got["files"])
}

// FuzzFile holds that whatever is given, a body has the parts that it is to
// have, with the headers that they are to have.
func FuzzFile(f *testing.F) {
	tool := loadEndpoints(f, "http://h", encoded(`{}`, fileParameters)).tool("s_e")
	f.Add("content", "name.txt", "field")
	f.Add("data:text/html;x=\"\r\nX: 1\";base64,AAAA", "a\"\r\nX: 1", "--\r\n")
	f.Add("data:a/b;x=%0D%0A;base64,", "\\\"", "\xff")
	f.Add("QUJD/+==", "..", "")
	f.Fuzz(func(t *testing.T, content, title, field string) {
		r, err := build(t, tool, Arguments{values: map[string]any{"content": content, "title": title, "list": []any{field}}})
		if err != nil {
			require.IsType(t, &ArgumentError{}, err)
			return
		}
		parts := partsOf(t, r)
		require.Len(t, parts, 2)
		require.Equal(t, sentPart{"list[]", "", "", field}, parts[0])
		require.Equal(t, "file", parts[1].field)
		_, data := fileContent(content)
		require.Equal(t, string(data), parts[1].data)
	})
}
