package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// secretBytes is the strength of every secret: 160 bits, which base32 writes as 32 characters.
const (
	secretBytes = 20
	secretChars = 32
	idBytes     = 16
)

func encoding() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

func (s *Service) secret(prefix string) (string, error) { return s.draw(prefix, secretBytes) }

func (s *Service) id(prefix string) (string, error) { return s.draw(prefix, idBytes) }

func (s *Service) draw(prefix string, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", fmt.Errorf("random source: %w", err)
	}
	return prefix + encoding().EncodeToString(b), nil
}

func digest(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// wellFormed reports whether s can be a secret of ours at all, so that nonsense never reaches the store.
func wellFormed(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != secretChars {
		return false
	}
	_, err := encoding().DecodeString(rest)
	return err == nil
}

// recent remembers who was authenticated a moment ago. It is bounded, and holds hashes, never secrets.
type recent struct {
	mu   sync.Mutex
	keep time.Duration
	last map[[sha256.Size]byte]remembered
	gone uint64 // counts revocations
}

type remembered struct {
	token Token
	until time.Time
}

// recentMax bounds the memory of recent. When it is full it starts again: the store is asked, nothing is lost.
const recentMax = 1024

func newRecent(keep time.Duration) *recent {
	return &recent{keep: keep, last: map[[sha256.Size]byte]remembered{}}
}

func (r *recent) find(hash []byte, now time.Time) (Token, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.last[[sha256.Size]byte(hash)]
	if !ok || !now.Before(m.until) || !same(m.token.Hash, hash) {
		return Token{}, false
	}
	return m.token, true
}

// round names the present state of revocations: what was read before a revocation is not remembered after it.
func (r *recent) round() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}

func (r *recent) remember(t Token, now time.Time, round uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keep <= 0 || round != r.gone {
		return
	}
	if len(r.last) >= recentMax {
		clear(r.last)
	}
	r.last[[sha256.Size]byte(t.Hash)] = remembered{token: t, until: now.Add(r.keep)}
}

func (r *recent) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone++
	for h, m := range r.last {
		if m.token.ID == id {
			delete(r.last, h)
		}
	}
}
