package statuslist

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/internal/status"
)

// Issuers names the identity with which an issuer signs its lists.
type Issuers interface {
	DID(ctx context.Context, issuerID string) (string, error)
}

// Signer signs an unsigned list credential with the key of an issuer.
type Signer interface {
	SignList(ctx context.Context, issuerID string, f Form, unsigned []byte) ([]byte, error)
}

// Config wires a Service.
type Config struct {
	Store   Store
	Issuers Issuers
	Signer  Signer
	BaseURL string           // without a slash at the end
	Clock   func() time.Time // default: time.Now
	Rand    io.Reader        // default: crypto/rand
	Logger  *slog.Logger
	Size    int // entries of a new list; default: limits.StatusListMinimum

	// Key names the key that signs an issuer's lists of that form now, and since when; nil: it never changes.
	Key    func(ctx context.Context, issuerID string, f Form) (id string, since time.Time, err error)
	Ledger Ledger // default: none
}

// Ledger notes beside the database what was given away and what was published, so that a database that was restored from a
// backup is found out. An error of it stops what it was to note.
type Ledger interface {
	// Claimed notes durably that the counters of a list below next are given away.
	Claimed(l List, next int) error
	// Changed notes durably what a list became, before that is published.
	Changed(listID string, c Change) error
	// Behind returns fault.Unavailable when the database knows less of the list than the ledger: nothing is reserved or
	// published of it then.
	Behind(listID string) error
}

// noLedger is for those who keep none.
type noLedger struct{}

func (noLedger) Claimed(List, int) error      { return nil }
func (noLedger) Changed(string, Change) error { return nil }
func (noLedger) Behind(string) error          { return nil }

// Service reserves indexes and publishes lists. It is safe for concurrent use.
type Service struct {
	c Config

	reserving sync.Mutex
	blocks    map[string]*block // by issuer and purpose

	mu      sync.Mutex
	lists   map[string]*live
	past    map[pastKey]Published
	overdue map[owed]Overdue
}

// blockMost is how many indexes are claimed at once at the most. The first block has one index, each later one twice as
// many as the one before: a single award on the command line wastes none, and many awards seldom ask the database. What a
// crash leaves of a block is never used.
const blockMost = 256

// block is a run of claimed counters.
type block struct {
	list      List
	order     *status.Permutation
	next, end int
	size      int // how many were asked for
}

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Size == 0 {
		c.Size = limits.StatusListMinimum
	}
	if c.Ledger == nil {
		c.Ledger = noLedger{}
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return &Service{c: c, blocks: map[string]*block{}, lists: map[string]*live{}, past: map[pastKey]Published{}, overdue: map[owed]Overdue{}}
}

// Entry is a reserved place in a list.
type Entry struct {
	ListID string
	URL    string // of the list
	Index  int
}

// In returns the address of the list in one of its forms.
func (e Entry) In(f Form) string { return address(e.URL, f) }

// Reserve returns an index that was never given before and never will be again, whatever becomes of it. A full list is
// followed by a new one. purpose is Revocation, Suspension or Status; Entry.In says the address in the form that a credential
// names.
func (s *Service) Reserve(ctx context.Context, issuerID, purpose string) (Entry, error) {
	s.reserving.Lock()
	defer s.reserving.Unlock()
	key := issuerID + " " + purpose
	b := s.blocks[key]
	if b == nil || b.next >= b.end {
		var err error
		want := 1
		if b != nil {
			want = min(2*b.size, blockMost)
		}
		if b, err = s.claim(ctx, issuerID, purpose, want); err != nil {
			return Entry{}, err
		}
		s.blocks[key] = b
	}
	e := Entry{ListID: b.list.ID, URL: b.list.URL, Index: b.order.Index(b.next)}
	b.next++
	return e, nil
}

// Open returns the list from which the next indexes of issuer and purpose are given, and makes it when there is none; made says
// that it did.
func (s *Service) Open(ctx context.Context, issuerID, purpose string) (l List, made bool, err error) {
	s.reserving.Lock()
	defer s.reserving.Unlock()
	for range 2 {
		lists, err := s.c.Store.Lists(ctx, issuerID)
		if err != nil {
			return List{}, false, fmt.Errorf("status lists of %s: %w", issuerID, err)
		}
		for _, l := range slices.Backward(lists) {
			if l.Purpose == purpose && l.Next < l.Size && l.URL == s.url(l.ID) {
				return l, made, nil
			}
		}
		if err := s.c.Ledger.Behind(""); err != nil {
			return List{}, false, err
		}
		if err := s.add(ctx, issuerID, purpose); err != nil {
			return List{}, false, err
		}
		made = true
	}
	return List{}, false, fmt.Errorf("status lists of %s: a new list was full at once", issuerID)
}

// claim takes a block of the open list, or of a new one. When another server made one meanwhile, both lists are filled.
func (s *Service) claim(ctx context.Context, issuerID, purpose string, want int) (*block, error) {
	if err := s.c.Ledger.Behind(""); err != nil {
		return nil, err
	}
	for range 3 {
		l, n, err := s.c.Store.ClaimIndexes(ctx, issuerID, purpose, want)
		if err != nil {
			return nil, fmt.Errorf("indexes for %s: %w", issuerID, err)
		}
		if n > 0 && l.URL == s.url(l.ID) { // else the deployment has moved to another address since: a new list begins
			order, err := status.NewPermutation(l.Seed, l.Size)
			if err != nil {
				return nil, fmt.Errorf("status list %s: %w", l.ID, err)
			}
			if err := s.c.Ledger.Claimed(l, l.Next+n); err != nil {
				return nil, fmt.Errorf("status list %s: %w", l.ID, err)
			}
			return &block{list: l, order: order, next: l.Next, end: l.Next + n, size: want}, nil
		}
		if err := s.add(ctx, issuerID, purpose); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("indexes for %s: a new list was full at once", issuerID)
}

func (s *Service) add(ctx context.Context, issuerID, purpose string) error {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return err
	}
	seed := make([]byte, 32)
	if _, err := io.ReadFull(s.c.Rand, seed); err != nil {
		return fmt.Errorf("seed of a status list: %w", err)
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	l := List{ID: id, IssuerID: issuerID, Purpose: purpose, URL: s.url(id), Size: s.c.Size, Seed: seed, Stamp: now, CreatedAt: now}
	if err := s.c.Store.InsertList(ctx, l); err != nil {
		return fmt.Errorf("new status list: %w", err)
	}
	return nil
}

func (s *Service) url(id string) string { return s.c.BaseURL + "/status/" + id }

// Published is a signed list as it is served.
type Published struct {
	Form         Form
	Body         []byte // compact JWS, or JSON with a proof inside
	ETag         string // strong, without quotation marks
	LastModified time.Time
	MaxAge       time.Duration // equals the ttl inside the list
}

// tagOf is the strong ETag of a body.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
