package connect

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
	// Tenant is the short id of whose page it is; "" for nobody's.
	Tenant string
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
		p.failed(r.Context(), err)
		http.Error(w, "Internal server error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // a failure is the client's
}

// renderFor answers with a page for who is signed in.
func (p *Pages) renderFor(v *visit, status int, content page) {
	content.Tenant, content.SignedIn = v.tenant.ShortID(), p.local.IsEmpty()
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
	p.gateway.Refuse(r.Context(), text)
	p.render(w, r, status, page{Title: "That did not work", name: "message", Content: messageView{text}})
}

// fail answers for what went wrong here, if there is still somebody to answer.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	if id := p.failed(r.Context(), err); id != "" {
		p.refuse(w, r, http.StatusInternalServerError, failureText(id))
	}
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
