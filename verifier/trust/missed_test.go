package trust_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier/trust"
)

// place is where a fault says that a list is wrong; "-" when it is not wrong at all.
func place(err error) string {
	if err == nil {
		return "-"
	}
	p := fault.Describe(err)
	if p.Code != "trust.list" {
		return err.Error()
	}
	return p.Pointer
}

// TestWhereAListIsWrong: every mistake is refused, at its place; the nearest list without it is read.
func TestWhereAListIsWrong(t *testing.T) {
	lote := func(information, name, service string) string {
		return `{"LoTE":{"ListAndSchemeInformation":{` + information + `},"TrustedEntitiesList":[{"TrustedEntityInformation":{"TEName":[{"lang":"en","value":"` + name +
			`"}]},"TrustedEntityServices":[{"ServiceInformation":{` + service + `"ServiceDigitalIdentity":{"OtherIds":["did:web:a.example"]}}}]}]}}`
	}
	const service = "/LoTE/TrustedEntitiesList/0/TrustedEntityServices/0"
	var many []string
	for i := range limits.TrustLists + 1 {
		many = append(many, fmt.Sprintf(`{"url":"https://l-%d.example/","issuer":"did:web:l-%d.example"}`, i, i))
	}
	follows := func(n int) string {
		return `{"issuers":["did:web:a.example"],"lists":[` + strings.Join(many[:n], ",") + `]}`
	}
	for _, row := range []struct{ name, list, at string }{
		{"a line", "did:web:a.example # ours", "-"},
		{"a line that is not UTF-8", "did:web:a.example # \xff", ""},
		{"an entry", `[{"id":"did:web:a.example","name":"A"}]`, "-"},
		{"an id twice", `[{"id":"did:web:a.example","id":"did:web:b.example"}]`, "/0/id"},
		{"a name that is a number", `[{"id":"did:web:a.example","name":5}]`, "/0/name"},
		{"a framework", `[{"id":"did:web:a.example","frameworks":["ESCO"]}]`, "-"},
		{"a framework that is a number", `[{"id":"did:web:a.example","frameworks":[5]}]`, "/0/frameworks/0"},
		{"a type", `[{"id":"did:web:a.example","types":["ext:Own"]}]`, "-"},
		{"a type with a blank", `[{"id":"did:web:a.example","types":["Own type"]}]`, "/0"},
		{"a name of the list", `{"issuers":["did:web:a.example"],"name":"Ours"}`, "-"},
		{"a name of the list that is a number", `{"issuers":["did:web:a.example"],"name":5}`, "/name"},
		{"a member that nobody knows", `{"issuers":["did:web:a.example"],"isuers":"did:web:b.example"}`, "/isuers"},
		{"issuers that are an object", `{"issuers":{"did:web:a.example":{}}}`, "/issuers"},
		{"lists that are an object", `{"issuers":["did:web:a.example"],"lists":{}}`, "/lists"},
		{"as many lists as are followed", follows(limits.TrustLists), "-"},
		{"one list more", follows(limits.TrustLists + 1), "/lists"},
		{"a registry", `{"registry":{"did:web:a.example":{}}}`, "-"},
		{"a registry that is a list", `{"registry":["did:web:a.example"]}`, "/registry"},
		{"entities", lote(`"NextUpdate":"2026-06-01T00:00:00Z"`, "A", `"StatusStartingTime":"2026-01-01T00:00:00Z",`), "-"},
		{"entities that are an object", `{"LoTE":{"TrustedEntitiesList":{}}}`, "/LoTE/TrustedEntitiesList"},
		{"a next update that is no time", lote(`"NextUpdate":"soon"`, "A", ""), "/LoTE/ListAndSchemeInformation/NextUpdate"},
		{"a start that is no time", lote("", "A", `"StatusStartingTime":"long ago",`), service + "/ServiceInformation/StatusStartingTime"},
		{"a name with a control character", lote("", `A\u0007`, ""), service},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := trust.Parse([]byte(row.list))
			if got := place(err); got != row.at {
				t.Errorf("wrong at %q, not at %q: %v", got, row.at, err)
			}
		})
	}
}

