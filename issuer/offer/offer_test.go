package offer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/offer"
)

// memory keeps offers by the hash of their code.
type memory struct {
	offer.Store
	events []event.Event
	mu     sync.Mutex
	offers map[string]offer.Offer
	asked  int
}

func newMemory() *memory { return &memory{offers: map[string]offer.Offer{}} }

func (m *memory) InsertOffer(_ context.Context, o offer.Offer, _ int, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, e)
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
	if err := m.InsertOffer(t.Context(), o, 9, event.Event{}); err != nil {
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

func TestTheStateOfAnOffer(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	ends := now.Add(time.Second)
	for name, c := range map[string]struct {
		o    offer.Offer
		want offer.State
	}{
		"a second before its end":                      {offer.Offer{ExpiresAt: ends}, offer.Open},
		"at its end":                                   {offer.Offer{ExpiresAt: now}, offer.Expired},
		"taken, and over":                              {offer.Offer{ExpiresAt: now, UsedAt: now}, offer.Used},
		"guessed four times":                           {offer.Offer{ExpiresAt: ends, TxHash: []byte{1}, Tries: 4}, offer.Open},
		"guessed five times":                           {offer.Offer{ExpiresAt: ends, TxHash: []byte{1}, Tries: 5}, offer.Dead},
		"tries of an offer without a code":             {offer.Offer{ExpiresAt: ends, Tries: 5}, offer.Open},
		"taken with tries on the way, then taken away": {offer.Offer{ExpiresAt: ends, UsedAt: now, RevokedAt: now}, offer.Dead},
	} {
		if got := c.o.State(now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWhatAFurtherOfferMayBe(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	m := newMemory()
	s := offer.New(offer.Config{Store: m, Secret: secret(1), Clock: func() time.Time { return now }})
	for name, o := range map[string]offer.Order{
		"a life too short":    {ExpiresAt: now.Add(limits.OfferLifeLeast - time.Second)},
		"a life too long":     {ExpiresAt: now.Add(limits.OfferLifeMost + time.Second)},
		"a note of two lines": {Note: "a\nb"}, "a note with a control": {Note: "a\x1b[31m"}, "no UTF-8": {Note: "\xff"},
		"files that are burnt": {Unbound: "burn"},
		"a long note":          {Note: strings.Repeat("x", offer.NoteBytes+1)},
	} {
		_, err := s.Create(t.Context(), award, o)
		want(t, fault.Invalid, err, name)
	}
	if len(m.offers)+len(m.events) > 0 {
		t.Error("something was stored")
	}
	for name, o := range map[string]offer.Order{
		"as usual": {}, "short": {ExpiresAt: now.Add(limits.OfferLifeLeast)}, "long": {ExpiresAt: now.Add(limits.OfferLifeMost)},
		"with a note":  {Note: strings.Repeat("x", offer.NoteBytes), Guard: offer.WithTxCode, Actor: "tok_1"},
		"the only one": {Unbound: offer.Supersede}, "beside the files": {Unbound: offer.Keep},
	} {
		f, err := s.Create(t.Context(), award, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := s.Look(t.Context(), f.Code); err != nil || got.Note != o.Note || got.Unbound != o.Unbound || got.CreatedBy != o.Actor ||
			(f.TxCode != "") != (o.Guard == offer.WithTxCode) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if len(m.events) != 6 || m.events[0].Action != "offer.created" || m.events[0].Subject != award {
		t.Errorf("events %+v", m.events)
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
