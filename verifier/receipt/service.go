package receipt

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/verifier"
)

// Stored is a receipt as it is kept: under a hash of its code.
type Stored struct {
	Hash      []byte
	JWS       []byte
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Store keeps receipts.
type Store interface {
	// InsertReceipt stores one; fault.Unavailable when most are kept already.
	InsertReceipt(ctx context.Context, s Stored, most int) error
	// Receipt returns the one of that hash; fault.NotFound.
	Receipt(ctx context.Context, hash []byte) (Stored, error)
	// SweepReceipts forgets those that ended at now or before.
	SweepReceipts(ctx context.Context, now time.Time) error
}

// Keys lends the key that signs receipts, with the DID of whose it is.
type Keys interface {
	ReceiptKey(ctx context.Context) (keys.Signer, string, error)
}

// Config is what a Service needs: Store, Keys and Secret, the same for all processes of a deployment.
type Config struct {
	Store  Store
	Keys   Keys
	Secret []byte
	Clock  func() time.Time // default: time.Now
	Random io.Reader        // default: crypto/rand
}

// Service makes and keeps receipts. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Service{c}
}

// Saved is a receipt with the code of its link.
type Saved struct {
	Code      string
	JWS       []byte
	Receipt   Receipt
	ExpiresAt time.Time
}

// draft is what a page carries until its reader asks for a receipt.
type draft struct {
	Until   int64   `json:"until"`
	Receipt Receipt `json:"receipt"`
}

// Draft is a text from which Save makes a receipt within limits.ReceiptDraft: nothing is stored before. Only this deployment can
// have written it. "" for a result of which there is no receipt.
func (s *Service) Draft(r verifier.Result, p verifier.Policy) (string, error) {
	unsigned, ok := Of(r, p)
	if !ok {
		return "", nil
	}
	body, err := json.Marshal(draft{s.c.Clock().Add(limits.ReceiptDraft).Unix(), unsigned})
	if err != nil {
		return "", fmt.Errorf("draft of a receipt: %w", err)
	}
	if len(body) > limits.ReceiptBytes {
		return "", nil
	}
	enc := base64.RawURLEncoding
	return enc.EncodeToString(body) + "." + enc.EncodeToString(s.seal(body)), nil
}

func (s *Service) seal(body []byte) []byte {
	m := hmac.New(sha256.New, s.c.Secret)
	m.Write(body)
	return m.Sum(nil)
}

// open reads a draft of this deployment.
func (s *Service) open(text string) (Receipt, error) {
	wrong := fault.New(fault.Invalid, nil, "this result cannot be saved any more").Code("receipt.draft").Hint("check the badge again")
	head, tail, _ := strings.Cut(text, ".")
	if len(head) > base64.RawURLEncoding.EncodedLen(limits.ReceiptBytes) {
		return Receipt{}, wrong
	}
	body, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return Receipt{}, wrong
	}
	seal, err := base64.RawURLEncoding.DecodeString(tail)
	if err != nil || !hmac.Equal(seal, s.seal(body)) {
		return Receipt{}, wrong
	}
	var d draft
	if err := json.Unmarshal(body, &d); err != nil || s.c.Clock().Unix() > d.Until {
		return Receipt{}, wrong
	}
	return d.Receipt, nil
}

// Save signs and stores the receipt of a draft. Saving the same draft again makes another one. A draft that is not ours, or too
// old, is fault.Invalid with code "receipt.draft".
func (s *Service) Save(ctx context.Context, text string, d Detail) (Saved, error) {
	r, err := s.open(text)
	if err != nil {
		return Saved{}, err
	}
	return s.keep(ctx, r.Keep(d))
}

// Make signs and stores the receipt of a result. fault.Invalid (receipt.nothing) when it is about no credential.
func (s *Service) Make(ctx context.Context, r verifier.Result, p verifier.Policy, d Detail) (Saved, error) {
	unsigned, ok := Of(r, p)
	if !ok {
		return Saved{}, fault.New(fault.Invalid, nil, "there is no receipt of what holds no credential").Code("receipt.nothing")
	}
	return s.keep(ctx, unsigned.Keep(d))
}

func (s *Service) keep(ctx context.Context, r Receipt) (Saved, error) {
	key, issuer, err := s.c.Keys.ReceiptKey(ctx)
	if err != nil {
		return Saved{}, err
	}
	ids, err := randid.Several(s.c.Random, 2)
	if err != nil {
		return Saved{}, err
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	r.Issuer, r.ID, r.IssuedAt = issuer, "urn:uuid:"+randid.UUID(ids[1]), now.Unix()
	jws, err := Sign(r, key)
	if err != nil {
		return Saved{}, err
	}
	out := Saved{Code: ids[0], JWS: jws, Receipt: r, ExpiresAt: now.Add(limits.ReceiptLife)}
	return out, s.c.Store.InsertReceipt(ctx, Stored{hash(out.Code), jws, now, out.ExpiresAt}, limits.Receipts)
}

func hash(code string) []byte {
	sum := sha256.Sum256([]byte("receipt " + code))
	return sum[:]
}

// See returns what is kept under a code; fault.NotFound when there is nothing, or no longer.
func (s *Service) See(ctx context.Context, code string) (Saved, error) {
	none := fault.New(fault.NotFound, nil, "there is no receipt here, or no longer").Code("receipt.unknown")
	if !randid.Valid(code) {
		return Saved{}, none
	}
	kept, err := s.c.Store.Receipt(ctx, hash(code))
	switch {
	case fault.Is(err, fault.NotFound):
		return Saved{}, none
	case err != nil:
		return Saved{}, err
	case !s.c.Clock().Before(kept.ExpiresAt):
		return Saved{}, none
	}
	read, err := Read(kept.JWS)
	if err != nil {
		return Saved{}, fmt.Errorf("stored receipt: %w", err)
	}
	return Saved{code, kept.JWS, read.Receipt, kept.ExpiresAt}, nil
}

// Sweep forgets what has ended.
func (s *Service) Sweep(ctx context.Context) error { return s.c.Store.SweepReceipts(ctx, s.c.Clock()) }
