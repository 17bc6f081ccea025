package db

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A look that was overtaken settles nothing: neither among the same requests,
// nor among those that came when all of them had left.
func TestALateLookSettlesNothing(t *testing.T) {
	var token hash
	timer := time.AfterFunc(time.Hour, func() {})
	defer timer.Stop()
	for name, between := range map[string]func(r *running, first *request){
		"the same requests": func(*running, *request) {},
		"other requests": func(r *running, first *request) {
			r.leave(token, first)
			r.enter(token, new(request), nil)
		},
	} {
		var r running
		first := new(request)
		r.enter(token, first, nil)
		late, _ := r.look(token)
		between(&r, first)
		last, _ := r.look(token)
		r.set(token, last, limits{expires: 1}, func() *time.Timer { return timer })
		r.set(token, late, limits{}, func() *time.Timer { return nil })
		require.NotNil(t, r.shard(token).at[token].expiry, name)
	}
}
