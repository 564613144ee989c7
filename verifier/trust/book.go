package trust

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
)

// Fetcher gets a document from elsewhere, guarded as package fetch is. Its errors are *fault.Defect.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (*fetch.Response, error)
}

// Config wires a Book.
type Config struct {
	Root   func() *List // the operator's own list, asked for anew each time
	Fetch  Fetcher
	Keys   Resolver
	Clock  func() time.Time // default: time.Now
	Logger *slog.Logger
}

// Book is the operator's list with the lists that it follows, and those that these follow; not deeper. A followed list counts
// only when the issuer named beside it signed it, it gives itself the address that it stands at, and it has not expired. A
// list that was read once is kept until it expires; an older one never takes its place. It is safe for concurrent use.
type Book struct {
	c Config

	mu   sync.Mutex
	kept map[Reference]*kept
}

// kept is one followed list.
type kept struct {
	mu    sync.Mutex // held while it is asked for
	list  *Signed    // the newest that was good, or nil
	err   error      // why there is no newer one
	until time.Time  // not asked for again before
}

// NewBook makes a Book.
func NewBook(c Config) *Book {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Book{c: c, kept: map[Reference]*kept{}}
}

// Decide answers q: the operator's own list decides where it believes the issuer or refuses the key; else the followed lists
// are asked. Where none knows the issuer and one could not be read, that is said.
func (b *Book) Decide(ctx context.Context, q Question) Decision {
	root := b.c.Root()
	best := root.Decide(ctx, q)
	if best.Trusted || best.Code == KeyRefused {
		return best
	}
	b.each(ctx, root, func(ref Reference, s *Signed, err error) bool {
		d := Decision{Code: ListUnavailable, Detail: "Nobody you trust vouches for this issuer, and a list that you follow could not be used (" + ref.URL + ")."}
		if err == nil {
			d = s.List.Decide(ctx, q)
		}
		if better(d, best) {
			best = d
		}
		return !best.Trusted && best.Code != KeyRefused
	})
	return best
}

// Delegators reports whether an entry of the operator's own list, or of a followed one, may vouch for others.
func (b *Book) Delegators(ctx context.Context) bool {
	root := b.c.Root()
	found := root.Delegators()
	if !found {
		b.each(ctx, root, func(_ Reference, s *Signed, err error) bool {
			found = err == nil && s.List.Delegators()
			return !found
		})
	}
	return found
}

// Followed is what became of a followed list.
type Followed struct {
	Reference
	List *Signed // nil when it could not be used
	Err  error
}

// Followed reads every followed list and says what became of it, for the operator.
func (b *Book) Followed(ctx context.Context) []Followed {
	var out []Followed
	b.each(ctx, b.c.Root(), func(ref Reference, s *Signed, err error) bool {
		out = append(out, Followed{ref, s, err})
		return true
	})
	return out
}

// each calls f for every followed list, each once, until f returns false.
func (b *Book) each(ctx context.Context, root *List, f func(Reference, *Signed, error) bool) {
	seen := map[Reference]bool{}
	level := root.Follows()
	for range limits.TrustListDepth {
		var next []Reference
		for _, ref := range level {
			if seen[ref] || len(seen) >= limits.TrustLists {
				continue
			}
			seen[ref] = true
			s, err := b.get(ctx, ref)
			if !f(ref, s, err) {
				return
			}
			if err == nil {
				next = append(next, s.List.Follows()...)
			}
		}
		level = next
	}
}

// get returns a followed list that can be believed now.
func (b *Book) get(ctx context.Context, ref Reference) (*Signed, error) {
	b.mu.Lock()
	k, ok := b.kept[ref]
	if !ok {
		k = &kept{}
		b.kept[ref] = k
	}
	b.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	now := b.c.Clock()
	if !now.Before(k.until) {
		fresh, err := b.fetch(ctx, ref, now)
		if err == nil && k.list != nil && fresh.Issued.Before(k.list.Issued) {
			err = fault.Wrong("trust.list", ref.URL, "the list is older than one that was seen before")
		}
		k.err, k.until = err, now.Add(limits.TrustListPause)
		if err == nil {
			k.list, k.until = fresh, now.Add(limits.TrustListAge)
		} else if ctx.Err() == nil {
			b.c.Logger.WarnContext(ctx, "a followed trust list could not be read", "list", ref.URL, "error", err)
		}
	}
	switch {
	case k.list != nil && now.Before(k.list.Expires):
		return k.list, nil
	case k.err == nil:
		return nil, fault.Wrong("trust.list", ref.URL, "the list has expired")
	}
	return nil, k.err
}

func (b *Book) fetch(ctx context.Context, ref Reference, now time.Time) (*Signed, error) {
	res, err := b.c.Fetch.Get(ctx, ref.URL, "application/"+Type+", application/jwt;q=0.9, */*;q=0.1")
	if err != nil {
		return nil, err
	}
	s, err := ReadSigned(res.Body)
	if err != nil {
		return nil, err
	}
	return s, s.Verify(ctx, b.c.Keys, ref, now)
}
