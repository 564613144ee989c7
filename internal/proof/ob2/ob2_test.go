package ob2_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ob2"
)

func code(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func TestRead(t *testing.T) {
	for name, row := range map[string]struct{ text, code string }{
		"hosted":                 {`{"type":"Assertion","verification":{"type":"HostedBadge"}}`, ""},
		"hosted by another name": {`{"type":["Assertion","Extension"],"verification":{"type":"hosted"}}`, ""},
		"signed":                 {`{"type":"Assertion","verification":{"type":"SignedBadge"}}`, ""},
		"neither":                {`{"type":"Assertion","verification":{"type":"OtherBadge"}}`, "ob2.verification"},
		"both":                   {`{"type":"Assertion","verification":{"type":["HostedBadge","SignedBadge"]}}`, "ob2.verification"},
		"of version 1":           {`{"uid":"1","verify":{"type":"hosted","url":"https://a.example"}}`, "ob2.malformed"},
		"a class":                {`{"type":"BadgeClass"}`, "ob2.malformed"},
		"a list":                 {`[]`, "ob2.malformed"},
		"a member twice":         {`{"type":"Assertion","type":"Assertion"}`, "json.duplicate_member"},
		"no JSON":                {`{`, "json.syntax"},
	} {
		if _, err := ob2.Read([]byte(row.text)); code(err) != row.code {
			t.Errorf("%s: %v, want %q", name, err, row.code)
		}
	}
}

func TestProblems(t *testing.T) {
	const good = `"@context":"https://w3id.org/openbadges/v2","id":"urn:x:1","type":"Assertion","badge":"https://a.example/b",` +
		`"recipient":{"type":"email","hashed":false,"identity":"a@a.example"},"verification":{"type":"hosted"}`
	for name, row := range map[string]struct{ text, code string }{
		"none":                         {`{` + good + `,"issuedOn":"2019-01-31T09:00:00Z"}`, ""},
		"fractions of seconds":         {`{` + good + `,"issuedOn":"2019-01-31T09:00:00.123456+00:00"}`, ""},
		"no date":                      {`{` + good + `}`, "ob2.required"},
		"a day":                        {`{` + good + `,"issuedOn":"2019-01-31"}`, "time.syntax"},
		"seconds since 1970":           {`{` + good + `,"issuedOn":1548925200}`, "time.syntax"},
		"an end that is no date":       {`{` + good + `,"issuedOn":"2019-01-31T09:00:00Z","expires":"never"}`, "time.syntax"},
		"a recipient of what type":     {`{"recipient":{"hashed":false,"identity":"x"},"@context":"https://w3id.org/openbadges/v2","id":"urn:x:1","type":"Assertion","badge":"b","issuedOn":"2019-01-31T09:00:00Z","verification":{"type":"hosted"}}`, "ob2.required"},
		"a recipient that is hashed 1": {`{"recipient":{"type":"email","hashed":1,"identity":"x"},"@context":"https://w3id.org/openbadges/v2","id":"urn:x:1","type":"Assertion","badge":"b","issuedOn":"2019-01-31T09:00:00Z","verification":{"type":"hosted"}}`, "ob2.malformed"},
	} {
		a, err := ob2.Read([]byte(row.text))
		if err != nil {
			t.Fatal(name, err)
		}
		found := ""
		for _, d := range a.Problems() {
			found = d.Code
		}
		if found != row.code {
			t.Errorf("%s: %q, want %q", name, found, row.code)
		}
	}
}

func TestCovers(t *testing.T) {
	const own = "https://a.example/issuer"
	for name, row := range map[string]struct {
		policy, id string
		want       bool
	}{
		"its own origin":                        {"", "https://a.example/x", true},
		"its own origin with the port":          {"", "https://a.example:443/x", true},
		"its own host in capitals":              {"", "https://A.example/x", true},
		"another host":                          {"", "https://b.example/x", false},
		"a host below":                          {"", "https://x.a.example/x", false},
		"another port":                          {"", "https://a.example:8443/x", false},
		"without encryption":                    {"", "http://a.example/x", false},
		"a user at the host":                    {`,"verification":{"allowedOrigins":"a.example"}`, "https://u@a.example/x", false},
		"no host":                               {`,"verification":{"allowedOrigins":""}`, "urn:uuid:1", false},
		"no address":                            {"", "urn:uuid:1", false},
		"a user name that looks like the host":  {"", "https://a.example@b.example/x", false},
		"an empty policy":                       {`,"verification":{}`, "https://a.example/x", true},
		"an allowed host":                       {`,"verification":{"allowedOrigins":["c.example","b.example"]}`, "https://b.example/x", true},
		"an allowed origin":                     {`,"verification":{"allowedOrigins":"https://b.example"}`, "https://b.example/x", true},
		"an allowed origin without encryption":  {`,"verification":{"allowedOrigins":"http://b.example"}`, "https://b.example/x", false},
		"its own, which is not among them":      {`,"verification":{"allowedOrigins":"b.example"}`, "https://a.example/x", false},
		"begins as it must":                     {`,"verification":{"startsWith":"https://b.example/x/"}`, "https://b.example/x/1", true},
		"begins otherwise":                      {`,"verification":{"startsWith":"https://b.example/x/"}`, "https://b.example/y/1", false},
		"begins so, and is another host":        {`,"verification":{"startsWith":"https://b.example"}`, "https://b.example.evil.example/", false},
		"begins with https":                     {`,"verification":{"startsWith":"https://"}`, "https://b.example/", false},
		"begins so, and is of no allowed host":  {`,"verification":{"startsWith":"https://b.example/","allowedOrigins":"a.example"}`, "https://b.example/1", false},
		"begins so, and is of the allowed host": {`,"verification":{"startsWith":"https://b.example/","allowedOrigins":"b.example"}`, "https://b.example/1", true},
	} {
		p, err := ob2.ReadProfile([]byte(`{"type":"Profile","id":"`+own+`"`+row.policy+`}`), own)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := p.Covers(row.id); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestDocumentsOfOtherAddressesAndKindsAreRefused(t *testing.T) {
	const id = "https://a.example/1"
	for name, row := range map[string]struct{ text, code string }{
		"an issuer":           {`{"type":"Issuer","id":"` + id + `"}`, ""},
		"a profile":           {`{"type":["Profile"],"id":"` + id + `"}`, ""},
		"of another address":  {`{"type":"Issuer","id":"` + id + `0"}`, "ob2.id_mismatch"},
		"of no address":       {`{"type":"Issuer"}`, "ob2.id_mismatch"},
		"a class":             {`{"type":"BadgeClass","id":"` + id + `"}`, "ob2.malformed"},
		"JSON of two readers": {`{"type":"Issuer","id":"` + id + `","id":"x"}`, "json.duplicate_member"},
	} {
		if _, err := ob2.ReadProfile([]byte(row.text), id); code(err) != row.code {
			t.Errorf("%s: %v, want %q", name, err, row.code)
		}
	}
	if _, err := ob2.ReadClass([]byte(`{"type":"BadgeClass"}`), ""); code(err) != "ob2.id_mismatch" {
		t.Error(err)
	}
	p, err := ob2.ReadProfile([]byte(`{"type":"Issuer","id":"`+id+`"}`), id)
	if err != nil {
		t.Fatal(err)
	}
	const at, block = "https://a.example/k", `-----BEGIN %s-----\n%s\n-----END %[1]s-----\n`
	pem := func(kind string, der []byte) string {
		return fmt.Sprintf(block, kind, base64.StdEncoding.EncodeToString(der))
	}
	pkix, pkcs1 := rsaKey(t)
	for name, row := range map[string]struct{ owner, pem, code string }{
		"a key":                        {id, `"` + pem("PUBLIC KEY", pkix) + `"`, ""},
		"a key in the older form":      {id, `"` + pem("RSA PUBLIC KEY", pkcs1) + `"`, ""},
		"owned by somebody else":       {"https://b.example", `"` + pem("PUBLIC KEY", pkix) + `"`, "did.mismatch"},
		"owned by nobody":              {"", `"` + pem("PUBLIC KEY", pkix) + `"`, "did.mismatch"},
		"a number":                     {id, `1`, "key.malformed"},
		"a list with a key":            {id, `["` + pem("PUBLIC KEY", pkix) + `"]`, "key.malformed"},
		"no PEM":                       {id, `"key"`, "key.malformed"},
		"two keys":                     {id, `"` + pem("PUBLIC KEY", pkix) + pem("PUBLIC KEY", pkix) + `"`, "key.malformed"},
		"a private key":                {id, `"` + pem("PRIVATE KEY", []byte{0x30}) + `"`, "key.malformed"},
		"what says that it is a key":   {id, `"` + pem("PUBLIC KEY", []byte{0x30}) + `"`, "key.malformed"},
		"a key in the form of another": {id, `"` + pem("RSA PUBLIC KEY", pkix) + `"`, "key.malformed"},
	} {
		_, err := p.ReadKey([]byte(`{"type":"CryptographicKey","id":"`+at+`","owner":"`+row.owner+`","publicKeyPem":`+row.pem+`}`), at, keys.RS256)
		if code(err) != row.code {
			t.Errorf("%s: %v, want %q", name, err, row.code)
		}
	}
	if _, err := p.ReadKey([]byte(`{"type":"CryptographicKey","id":"https://a.example/other"}`), at, keys.RS256); code(err) != "ob2.id_mismatch" {
		t.Errorf("the key of another address: %v", err)
	}
}

func rsaKey(t *testing.T) (pkix, pkcs1 []byte) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if pkix, err = x509.MarshalPKIXPublicKey(&k.PublicKey); err != nil {
		t.Fatal(err)
	}
	return pkix, x509.MarshalPKCS1PublicKey(&k.PublicKey)
}

// TestReadSigned: what is signed says so, and names one key.
func TestReadSigned(t *testing.T) {
	token := func(header, payload string) []byte {
		enc := base64.RawURLEncoding.EncodeToString
		return []byte(enc([]byte(header)) + "." + enc([]byte(payload)) + "." + enc(make([]byte, 256)))
	}
	signed := func(creator string) string {
		return `{"type":"Assertion","verification":{"type":"SignedBadge"` + creator + `}}`
	}
	const named, other = `,"creator":"https://a.example/k"`, `{"alg":"RS256","kid":"https://a.example/other"}`
	for name, row := range map[string]struct{ header, payload, creator, code string }{
		"a key in the assertion":   {`{"alg":"RS256"}`, signed(named), "https://a.example/k", ""},
		"a key in the header":      {other, signed(""), "https://a.example/other", ""},
		"the same in both":         {`{"alg":"RS256","kid":"https://a.example/k"}`, signed(named), "https://a.example/k", ""},
		"another in the header":    {other, signed(named), "", "key.not_bound_to_issuer"},
		"a hosted one":             {`{"alg":"RS256"}`, `{"type":"Assertion","verification":{"type":"HostedBadge"}}`, "", "ob2.verification"},
		"no assertion":             {`{"alg":"RS256"}`, `{"type":"BadgeClass"}`, "", "ob2.malformed"},
		"an address in the header": {`{"alg":"RS256","jku":"https://a.example/"}`, signed(named), "", "jose.header_not_allowed"},
	} {
		s, err := ob2.ReadSigned(token(row.header, row.payload))
		if code(err) != row.code || err == nil && s.Creator != row.creator {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestRevocationLists: a list is the issuer's own, and what cannot be read says nothing.
func TestRevocationLists(t *testing.T) {
	const id = "https://a.example/1"
	p, err := ob2.ReadProfile([]byte(`{"type":"Issuer","id":"`+id+`","revocationList":"https://a.example/revoked"}`), id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ob2.Read([]byte(`{"type":"Assertion","id":"urn:x:1","uid":"7","verification":{"type":"signed"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		list, code string
		revoked    bool
	}{
		"by its id":                {`{"issuer":"` + id + `","revokedAssertions":["urn:x:1"]}`, "", true},
		"by its number":            {`{"issuer":"` + id + `","revokedAssertions":[{"uid":"7","revocationReason":"a mistake"}]}`, "", true},
		"not on it":                {`{"issuer":{"id":"` + id + `"},"revokedAssertions":["urn:x:2",{"uid":"8"},{}]}`, "", false},
		"another issuer's":         {`{"issuer":"https://b.example/1","revokedAssertions":[]}`, "status.issuer_mismatch", false},
		"nobody's":                 {`{"revokedAssertions":[]}`, "status.issuer_mismatch", false},
		"no list":                  {`{"issuer":"` + id + `"}`, "status.malformed_list", false},
		"a list that is an object": {`{"issuer":"` + id + `","revokedAssertions":{}}`, "status.malformed_list", false},
		"a page":                   {`<!doctype html>`, "status.malformed_list", false},
	} {
		if _, revoked, err := p.Revoked([]byte(row.list), a); code(err) != row.code || revoked != row.revoked {
			t.Errorf("%s: %v, %v", name, revoked, err)
		}
	}
	for text, want := range map[string]bool{
		`{"type":"Assertion","id":"urn:x:1","revoked":true}`: true, `{"type":"Assertion","id":"urn:x:1","revoked":false}`: false,
		`{"type":"Assertion","id":"urn:x:2","revoked":true}`: false, `{"type":"BadgeClass","id":"urn:x:1","revoked":true}`: false,
		`{"type":"Assertion","id":"urn:x:1","revoked":"true"}`: false, `revoked`: false,
	} {
		if _, revoked := ob2.Withdrawn([]byte(text), "urn:x:1"); revoked != want {
			t.Errorf("%s: %v", text, revoked)
		}
	}
}

// TestClassInside: a BadgeClass that stands in the place of its address is taken, anything else is not.
func TestClassInside(t *testing.T) {
	for badge, want := range map[string]bool{
		`{"type":"BadgeClass","id":"urn:b"}`: true, `{"type":["BadgeClass","Extension"]}`: true, `"urn:b"`: false, `{"type":"Issuer"}`: false, `{}`: false,
	} {
		a, err := ob2.Read([]byte(`{"type":"Assertion","badge":` + badge + `,"verification":{"type":"signed"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := a.Class(); ok != want {
			t.Errorf("%s: %v", badge, ok)
		}
	}
}

// FuzzRead: whatever an assertion says, what is read of it agrees with itself and with a copy of itself.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"type":"Assertion","id":"https://a.example/1","badge":{"id":"https://a.example/b","type":"BadgeClass"},"verification":{"type":"hosted"}}`))
	f.Add([]byte(`{"type":"Assertion","recipient":{"hashed":true,"identity":"md5$00","type":["email"]},"verification":{"type":"signed","creator":{"id":"x"}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := ob2.Read(in)
		if err != nil {
			return
		}
		again, err := ob2.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		if at := a.Differs(again); at != "" && at != "/badge" && !hasNumbers(in) {
			t.Fatalf("%s differs from itself at %s", in, at)
		}
		_, _ = a.Recipient(), a.Problems()
		if c, ok := a.Class(); ok && c.ID != a.Badge.ID {
			t.Fatalf("the class %q stands where %q is named", c.ID, a.Badge.ID)
		}
	})
}

// hasNumbers reports digits: a number that no double holds has no canonical form, so it is never the same as anything.
func hasNumbers(in []byte) bool {
	for _, b := range in {
		if b >= '0' && b <= '9' {
			return true
		}
	}
	return false
}
