package receipt_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

var errBroken = errors.New("the disk is gone")

// broken is a place for receipts, a key and a source of randomness, of which one does not work.
type broken struct {
	*shelf
	host
	key, insert, read, random error
	signer                    keys.Signer
}

func (b *broken) ReceiptKey(ctx context.Context) (keys.Signer, string, error) {
	signer, issuer, _ := b.host.ReceiptKey(ctx)
	if b.signer != nil {
		signer = b.signer
	}
	return signer, issuer, b.key
}

func (b *broken) InsertReceipt(ctx context.Context, r receipt.Stored, most int) error {
	if b.insert != nil {
		return b.insert
	}
	return b.shelf.InsertReceipt(ctx, r, most)
}

func (b *broken) Receipt(ctx context.Context, hash []byte) (receipt.Stored, error) {
	if b.read != nil {
		return receipt.Stored{}, b.read
	}
	return b.shelf.Receipt(ctx, hash)
}

func (b *broken) Read(p []byte) (int, error) {
	if b.random != nil {
		return 0, b.random
	}
	return rand.Read(p)
}

// silent is a key that does not sign.
type silent struct{ keys.Signer }

func (silent) Sign([]byte) ([]byte, error) { return nil, errBroken }

// TestAReceiptIsWholeOrNotThere: without a key, randomness, a signature or a place there is none, and the error says so.
func TestAReceiptIsWholeOrNotThere(t *testing.T) {
	r := newRoom(t)
	result := r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge()))
	endless := result
	endless.CheckedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // which JSON of Go has no form for
	own := r.world.School.Key(keys.ES256)
	for _, row := range []struct {
		name   string
		result verifier.Result
		change func(*broken)
		cause  error
		good   bool
	}{
		{"with everything in its place", result, func(*broken) {}, nil, true},
		{"without a key", result, func(b *broken) { b.key = errBroken }, errBroken, false},
		{"without randomness", result, func(b *broken) { b.random = errBroken }, errBroken, false},
		{"with a key that does not sign", result, func(b *broken) { b.signer = silent{own} }, errBroken, false},
		{"with a key whose name is not UTF-8", result, func(b *broken) { b.signer = own.WithID("did:web:a#\xff") }, nil, false},
		{"with a moment that has no form", endless, func(*broken) {}, nil, false},
		{"without a place", result, func(b *broken) { b.insert = errBroken }, errBroken, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &broken{shelf: &shelf{kept: map[string]receipt.Stored{}}, host: host{r.world.School}}
			row.change(b)
			s := receipt.New(receipt.Config{Store: b, Keys: b, Secret: []byte("secret"), Clock: r.world.Clock, Random: io.Reader(b)})
			_, err := s.Make(t.Context(), row.result, verifier.Policy{}, receipt.Plain)
			if row.result.CheckedAt.Year() == 10_000 && (err == nil || !strings.Contains(err.Error(), "year")) {
				t.Errorf("the moment is not to blame: %v", err)
			}
			if row.good != (err == nil) || row.cause != nil && !errors.Is(err, row.cause) || (len(b.kept) == 1) != row.good {
				t.Errorf("%d kept, %v", len(b.kept), err)
			}
		})
	}
	if text, err := r.service.Draft(endless, verifier.Policy{}); err == nil || text != "" {
		t.Errorf("a draft of it: %q, %v", text, err)
	}
}

// TestAReceiptThatCannotBeRead is neither absent nor good: that is our fault.
func TestAReceiptThatCannotBeRead(t *testing.T) {
	r := newRoom(t)
	saved, err := r.service.Make(t.Context(), r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{}, receipt.Plain)
	if err != nil {
		t.Fatal(err)
	}
	b := &broken{shelf: r.shelf, host: host{r.world.School}, read: errBroken}
	s := receipt.New(receipt.Config{Store: b, Keys: b, Clock: r.world.Clock})
	if _, err := s.See(t.Context(), saved.Code); !errors.Is(err, errBroken) || fault.Is(err, fault.NotFound) {
		t.Errorf("without the store: %v", err)
	}
	for hash, kept := range r.shelf.kept {
		kept.JWS = []byte("damaged")
		r.shelf.kept[hash] = kept
	}
	if got, err := r.service.See(t.Context(), saved.Code); err == nil || fault.Is(err, fault.NotFound) || got.JWS != nil {
		t.Errorf("damaged: %+v, %v", got, err)
	}
}