// token signs any payload as a list of that type.
func (o owner) token(t *testing.T, typ, payload string) []byte {
	t.Helper()
	s, err := jose.NewTokenSigner(typ, o.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhereASignedListIsWrong: the type and the claims of a signed list.
func TestWhereASignedListIsWrong(t *testing.T) {
	o := newOwner(t)
	const issuers = `"issuers":["did:web:a.example"]`
	claims := func(iss, sub, iat, exp string) string {
		return fmt.Sprintf(`{"iss":%s,"sub":%s,"iat":%s,"exp":%s,`, iss, sub, iat, exp)
	}
	iss := `"` + o.did + `"`
	good := claims(iss, `"https://a.example/list"`, "1000", "2000")
	for _, row := range []struct{ name, typ, payload, at string }{
		{"a list", trust.Type, good + issuers + `}`, "-"},
		{"a token of another type", "JWT", good + issuers + `}`, ""},
		{"a member twice", trust.Type, good + issuers + `,"name":"A","name":"B"}`, "/name"},
		{"no signer that has keys", trust.Type, claims(`"https://a.example"`, `"https://a.example/list"`, "1000", "2000") + issuers + `}`, "/iss"},
		{"a signer with a key in its name", trust.Type, claims(`"`+o.key.Public().ID+`"`, `"https://a.example/list"`, "1000", "2000") + issuers + `}`, "/iss"},
		{"no address", trust.Type, claims(iss, `"the list"`, "1000", "2000") + issuers + `}`, "/sub"},
		{"a moment that is a text", trust.Type, claims(iss, `"https://a.example/list"`, `"now"`, "2000") + issuers + `}`, "/iat"},
		{"an end that is none", trust.Type, claims(iss, `"https://a.example/list"`, "1000", "null") + issuers + `}`, "/exp"},
		{"an end before its begin", trust.Type, claims(iss, `"https://a.example/list"`, "1000", "1000") + issuers + `}`, "/exp"},
		{"neither issuers nor lists", trust.Type, good + `"name":"Ours"}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := trust.ReadSigned(o.token(t, row.typ, row.payload))
			if got := place(err); got != row.at {
				t.Errorf("wrong at %q, not at %q: %v", got, row.at, err)
			}
		})
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

// TestWhoseKeySignedAList: the signer must have published the key, as its own, for signing; a key that is new is looked for once more.
func TestWhoseKeySignedAList(t *testing.T) {
	o, other := newOwner(t), newOwner(t)
	s, err := trust.ReadSigned([]byte(o.sign(t, listURL, faculty)))
	if err != nil {
		t.Fatal(err)
	}
	method := func(change func(*did.Document)) *did.Document {
		m := did.Method{ID: o.key.Public().ID, Controller: o.did, Purposes: did.Assertion, Key: o.key.Public()}
		d := &did.Document{ID: o.did, Methods: []did.Method{m}}
		change(d)
		return d
	}
	good := method(func(*did.Document) {})
	none := method(func(d *did.Document) { d.Methods = nil })
	gone := fault.Unclear("did.unreachable", "", nil, "made up by a test")
	for _, row := range []struct {
		name string
		keys published
		now  time.Time
		code string // "": it holds
		at   string
	}{
		{"its own", published{doc: good}, noon, "", ""},
		{"its own, which is new", published{doc: none, fresh: good}, noon, "", ""},
		{"a signer who cannot be found", published{}, noon, "did.unreachable", ""},
		{"a signer who cannot be found again", published{doc: none, err: gone}, noon, "did.unreachable", ""},
		{"a key that is not there, nor new", published{doc: none, fresh: none}, noon, "key.not_bound_to_issuer", ""},
		{"a key for something else", published{doc: method(func(d *did.Document) { d.Methods[0].Purposes = did.Authentication })}, noon, "trust.list", "/kid"},
		{"a key that somebody else controls", published{doc: method(func(d *did.Document) { d.Methods[0].Controller = other.did })}, noon, "trust.list", "/kid"},
		{"a key in somebody else's document", published{doc: method(func(d *did.Document) { d.ID, d.Methods[0].Controller = other.did, "" })}, noon, "trust.list", "/kid"},
		{"a key that was withdrawn", published{doc: method(func(d *did.Document) { d.Methods[0].Revoked = noon })}, noon, "trust.list", "/kid"},
		{"a key that was retired when it had signed", published{doc: method(func(d *did.Document) { d.Methods[0].Until = noon.Add(-time.Hour) })}, noon, "", ""},
		{"a key that was retired before", published{doc: method(func(d *did.Document) { d.Methods[0].Until = noon.Add(-2 * time.Hour) })}, noon, "trust.list", "/kid"},
		{"a key that came into use when it signed", published{doc: method(func(d *did.Document) { d.Methods[0].From = noon.Add(-time.Hour) })}, noon, "", ""},
		{"a key that came into use later", published{doc: method(func(d *did.Document) { d.Methods[0].From = noon })}, noon, "trust.list", "/kid"},
		{"another key under its name", published{doc: method(func(d *did.Document) { d.Methods[0].Key = other.key.Public() })}, noon, "trust.list", ""},
		{"a second before it ends", published{doc: good}, noon.Add(time.Hour - time.Second), "", ""},
		{"when it ends", published{doc: good}, noon.Add(time.Hour), "trust.list", "/exp"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := s.Verify(t.Context(), row.keys, trust.Reference{URL: listURL, Issuer: o.did}, row.now)
			if err == nil || row.code == "" {
				if err != nil || row.code != "" {
					t.Errorf("got %v, want %q", err, row.code)
				}
				return
			}
			if d := fault.AsDefect(err); d.Code != row.code || d.At != row.at {
				t.Errorf("got %s at %q, want %s at %q", d.Code, d.At, row.code, row.at)
			}
		})
	}
}

// TestAListThatEndsWhileItIsKept is not believed any more, though it is not asked for again yet.
func TestAListThatEndsWhileItIsKept(t *testing.T) {
	ministry := newOwner(t)
	s := &shelf{pages: map[string]string{listURL: ministry.signAt(t, listURL, faculty, noon.Add(time.Minute-2*time.Hour))}}
	now := noon
	b := book(t, s, &now, trust.Reference{URL: listURL, Issuer: ministry.did})
	for _, row := range []struct {
		after time.Duration
		code  string
	}{{0, trust.OK}, {time.Minute - time.Second, trust.OK}, {time.Minute, trust.ListUnavailable}} {
		now = noon.Add(row.after)
		if d := b.Decide(t.Context(), about(school, "", now)); d.Code != row.code || d.Trusted != (row.code == trust.OK) {
			t.Errorf("after %s: %+v", row.after, d)
		}
	}
	if n := s.asked[listURL]; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// silent is a key that does not sign.
type silent struct{ keys.Signer }

var errSilent = errors.New("the key is locked away")

func (silent) Sign([]byte) ([]byte, error) { return nil, errSilent }

// TestListsThatCannotBeSigned: nothing comes out, and it is said why.
func TestListsThatCannotBeSigned(t *testing.T) {
	o := newOwner(t)
	sign := func(key keys.Signer, url string) error {
		out, err := trust.Sign([]byte(faculty), key, url, noon, noon.Add(time.Hour))
		if err != nil && out != nil {
			t.Errorf("%q comes with %v", out, err)
		}
		return err
	}
	if err := sign(o.key, listURL); err != nil {
		t.Error(err)
	}
	if err := sign(silent{o.key}, listURL); !errors.Is(err, errSilent) {
		t.Errorf("a key that does not sign: %v", err)
	}
	if err := sign(o.key, "https://a.example/\xff"); err == nil {
		t.Error("an address that is not UTF-8 is signed")
	}
	if err := sign(o.key.WithID(o.did+"#\xff"), listURL); err == nil {
		t.Error("under the name of a key that is not UTF-8 is signed")
	}
	for _, form := range []string{"did:web:a.example", `["did:web:a.example"]`, `{"registry":{"did:web:a.example":{}}}`} {
		if _, err := trust.Sign([]byte(form), o.key, listURL, noon, noon.Add(time.Hour)); place(err) != "" || !strings.Contains(err.Error(), "can be signed") {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// TestNoListTrustsNobody: neither one that is not there, nor one that is empty.
func TestNoListTrustsNobody(t *testing.T) {
	for name, l := range map[string]*trust.List{"none": nil, "an empty one": {}} {
		if d := l.Decide(t.Context(), about(school, "", noon)); d.Trusted || d.Code != trust.UnknownIssuer || l.MayKeepStatus(t.Context(), school, "did:web:a.example", noon) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestListsThatAreTooLarge are not read at all.
func TestListsThatAreTooLarge(t *testing.T) {
	o := newOwner(t)
	filler := bytes.Repeat([]byte(" "), 9<<20)
	for name, read := range map[string]func([]byte) error{
		"a list": func(b []byte) error { _, err := trust.Parse(append([]byte("did:web:a.example\n"), b...)); return err },
		"a signed list": func(b []byte) error {
			_, err := trust.ReadSigned(append([]byte(o.sign(t, listURL, faculty)), b...))
			return err
		},
	} {
		if err := read(nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := read(filler); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s of 9 MiB: %v", name, err)
		}
	}
}
