package fusion

import (
	"net/url"
	"strings"
)

// next is what a page says of the one after it.
type next struct {
	ref pageRef
	// problem is why ref cannot be asked for; "" when it can.
	problem string
	none    bool
}

// next reads what a page says of the next one. A link is used without the
// credential, so that what names a page can be shown.
func (c *call) next(raw []byte, redact *redactor) next {
	found, _ := find(raw, c.tool.paging.NextPageTokenPath)
	value := string(found.of(raw))
	switch value {
	case "", "null", `""`, "false", "0":
		return next{none: true}
	}
	if strings.ContainsRune("{[t", rune(value[0])) {
		return next{problem: "the API names the next one neither by a text nor by a number"}
	}
	ref := pageRef{Token: value}
	if text, ok := ref.token().(string); ok && c.tool.paging.isLink(text) {
		return c.nextLink(text, redact)
	}
	if string(redact.content([]byte(value))) != value {
		return next{problem: "the API names the next one by the service's credential"}
	}
	if p := c.tool.paging.token; p != nil && p.unsendable(ref.token()) != "" {
		return next{problem: "the API names the next one by what cannot be sent where it has to"}
	}
	return next{ref: ref}
}

// isLink tells a link from a token. Tokens in base64 may begin with a slash.
func (p *paging) isLink(text string) bool {
	lower := strings.ToLower(text)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") ||
		p.token == nil && (strings.HasPrefix(text, "/") || strings.HasPrefix(text, "?"))
}

// isCredential reports whether a pair of a query is one that the credential
// adds, or holds it. A short secret is an argument's value by chance.
func (c *call) isCredential(pair string, redact *redactor) bool {
	name, value, _ := strings.Cut(pair, "=")
	plainName, err := url.QueryUnescape(name)
	plain, err2 := url.QueryUnescape(value)
	return err == nil && c.added.Has(plainName) || err2 == nil && containsAny([]byte(plain), redact.long)
}

// nextLink checks where a link leads, and takes the credential out of it.
func (c *call) nextLink(link string, redact *redactor) next {
	to, problem := c.tool.target.follow(c.asked, link)
	if problem != "" {
		return next{problem: clean(redact.text(problem))} // the API chooses the origin
	}
	var pairs []string
	for pair := range strings.SplitSeq(to.RawQuery, "&") {
		if !c.isCredential(pair, redact) {
			pairs = append(pairs, pair)
		}
	}
	to.RawQuery = strings.Join(pairs, "&")
	if containsAny([]byte(to.String()), redact.long) {
		return next{problem: "the link to the next one has the service's credential in it"}
	}
	return next{ref: pageRef{Link: to.String()}}
}
