package admin

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// All errors of package db that callers tell apart cross the socket.
func TestSentinelsAreComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../errors.go", nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				names = append(names, name.Name)
			}
		}
		return true
	})
	require.Greater(t, len(names), 10)
	var have []string
	for name := range sentinels {
		have = append(have, name)
	}
	require.ElementsMatch(t, names, have)
}

func TestErrorsCrossTheSocket(t *testing.T) {
	var next error
	s := start(t, fake{delete: func(string) error { return next }}, 0)
	c := client(t, s.path)
	for name, sentinel := range sentinels {
		next = fmt.Errorf("delete token: %w: because", sentinel)
		err := c.DeleteAPIToken(noHash)
		require.EqualError(t, err, next.Error())
		for other, is := range sentinels {
			require.Equal(t, other == name, errors.Is(err, is), "%s, %s", name, other)
		}
	}
	next = errors.Join(db.ErrCorrupt, fmt.Errorf("\"<&>\x1b: %w", db.ErrTampered))
	err := c.DeleteAPIToken(noHash)
	require.EqualError(t, err, next.Error())
	require.ErrorIs(t, err, db.ErrCorrupt)
	require.ErrorIs(t, err, db.ErrTampered)
	for range 20 { // the order is that of no map
		require.Equal(t, []string{"ErrCorrupt", "ErrTampered"}, failureOf(next).Sentinels)
	}

	next = errors.New("no space left on device")
	err = c.DeleteAPIToken(noHash)
	require.EqualError(t, err, "no space left on device")
	require.NotErrorIs(t, err, ErrNoServer)
	require.NotErrorIs(t, err, ErrVersion)
}

func TestUnknownSentinelIsLeftOut(t *testing.T) {
	err := failure{Text: "text", Sentinels: []string{"ErrOfTomorrow", "ErrNotFound"}}.err()
	require.EqualError(t, err, "text")
	require.ErrorIs(t, err, db.ErrNotFound)
}

func TestOperationsAreThoseOfAManager(t *testing.T) {
	methods := managerMethods()
	require.Len(t, operations, len(methods))
	for _, name := range methods {
		require.Contains(t, operations, name)
		require.Equal(t, name, operations[name].operationName())
		require.Equal(t, name, strings.Trim(name, "/ "))
	}
}
