package verifier_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestKeysOutsideTheirTime is rows K13 and T05: a badge of 31 January 2026, 09:00, by a key that was in use at another time.
func TestKeysOutsideTheirTime(t *testing.T) {
	const from, until = "https://openlaurel.org/ns/keys#usedFrom", "https://openlaurel.org/ns/keys#usedUntil"
	late, gone := refused(verifier.CheckBinding, "key.outside_validity"), refused(verifier.CheckBinding, "key.compromised")
	for _, row := range []struct {
		name string
		says map[string]any
		want want
	}{
		{"K13 the twin: in use at that time", map[string]any{from: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z"}, ok()},
		{"K13 in use from that second", map[string]any{from: "2026-01-31T09:00:00Z"}, ok()},
		{"K13 in use until that second", map[string]any{until: "2026-01-31T09:00:00Z"}, ok()},
		{"K13 within the allowance for clocks", map[string]any{from: "2026-01-31T09:01:00Z"}, ok()},
		{"T05 dated before its key", map[string]any{from: "2026-01-31T09:01:01Z"}, late},
		{"K13 the key was retired before", map[string]any{until: "2026-01-31T08:58:59Z"}, late},
		{"K13 the key had expired before", map[string]any{"expires": "2026-01-30T00:00:00Z"}, late},
		{"K13 the earlier of two ends counts", map[string]any{"expires": "2026-01-30T00:00:00Z", until: "2027-01-30T00:00:00Z"}, late},
		{"K13 an expiry to come", map[string]any{"expires": "2027-01-30T00:00:00+01:00"}, ok()},
		{"T05 signed after the key was stolen", map[string]any{"revoked": "2026-01-01T00:00:00Z"}, gone},
		{"T05 dated before the key was stolen, as a thief would", map[string]any{"revoked": "2026-03-01T00:00:00Z"}, gone},
		{"an end that is no time", map[string]any{"expires": "soon"}, refused(verifier.CheckBinding, "did.malformed")},
		{"a revocation that is no time", map[string]any{"revoked": true}, refused(verifier.CheckBinding, "did.malformed")},
		{"a revocation that is null", map[string]any{"revoked": nil}, refused(verifier.CheckBinding, "did.malformed")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			d := w.School.Document()
			for _, m := range d["verificationMethod"].([]any) {
				for name, value := range row.says {
					m.(map[string]any)[name] = value
				}
			}
			w.School.Serve(d)
			look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: signed(w, w.School.Badge())}, verifier.Policy{}), row.want)
		})
	}
}

// A revoked key stays refused when the moment that is judged lies before.
func TestARevokedKeyIsRefusedForThePastToo(t *testing.T) {
	w := verifiertest.NewWorld(t)
	d := w.School.Document()
	for _, m := range d["verificationMethod"].([]any) {
		m.(map[string]any)["revoked"] = "2026-03-01T00:00:00Z"
	}
	w.School.Serve(d)
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	in := verifier.Input{Text: w.School.JWT(keys.ES256, w.School.Badge().Claims())}
	look(t, w.Verifier().Check(t.Context(), in, verifier.Policy{At: at}), refused(verifier.CheckBinding, "key.compromised"))
}

// What does not say since when it is valid is judged as if it began now: a key that is retired cannot sign without a date.
func TestAnUndatedCredentialByARetiredKey(t *testing.T) {
	for name, row := range map[string]struct {
		says map[string]any
		want want
	}{
		"in use now":      {map[string]any{"expires": "2027-01-30T00:00:00Z"}, ok()},
		"retired earlier": {map[string]any{"expires": "2026-02-01T00:00:00Z"}, refused(verifier.CheckBinding, "key.outside_validity")},
	} {
		w := verifiertest.NewWorld(t)
		d := w.School.Document()
		for _, m := range d["verificationMethod"].([]any) {
			for member, value := range row.says {
				m.(map[string]any)[member] = value
			}
		}
		w.School.Serve(d)
		undated := verifiertest.Doc{
			"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiableCredential"}, "issuer": w.School.ID,
			"credentialSubject": map[string]any{"id": "did:example:ada"},
		}
		t.Run(name, func(t *testing.T) { look(t, check(t, w, w.School.VCJWT(keys.ES256, undated)), row.want) })
	}
}
