package keyring_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/keyring"
)

func rotation(p keyring.Pace) keyring.Rotation {
	return keyring.Rotation{IssuerID: issuerID, DID: own, Algorithms: []keys.Algorithm{keys.ES256}, Pace: p}
}

func resolved(t *testing.T, ring *keyring.Service) *did.Document {
	t.Helper()
	d, err := ring.Resolved(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestANewKeyIsPublishedForItsNoticeBeforeItSigns(t *testing.T) {
	t.Parallel()
	s := &table{}
	h := &hands{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	ring := keyring.New(keyring.Config{Store: s, KEK: kek(), Clock: h.now, Notice: time.Hour})
	create(t, ring, issuerID, own)
	before := signer(t, ring, keys.ES256).Public()
	made, err := ring.Rotate(t.Context(), rotation(keyring.Announced))
	if err != nil || len(made) != 1 || made[0].State != keyring.Next || !made[0].UsedFrom.Equal(h.now().Add(time.Hour)) {
		t.Fatalf("%+v, %v", made, err)
	}
	m, err := resolved(t, ring).Find(made[0].ID)
	if err != nil || m.Purposes != did.Assertion|did.Authentication || !m.From.IsZero() {
		t.Errorf("the next key in the document: %+v, %v", m, err)
	}
	for _, step := range []struct {
		wait time.Duration
		next bool // signs
	}{{0, false}, {59 * time.Minute, false}, {59 * time.Second, false}, {time.Second, true}, {time.Hour, true}} {
		h.move(step.wait)
		if !step.next {
			if _, err := ring.Rotate(t.Context(), rotation(keyring.Announced)); fault.Describe(err).Code != "key.notice" {
				t.Errorf("%s: rotated again: %v", h.now(), err)
			}
		}
		if err := ring.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := signer(t, ring, keys.ES256).Public().ID; (got == made[0].ID) != step.next || !step.next && got != before.ID {
			t.Errorf("at %s it signs with %s", h.now(), got)
		}
	}
	old, err := resolved(t, ring).Find(before.ID)
	if err != nil || old.Purposes != did.Assertion || !old.Until.Equal(time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("the retired key: %+v, %v", old, err)
	}
	if m, _ := resolved(t, ring).Find(made[0].ID); !m.From.Equal(old.Until) {
		t.Errorf("the new key is in use from %s", m.From)
	}
	if len(s.events) != 3 || s.events[1].Action != "key.published" || s.events[2].Action != "key.rotated" {
		t.Errorf("%+v", s.events)
	}
}

func TestAnEmergencyDoesNotWait(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	create(t, ring, issuerID, own)
	next, err := ring.Rotate(t.Context(), rotation(keyring.Announced))
	if err != nil {
		t.Fatal(err)
	}
	made, err := ring.Rotate(t.Context(), rotation(keyring.Unannounced))
	if err != nil || len(made) != 1 || made[0].ID != next[0].ID || made[0].State != keyring.Active {
		t.Fatalf("the key that is published already is not the one that signs: %+v, %v", made, err)
	}
	if got := signer(t, ring, keys.ES256).Public().ID; got != next[0].ID {
		t.Errorf("it signs with %s", got)
	}
}

func TestAWithdrawnKeyIsPublishedAsSuchAndReplaced(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, h := process(t, s)
	create(t, ring, issuerID, own)
	stolen := signer(t, ring, keys.ES256).Public()
	h.move(10 * time.Hour)
	from := h.now().Add(-time.Hour)
	w := keyring.Withdrawal{IssuerID: issuerID, Key: stolen.ID, From: from, Actor: "tok_1"}
	k, err := ring.Withdraw(t.Context(), w)
	if err != nil || k.State != keyring.Withdrawn || !k.CompromisedAt.Equal(from.Truncate(time.Second)) || k.WithdrawnAt.IsZero() || k.RetiredAt.IsZero() {
		t.Fatalf("%+v, %v", k, err)
	}
	after := signer(t, ring, keys.ES256).Public()
	if after.ID == stolen.ID || len(s.rows) != 4 {
		t.Errorf("%d keys, it signs with %s", len(s.rows), after.ID)
	}
	m, err := resolved(t, ring).Find(stolen.ID)
	if err != nil || m.Purposes != 0 || !m.Revoked.Equal(k.CompromisedAt) {
		t.Errorf("in the document: %+v, %v", m, err)
	}
	if mk, err := resolved(t, ring).Find(own + "#" + stolen.Multikey()); err != nil || mk.Revoked.IsZero() || mk.Purposes != 0 {
		t.Errorf("as Multikey: %+v, %v", mk, err)
	}
	if set, err := ring.JWKS(t.Context()); err != nil || bytes.Contains(set, []byte(stolen.ID)) || !bytes.Contains(set, []byte(after.ID)) {
		t.Errorf("in the key set: %s, %v", set, err)
	}
	if e := s.events[1]; len(s.events) != 2 || e.Action != "key.withdrawn" || e.Actor != "tok_1" || !strings.HasPrefix(e.Detail, stolen.ID+" 2026-") {
		t.Errorf("%+v", s.events)
	}
	w.From = from.Add(time.Minute)
	if _, err := ring.Withdraw(t.Context(), w); !fault.Is(err, fault.Conflict) {
		t.Errorf("a later moment: %v", err)
	}
	w.From = from.Add(-time.Hour)
	if k, err = ring.Withdraw(t.Context(), w); err != nil || !k.CompromisedAt.Equal(w.From.Truncate(time.Second)) {
		t.Errorf("an earlier moment: %+v, %v", k, err)
	}
	for name, w := range map[string]keyring.Withdrawal{
		"a moment to come":       {IssuerID: issuerID, Key: after.ID, From: h.now().Add(time.Hour)},
		"before it was made":     {IssuerID: issuerID, Key: after.ID, From: h.now().Add(-2 * time.Minute)},
		"a key that is unknown":  {IssuerID: issuerID, Key: own + "#none"},
		"a key of somebody else": {IssuerID: "iss_2", Key: after.ID},
		"no issuer":              {Key: after.ID},
	} {
		if _, err := ring.Withdraw(t.Context(), w); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ring.PlanWithdraw(t.Context(), w); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s, only to look: %v", name, err)
		}
	}
	if k, err := ring.PlanWithdraw(t.Context(), keyring.Withdrawal{IssuerID: issuerID, Key: after.ID}); err != nil || k.State != keyring.Active || !k.CompromisedAt.Equal(h.now().Truncate(time.Second)) {
		t.Errorf("a plan: %+v, %v", k, err)
	}
	if got := signer(t, ring, keys.ES256).Public().ID; got != after.ID {
		t.Error("a refused withdrawal changed the key")
	}
}

func TestTheNextKeyTakesThePlaceOfAWithdrawnOne(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	create(t, ring, issuerID, own)
	next, err := ring.Rotate(t.Context(), rotation(keyring.Announced))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Withdraw(t.Context(), keyring.Withdrawal{IssuerID: issuerID, Key: signer(t, ring, keys.ES256).Public().ID}); err != nil {
		t.Fatal(err)
	}
	if got := signer(t, ring, keys.ES256).Public().ID; got != next[0].ID {
		t.Errorf("it signs with %s", got)
	}
}

func TestEveryDocumentThatWasPublishedIsKept(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, h := process(t, s)
	create(t, ring, issuerID, own)
	published := []string{text(t, ring)}
	first := signer(t, ring, keys.ES256).Public().ID
	for range 10 {
		h.move(time.Hour)
		if _, err := ring.Rotate(t.Context(), rotation(keyring.Unannounced)); err != nil {
			t.Fatal(err)
		}
		published = append(published, text(t, ring))
	}
	all, err := ring.Versions(t.Context(), own)
	if err != nil || len(all) != 11 {
		t.Fatalf("%d versions, %v", len(all), err)
	}
	for i, v := range all {
		if string(v.Body) != published[i] || v.Number != i+1 || i > 0 && !v.At.After(all[i-1].At) {
			t.Errorf("version %d of %s is not what was published", v.Number, v.At)
		}
	}
	if m, err := resolved(t, ring).Find(first); err != nil || m.Purposes != did.Assertion {
		t.Errorf("the first key after ten rotations: %+v, %v", m, err)
	}
	s.versions = nil // a deployment from before versions were kept
	if all, err = ring.Versions(t.Context(), own); err != nil || len(all) != 1 || string(all[0].Body) != published[10] {
		t.Errorf("%d versions, %v", len(all), err)
	}
	h.move(time.Hour)
	if _, err := ring.Rotate(t.Context(), rotation(keyring.Unannounced)); err != nil {
		t.Fatal(err)
	}
	if all, err = ring.Versions(t.Context(), own); err != nil || len(all) != 2 || string(all[0].Body) != published[10] || string(all[1].Body) != text(t, ring) {
		t.Errorf("%d versions, %v", len(all), err)
	}
	if _, err := ring.Versions(t.Context(), "did:web:b.example"); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

func text(t *testing.T, ring *keyring.Service) string {
	t.Helper()
	b, err := ring.Document(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ijson.Parse(b, ijson.Bounds{}); err != nil {
		t.Fatal(err)
	}
	return string(b)
}
