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

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// Config wires a Service. The zero Config keeps its keys in memory, under a key-encryption key made for it.
type Config struct {
	Store  Store
	KEK    keys.KEK
	Clock  func() time.Time
	Rand   io.Reader     // of ids and keys; default crypto/rand
	Logger *slog.Logger  // default: nothing is logged
	Log    Log           // where every signature is recorded before it is made; nil: nowhere, as tests want it
	Notice time.Duration // how long a new key is published before it signs; default limits.KeyNotice

	Holders map[string]Holder // who else keeps private keys, by name
	Home    string            // where an issuer's first keys are made: one of Holders, or Database, which is the default
}

// Service makes, rotates, publishes and lends out the keys of the deployment's issuers. It is safe for concurrent use, also
// by several processes on one database: each looks for changes every fresh.
type Service struct {
	store  Store
	kek    keys.KEK
	clock  func() time.Time
	rand   io.Reader
	log    *slog.Logger
	lead   time.Duration
	ledger Log
	rings  rings
	home   string

	holders map[string]Holder

	known directory

	demanding sync.Mutex // held while a key of OnDemand is made
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{store: c.Store, kek: c.KEK, clock: c.Clock, rand: c.Rand, log: c.Logger, lead: c.Notice, ledger: c.Log, home: c.Home, holders: c.Holders}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.store == nil {
		s.store = &memory{}
		if s.kek.IsZero() {
			_, _ = io.ReadFull(rand.Reader, s.kek[:]) // crypto/rand never fails
		}
	}
	if s.lead <= 0 {
		s.lead = limits.KeyNotice
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
	return s.create(ctx, have, issuerID, did, missing)
}

// create makes an issuer's first keys for these algorithms. Nobody waits for them, so they sign at once.
func (s *Service) create(ctx context.Context, have []Key, issuerID, did string, algorithms []keys.Algorithm) ([]Key, error) {
	st, err := s.step(have, issuerID, "")
	if err != nil {
		return nil, err
	}
	for _, alg := range algorithms {
		if err := st.add(ctx, did, alg, Active, Place{}); err != nil {
			return nil, err
		}
	}
	return st.made, st.store(ctx, "key.created")
}

func errNoKeys(issuerID string) error {
	return fault.New(fault.NotFound, nil, "the issuer %.80q has no keys", issuerID).Code("key.none")
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
