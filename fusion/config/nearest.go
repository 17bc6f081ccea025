package config

import "strings"

// Nearest returns the name that given was probably meant to be, or "".
// Letter case, underscores and hyphens do not count: client_id is clientId.
func Nearest(given string, names []string) string {
	const longest = 64 // what is longer is no slip, and comparing it takes long
	if len(given) > longest {
		return ""
	}
	// A third of the name may be wrong, but never all of it.
	best, least := "", min(len(given), max(1, len(given)/3)+1)
	for _, name := range names {
		if d := distance(plain(given), plain(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "", "$", "").Replace(strings.ToLower(name))
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make a into b.
func distance(a, b string) int {
	var before, previous []int
	current := make([]int, len(b)+1)
	for j := range current {
		current[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, previous, current = previous, current, make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
	}
	return current[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
