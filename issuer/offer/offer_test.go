package offer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/offer"
)

// memory keeps offers by the hash of their code.
type memory struct {
	mu     sync.Mutex
	offers map[string]offer.Offer
	asked  int
}

func newMemory() *memory { return &memory{offers: map[string]offer.Offer{}} }

func (m *memory) InsertOffer(_ context.Context, o offer.Offer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offers[string(o.Hash)] = o
	return nil
}

func (m *memory) OfferByHash(_ context.Context, hash []byte) (offer.Offer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	o, ok := m.offers[string(hash)]
	if !ok {
		return o, fault.New(fault.NotFound, nil, "there is no such offer").Code("offer.not_found")
	}
	return o, nil
}

func (m *memory) UseOffer(_ context.Context, hash []byte, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.offers[string(hash)]
	if !ok || !o.UsedAt.IsZero() {
		return fault.New(fault.Gone, nil, "this offer was used").Code("offer.used")
	}
	o.UsedAt = at
	m.offers[string(hash)] = o
	return nil
}

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

const award = "awd_aaaaaaaaaaaaaaaaaaaaaaaaaa"

// prepare makes an offer and stores it.
func prepare(t testing.TB, s *offer.Service, m *memory) (offer.Offer, string) {
	t.Helper()
	o, code, err := s.Prepare(award)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.InsertOffer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o, code
}

func want(t *testing.T, kind fault.Kind, err error, what string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v (kind %d), want kind %d", what, err, fault.KindOf(err), kind)
	}
}

func TestTheCodeIsStoredAsItsHashAlone(t *testing.T) {
	m := newMemory()
	o, code := prepare(t, offer.New(offer.Config{Store: m, Secret: secret(1)}), m)
	sum := sha256.Sum256([]byte(code))
	if !randid.Valid(code) || !bytes.Equal(o.Hash, sum[:]) || o.AwardID != award || !o.UsedAt.IsZero() {
		t.Errorf("code %q, offer %+v", code, o)
	}
	if life := o.ExpiresAt.Sub(o.CreatedAt); life != limits.OfferLife {
		t.Errorf("it lives %s", life)
	}
	if bytes.Contains([]byte(o.ID+string(o.Hash)), []byte(code)) {
		t.Error("the stored offer holds its code")
	}
}

func TestTheSameAwardHasTheSameCodeUnderOneSecret(t *testing.T) {
	code := func(s byte, awardID string) string {
		_, c, err := offer.New(offer.Config{Secret: secret(s)}).Prepare(awardID)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := code(1, award)
	if code(1, award) != first {
		t.Error("asked twice, it has two codes")
	}
	if code(2, award) == first || code(1, award[:29]+"b") == first {
		t.Error("another secret or another award gives the same code")
	}
}

func TestWithoutASecretNoCodeIsMade(t *testing.T) {
	for _, s := range [][]byte{nil, {}, secret(1)[:31]} {
		if _, code, err := offer.New(offer.Config{Secret: s}).Prepare(award); err == nil {
			t.Errorf("%d bytes of secret gave %q", len(s), code)
		}
	}
	if _, _, err := offer.New(offer.Config{Secret: secret(1), Rand: bytes.NewReader(nil)}).Prepare(award); err == nil {
		t.Error("without randomness an offer is made")
	}
}

func TestLookingUsesNothingUp(t *testing.T) { // threat W24: mail scanners open links
	m := newMemory()
	s := offer.New(offer.Config{Store: m, Secret: secret(1)})
	o, code := prepare(t, s, m)
	for range 5 {
		if got, err := s.Look(t.Context(), code); err != nil || got.ID != o.ID {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if _, err := s.Use(t.Context(), code); err != nil {
		t.Errorf("after looking five times: %v", err)
	}
	_, err := s.Look(t.Context(), code)
	want(t, fault.Gone, err, "a used offer")
}

func TestOfManyWhoUseAnOfferOneSucceeds(t *testing.T) {
	m := newMemory()
	s := offer.New(offer.Config{Store: m, Secret: secret(1)})
	_, code := prepare(t, s, m)
	errs := make([]error, 50)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = s.Use(t.Context(), code) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			want(t, fault.Gone, err, "a call that lost")
		}
	}
	if won != 1 {
		t.Errorf("%d used one offer", won)
	}
}

func TestAnOfferEnds(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	m := newMemory()
	s := offer.New(offer.Config{Store: m, Secret: secret(1), Life: time.Hour, Clock: func() time.Time { return now }})
	_, code := prepare(t, s, m)
	now = now.Add(time.Hour - time.Second)
	if _, err := s.Look(t.Context(), code); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	now = now.Add(time.Second)
	_, err := s.Look(t.Context(), code)
	want(t, fault.Gone, err, "looking at its end")
	_, err = s.Use(t.Context(), code)
	want(t, fault.Gone, err, "using it at its end")
}

func TestACodeOfNoOfferIsNotFound(t *testing.T) {
	m := newMemory()
	s := offer.New(offer.Config{Store: m, Secret: secret(1)})
	_, code := prepare(t, s, m)
	for name, c := range map[string]string{
		"empty": "", "another": randid.Encode([16]byte{1}), "upper case": "A" + code[1:], "cut": code[:25], "with a slash": "../" + code[3:],
		"with a NUL": code[:25] + "\x00",
	} {
		asked := m.asked
		_, err := s.Look(t.Context(), c)
		want(t, fault.NotFound, err, name)
		if name != "another" && m.asked != asked {
			t.Errorf("%s: the database was asked for what can be no code", name)
		}
	}
}

func ExampleService_Prepare() {
	s := offer.New(offer.Config{Secret: make([]byte, 32)})
	_, first, err := s.Prepare("awd_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, again, err := s.Prepare("awd_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	fmt.Println(first == again, len(first), err)
	// Output: true 26 <nil>
}
