package keyring

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// Config wires a Service. The zero Config keeps its keys in memory, under a key-encryption key made for it.
type Config struct {
	Store  Store
	KEK    keys.KEK
	Clock  func() time.Time
	Rand   io.Reader    // of ids and keys; default crypto/rand
	Logger *slog.Logger // default: nothing is logged
}

// Service makes, rotates, publishes and lends out the keys of the deployment's issuers. It is safe for concurrent use, also
// by several processes on one database: each looks for changes every fresh.
type Service struct {
	store Store
	kek   keys.KEK
	clock func() time.Time
	rand  io.Reader
	log   *slog.Logger
	rings rings
	known directory

	demanding sync.Mutex // held while a key of OnDemand is made
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{store: c.Store, kek: c.KEK, clock: c.Clock, rand: c.Rand, log: c.Logger}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.store == nil {
		s.store = &memory{}
		if s.kek.IsZero() {
			_, _ = io.ReadFull(rand.Reader, s.kek[:]) // crypto/rand never fails
		}
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.rings.byIssuer = map[string]*ring{}
	return s
}

// Algorithms lists the algorithms for which every issuer has a key.
func Algorithms() []keys.Algorithm { return []keys.Algorithm{keys.ES256, keys.EdDSA, keys.RS256} }

// OnDemand lists the algorithms for which an issuer gets a key when something is first to be signed with it.
func OnDemand() []keys.Algorithm { return []keys.Algorithm{keys.ES384} }

// Create makes the keys that the issuer lacks, one for each of Algorithms, and returns them. When it lacks none, nothing
// happens.
func (s *Service) Create(ctx context.Context, issuerID, did string) ([]Key, error) {
	have, err := s.store.Keys(ctx, issuerID)
	if err != nil {
		return nil, fmt.Errorf("keys of issuer %s: %w", issuerID, err)
	}
	missing := slices.DeleteFunc(Algorithms(), func(alg keys.Algorithm) bool {
		return slices.ContainsFunc(have, func(k Key) bool { return k.Alg == alg && k.State == Active })
	})
	if len(missing) == 0 {
		return nil, nil
	}
	return s.insert(ctx, "key.created", Rotation{IssuerID: issuerID, DID: did, Algorithms: missing})
}

// Rotation says which keys of an issuer are replaced.
type Rotation struct {
	IssuerID   string
	DID        string           // the identity under which the new keys are published
	Algorithms []keys.Algorithm // empty: all for which the issuer has a key
	Actor      string           // who wants it, for the event; empty: "system"
}

// Rotate makes new keys, returns them, and retires those that they replace. What the old keys signed stays valid: they stay
// published. This process signs with the new keys at once, others within seconds. An issuer without keys is
// fault.NotFound, an algorithm that is neither among Algorithms nor OnDemand fault.Invalid.
func (s *Service) Rotate(ctx context.Context, r Rotation) ([]Key, error) {
	for i, alg := range r.Algorithms {
		if !slices.Contains(append(Algorithms(), OnDemand()...), alg) || slices.Contains(r.Algorithms[:i], alg) {
			return nil, fault.New(fault.Invalid, nil, "no key is rotated for the algorithm %.20q", string(alg)).Code("key.algorithm").
				Hint("choose among ES256, EdDSA, RS256, ES384, each once")
		}
	}
	have, err := s.store.Keys(ctx, r.IssuerID)
	if err != nil {
		return nil, fmt.Errorf("keys of issuer %s: %w", r.IssuerID, err)
	}
	if len(have) == 0 {
		return nil, errNoKeys(r.IssuerID)
	}
	missing := func(alg keys.Algorithm) bool {
		return slices.Contains(OnDemand(), alg) && !slices.ContainsFunc(have, func(k Key) bool { return k.Alg == alg })
	}
	if slices.ContainsFunc(r.Algorithms, missing) {
		return nil, fault.New(fault.Invalid, nil, "the issuer has no key for that algorithm yet").Code("key.algorithm").
			Hint("it is made when something is first signed with it")
	}
	if len(r.Algorithms) == 0 {
		r.Algorithms = slices.DeleteFunc(append(Algorithms(), OnDemand()...), missing)
	}
	return s.insert(ctx, "key.rotated", r)
}

func errNoKeys(issuerID string) error {
	return fault.New(fault.NotFound, nil, "the issuer %.80q has no keys", issuerID).Code("key.none")
}

// insert makes keys and stores them with one event.
func (s *Service) insert(ctx context.Context, action string, r Rotation) ([]Key, error) {
	if s.kek.IsZero() {
		return nil, fmt.Errorf("keys of issuer %s: there is no key-encryption key", r.IssuerID)
	}
	if r.IssuerID == "" || !strings.HasPrefix(r.DID, "did:") || strings.ContainsAny(r.DID, "#?/ ") {
		return nil, fault.New(fault.Invalid, nil, "%.80q is not the DID of an issuer", r.DID).Code("did.syntax")
	}
	now := s.clock().UTC().Truncate(time.Second)
	made := make([]Key, 0, len(r.Algorithms))
	names := make([]string, 0, len(r.Algorithms))
	for _, alg := range r.Algorithms {
		k, err := s.generate(r.IssuerID, r.DID, alg, now)
		if err != nil {
			return nil, err
		}
		made, names = append(made, k), append(names, string(alg))
	}
	id, err := s.eventID()
	if err != nil {
		return nil, err
	}
	e := event.Event{
		ID: id, At: now, Actor: cmp.Or(r.Actor, "system"), Action: action, IssuerID: r.IssuerID, Subject: r.IssuerID,
		Detail: strings.Join(names, " "),
	}
	if err := s.store.InsertKeys(ctx, made, e); err != nil {
		return nil, fmt.Errorf("new keys of issuer %s: %w", r.IssuerID, err)
	}
	s.forget(r.IssuerID)
	s.log.InfoContext(ctx, "keys made",
		slog.String("action", action), slog.String("issuer_id", r.IssuerID), slog.String("algorithms", e.Detail))
	return made, nil
}

func (s *Service) generate(issuerID, did string, alg keys.Algorithm, now time.Time) (Key, error) {
	private, err := keys.Generate(alg, s.rand)
	if err != nil {
		return Key{}, err
	}
	id := KeyID(did, private.Public())
	sealed, err := private.Seal(s.kek, id)
	if err != nil {
		return Key{}, err
	}
	return Key{
		ID: id, IssuerID: issuerID, Alg: alg, State: Active, PublicJWK: private.WithID(id).Public().JWK(), Sealed: sealed, CreatedAt: now,
	}, nil
}

// KeyID returns the DID URL under which a key is published and named in signatures: the algorithm and the first 16
// characters of its thumbprint.
func KeyID(did string, k keys.Public) string {
	return did + "#" + strings.ToLower(string(k.Alg)) + "-" + k.Thumbprint()[:16]
}

func (s *Service) eventID() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(s.rand, raw[:]); err != nil {
		return "", fmt.Errorf("new event id: %w", err)
	}
	return "evt_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])), nil
}

// Keys returns the keys of an issuer, newest first; all issuers' for "". They carry no readable private part.
func (s *Service) Keys(ctx context.Context, issuerID string) ([]Key, error) {
	return s.store.Keys(ctx, issuerID)
}

// memory is the Store of the zero Config.
type memory struct {
	mu   sync.Mutex
	keys []Key
}

// InsertKeys implements Store.
func (m *memory) InsertKeys(_ context.Context, ks []Key, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range ks {
		for i := range m.keys {
			if old := &m.keys[i]; old.IssuerID == k.IssuerID && old.Alg == k.Alg && old.State == Active {
				old.State, old.RetiredAt = Retired, k.CreatedAt
			}
		}
	}
	m.keys = append(slices.Clone(ks), m.keys...)
	return nil
}

// Keys implements Store.
func (m *memory) Keys(_ context.Context, issuerID string) ([]Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.keys), func(k Key) bool { return issuerID != "" && k.IssuerID != issuerID }), nil
}
