package main

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// command is what the first word of the command line names.
type command struct {
	run func(p *program, ctx context.Context) error
	// So many words may follow; to is -1 for any number.
	from, to int
	// flags are those that the command takes besides the ones for all.
	flags string
}

// everywhere are the flags that all commands take.
const everywhere = "data-dir socket debug no-color json help h"

var commands = map[string]command{
	"add":    {(*program).add, 0, -1, "expires services tools read-only join tenant recovery-key"},
	"list":   {(*program).list, 0, 0, ""},
	"show":   {(*program).show, 1, 1, ""},
	"set":    {(*program).set, 1, 1, "description expires services tools read-only"},
	"enable": {(*program).enable, 1, 1, ""}, "disable": {(*program).disable, 1, 1, ""},
	"rotate": {(*program).rotate, 0, 1, "grace expires recovery-key"},
	"delete": {(*program).delete, 1, 1, "yes"},

	"credential": {(*program).credential, 1, 1, "tenant service kind"},
	"connect":    {(*program).signIn, 0, 0, "tenant service config"},
	"disconnect": {(*program).disconnect, 0, 0, "tenant service config"}, // config for scripts that give both the same words
	"status":     {(*program).status, 0, 0, "tenant"},
	"stats":      {(*program).stats, 0, 0, ""},

	"backup":       {(*program).backup, 1, 1, ""},
	"restore":      {(*program).restore, 1, 1, "yes"},
	"compact":      {(*program).compact, 0, 0, ""},
	"verify":       {(*program).verify, 0, 0, ""},
	"migrate":      {(*program).migrate, 1, 1, "tenant"},
	"recovery-key": {(*program).recoveryKey, 2, 2, ""},
}

// check returns what is wrong with the command line.
func (c command) check(o options) error {
	if len(o.args) < c.from || c.to >= 0 && len(o.args) > c.to {
		return usageError("Wrong number of arguments for " + o.command)
	}
	for _, name := range slices.Sorted(maps.Keys(o.given)) {
		if !hasWord(everywhere, name) && !hasWord(c.flags, name) {
			return usageError("The flag --" + name + " is not for " + o.command)
		}
	}
	return nil
}

func hasWord(words, word string) bool { return strings.Contains(" "+words+" ", " "+word+" ") }
