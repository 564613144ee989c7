package dataintegrity_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// award is a badge of one achievement; optional chooses members that not every award has.
func award(r *rand.Rand, first string, optional int) []byte {
	extra := ""
	if optional&1 != 0 {
		extra += fmt.Sprintf(`"expirationDate":"20%02d-01-01T00:00:00Z",`, 30+r.IntN(60))
	}
	if optional&2 != 0 {
		extra += fmt.Sprintf(`"evidence":[{"id":"https://e.example/%x","type":["Evidence"],"name":"Work"}],`, r.Uint64())
	}
	if first == contexts.CredentialsV2 {
		extra = strings.ReplaceAll(extra, "expirationDate", "validUntil")
	}
	return fmt.Appendf(nil, `{"@context":["%s","%s"],"id":"https://b.example/c/%x","type":["VerifiableCredential","OpenBadgeCredential"],"name":"First aid",%s
		"issuer":{"id":"did:web:b.example","type":["Profile"],"name":"School"},"awardedDate":"2026-01-%02dT03:04:05Z",
		"credentialSubject":{"id":"urn:uuid:%x","type":["AchievementSubject"],"identifier":[
			{"type":"IdentityObject","hashed":true,"identityHash":"sha256$%x","identityType":"emailAddress","salt":"%x"}],
		"achievement":{"id":"https://b.example/achievements/1/1","type":["Achievement"],"name":"First aid","description":"Helps","criteria":{"narrative":"Passed"}}}}`,
		first, contexts.OpenBadges, r.Uint64(), extra, 1+r.IntN(28), r.Uint64(), r.Uint64(), r.Uint64())
}

// TestTemplatesSignAsTheLongWayDoes signs many awards of two achievements in both ways. Ed25519 and ECDSA without randomness sign the same
// bytes in the same way.
func TestTemplatesSignAsTheLongWayDoes(t *testing.T) {
	for suite, alg := range map[string][]keys.Algorithm{
		dataintegrity.EdDSARDFC: {keys.EdDSA}, dataintegrity.ECDSARDFC: {keys.ES256, keys.ES384}, dataintegrity.EdDSAJCS: {keys.EdDSA},
	} {
		for _, a := range alg {
			key, err := keys.Generate(a, nil)
			if err != nil {
				t.Fatal(err)
			}
			long, err := dataintegrity.NewSigner(suite, constant{key.WithID("https://b.example#key")})
			if err != nil {
				t.Fatal(err)
			}
			short, err := dataintegrity.NewSigner(suite, constant{key.WithID("https://b.example#key")})
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(2, 4))
			for i := range 300 {
				first := [...]string{contexts.CredentialsV2, contexts.CredentialsV1}[i%2]
				doc := parse(t, award(r, first, r.IntN(4)))
				st := statement(r)
				want, err := long.Sign(doc, st)
				if err != nil {
					t.Fatal(err)
				}
				got, err := short.SignLike(first, doc, st)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s, award %d with %+v: %v\n%s\nwant\n%s", suite, i, st, err, got, want)
				}
				if i%50 == 0 {
					proofs, err := dataintegrity.Read(parse(t, got))
					if err != nil {
						t.Fatal(err)
					}
					if p := proofs[0]; alg[0] == keys.EdDSA {
						if _, err := p.Verify(parse(t, got), key.Public()); err != nil {
							t.Error(err)
						}
					}
				}
			}
		}
	}
}

// constant signs with Ed25519 as always, and for ECDSA answers the message itself, cut or filled to the length of a signature, so that
// two signers can be compared.
type constant struct{ keys.Private }

func (c constant) Sign(message []byte) ([]byte, error) {
	if c.Public().Alg == keys.EdDSA {
		return c.Private.Sign(message)
	}
	return append([]byte{1}, message[:63]...), nil
}

// statement is mostly a purpose and a date, and sometimes more.
func statement(r *rand.Rand) dataintegrity.Statement {
	st := dataintegrity.Statement{Created: time.Unix(1_790_000_000+r.Int64N(1e7), 0)}
	switch r.IntN(10) {
	case 0:
		st.Created = time.Time{}
	case 1:
		st.Purpose = dataintegrity.Authentication
	case 2:
		st.Domain, st.Challenge = "b.example", "c"
	case 3:
		st.ID = "urn:proof:1"
	case 4:
		st.VerificationMethod = "https://b.example/other#key"
	case 5:
		st.Expires = st.Created.Add(time.Hour)
	}
	return st
}

// TestTemplatesRefuseWhatTheLongWayRefuses offers the nearest documents that nobody signs to a signer that knows their template.
func TestTemplatesRefuseWhatTheLongWayRefuses(t *testing.T) {
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, signer(t, keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	good := award(rand.New(rand.NewPCG(1, 1)), contexts.CredentialsV2, 0)
	for range 2 {
		if _, err := s.SignLike("a", parse(t, good), dataintegrity.Statement{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, old, new, code string }{
		{"an undefined term", `"name":"First aid"`, `"grade":"A"`, "DATA_LOSS_DETECTION_ERROR"},
		{"a relative id", `"id":"urn:uuid:`, `"id":"`, "DATA_LOSS_DETECTION_ERROR"},
		{"an id that would end the statement", `"id":"urn:uuid:`, `"id":"urn:x> <urn:y`, "DATA_LOSS_DETECTION_ERROR"},
		{"a value of null", `"name":"First aid"`, `"name":null`, "DATA_LOSS_DETECTION_ERROR"},
		{"an undefined type", `"type":["Achievement"]`, `"type":["Deed"]`, "DATA_LOSS_DETECTION_ERROR"},
		{"a context from elsewhere", contexts.OpenBadges, "https://evil.example/", "context.unknown"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		if _, err := s.SignLike("a", parse(t, []byte(text)), dataintegrity.Statement{}); err == nil || fault.AsDefect(err).Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
	if _, err := s.SignLike("a", parse(t, good), dataintegrity.Statement{VerificationMethod: "relative"}); err == nil {
		t.Error("a relative verification method is taken")
	}
}

// TestTemplatesOfManyKinds keeps signing well when there are more kinds of documents than room for templates.
func TestTemplatesOfManyKinds(t *testing.T) {
	key := signer(t, keys.EdDSA)
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(6, 6))
	for i := range 600 {
		var doc ijson.Value
		if i%2 == 0 {
			doc = parse(t, award(r, contexts.CredentialsV2, 0))
		} else { // one kind with shapes without end
			doc = parse(t, fmt.Appendf(nil, `{"@context":["%s"],"type":["VerifiableCredential"],"issuer":"urn:i","credentialSubject":[%s]}`,
				contexts.CredentialsV2, strings.TrimSuffix(strings.Repeat(`{"id":"urn:s"},`, 1+i%40), ",")))
		}
		signed, err := s.SignLike([]string{fmt.Sprint(i), "odd"}[i%2], doc, dataintegrity.Statement{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Sign(doc, dataintegrity.Statement{})
		if err != nil || !bytes.Equal(signed, again) {
			t.Fatalf("document %d: %v", i, err)
		}
	}
}

func BenchmarkSignLike(b *testing.B) {
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, signer(b, keys.EdDSA))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(6, 6))
	docs := make([]ijson.Value, 64)
	for i := range docs {
		docs[i] = parse(b, award(r, contexts.CredentialsV2, 3))
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		if _, err := s.SignLike("award", docs[i%64], dataintegrity.Statement{Created: time.Unix(int64(i), 0)}); err != nil {
			b.Fatal(err)
		}
	}
}
