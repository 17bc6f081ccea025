package fusion

import "encoding/base64"

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
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, encoding.EncodeToString(padded)[start:end])
		}
	}
	return forms
}
