package fusion

import (
	"context"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// fileParam is a parameter that is sent as a file.
type fileParam struct {
	*param
	name *param // gives the file's name; nil when none does
}

// file is one file on its way.
type file struct {
	field, name, kind string
	data              []byte
}

// newFiles picks the parameters that are files.
func newFiles(params []*param) []*fileParam {
	var files []*fileParam
	for _, p := range params {
		if p.Location != config.InFile && p.Location != config.InFilePath {
			continue
		}
		f := &fileParam{param: p}
		named := func(other *param) bool {
			return other != p && (other.Name == p.FileNameParam || other.Shown == p.FileNameParam)
		}
		if i := slices.IndexFunc(params, named); p.FileNameParam != "" && i >= 0 {
			f.name = params[i]
		}
		files = append(files, f)
	}
	return files
}

// sent reports whether the call has this file. Models give an empty path for
// none.
func (p *fileParam) sent(v values) bool {
	none := p.Location == config.InFilePath && !p.Required && v[p.index] == ""
	return v.has(p.param) && v[p.index] != nil && !none
}

// open returns the file, or what is wrong with it.
func (p *fileParam) open(ctx context.Context, from *uploads, v values) (*file, []ArgumentProblem, error) {
	text := plainText(v[p.index])
	f := &file{field: p.key}
	if p.Location == config.InFile {
		f.kind, f.data = fileContent(text)
	} else {
		data, wrong, err := from.read(ctx, text)
		if wrong != "" || err != nil {
			return nil, []ArgumentProblem{p.problem(wrong)}, err
		}
		f.name, f.data = text, data
	}
	return f, p.setName(f, v), nil
}

// setName names the file: as the argument for it says, else as its path ends.
// It finds out the type from the name, where nobody has said it.
func (p *fileParam) setName(f *file, v values) []ArgumentProblem {
	if p.name != nil && v.has(p.name) && v[p.name.index] != nil {
		f.name = plainText(v[p.name.index])
		if config.HasControl(f.name) {
			return []ArgumentProblem{p.name.problem("is " + echo(f.name) + "; the name of a file must not have control characters")}
		}
	}
	f.name = lastElement(f.name)
	if f.kind == "" {
		f.kind = kindOf(f)
	}
	if f.name == "" {
		f.name = "attachment" + extension(f.kind)
	}
	return nil
}

// lastElement drops the folders (RFC 7578 section 4.2).
func lastElement(name string) string {
	name = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// kindOf is the media type that the name says, else the content.
func kindOf(f *file) string {
	if kind := mime.TypeByExtension(path.Ext(f.name)); kind != "" {
		return kind
	}
	return http.DetectContentType(f.data)
}

// usual are the extensions of types that have several.
var usual = map[string]string{"text/plain": ".txt", "text/html": ".html", "image/jpeg": ".jpg", "audio/mpeg": ".mp3", "video/mp4": ".mp4"}

// extension is the usual one of a media type.
func extension(kind string) string {
	bare, _, _ := strings.Cut(kind, ";")
	if known, ok := usual[bare]; ok {
		return known
	}
	if found, _ := mime.ExtensionsByType(bare); len(found) > 0 {
		return found[0]
	}
	return ".bin"
}
