package config

import (
	"cmp"
	"slices"
)

// finding is a problem whose position is not yet counted out.
type finding struct {
	file   *file
	offset int
	path   string
	text   string
}

// findings collects what a load finds wrong or loose.
type findings struct {
	problems, warnings []finding
}

// inOrder returns the list in the order of the positions.
func inOrder(list []finding) []Problem {
	slices.SortStableFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file.index, b.file.index), cmp.Compare(a.offset, b.offset))
	})
	problems := make([]Problem, len(list))
	for i, f := range list {
		problems[i] = Problem{f.file.position(f.offset), f.path, f.text}
	}
	return problems
}
