package verifier_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestTheTokenHasDatesOfItsOwn: in VC-JOSE-COSE nbf and exp are about the signature; they need not repeat validFrom and
// validUntil, and a signature that ended is no signature.
func TestTheTokenHasDatesOfItsOwn(t *testing.T) {
	w := verifiertest.NewWorld(t)
	now := verifiertest.Now()
	badge := w.School.Badge()
	for _, row := range []struct {
		name  string
		badge verifiertest.Doc
		want  want
	}{
		{"without dates", badge, ok()},
		{"signed for another hour", badge.With("/exp", now.Add(time.Hour).Unix()), ok()},
		{"T01 the signature ends this second", badge.With("/exp", now.Unix()), refused(verifier.CheckTime, "time.expired")},
		{"T01 the signature ends in a second", badge.With("/exp", now.Unix()+1), ok()},
		{"T01 the signature begins in a second", badge.With("/nbf", now.Unix()+1), refused(verifier.CheckTime, "time.not_yet_valid")},
		{"T01 the signature begins this second", badge.With("/nbf", now.Unix()), ok()},
		{"T04 exp as a string", badge.With("/exp", "1893456000"), refused(verifier.CheckTime, "time.syntax")},
		{"T04 nbf with a fraction", badge.With("/nbf", 1.5), refused(verifier.CheckTime, "time.syntax")},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, w.School.VCJWT(keys.EdDSA, row.badge)), row.want) })
	}
}
