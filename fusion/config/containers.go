package config

func (s *scanner) array(depth int) (*node, *syntaxError) {
	n := &node{kind: kindArray, offset: s.pos}
	s.pos++
	if s.peek() == ']' {
		s.pos++
		return n, nil
	}
	for {
		item, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		if more, err := s.more(']'); err != nil || !more {
			return n, err
		}
	}
}

func (s *scanner) object(depth int) (*node, *syntaxError) {
	n := &node{kind: kindObject, offset: s.pos}
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return n, nil
	}
	for {
		m, err := s.member(depth)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, m)
		if more, err := s.more('}'); err != nil || !more {
			return n, err
		}
	}
}

func (s *scanner) member(depth int) (member, *syntaxError) {
	if s.peek() != '"' {
		return member{}, s.fail(s.pos, "%s stands where a field name in double quotes is needed", s.here())
	}
	key, err := s.text()
	if err != nil {
		return member{}, err
	}
	if s.peek() != ':' {
		return member{}, s.fail(s.pos, "%s follows a field name; a colon is needed", s.here())
	}
	s.pos++
	value, err := s.value(depth + 1)
	return member{key.text, key.offset, value}, err
}

// more reads what follows an element: a comma, and then another element must
// come, or the closing bracket.
func (s *scanner) more(closing byte) (bool, *syntaxError) {
	switch s.peek() {
	case closing:
		s.pos++
		return false, nil
	case ',':
		comma := s.pos
		s.pos++
		if s.peek() == closing {
			return false, s.fail(comma, "a comma before %q; the last element takes none", closing)
		}
		return true, nil
	default:
		return false, s.fail(s.pos, "%s stands where a comma or %q is needed", s.here(), closing)
	}
}