// TestWhereAReceiptIsWrong: what is signed and no receipt, each with its own code.
func TestWhereAReceiptIsWrong(t *testing.T) {
	w := verifiertest.NewWorld(t)
	token, err := jose.NewTokenSigner(receipt.Type, w.School.Key(keys.ES256))
	if err != nil {
		t.Fatal(err)
	}
	good := `{"iss":"did:web:school.example","jti":"urn:x","iat":1,"checked_at":"2026-06-15T12:00:00Z","sha256":"` + strings.Repeat("a", 64) +
		`","form":"vc-jwt","verdict":"valid","checks":[{"id":"form","outcome":"pass","code":"form.ok"}],"policy":{"name":"default"},"badge":{}}`
	for _, row := range []struct{ name, payload, code string }{
		{"a receipt", good, ""},
		{"a member twice", strings.Replace(good, `"verdict":"valid"`, `"verdict":"invalid","verdict":"valid"`, 1), "json.duplicate_member"},
		{"a number for a verdict", strings.Replace(good, `"verdict":"valid"`, `"verdict":1`, 1), "receipt.malformed"},
		{"a check of another kind", strings.Replace(good, `"code":"form.ok"`, `"code":{}`, 1), "receipt.malformed"},
		{"no verdict", strings.Replace(good, `"verdict":"valid",`, ``, 1), "receipt.malformed"},
	} {
		out, err := token.Sign([]byte(row.payload))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := receipt.Read(out); (err == nil) != (row.code == "") || err != nil && fault.AsDefect(err).Code != row.code {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// published is a Resolver with one answer, and another one when it is asked anew.
type published struct {
	doc, fresh *did.Document
	err        error // when it is asked anew
}

func (p published) Resolve(context.Context, string) (*did.Document, error) {
	if p.doc == nil {
		return nil, fault.Unclear("did.unreachable", "", nil, "made up by a test")
	}
	return p.doc, nil
}

func (p published) Refresh(context.Context, string) (*did.Document, error) { return p.fresh, p.err }

// TestWhoseKeySignedAReceipt: the deployment must have published the key, as its own, for signing; a new key is looked for once more.
func TestWhoseKeySignedAReceipt(t *testing.T) {
	r := newRoom(t)
	saved, err := r.service.Make(t.Context(), r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{}, receipt.Plain)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := receipt.Read(saved.JWS)
	if err != nil {
		t.Fatal(err)
	}
	key, stranger := r.world.School.Key(keys.ES256).Public(), r.world.Stranger
	document := func(change func(*did.Document)) *did.Document {
		d := &did.Document{ID: r.world.School.ID, Methods: []did.Method{{ID: key.ID, Controller: r.world.School.ID, Purposes: did.Assertion, Key: key}}}
		change(d)
		return d
	}
	good, none := document(func(*did.Document) {}), document(func(d *did.Document) { d.Methods = nil })
	for _, row := range []struct {
		name string
		keys published
		code string
	}{
		{"its own", published{doc: good}, ""},
		{"its own, which is new", published{doc: none, fresh: good}, ""},
		{"a deployment that cannot be found", published{}, "did.unreachable"},
		{"a deployment that cannot be found again", published{doc: none, err: fault.Unclear("did.unreachable", "", nil, "x")}, "did.unreachable"},
		{"a key that is not there, nor new", published{doc: none, fresh: none}, "key.not_bound_to_issuer"},
		{"a key for something else", published{doc: document(func(d *did.Document) { d.Methods[0].Purposes = did.Authentication })}, "key.not_bound_to_issuer"},
		{"a key that somebody else controls", published{doc: document(func(d *did.Document) { d.Methods[0].Controller = stranger.ID })}, "key.not_bound_to_issuer"},
		{"a key in somebody else's document", published{doc: document(func(d *did.Document) { d.ID = stranger.ID })}, "key.not_bound_to_issuer"},
		{"another key under its name", published{doc: document(func(d *did.Document) { d.Methods[0].Key = stranger.Key(keys.ES256).Public() })}, "jose.signature"},
	} {
		err := signed.Verify(t.Context(), row.keys)
		if (err == nil) != (row.code == "") || err != nil && fault.AsDefect(err).Code != row.code {
			t.Errorf("%s: %v", row.name, err)
		}
		if absent := row.name == "a key that is not there, nor new"; absent && fault.AsDefect(err).At == "/kid" {
			t.Errorf("%s: it is judged all the same: %v", row.name, err)
		}
	}
}
