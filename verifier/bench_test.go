package verifier_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// BenchmarkVerify measures the whole verification of an ob-jwt, with its schema, a cached DID document and a cached status
// list, beside the verification of nothing but its signature. Both run in turn, so that a shared machine weighs on both
// alike; "ratio" is the median of the one beside the median of the other (goal: at most 2.2).
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []keys.Algorithm{keys.EdDSA, keys.ES256} {
		b.Run(string(alg), func(b *testing.B) {
			w := verifiertest.NewWorld(b)
			w.School.PublishList(b, keys.EdDSA, list())
			item := intake.New(proof.OBJWT, []byte(w.School.JWT(alg, rich(w).Claims())))
			msg, err := jose.Read(item.Bytes)
			if err != nil {
				b.Fatal(err)
			}
			v, key := w.Verifier(), w.School.Key(alg).Public()
			if r := v.Verify(b.Context(), item, verifier.Policy{}); r.Verdict != verifier.Valid || r.Check(verifier.CheckStatus).Code != "status.clear" {
				b.Fatal(summary(r))
			}
			var whole, raw []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				r := v.Verify(b.Context(), item, verifier.Policy{})
				middle := time.Now()
				err := key.Verify(msg.Input, msg.Signature)
				raw = append(raw, time.Since(middle))
				whole = append(whole, middle.Sub(start))
				if err != nil || r.Verdict != verifier.Valid {
					b.Fatal(err, summary(r))
				}
			}
			b.ReportMetric(float64(median(whole))/float64(median(raw)), "ratio")
		})
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
