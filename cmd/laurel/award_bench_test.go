package main

import (
	"strconv"
	"testing"

	"github.com/openlaurel/laurel/issuer"
)

// What one award costs here, with everything: signing, our own check and the database.
func BenchmarkAward(b *testing.B) {
	a, _ := claimable(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if _, err := a.awards.Award(b.Context(), issuer.Request{
			AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org"}, ExternalID: "bench/" + strconv.Itoa(n),
		}); err != nil {
			b.Fatal(err)
		}
	}
}
