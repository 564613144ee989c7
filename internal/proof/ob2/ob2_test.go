package ob2_test

import (
	"errors"
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
	for _, text := range []string{
		`{"owner":"https://b.example"}`, `{"owner":"` + id + `","publicKeyPem":1}`,
		`{"owner":"` + id + `","publicKeyPem":"-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"}`,
		`{"owner":"` + id + `","publicKeyPem":"-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----\n"}`,
	} {
		k, err := p.ReadKey([]byte(`{"type":"CryptographicKey","id":"https://a.example/k",`+text[1:]), "https://a.example/k", keys.RS256)
		if err == nil {
			t.Errorf("%s: %v", text, k)
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
