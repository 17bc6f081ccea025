package fusion

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/textproto"
)

// multipart writes the fields and then the files (RFC 7578). Writing never
// fails: what is behind it is memory.
func (c *content) multipart(v values, files []*file) *payload {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range c.fields {
		for _, text := range p.texts(v[p.index]) {
			_ = w.WriteField(p.listKey(v[p.index]), text)
		}
	}
	for _, f := range files {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", multipart.FileContentDisposition(f.field, f.name))
		header.Set("Content-Type", f.kind)
		part, _ := w.CreatePart(header)
		_, _ = part.Write(f.data)
	}
	_ = w.Close()
	return &payload{kind: w.FormDataContentType(), data: b.Bytes(), bound: true}
}

// openFiles opens what the call sends; nil when it has no file. All files that cannot be used are
// named together.
func (c *content) openFiles(ctx context.Context, v values) ([]*file, error) {
	var files []*file
	var problems []ArgumentProblem
	for _, p := range c.files {
		if !p.sent(v) {
			continue
		}
		f, wrong, err := p.open(ctx, c.uploads, v)
		if err != nil {
			return nil, err
		}
		files, problems = append(files, f), append(problems, wrong...)
	}
	if problems != nil {
		return nil, &ArgumentError{Problems: bounded(problems)}
	}
	return files, nil
}
