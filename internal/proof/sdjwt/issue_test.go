package sdjwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

const person = `{"iss":"did:web:a.example","iat":1,"name":"Ada","a/b":{"street":"S & <1>","town":"T"},"langs":["en",["fr"],{"code":"de"}],"n":1.50}`

func signer(t testing.TB, key keys.Signer, c sdjwt.Config) *sdjwt.Signer {
	t.Helper()
	s, err := sdjwt.NewSigner(key, c)
	want(t, err, "")
	return s
}

// TestIssueAndRead issues in every algorithm what can be hidden at every level, and reads it back whole.
func TestIssueAndRead(t *testing.T) {
	pointers := []string{"/name", "/a~1b", "/a~1b/street", "/langs/0", "/langs/1/0", "/langs/2", "/langs/2/code"}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA, keys.RS256} {
		t.Run(string(alg), func(t *testing.T) {
			key, holder := generate(t, alg), generate(t, alg)
			bound := holder.Public()
			issued, err := signer(t, key, sdjwt.Config{}).Issue(value(t, person), pointers, sdjwt.Options{VCT: "urn:x", Holder: &bound, Decoys: 2})
			want(t, err, "")
			p, err := sdjwt.Read([]byte(issued.Compact))
			want(t, err, "")
			want(t, p.Verify(key.Public()), "")
			want(t, p.Verify(generate(t, alg).Public()), "jose.signature")
			if got, ok := p.Holder(); !ok || !got.Equal(bound) || got.ID != "" {
				t.Errorf("holder %v %t", got, ok)
			}
			if p.Header.KeyID != "did:web:a.example#k" || p.VCT != "urn:x" || p.Issuer != "did:web:a.example" {
				t.Errorf("kid %q, vct %q, iss %q", p.Header.KeyID, p.VCT, p.Issuer)
			}
			var paths, read []string
			for i := range p.Disclosures {
				paths, read = append(paths, issued.Disclosures[i].Path), append(read, p.Disclosures[i].Path)
			}
			if diff := cmp.Diff(paths, read); diff != "" {
				t.Errorf("paths of issuer and reader (-issuer +reader):\n%s", diff)
			}
			slices.Sort(paths)
			slices.Sort(pointers)
			if diff := cmp.Diff(pointers, paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
			same(t, p.Payload(), []byte(strings.TrimSuffix(person, "}")+`,"vct":"urn:x","cnf":`+string(cnf(t, p))+`}`))
		})
	}
}

// cnf prints the cnf claim of p.
func cnf(t testing.TB, p *sdjwt.Presentation) []byte {
	t.Helper()
	_, rest, ok := strings.Cut(string(p.Payload()), `"cnf":`)
	end := strings.Index(rest, "}}")
	if !ok || end < 0 {
		t.Fatalf("no cnf in %s", p.Payload())
	}
	return []byte(rest[:end+2])
}

func TestIssueHidesWhatItSays(t *testing.T) {
	counted := make([]byte, 256)
	for i := range counted {
		counted[i] = byte(i)
	}
	key := generate(t, keys.EdDSA)
	issued, err := signer(t, key, sdjwt.Config{Random: bytes.NewReader(counted)}).
		Issue(value(t, `{"b":"secret","a":"open","l":["secret2"]}`), []string{"/b", "/l/0"}, sdjwt.Options{VCT: "urn:x", Decoys: 1})
	want(t, err, "")
	jwt, _, _ := strings.Cut(issued.Compact, "~")
	payload, err := b64.DecodeString(strings.Split(jwt, ".")[1])
	want(t, err, "")
	for _, word := range []string{"secret", `"b"`} {
		if strings.Contains(string(payload), word) {
			t.Errorf("%s stands in the clear: %s", word, payload)
		}
	}
	p, err := sdjwt.Read([]byte(jwt + "~"))
	want(t, err, "")
	same(t, p.Payload(), []byte(`{"a":"open","l":[],"vct":"urn:x"}`))
	text, _ := disclosure(`["AAECAwQFBgcICQoLDA0ODw","b","secret"]`)
	if issued.Disclosures[0].Text != text {
		t.Errorf("disclosure %s, want %s", issued.Disclosures[0].Text, text)
	}
	if got := strings.Count(string(payload), `"...":`); got != 2 {
		t.Errorf("%d digests in the list, want one and a decoy", got)
	}
	if digests := value(t, string(payload)).Member("_sd").Texts(); len(digests) != 2 || !slices.IsSorted(digests) {
		t.Errorf("digests %q, want one and a decoy, sorted", digests)
	}
}

