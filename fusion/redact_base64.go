package fusion

import (
	"encoding/base64"
	"strings"
)

// minBase64 is how many characters of base64 are enough to know a secret by.
const minBase64 = 8

// inBase64 returns what of the secret is the same in every base64 text that
// holds it: at each of the three places in a group where it can begin, the
// characters that depend on nothing else.
func inBase64(secret string) []string {
	var forms []string
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		start, end := (before*8+5)/6, len(padded)*8/6
		if end-start < minBase64 {
			continue
		}
		standard := base64.RawStdEncoding.EncodeToString(padded)[start:end]
		if forms = append(forms, standard); strings.ContainsAny(standard, "+/") {
			forms = append(forms, base64.RawURLEncoding.EncodeToString(padded)[start:end])
		}
	}
	return forms
}
