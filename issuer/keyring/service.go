package keyring

import (
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
	Rand   io.Reader                        // of ids and keys; default crypto/rand
	Logger *slog.Logger                     // default: nothing is logged
	Actor  func(ctx context.Context) string // who is asking, for the events; default "cli"
}

// Service makes, rotates, publishes and lends out the keys of the deployment's issuers. It is safe for concurrent use, also
// by several processes on one database: each looks for changes every fresh.
type Service struct {
	store Store
	kek   keys.KEK
	clock func() time.Time
	rand  io.Reader
	log   *slog.Logger
	actor func(ctx context.Context) string
	rings rings
	known directory
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{store: c.Store, kek: c.KEK, clock: c.Clock, rand: c.Rand, log: c.Logger, actor: c.Actor}
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
	if s.actor == nil {
		s.actor = func(context.Context) string { return "cli" }
	}
	s.rings.byIssuer = map[string]*ring{}
	return s
}

// Algorithms lists the algorithms for which every issuer has a key.
func Algorithms() []keys.Algorithm { return []keys.Algorithm{keys.ES256, keys.EdDSA, keys.RS256} }

// Create makes the keys that the issuer lacks, one for each of Algorithms. When it lacks none, nothing happens.
func (s *Service) Create(ctx context.Context, issuerID, did string) error {
	have, err := s.store.Keys(ctx, issuerID)
	if err != nil {
		return fmt.Errorf("keys of issuer %s: %w", issuerID, err)
	}
	missing := slices.DeleteFunc(Algorithms(), func(alg keys.Algorithm) bool {
		return slices.ContainsFunc(have, func(k Key) bool { return k.Alg == alg && k.State == Active })
	})
	if len(missing) == 0 {
		return nil
	}
	return s.insert(ctx, issuerID, did, "key.created", missing)
}

// Rotate makes new keys for algs, or for all of Algorithms when none is named, and retires those in use. What the old keys
// signed stays valid: they stay published. This process signs with the new keys at once, others within seconds.
func (s *Service) Rotate(ctx context.Context, issuerID, did string, algs ...keys.Algorithm) error {
	if len(algs) == 0 {
		algs = Algorithms()
	}
	for i, alg := range algs {
		if !slices.Contains(Algorithms(), alg) || slices.Contains(algs[:i], alg) {
			return fault.New(fault.Invalid, nil, "no key is rotated for the algorithm %q", string(alg)).Code("key.algorithm").
				Hint("choose among ES256, EdDSA, RS256, each once")
		}
	}
	have, err := s.store.Keys(ctx, issuerID)
	if err != nil {
		return fmt.Errorf("keys of issuer %s: %w", issuerID, err)
	}
	if len(have) == 0 {
		return errNoKeys(issuerID)
	}
	return s.insert(ctx, issuerID, did, "key.rotated", algs)
}

func errNoKeys(issuerID string) error {
	return fault.New(fault.NotFound, nil, "the issuer %.80q has no keys", issuerID).Code("key.none")
}

// insert makes keys and stores them with one event.
func (s *Service) insert(ctx context.Context, issuerID, did, action string, algs []keys.Algorithm) error {
	if s.kek.IsZero() {
		return fmt.Errorf("keys of issuer %s: there is no key-encryption key", issuerID)
	}
	if !strings.HasPrefix(did, "did:") || strings.ContainsAny(did, "#?/ ") {
		return fault.New(fault.Invalid, nil, "%.80q is not a DID", did).Code("did.syntax")
	}
	now := s.clock().UTC().Truncate(time.Second)
	made := make([]Key, 0, len(algs))
	names := make([]string, 0, len(algs))
	for _, alg := range algs {
		k, err := s.generate(issuerID, did, alg, now)
		if err != nil {
			return err
		}
		made, names = append(made, k), append(names, string(alg))
	}
	e, err := s.event(ctx, action, issuerID, strings.Join(names, " "))
	if err != nil {
		return err
	}
	e.At = now
	if err := s.store.InsertKeys(ctx, made, e); err != nil {
		return fmt.Errorf("new keys of issuer %s: %w", issuerID, err)
	}
	s.forget(issuerID)
	s.log.InfoContext(ctx, "keys made", slog.String("action", action), slog.String("issuer_id", issuerID), slog.String("algorithms", e.Detail))
	return nil
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

func (s *Service) event(ctx context.Context, action, issuerID, detail string) (event.Event, error) {
	var raw [16]byte
	if _, err := io.ReadFull(s.rand, raw[:]); err != nil {
		return event.Event{}, fmt.Errorf("new event id: %w", err)
	}
	id := "evt_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:]))
	return event.Event{ID: id, Actor: s.actor(ctx), Action: action, IssuerID: issuerID, Subject: issuerID, Detail: detail}, nil
}

// Keys returns the keys of an issuer, newest first; all issuers' for "". They carry no readable private part.
func (s *Service) Keys(ctx context.Context, issuerID string) ([]Key, error) { return s.store.Keys(ctx, issuerID) }

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
