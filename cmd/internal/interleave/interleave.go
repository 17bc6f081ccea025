// Package interleave reads command lines whose flags stand anywhere between the
// words, as the people who type them expect.
package interleave

import "flag"

// Parse parses flags wherever they stand, and returns the words between them.
// "--" ends the flags. The errors are those of package flag.
func Parse(flags *flag.FlagSet, args []string) (words []string, err error) {
	for { // package flag stops at the first word, so it is started again behind each
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(words, rest...), nil
		}
		if len(rest) == 0 {
			return words, nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}
