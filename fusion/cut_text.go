package fusion

import "unicode/utf8"

// cutText keeps as much of the string at start as fits, if anything does.
func (c *cutter) cutText(start int) {
	room := c.limit - len(c.open) - 1 // for the closing quote
	end := start + 1
	for next := end; next <= room; {
		end = next
		next = characterEnd(c.b, end)
	}
	if end <= room && end > start+1 {
		c.cutStart, c.cutEnd = start, end
	}
}

// maxCharacter is more bytes than a character of a JSON string has.
const maxCharacter = 16

// characterEnd returns the place after the character at i of a JSON string.
// The two escapes of a surrogate pair are one character.
func characterEnd(b []byte, i int) int {
	if b[i] != '\\' {
		_, size := utf8.DecodeRune(b[i:])
		return i + size
	}
	if b[i+1] != 'u' {
		return i + 2
	}
	if high := b[i+2]|0x20 == 'd' && b[i+3]|0x20 >= '8' && b[i+3]|0x20 <= 'b'; high && b[i+6] == '\\' && b[i+7] == 'u' {
		return i + 12
	}
	return i + 6
}
