package fusion

import (
	"encoding/base64"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

const (
	// maxPlain is how long a text in a header may be that is not encoded, so
	// that the line stays within 78 characters (RFC 5322 section 2.1.1).
	maxPlain = 66
	// maxAddress is RFC 5321 section 4.5.3.1.3 without the angle brackets.
	maxAddress = 254
	// maxWord is how many bytes an encoded word holds, so that a line with its
	// header's name stays within 76 characters (RFC 2047 section 2).
	maxWord = 39
)

// subject writes a text in a header.
func subject(text string) (value, wrong string) {
	if wrong = unsendableInHeader(text); wrong != "" {
		return "", wrong
	}
	if isPlain(text) {
		return text, ""
	}
	return encodedWords(text), ""
}

// addressList writes addresses, one on each line.
func addressList(text string) (value, wrong string) {
	if wrong = unsendableInHeader(text); wrong != "" || strings.TrimSpace(text) == "" {
		return "", wrong
	}
	list, err := mail.ParseAddressList(text)
	if err != nil || len(list) == 0 { // a group may be empty
		return "", "is " + echo(text) + `; must be e-mail addresses such as anna@example.com or "Anna" <anna@example.com>, separated by commas`
	}
	lines := make([]string, len(list))
	for i, a := range list {
		if wrong := unsendableAddress(a); wrong != "" {
			return "", wrong
		}
		lines[i] = addressText(a)
	}
	return strings.Join(lines, ",\r\n "), ""
}

// unsendableAddress looks at what was encoded in the address as well.
func unsendableAddress(a *mail.Address) string {
	switch {
	case config.HasControl(a.Name) || config.HasControl(a.Address):
		return "has an address with a control character, such as a line break"
	case !isASCII(a.Address):
		return "has the address " + echo(a.Address) + "; addresses must be ASCII (a domain begins with xn-- then)"
	case len(a.Address) > maxAddress:
		return "has an address that is too long: " + echo(a.Address)
	}
	return ""
}

// addressText writes one address. net/mail quotes what has to be.
func addressText(a *mail.Address) string {
	bare := (&mail.Address{Address: a.Address}).String()
	switch {
	case a.Name == "":
		return bare[1 : len(bare)-1] // without the angle brackets
	case isPlain(a.Name):
		return a.String()
	}
	return encodedWords(a.Name) + "\r\n " + bare
}

// isPlain reports whether a text can stand in a header as it is. What looks
// like an encoded word would be read as one.
func isPlain(text string) bool {
	return len(text) <= maxPlain && isASCII(text) && !strings.Contains(text, "=?") && strings.TrimSpace(text) == text
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// encodedWords writes any text with letters of ASCII, in lines (RFC 2047).
func encodedWords(text string) string {
	text = validText(text)
	var words []string
	for text != "" {
		end := boundary(text, min(maxWord, len(text)))
		words = append(words, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(text[:end]))+"?=")
		text = text[end:]
	}
	return strings.Join(words, "\r\n ")
}

// validText is UTF-8 in any case: arguments from a URL may be other bytes.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
