package store_test

import (
	"path/filepath"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store/storetest"
)

func TestOneStatementRunsWhileItsRowsAreOpen(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	for range 2 { // the second time with statements that were kept
		if outer, inner, err := s.Nested(t.Context()); outer != 3 || inner != 9 || err != nil {
			t.Errorf("%d rows, and %d within; %v", outer, inner, err)
		}
	}
}

func TestAStatementThatFailedRunsAgain(t *testing.T) {
	f := storetest.NewFixture(t, open(t, filepath.Join(t.TempDir(), "laurel.db")))
	school := f.School("again")
	first := f.Stored(school)
	for range 3 {
		twin := f.Award(school)
		twin.ID = first.ID
		if err := f.Insert(twin); !fault.Is(err, fault.Conflict) {
			t.Errorf("an award under a taken id: %v", err)
		}
		if err := f.Insert(f.Award(school)); err != nil {
			t.Errorf("the next award: %v", err)
		}
	}
}
