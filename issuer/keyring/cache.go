package keyring

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// fresh is how long what was read from the store is believed: a rotation by another process is noticed after it.
const fresh = 2 * time.Second

// rings holds one ring per issuer.
type rings struct {
	mu       sync.Mutex
	byIssuer map[string]*ring
}

// ring is what is known of one issuer's keys. Reading the store happens under mu, so callers wait for one read.
type ring struct {
	mu        sync.Mutex
	read      time.Time // when keys were read; zero: never, or forgotten
	keys      []Key
	unsealed  map[string]keys.Signer // by key ID, active keys only
	published map[string]*published  // by DID, made from keys when asked for
}

// published is what is shown of an issuer's keys under one DID. An issuer has several when its base address changed.
type published struct {
	document []byte
	resolved *did.Document
}

func (s *Service) ring(issuerID string) *ring {
	s.rings.mu.Lock()
	defer s.rings.mu.Unlock()
	r := s.rings.byIssuer[issuerID]
	if r == nil {
		r = &ring{unsealed: map[string]keys.Signer{}, published: map[string]*published{}}
		s.rings.byIssuer[issuerID] = r
	}
	return r
}

// forget makes the next use of the issuer's keys read the store.
func (s *Service) forget(issuerID string) {
	r := s.ring(issuerID)
	r.mu.Lock()
	r.read = time.Time{}
	r.mu.Unlock()
	s.known.forget()
}

// refresh reads the issuer's keys when what is known is too old. r.mu is held.
func (s *Service) refresh(ctx context.Context, issuerID string, r *ring) error {
	now := s.clock()
	if age := now.Sub(r.read); !r.read.IsZero() && age >= 0 && age < fresh {
		return nil
	}
	found, err := s.store.Keys(ctx, issuerID)
	if err != nil {
		return fmt.Errorf("keys of issuer %s: %w", issuerID, err)
	}
	if !same(found, r.keys) {
		r.keys, r.published = found, map[string]*published{}
		still := map[string]keys.Signer{}
		for _, k := range found {
			if signer := r.unsealed[k.ID]; signer != nil && k.State == Active {
				still[k.ID] = signer
			}
		}
		r.unsealed = still
	}
	r.read = now
	return nil
}

// same reports whether nothing changed that is published or signed with. Keys never change but in their state and its times.
func same(a, b []Key) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].State != b[i].State || !a[i].UsedFrom.Equal(b[i].UsedFrom) || !a[i].CompromisedAt.Equal(b[i].CompromisedAt) {
			return false
		}
	}
	return true
}

// signer returns the active key of the issuer for alg, which records nothing.
func (s *Service) signer(ctx context.Context, issuerID string, alg keys.Algorithm) (keys.Signer, error) {
	if issuerID == "" {
		return nil, errNoKeys(issuerID)
	}
	signer, latest, err := s.active(ctx, issuerID, alg)
	if err != nil || signer != nil {
		return signer, err
	}
	switch orphaned, err := s.orphaned(ctx, issuerID, alg); {
	case err != nil:
		return nil, err
	case orphaned:
		return nil, fault.New(fault.Unavailable, nil, "the %s key was withdrawn, and its signer has not made another one yet", alg).
			Code("key.no_successor").Hint("nothing was stored; the operator looks after the signer, or makes a key elsewhere: laurel keys rotate --signer sealed --now")
	}
	if latest == "" || !slices.Contains(OnDemand(), alg) {
		return nil, errNoKeys(issuerID)
	}
	if err := s.demand(ctx, issuerID, latest, alg); err != nil {
		return nil, err
	}
	if signer, _, err = s.active(ctx, issuerID, alg); err == nil && signer == nil {
		err = errNoKeys(issuerID)
	}
	return signer, err
}