func TestIssueRefuses(t *testing.T) {
	key := generate(t, keys.EdDSA)
	bound := key.Public()
	context := `"@context":["https://www.w3.org/ns/credentials/v2"]`
	for _, c := range []struct {
		name, typ, claims string
		pointers          []string
		options           sdjwt.Options
		refused           string // part of the error; "" when it is issued
	}{
		{"the untouched twin", "", `{"a":1,"b":{"c":[1]}}`, []string{"/a", "/b/c/0"}, sdjwt.Options{VCT: "x"}, ""},
		{"nothing to hide", "", `{"a":1}`, nil, sdjwt.Options{VCT: "x"}, ""},
		{"vct among the claims", "", `{"vct":"x"}`, nil, sdjwt.Options{}, ""},
		{"a VCDM credential", sdjwt.TypeVCDM, `{` + context + `,"type":["VerifiableCredential"]}`, []string{"/type/0"}, sdjwt.Options{}, ""},
		{"a VCDM presentation", sdjwt.TypeVP, `{` + context + `}`, nil, sdjwt.Options{}, ""},
		{"no vct", "", `{"a":1}`, nil, sdjwt.Options{}, "vct"},
		{"two vct", "", `{"vct":"x"}`, nil, sdjwt.Options{VCT: "x"}, "vct"},
		{"two cnf", "", `{"vct":"x","cnf":{}}`, nil, sdjwt.Options{Holder: &bound}, "cnf"},
		{"a zero key", "", `{"vct":"x"}`, nil, sdjwt.Options{Holder: &keys.Public{}}, "key"},
		{"a VCDM credential without context", sdjwt.TypeVCDM, `{"a":1}`, nil, sdjwt.Options{}, "@context"},
		{"a presentation without context", sdjwt.TypeVP, `{"vct":"x"}`, nil, sdjwt.Options{}, "@context"},
		{"claims that are a list", "", `[1]`, nil, sdjwt.Options{VCT: "x"}, "array"},
		{"iss", "", `{"iss":"x"}`, []string{"/iss"}, sdjwt.Options{VCT: "x"}, "leave out"},
		{"inside status", "", `{"status":{"a":1}}`, []string{"/status/a"}, sdjwt.Options{VCT: "x"}, "leave out"},
		{"credentialStatus of a badge", "", `{` + context + `,"credentialStatus":{}}`, []string{"/credentialStatus"}, sdjwt.Options{VCT: "x"}, "leave out"},
		{"a member that is not there", "", `{"a":1}`, []string{"/b"}, sdjwt.Options{VCT: "x"}, "no member"},
		{"an element that is not there", "", `{"a":[1]}`, []string{"/a/1"}, sdjwt.Options{VCT: "x"}, "no element"},
		{"an element with a leading zero", "", `{"a":[1]}`, []string{"/a/00"}, sdjwt.Options{VCT: "x"}, "no element"},
		{"inside a number", "", `{"a":1}`, []string{"/a/b"}, sdjwt.Options{VCT: "x"}, "nothing inside"},
		{"twice", "", `{"a":1}`, []string{"/a", "/a"}, sdjwt.Options{VCT: "x"}, "twice"},
		{"the whole", "", `{"a":1}`, []string{""}, sdjwt.Options{VCT: "x"}, "pointer"},
		{"no pointer", "", `{"a":1}`, []string{"a"}, sdjwt.Options{VCT: "x"}, "pointer"},
		{"a bad escape", "", `{"a~":1}`, []string{"/a~"}, sdjwt.Options{VCT: "x"}, "pointer"},
		{"a name of the machinery", "", `{"_sd":[]}`, nil, sdjwt.Options{VCT: "x"}, "reserved"},
		{"one further in", "", `{"a":[{"...":"x"}]}`, nil, sdjwt.Options{VCT: "x"}, "reserved"},
		{"one in what is hidden", "", `{"a":{"_sd_alg":"x"}}`, []string{"/a"}, sdjwt.Options{VCT: "x"}, "reserved"},
		{"fewer than no decoys", "", `{"a":1}`, nil, sdjwt.Options{VCT: "x", Decoys: -1}, "decoys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			issued, err := signer(t, key, sdjwt.Config{Type: c.typ}).Issue(value(t, c.claims), c.pointers, c.options)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("got %v, want an error with %q", err, c.refused)
				}
				return
			}
			want(t, err, "")
			_, err = sdjwt.Read([]byte(issued.Compact))
			want(t, err, "")
		})
	}
	_, err := signer(t, key, sdjwt.Config{Random: bytes.NewReader(nil)}).Issue(value(t, `{"a":1}`), []string{"/a"}, sdjwt.Options{VCT: "x"})
	if err == nil {
		t.Error("issued without randomness")
	}
	if _, err := sdjwt.NewSigner(key, sdjwt.Config{Type: "JWT"}); err == nil {
		t.Error("the type JWT is taken")
	}
}

func TestChain(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	want(t, err, "")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.example"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	want(t, err, "")
	key, err := keys.NewSigner("", keys.ES256, private)
	want(t, err, "")
	issued, err := signer(t, key, sdjwt.Config{Chain: [][]byte{der, der}}).Issue(value(t, `{"vct":"x"}`), nil, sdjwt.Options{})
	want(t, err, "")
	p, err := sdjwt.Read([]byte(issued.Compact))
	want(t, err, "")
	k, ok, err := p.ChainKey()
	want(t, err, "")
	if !ok || !k.Equal(key.Public()) || p.Header.KeyID != "" || len(p.Header.Chain) != 2 {
		t.Errorf("key %v %t, kid %q, %d certificates", k, ok, p.Header.KeyID, len(p.Header.Chain))
	}
	want(t, p.Verify(k), "")
	if _, err := sdjwt.NewSigner(generate(t, keys.ES256), sdjwt.Config{Chain: [][]byte{der}}); err == nil {
		t.Error("a certificate for another key is taken")
	}
	if _, err := sdjwt.NewSigner(key, sdjwt.Config{Chain: [][]byte{der[1:]}}); err == nil {
		t.Error("what is no certificate is taken")
	}
}

func BenchmarkIssue(b *testing.B) {
	s := signer(b, generate(b, keys.ES256), sdjwt.Config{})
	claims := value(b, person)
	for b.Loop() {
		if _, err := s.Issue(claims, []string{"/name", "/a~1b", "/langs/0"}, sdjwt.Options{VCT: "urn:x"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, v := range rfc9901(b).Vectors {
		if !strings.HasPrefix(v.Name, "A.3") {
			continue
		}
		b.Run(v.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := sdjwt.Read([]byte(v.SDJWT)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
