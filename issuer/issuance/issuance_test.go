package issuance_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/issuance"
)

const (
	issuerID = "iss_1"
	keyID    = "did:web:a.example#key-1"
)

// document is a whole badge. Tests spoil it by replacing parts.
const document = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],` +
	`"id":"https://a.example/c/1","type":["VerifiableCredential","OpenBadgeCredential"],` +
	`"issuer":{"id":"did:web:a.example","type":["Profile"],"name":"School"},"validFrom":"2026-01-01T00:00:00Z","validUntil":"2030-01-01T00:00:00Z",` +
	`"credentialSubject":{"id":"urn:uuid:5f1c1a3e-0d2f-4c58-9a55-2f4a1e3b7c10","type":["AchievementSubject"],"achievement":` +
	`{"id":"https://a.example/a/1","type":["Achievement"],"name":"Go","description":"All of Go","criteria":{"narrative":"Finish it."}}}}`

// identifier tells who a subject is in another way than by its id.
const identifier = `"identifier":[{"type":"IdentityObject","hashed":false,"identityHash":"S-1","identityType":"studentId"}],`

// listDocument is an unsigned status list.
const listDocument = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"https://a.example/status/1",` +
	`"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":"did:web:a.example","validFrom":"2026-01-01T00:00:00Z",` +
	`"credentialSubject":{"id":"https://a.example/status/1#list","type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"uH4sIAAAAAAAA_w"}}`

// ring gives one key, or an error, and counts how often it signs.
type ring struct {
	key    keys.Signer
	err    error
	broken error
	signed atomic.Int32
}

func (r *ring) Signer(_ context.Context, id string, _ keys.Algorithm) (keys.Signer, error) {
	if id != issuerID {
		return nil, fault.New(fault.NotFound, nil, "the issuer has no key")
	}
	return r, r.err
}

func (r *ring) Public() keys.Public { return r.key.Public() }

func (r *ring) Sign(message []byte) ([]byte, error) {
	r.signed.Add(1)
	if r.broken != nil {
		return nil, r.broken
	}
	return r.key.Sign(message)
}