// orphaned reports whether the issuer's key for alg was withdrawn, and nothing has taken its place yet.
func (s *Service) orphaned(ctx context.Context, issuerID string, alg keys.Algorithm) (bool, error) {
	r := s.ring(issuerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	err := s.refresh(ctx, issuerID, r)
	return slices.ContainsFunc(orphans(r.keys), func(k Key) bool { return k.Alg == alg }), err
}

// active returns the active key for alg, nil when there is none, and the identity of the issuer's newest key.
func (s *Service) active(ctx context.Context, issuerID string, alg keys.Algorithm) (signer keys.Signer, identity string, err error) {
	r := s.ring(issuerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.refresh(ctx, issuerID, r); err != nil {
		return nil, "", err
	}
	for _, k := range r.keys {
		if identity == "" {
			identity = ownerOf(k.ID)
		}
		if k.Alg != alg || k.State != Active {
			continue
		}
		if signer := r.unsealed[k.ID]; signer != nil {
			return signer, identity, nil
		}
		private, err := s.open(k)
		if err != nil {
			return nil, "", err
		}
		r.unsealed[k.ID] = private
		return private, identity, nil
	}
	return nil, identity, nil
}

// Current returns the active key of the issuer for alg, without its private part; the zero Key when there is none.
func (s *Service) Current(ctx context.Context, issuerID string, alg keys.Algorithm) (Key, error) {
	r := s.ring(issuerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.refresh(ctx, issuerID, r); err != nil {
		return Key{}, err
	}
	for _, k := range r.keys {
		if k.Alg == alg && k.State == Active {
			k.Sealed = nil
			return k, nil
		}
	}
	return Key{}, nil
}

// demand makes the issuer's first key for alg; only one of those who ask at the same time does.
func (s *Service) demand(ctx context.Context, issuerID, identity string, alg keys.Algorithm) error {
	s.demanding.Lock()
	defer s.demanding.Unlock()
	have, err := s.store.Keys(ctx, issuerID)
	if err != nil {
		return fmt.Errorf("keys of issuer %s: %w", issuerID, err)
	}
	if slices.ContainsFunc(have, func(k Key) bool { return k.Alg == alg && k.State == Active }) {
		s.forget(issuerID)
		return nil
	}
	if _, err = s.create(ctx, have, issuerID, identity, []keys.Algorithm{alg}); fault.Is(err, fault.Conflict) {
		s.forget(issuerID) // another process made one
		return nil
	}
	return err
}

// Bounds on looking for an identity that is not known yet: a known host may have got a new issuer; another host hardly.
const (
	ownHostAgain = 2 * time.Second
	anyHostAgain = time.Minute
)

// directory says which issuer an identity belongs to.
type directory struct {
	mu     sync.Mutex
	read   time.Time
	issuer map[string]string // DID → issuer ID
	hosts  map[string]bool   // "did:web:HOST" of the DIDs known
}

func (d *directory) forget() {
	d.mu.Lock()
	d.read = time.Time{}
	d.mu.Unlock()
}

// issuerOf returns the issuer that has keys under that identity, and "" when there is none.
func (s *Service) issuerOf(ctx context.Context, identity string) (string, error) {
	d := &s.known
	d.mu.Lock()
	defer d.mu.Unlock()
	if id := d.issuer[identity]; id != "" {
		return id, nil
	}
	now := s.clock()
	wait := anyHostAgain
	if len(d.hosts) == 0 || d.hosts[host(identity)] {
		wait = ownHostAgain
	}
	if age := now.Sub(d.read); !d.read.IsZero() && age >= 0 && age < wait {
		return "", nil
	}
	all, err := s.store.Keys(ctx, "")
	if err != nil {
		return "", fmt.Errorf("keys of all issuers: %w", err)
	}
	d.read, d.issuer, d.hosts = now, map[string]string{}, map[string]bool{}
	for _, k := range all {
		owner := ownerOf(k.ID)
		d.issuer[owner], d.hosts[host(owner)] = k.IssuerID, true
	}
	return d.issuer[identity], nil
}

// ownerOf returns the identity that a key is published under.
func ownerOf(keyID string) string {
	owner, _, _ := strings.Cut(keyID, "#")
	return owner
}

// host returns the part of a DID before its path.
func host(identity string) string {
	parts := strings.SplitN(identity, ":", 4)
	return strings.Join(parts[:min(len(parts), 3)], ":")
}
