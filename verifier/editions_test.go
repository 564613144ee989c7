package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestOldEditionsAreNamed: what is read for the sake of badges that exist is warned of by name, in every form.
func TestOldEditionsAreNamed(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b, old := w.School.Badge(), w.School.OldBadge().With("/@context/-", contexts.DataIntegrityV2)
	for _, row := range []struct {
		name, in string
		warnings []string
	}{
		{"today's", signed(w, b), nil},
		{"today's with an embedded proof", proved(t, w.School, b).Text(), nil},
		{"version 1.1 as JWT", w.School.JWT(keys.ES256, w.School.OldBadge().Wrapped()), []string{"vc.version_1_1"}},
		{"version 1.1 with an embedded proof", proved(t, w.School, old).Text(), []string{"vc.version_1_1"}},
		{"Open Badges 3.0.0", signed(w, b.With("/@context/1", contexts.OpenBadges300)), []string{"ob.context_old"}},
		{"Open Badges 3.0.1", signed(w, b.With("/@context/1", contexts.OpenBadges301)), []string{"ob.context_old"}},
		{"Open Badges 3.0.2, embedded", proved(t, w.School, b.With("/@context/1", contexts.OpenBadges302)).Text(), []string{"ob.context_old"}},
		{"both old", proved(t, w.School, old.With("/@context/1", contexts.OpenBadges300)).Text(), []string{"vc.version_1_1", "ob.context_old"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := check(t, w, row.in)
			look(t, r, ok())
			if len(r.Warnings) != len(row.warnings) {
				t.Errorf("%d warnings\n%s", len(r.Warnings), summary(r))
			}
			for _, code := range row.warnings {
				if !warned(r, code) {
					t.Errorf("no warning %s\n%s", code, summary(r))
				}
			}
		})
	}
}
