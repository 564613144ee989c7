package verifiertest

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/status"
)

// StatusList says what a Bitstring status list is like. The zero fields mean an ordinary list.
type StatusList struct {
	URL     string
	Purpose any       // a string or an array; default: "revocation"
	Set     []int     // the bits that are set
	Size    int       // in bits, rounded up to whole bytes; default: 131,072
	From    time.Time // validFrom
	Until   time.Time // validUntil; zero: none
	TTL     any       // in milliseconds; nil: none
}

// Entry is a credentialStatus that points to bit index of the list at url.
func Entry(url, purpose string, index any) map[string]any {
	return map[string]any{
		"type": "BitstringStatusListEntry", "statusPurpose": purpose, "statusListIndex": index, "statusListCredential": url,
	}
}

// StatusList makes the status list credential, unsigned.
func (i *Issuer) StatusList(t testing.TB, l StatusList) Doc {
	t.Helper()
	if l.Size == 0 {
		l.Size = 131_072
	}
	if l.Purpose == nil {
		l.Purpose = "revocation"
	}
	bits := status.New(l.Size)
	for _, n := range l.Set {
		if err := bits.Set(n); err != nil {
			t.Fatal(err)
		}
	}
	encoded, err := bits.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	d := Doc{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": l.URL, "issuer": i.ID,
		"type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "validFrom": l.From.UTC().Format(time.RFC3339),
		"credentialSubject": map[string]any{
			"id": l.URL + "#list", "type": "BitstringStatusList", "statusPurpose": l.Purpose, "encodedList": encoded,
		},
	}
	if !l.Until.IsZero() {
		d["validUntil"] = l.Until.UTC().Format(time.RFC3339)
	}
	if l.TTL != nil {
		d = d.With("/credentialSubject/ttl", l.TTL)
	}
	return d
}

// TokenList says what a token status list is like. The zero fields mean an ordinary list.
type TokenList struct {
	URL    string
	Values map[int]int
	Bits   int // default: 2
	Size   int // in entries; default: 131,072
	From   time.Time
	Until  time.Time // exp; zero: none
}

// values are the entries of the list.
func (l TokenList) values(t testing.TB) *status.Values {
	t.Helper()
	if l.Bits == 0 {
		l.Bits = 2
	}
	if l.Size == 0 {
		l.Size = 131_072
	}
	values, err := status.NewValues(l.Size, l.Bits)
	if err != nil {
		t.Fatal(err)
	}
	for n, v := range l.Values {
		if err := values.Set(n, v); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// TokenClaims makes the claims of the status list token.
func (*Issuer) TokenClaims(t testing.TB, l TokenList) Doc {
	t.Helper()
	values := l.values(t)
	lst, err := values.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	d := Doc{"sub": l.URL, "iat": l.From.Unix(), "status_list": map[string]any{"bits": values.Bits(), "lst": lst}}
	if !l.Until.IsZero() {
		d["exp"] = l.Until.Unix()
	}
	return d
}

// StatusToken signs claims as a status list token with the key for alg.
func (i *Issuer) StatusToken(alg keys.Algorithm, claims Doc) string {
	return i.Sign(alg, i.Header(alg).With("/typ", "statuslist+jwt").Text(), claims.Text())
}

// PublishTokens signs the list and serves it at its URL.
func (i *Issuer) PublishTokens(t testing.TB, alg keys.Algorithm, l TokenList) {
	t.Helper()
	i.web.Put(l.URL, "application/statuslist+jwt", i.StatusToken(alg, i.TokenClaims(t, l)))
}

// PublishList signs the list with the key for alg as a vc-jwt and serves it at its URL.
func (i *Issuer) PublishList(t testing.TB, alg keys.Algorithm, l StatusList) {
	t.Helper()
	i.web.Put(l.URL, "application/vc+jwt", i.VCJWT(alg, i.StatusList(t, l)))
}
