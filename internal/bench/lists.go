package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Goals of published lists: a list of a million after one change, and a hundred lists that nothing happened to.
const (
	million     = 1 << 20
	millionGoal = 50 * time.Millisecond
	idleLists   = 100
	idleGoal    = time.Millisecond
)

// Published returns the jobs of the service that publishes lists; the database stands still.
func Published() ([]Single, error) {
	key, err := keys.Generate(keys.ES256, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	shelf := &shelf{
		issuance: issuance.New(issuance.Config{Keys: ring{key.WithID("did:web:badges.example#es256")}}), now: time.Now().UTC().Truncate(time.Second),
	}
	ctx := context.Background()
	lists := statuslist.New(statuslist.Config{
		Store: shelf, Issuers: shelf, Signer: shelf, BaseURL: "https://badges.example", Clock: func() time.Time { return shelf.now },
	})
	next := 0
	change := func() error {
		next = (next + 7919) % million // a prime: every index has its turn
		shelf.bits, shelf.version = []statuslist.Bit{{Index: next, Value: statuslist.Invalid}}, shelf.version+1
		shelf.now = shelf.now.Add(2 * time.Second)
		return lists.Changed(ctx, "large")
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for range million / 50 { // one revocation in fifty
		shelf.bits = append(shelf.bits, statuslist.Bit{Index: random.IntN(million), Value: statuslist.Invalid})
	}
	shelf.version++
	if err := lists.Changed(ctx, "large"); err != nil {
		return nil, err
	}
	idle := func() error {
		for i := range idleLists {
			if _, err := lists.Publish(ctx, fmt.Sprintf("idle-%d", i), statuslist.Token); err != nil {
				return err
			}
		}
		return nil
	}
	if err := idle(); err != nil {
		return nil, err
	}
	return []Single{
		{Name: "status list of 1,048,576, from change to published", Ours: repeat(change), Most: millionGoal},
		{Name: "100 status lists that did not change, read", Ours: repeat(idle), Most: idleGoal},
	}, nil
}

// ring has one key.
type ring struct{ key keys.Signer }

// Signer implements issuance.Keyring.
func (r ring) Signer(context.Context, string, keys.Algorithm) (keys.Signer, error) { return r.key, nil }

// shelf is a store, a directory and a signer of lists without a database.
type shelf struct {
	statuslist.Store
	issuance *issuance.Service
	now      time.Time
	bits     []statuslist.Bit
	version  int64
}

// List implements statuslist.Store.
func (s *shelf) List(_ context.Context, id string) (statuslist.List, error) {
	size := million
	if id != "large" {
		size = million / 8
	}
	return statuslist.List{
		ID: id, IssuerID: "iss_1", Purpose: statuslist.Revocation, URL: "https://badges.example/status/" + id, Size: size, Stamp: s.now,
	}, nil
}

// Changes implements statuslist.Store.
func (s *shelf) Changes(_ context.Context, id string, _ int64) (statuslist.Change, error) {
	if id != "large" {
		return statuslist.Change{Stamp: s.now}, nil
	}
	return statuslist.Change{Bits: s.bits, Version: s.version, Stamp: s.now}, nil
}

// DID implements statuslist.Issuers.
func (s *shelf) DID(context.Context, string) (string, error) { return "did:web:badges.example", nil }

// SignList implements statuslist.Signer.
func (s *shelf) SignList(ctx context.Context, issuerID string, _ statuslist.Form, unsigned []byte) ([]byte, error) {
	t, err := s.issuance.Prepare(issuance.Order{IssuerID: issuerID, Form: proof.VCJWT, Alg: keys.ES256}, unsigned)
	if err != nil {
		return nil, err
	}
	out, err := s.issuance.Sign(ctx, t)
	return out.Bytes, err
}
