package connect

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PivotLLM/MCPFusion/db"
)

//go:embed templates
var templateFiles embed.FS

// templates are the pages, each within the layout.
var templates = parseTemplates("signin", "list", "service", "disconnect", "leave", "message")

func parseTemplates(names ...string) map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"asset": assetPath, "sentence": sentence, "links": links,
		"stamp": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"human": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"join":  strings.Join,
	}).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html"))
	parsed := make(map[string]*template.Template)
	for _, name := range names {
		parsed[name] = template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return parsed
}

// page is what the layout shows.
type page struct {
	name  string // of the template
	Title string
	// Notice is shown above all else; nil for none.
	Notice *notice
	// SignedIn offers to sign out.
	SignedIn bool
	// Reload is where a browser without script looks anew; "" for nowhere.
	Reload  string
	Content any
}

// render answers with a page; nothing is sent of one that fails.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, content page) {
	var out bytes.Buffer
	if err := templates[content.name].Execute(&out, content); err != nil {
		p.Gateway.Fail(r.Context(), err)
		http.Error(w, "Internal server error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // a failure is the client's
}

// renderFor answers with a page for who is signed in.
func (p *Pages) renderFor(v *visit, status int, content page) {
	content.SignedIn = p.Local.IsEmpty()
	content.Notice = p.sessions.told(v.session)
	p.render(v.w, v.r, status, content)
}

// messageView is a page that only says something.
type messageView struct{ Text string }

const (
	textNoPage    = "There is no such page here."
	textNoService = "There is no such service here, or your API token does not include it."
)

func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	p.Gateway.Refuse(r.Context(), text)
	p.render(w, r, status, page{Title: "That did not work", name: "message", Content: messageView{text}})
}

// fail answers for what went wrong here, if there is still somebody to answer.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	if isOver(r.Context()) {
		return
	}
	id := p.Gateway.Fail(r.Context(), err)
	p.refuse(w, r, http.StatusInternalServerError, failureText(id))
}

// isOver reports whether a request has ended, perhaps because its tenant was
// deleted in this moment: then it failed for that, and is told so elsewhere.
func isOver(ctx context.Context) bool {
	if tenant, ok := db.FromContext(ctx); ok {
		tenant.Enforce()
	}
	return ctx.Err() != nil
}

func failureText(id string) string {
	return "Something went wrong on this server. Try again in a while. Its operator finds the cause by the number " + id + "."
}

// sentence makes one of a text that has neither a capital nor a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// part is a piece of a text: a link where URL is not "".
type part struct{ Text, URL string }

var address = regexp.MustCompile(`https?://[^\s<>"'()]+`)

// links finds the addresses in a text that an operator wrote.
func links(text string) (parts []part) {
	for {
		at := address.FindStringIndex(text)
		if at == nil {
			return append(parts, part{Text: text})
		}
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?")
		if _, err := url.Parse(found); err != nil {
			return append(parts, part{Text: text})
		}
		parts = append(parts, part{Text: text[:at[0]]}, part{found, found})
		text = text[at[0]+len(found):]
	}
}
