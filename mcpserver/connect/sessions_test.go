package connect

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

func TestTheSessionOfATenantThatIsOneTooManyTakesItsOldestsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessions()
		_, other := s.begin("other", global.NewSecret("o"))
		var ids []string
		for range maxSessionsOfOne {
			time.Sleep(time.Second)
			_, id := s.begin("one", global.NewSecret("t"))
			ids = append(ids, id)
		}
		time.Sleep(time.Second)
		require.NotNil(t, s.find(ids[0], true), "it is used")
		s.begin("one", global.NewSecret("t"))
		require.Len(t, s.of, maxSessionsOfOne+1)
		require.NotNil(t, s.find(ids[0], false))
		require.Nil(t, s.find(ids[1], false), "now the oldest")
		require.NotNil(t, s.find(other, false), "of another tenant")
	})
}

func TestThereAreOnlySoManySessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessions()
		s.most = 50
		_, first := s.begin("first", global.NewSecret("t"))
		time.Sleep(time.Second)
		for i := range s.most {
			s.begin(fmt.Sprint(i), global.NewSecret("t"))
		}
		require.Len(t, s.of, s.most)
		require.Nil(t, s.find(first, false))
		time.Sleep(sessionIdle)
		synctest.Wait()
		require.Empty(t, s.of, "tokens are kept no longer than sessions")
	})
}

func TestASessionShowsNeitherIDNorToken(t *testing.T) {
	s := newSessions()
	began, id := s.begin("tenant", global.NewSecret("canary"))
	began.timer.Stop()
	printed := fmt.Sprintf("%v %+v %#v %s", s, began, began, began.name())
	require.NotContains(t, printed, id)
	require.NotContains(t, printed, "canary")
	require.Nil(t, s.find(began.name(), true), "its name opens nothing")
	require.Nil(t, s.find(strings.ToUpper(id), true))
	require.Same(t, began, s.find(id, true))
}

func TestANoticeIsToldOnce(t *testing.T) {
	s := newSessions()
	began, _ := s.begin("tenant", global.NewSecret("t"))
	began.timer.Stop()
	s.tell(began, notice{Text: "first"})
	s.tell(began, notice{Text: "last"})
	require.Equal(t, &notice{Text: "last"}, s.told(began))
	require.Nil(t, s.told(began))
}
