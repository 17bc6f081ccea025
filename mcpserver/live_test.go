package mcpserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/db"
)

// ways are those in which a token ends, with what its callers are told.
var ways = map[string]struct {
	text string
	end  func(database *db.DB, r *liveRound) error
}{
	"delete": {"Invalid API token", func(database *db.DB, r *liveRound) error { return database.DeleteAPIToken(r.ended.Hash) }},
	"disable": {"API token disabled", func(database *db.DB, r *liveRound) error {
		disabled := true
		return database.ChangeAPIToken(r.ended.Hash, db.TokenChange{Disabled: &disabled})
	}},
	"end": {"Invalid API token", func(database *db.DB, r *liveRound) error {
		return database.EndAPIToken(db.Proof{Token: r.other.Token}, r.ended.Hash, 0)
	}},
	"expire": {"API token expired", func(database *db.DB, r *liveRound) error {
		soon := time.Now().Add(time.Second)
		return database.ChangeAPIToken(r.ended.Hash, db.TokenChange{ExpiresAt: &soon})
	}},
}

// TestEveryRunningCallEndsWithItsToken: whichever way a token ends, the API is
// still at work on all its calls, which are answered 401; those of the tenant's
// other token go on. -short has a tenth of the rounds.
func TestEveryRunningCallEndsWithItsToken(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds /= 10
	}
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	g := newLiveGateway(t)
	for way := range ways {
		atOnce := 4
		if way == "expire" {
			atOnce = 25 // they wait for the time
		}
		inTurns(t, rounds, atOnce, func(i int) error { return g.revoke(fmt.Sprint(way, i), way) })
	}
}

// inTurns runs n times, some of them at once.
func inTurns(t *testing.T, n, atOnce int, run func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	for first := range atOnce {
		all.Go(func() {
			for i := first; i < n; i += atOnce {
				if err := run(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func (g *liveGateway) revoke(name, way string) error {
	r, err := g.newRound(name)
	defer r.close()
	if err != nil {
		return err
	}
	if err := ways[way].end(g.database, r); err != nil {
		return err
	}
	if err := r.allEnded(ways[way].text); err != nil {
		return err
	}
	return r.othersGoOn(ways[way].text)
}

// allEnded waits for the calls of the token that ended.
func (r *liveRound) allEnded(text string) error {
	for range liveCalls {
		select {
		case e := <-r.endedCalls:
			if e.status != http.StatusUnauthorized || !strings.Contains(e.body, text) {
				return fmt.Errorf("%s: a call ended with %+v", r.name, e)
			}
		case <-time.After(patience):
			return fmt.Errorf("%s: a call goes on", r.name)
		}
	}
	return r.listener.requireCut()
}

// othersGoOn looks at the tenant's other token.
func (r *liveRound) othersGoOn(text string) error {
	select {
	case e := <-r.otherAnswers:
		return fmt.Errorf("%s: another token's call ended with %+v", r.name, e)
	default:
	}
	r.release()
	for range otherCalls {
		if e := <-r.otherAnswers; e.status != http.StatusOK {
			return fmt.Errorf("%s: another token's call ended with %+v", r.name, e)
		}
	}
	for surface := range liveSurfaces {
		if e := r.gateway.call(r.ended, surface, r.name+"/late"); e.status != http.StatusUnauthorized || !strings.Contains(e.body, text) {
			return fmt.Errorf("%s: a late call ended with %+v", r.name, e)
		}
		if e := r.gateway.call(r.other, surface, r.name+"/late"); e.status != http.StatusOK {
			return fmt.Errorf("%s: another token's late call ended with %+v", r.name, e)
		}
	}
	return r.otherListener.requireAlive(r)
}