func newRing(t testing.TB) *ring {
	t.Helper()
	key, err := keys.Generate(keys.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &ring{key: key.WithID(keyID)}
}

// judge is a checker that says what it is told to, and keeps what it saw.
type judge struct {
	err  error
	saw  atomic.Int32
	last atomic.Value
}

func (j *judge) Check(_ context.Context, signed []byte) error {
	j.saw.Add(1)
	j.last.Store(string(signed))
	return j.err
}

func order(form proof.Form) issuance.Order {
	return issuance.Order{IssuerID: issuerID, Form: form, Alg: keys.ES256}
}

func prepare(t testing.TB, s *issuance.Service, form proof.Form, doc string) *issuance.Ticket {
	t.Helper()
	ticket, err := s.Prepare(order(form), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

func TestWhatWasPreparedIsSignedAndChecked(t *testing.T) {
	for _, form := range []proof.Form{proof.OBJWT, proof.VCJWT} {
		r, j := newRing(t), &judge{}
		s := issuance.New(issuance.Config{Keys: r, Checker: j})
		for range 2 { // the second time with the signer that is known
			got, err := s.Sign(t.Context(), prepare(t, s, form, document))
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			if got.KeyID != keyID || j.last.Load() != string(got.Bytes) {
				t.Errorf("%s: key %q; the checker saw other bytes than are handed out: %v", form, got.KeyID, j.last.Load() != string(got.Bytes))
			}
			theirs, err := gojose.ParseSignedCompact(string(got.Bytes), []gojose.SignatureAlgorithm{gojose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := theirs.Verify(r.key.Public().Key)
			if err != nil || !strings.HasPrefix(string(payload), document[:len(document)-1]) {
				t.Errorf("%s: go-jose: %v; the document's bytes changed: %s", form, err, payload)
			}
			if claims := strings.Contains(string(payload), `"iss":"did:web:a.example"`); claims != (form == proof.OBJWT) {
				t.Errorf("%s: claims beside the document: %v", form, claims)
			}
		}
		if j.saw.Load() != 2 {
			t.Errorf("%s: %d checks of 2 credentials", form, j.saw.Load())
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	r := newRing(t)
	s := issuance.New(issuance.Config{Keys: r})
	for name, c := range map[string]struct{ old, new, at string }{
		"no JSON at all":                      {document, "a badge", ""},
		"a member twice":                      {`"name":"School"`, `"name":"School","name":"Other"`, "/issuer"},
		"no context":                          {`"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],`, "", "/@context"},
		"no type":                             {`"type":["VerifiableCredential","OpenBadgeCredential"],`, "", "/type"},
		"an achievement without a name":       {`"name":"Go",`, "", "/credentialSubject/achievement"},
		"a name that is a number":             {`"name":"Go"`, `"name":7`, "/credentialSubject/achievement/name"},
		"no achievement":                      {`,"achievement":`, `,"achievements":`, "/credentialSubject"},
		"an issuer without an id":             {`"id":"did:web:a.example",`, "", "/issuer"},
		"a time without a zone":               {`"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00"`, "/validFrom"},
		"no start":                            {`"validFrom":"2026-01-01T00:00:00Z",`, "", "/validFrom"},
		"an end before the start":             {`"2030-01-01T00:00:00Z"`, `"2020-01-01T00:00:00Z"`, "/validUntil"},
		"house rule: a part of a second":      {`"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00.5Z"`, "/validFrom"},
		"house rule: a part at the end":       {`"2030-01-01T00:00:00Z"`, `"2030-01-01T00:00:00.5Z"`, "/validUntil"},
		"house rule: no id":                   {`"id":"https://a.example/c/1",`, "", "/id"},
		"a subject without id or name":        {`"id":"urn:uuid:5f1c1a3e-0d2f-4c58-9a55-2f4a1e3b7c10",`, "", "/credentialSubject"},
		"house rule: a subject without an id": {`"id":"urn:uuid:5f1c1a3e-0d2f-4c58-9a55-2f4a1e3b7c10",`, identifier, "/credentialSubject/id"},
		"members of two data models":          {`https://www.w3.org/ns/credentials/v2`, `https://www.w3.org/2018/credentials/v1`, "/validFrom"},
		"a validFrom of another spelling":     {`"validFrom"`, `"ValidFrom"`, "/ValidFrom"},
	} {
		if !strings.Contains(document, c.old) {
			t.Fatalf("%s: the document does not hold %s", name, c.old)
		}
		ticket, err := s.Prepare(order(proof.OBJWT), []byte(strings.Replace(document, c.old, c.new, 1)))
		p := fault.Describe(err)
		if p.Kind != fault.Invalid || p.Code == "" || !strings.HasPrefix(p.Pointer, c.at) || c.at != "" && p.Pointer == "" {
			t.Errorf("%s: %v (code %q at %q, want %q)", name, err, p.Code, p.Pointer, c.at)
		}
		if ticket != nil {
			t.Errorf("%s: a ticket for what is refused", name)
		}
	}
	for _, form := range []proof.Form{proof.OB2, proof.None, ""} {
		if ticket, err := s.Prepare(order(form), []byte(document)); !fault.Is(err, fault.Unsupported) || ticket != nil {
			t.Errorf("form %q: %v", form, err)
		}
	}
	if r.signed.Load() != 0 {
		t.Error("something was signed")
	}
}

func TestATicketIsGoodForOneSignature(t *testing.T) {
	r := newRing(t)
	s := issuance.New(issuance.Config{Keys: r})
	ticket := prepare(t, s, proof.OBJWT, document)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := s.Sign(t.Context(), ticket); err == nil {
				won.Add(1)
			} else if got.Bytes != nil {
				t.Error("bytes beside an error")
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || r.signed.Load() != 1 {
		t.Errorf("%d of 50 calls succeeded, %d signatures", won.Load(), r.signed.Load())
	}
}

func TestWhatTheCheckerRefusesIsNeverHandedOut(t *testing.T) {
	refusal := errors.New("the signature does not hold")
	r := newRing(t)
	s := issuance.New(issuance.Config{Keys: r, Checker: &judge{err: refusal}})
	ticket := prepare(t, s, proof.OBJWT, document)
	got, err := s.Sign(t.Context(), ticket)
	if !errors.Is(err, refusal) || got.Bytes != nil || got.KeyID != "" {
		t.Errorf("%v, %d bytes", err, len(got.Bytes))
	}
	if p := fault.Describe(err); p.Kind != fault.Internal {
		t.Errorf("a fault of ours is shown as the caller's: %+v", p)
	}
	if _, err := s.Sign(t.Context(), ticket); err == nil || r.signed.Load() != 1 {
		t.Errorf("the ticket signs again: %v, %d signatures", err, r.signed.Load())
	}
}

// A status list is not a badge: the verifier reads it as part of another check, so the checker does not see it.
func TestAStatusListIsSignedWithoutTheChecker(t *testing.T) {
	j := &judge{err: errors.New("not a badge")}
	s := issuance.New(issuance.Config{Keys: newRing(t), Checker: j})
	got, err := s.Sign(t.Context(), prepare(t, s, proof.VCJWT, listDocument))
	if err != nil || len(got.Bytes) == 0 || j.saw.Load() != 0 {
		t.Errorf("%v, %d bytes, %d checks", err, len(got.Bytes), j.saw.Load())
	}
	for name, spoilt := range map[string]string{
		"no bits":      strings.Replace(listDocument, `,"encodedList":"uH4sIAAAAAAAA_w"`, "", 1),
		"no purpose":   strings.Replace(listDocument, `"statusPurpose":"revocation",`, "", 1),
		"another type": strings.Replace(listDocument, `"type":"BitstringStatusList"`, `"type":"List"`, 1),
	} {
		if _, err := s.Prepare(order(proof.VCJWT), []byte(spoilt)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOutageOfTheKeyIsUnavailable(t *testing.T) {
	r := newRing(t)
	s := issuance.New(issuance.Config{Keys: r})
	r.broken = errors.New("the module does not answer")
	got, err := s.Sign(t.Context(), prepare(t, s, proof.OBJWT, document))
	if p := fault.Describe(err); p.Kind != fault.Unavailable || p.Hint == "" || got.Bytes != nil || strings.Contains(p.Sentence, "module") {
		t.Errorf("a key that does not sign: %v (%+v)", err, p)
	}
	r.broken = nil
	if _, err := s.Sign(t.Context(), prepare(t, s, proof.OBJWT, document)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	r.err = fault.New(fault.Unavailable, nil, "the key store does not answer")
	if _, err := s.Sign(t.Context(), prepare(t, s, proof.OBJWT, document)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a key store that does not answer: %v", err)
	}
	r.err = nil
	foreign := issuance.Order{IssuerID: "iss_2", Form: proof.OBJWT, Alg: keys.ES256}
	ticket, err := s.Prepare(foreign, []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(t.Context(), ticket); !fault.Is(err, fault.NotFound) {
		t.Errorf("an issuer without keys: %v", err)
	}
}

// A rotated key is used from the next signature on, although the old one was remembered.
func TestANewKeySignsFromTheNextTicketOn(t *testing.T) {
	r := newRing(t)
	s := issuance.New(issuance.Config{Keys: r})
	if _, err := s.Sign(t.Context(), prepare(t, s, proof.OBJWT, document)); err != nil {
		t.Fatal(err)
	}
	second, err := keys.Generate(keys.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ticket := prepare(t, s, proof.OBJWT, document) // prepared before, signed after the rotation
	next := &ring{key: second.WithID("did:web:a.example#key-2")}
	r.key = next.key
	got, err := s.Sign(t.Context(), ticket)
	if err != nil || got.KeyID != "did:web:a.example#key-2" {
		t.Fatalf("%q, %v", got.KeyID, err)
	}
	theirs, err := gojose.ParseSignedCompact(string(got.Bytes), []gojose.SignatureAlgorithm{gojose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Verify(second.Public().Key); err != nil || theirs.Signatures[0].Header.KeyID != got.KeyID {
		t.Errorf("header %q: %v", theirs.Signatures[0].Header.KeyID, err)
	}
}

// single is a keyring of one key.
type single struct{ key keys.Signer }

func (s single) Signer(context.Context, string, keys.Algorithm) (keys.Signer, error) {
	return s.key, nil
}

func ExampleService() {
	key, err := keys.Generate(keys.EdDSA, rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := issuance.New(issuance.Config{Keys: single{key.WithID("did:web:a.example#key-1")}})
	ticket, err := s.Prepare(issuance.Order{IssuerID: "iss_1", Form: proof.OBJWT, Alg: keys.EdDSA}, []byte(document))
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := s.Sign(context.Background(), ticket)
	fmt.Println(strings.Count(string(signed.Bytes), "."), signed.KeyID, err)
	// Output: 2 did:web:a.example#key-1 <nil>
}

// BenchmarkIssue is Prepare and Sign of a small badge, without the check of the outcome.
func BenchmarkIssue(b *testing.B) {
	s := issuance.New(issuance.Config{Keys: newRing(b)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(b.Context(), prepare(b, s, proof.OBJWT, document)); err != nil {
			b.Fatal(err)
		}
	}
}
