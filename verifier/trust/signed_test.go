package trust_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/trust"
)

// owner is somebody with a key, whose identifier is the key.
type owner struct {
	did string
	key keys.Private
}

func newOwner(t testing.TB) owner {
	t.Helper()
	k, err := keys.Generate(keys.EdDSA, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := "did:key:" + k.Public().Multikey()
	return owner{id, k.WithID(id + "#" + k.Public().Multikey())}
}

// sign signs a list that was issued an hour before noon and ends an hour after it.
func (o owner) sign(t testing.TB, url, list string) string {
	t.Helper()
	return o.signAt(t, url, list, noon.Add(-time.Hour))
}

func (o owner) signAt(t testing.TB, url, list string, issued time.Time) string {
	t.Helper()
	out, err := trust.Sign([]byte(list), o.key, url, issued, issued.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// shelf is a web of documents by address.
type shelf struct {
	pages map[string]string
	asked map[string]int
}

func (s *shelf) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	s.asked[url]++
	if body, ok := s.pages[url]; ok {
		return &fetch.Response{URL: url, Status: 200, Body: []byte(body)}, nil
	}
	return nil, fault.Unclear("fetch.status", url, nil, "there is nothing at this address")
}

const (
	listURL  = "https://ministry.example/trust"
	outerURL = "https://union.example/trust"
)

// book follows one list of the ministry, read at noon.
func book(t testing.TB, s *shelf, now *time.Time, refs ...trust.Reference) *trust.Book {
	t.Helper()
	var lists []string
	for _, r := range refs {
		lists = append(lists, fmt.Sprintf(`{"url":%q,"issuer":%q}`, r.URL, r.Issuer))
	}
	root, err := trust.Parse([]byte(`{"issuers":["did:web:known.example"],"lists":[` + strings.Join(lists, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	s.asked = map[string]int{}
	clock := func() time.Time { return *now }
	return trust.NewBook(trust.Config{Root: func() *trust.List { return root }, Fetch: s, Keys: did.New(did.Config{Fetch: s, Clock: clock}), Clock: clock})
}

const faculty = `{"name":"Accredited","issuers":[{"id":"did:web:school.example.org","names":{"en":"School","fr":"École"},"by":"the council"}]}`

func TestAFollowedListIsBelievedOnlyWhenItIsSigned(t *testing.T) {
	ministry, stranger := newOwner(t), newOwner(t)
	good := ministry.sign(t, listURL, faculty)
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for _, tt := range []struct {
		name, page string
		code       string
	}{
		{"signed by whom the operator named", good, trust.OK},
		{"not there", "", trust.ListUnavailable},
		{"empty", " ", trust.ListUnavailable},
		{"a web page", "<!doctype html><p>School", trust.ListUnavailable},
		{"not signed", faculty, trust.ListUnavailable},
		{"signed by a stranger", stranger.sign(t, listURL, faculty), trust.ListUnavailable},
		{"the list of another address", ministry.sign(t, "https://ministry.example/old", faculty), trust.ListUnavailable},
		{"another payload under the signature", head + "." + strings.Split(stranger.sign(t, listURL, faculty), ".")[1] + "." + signature, trust.ListUnavailable},
		{"a signature cut short", head + "." + payload + "." + signature[:40], trust.ListUnavailable},
		{"expired", ministry.signAt(t, listURL, faculty, noon.Add(-3*time.Hour)), trust.ListUnavailable},
		{"of the future", ministry.signAt(t, listURL, faculty, noon.Add(time.Hour)), trust.ListUnavailable},
		{"a genuine list without the issuer", ministry.sign(t, listURL, `{"issuers":["did:web:other.example"]}`), trust.UnknownIssuer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{pages: map[string]string{}}
			if tt.page != "" {
				s.pages[listURL] = tt.page
			}
			now := noon
			b := book(t, s, &now, trust.Reference{URL: listURL, Issuer: ministry.did})
			d := b.Decide(t.Context(), about(school, "", noon))
			if d.Code != tt.code || d.Trusted != (tt.code == trust.OK) {
				t.Errorf("got %+v", d)
			}
			if d.Trusted && (d.Entry.List != listURL || d.Entry.Names["fr"] != "École" || !strings.Contains(d.Detail, "the council")) {
				t.Errorf("who says so is lost: %+v %q", d.Entry, d.Detail)
			}
			if d := b.Decide(t.Context(), about("did:web:known.example", "", noon)); !d.Trusted {
				t.Errorf("a list that cannot be read takes the operator's own with it: %+v", d)
			}
		})
	}
}

func TestAListThatWasReadIsKeptAndNeverReplacedByAnOlderOne(t *testing.T) {
	ministry := newOwner(t)
	s := &shelf{pages: map[string]string{listURL: ministry.signAt(t, listURL, `{"issuers":["did:web:other.example"]}`, noon.Add(-time.Minute))}}
	now := noon
	b := book(t, s, &now, trust.Reference{URL: listURL, Issuer: ministry.did})
	ask := func() string { return b.Decide(t.Context(), about(school, "", now)).Code }
	if c := ask(); c != trust.UnknownIssuer {
		t.Fatalf("got %s", c)
	}
	ask()
	if n := s.asked[listURL]; n != 1 {
		t.Errorf("asked %d times within a second", n)
	}
	s.pages[listURL] = ministry.signAt(t, listURL, faculty, noon.Add(-time.Hour)) // genuine, older, and it had the school
	now = noon.Add(20 * time.Minute)
	if c := ask(); c != trust.UnknownIssuer || s.asked[listURL] != 2 {
		t.Errorf("an older list took the place of a newer one: %s, asked %d times", c, s.asked[listURL])
	}
	delete(s.pages, listURL)
	now = noon.Add(40 * time.Minute)
	if c := b.Decide(t.Context(), about("did:web:other.example", "", now)).Code; c != trust.OK {
		t.Errorf("out of reach for a moment, and the list that was read is lost: %s", c)
	}
	now = noon.Add(3 * time.Hour)
	if c := b.Decide(t.Context(), about("did:web:other.example", "", now)).Code; c != trust.ListUnavailable {
		t.Errorf("an expired list goes on: %s", c)
	}
}

func TestListsOfListsEndAtTheSecond(t *testing.T) {
	union, ministry, third := newOwner(t), newOwner(t), newOwner(t)
	const thirdURL = "https://third.example/trust"
	follow := func(url, issuer string) string {
		return fmt.Sprintf(`{"issuers":[],"lists":[{"url":%q,"issuer":%q}]}`, url, issuer)
	}
	s := &shelf{pages: map[string]string{outerURL: union.sign(t, outerURL, follow(listURL, ministry.did)), listURL: ministry.sign(t, listURL, faculty)}}
	now := noon
	if d := book(t, s, &now, trust.Reference{URL: outerURL, Issuer: union.did}).Decide(t.Context(), about(school, "", noon)); !d.Trusted {
		t.Errorf("the second list: %+v", d)
	}
	s.pages[listURL] = ministry.sign(t, listURL, follow(thirdURL, third.did))
	s.pages[thirdURL] = third.sign(t, thirdURL, faculty)
	if d := book(t, s, &now, trust.Reference{URL: outerURL, Issuer: union.did}).Decide(t.Context(), about(school, "", noon)); d.Trusted || s.asked[thirdURL] != 0 {
		t.Errorf("the third list: %+v, asked %d times", d, s.asked[thirdURL])
	}
	s.pages[listURL] = ministry.sign(t, listURL, follow(outerURL, union.did)) // round and round
	if d := book(t, s, &now, trust.Reference{URL: outerURL, Issuer: union.did}).Decide(t.Context(), about(school, "", noon)); d.Trusted || s.asked[outerURL] != 1 {
		t.Errorf("a ring: %+v, asked %d times", d, s.asked[outerURL])
	}
}

func TestTrustedThenAndTrustedNowAreTwoAnswers(t *testing.T) {
	closed := noon.AddDate(-1, 0, 0)
	for _, tt := range []struct {
		name        string
		entry       trust.Entry
		issued      time.Time
		code        string
		trusted     bool
		issuedIn, n bool
	}{
		{"then and now", trust.Entry{}, noon.AddDate(-2, 0, 0), trust.OK, true, true, true},
		{"then, and no longer", trust.Entry{Until: closed}, noon.AddDate(-2, 0, 0), trust.Ended, false, true, false},
		{"then, no longer, and what was issued stays", trust.Entry{Until: closed, Keep: true}, noon.AddDate(-2, 0, 0), trust.OK, true, true, false},
		{"issued after the end, whatever stays", trust.Entry{Until: closed, Keep: true}, noon.AddDate(0, -1, 0), trust.Ended, false, false, false},
		{"now, and not yet then", trust.Entry{From: closed}, noon.AddDate(-2, 0, 0), trust.NotYet, false, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.entry.ID = school
			d := list(t, tt.entry).Decide(t.Context(), trust.Question{Issuer: school, Issued: tt.issued, At: noon})
			if d.Code != tt.code || d.Trusted != tt.trusted || d.WhenIssued != tt.issuedIn || d.Now != tt.n {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestFrameworksAndKeys(t *testing.T) {
	l := list(t, trust.Entry{ID: school, Frameworks: []string{"ESCO"}, Refused: []string{school + "#lost"}}, trust.Entry{ID: school, Frameworks: []string{"EQF"}})
	for _, tt := range []struct {
		name string
		q    trust.Question
		code string
	}{
		{"aligned to a framework of the entry", trust.Question{Frameworks: []string{"Other", "ESCO"}}, trust.OK},
		{"aligned to another", trust.Question{Frameworks: []string{"esco"}}, trust.FrameworkNot},
		{"aligned to nothing", trust.Question{}, trust.FrameworkNot},
		{"by another key", trust.Question{Frameworks: []string{"ESCO"}, Keys: []string{school + "#good"}}, trust.OK},
		{"by a key that is refused, although another entry would do", trust.Question{Frameworks: []string{"EQF"}, Keys: []string{"urn:x", school + "#lost"}}, trust.KeyRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Issuer, tt.q.At = school, noon
			if d := l.Decide(t.Context(), tt.q); d.Code != tt.code || d.Trusted != (tt.code == trust.OK) {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestForeignFormsOfLists(t *testing.T) {
	registry := `{"meta":{"created":"2026-01-01"},"registry":{"did:web:school.example.org":{"name":"School","location":"Somewhere","url":"https://school.example.org"}}}`
	lote := `{"LoTE":{"ListAndSchemeInformation":{"SchemeOperatorName":[{"lang":"fr","value":"Conseil"},{"lang":"en","value":"Council"}],"NextUpdate":"2026-06-01T00:00:00Z"},` +
		`"TrustedEntitiesList":[{"TrustedEntityInformation":{"TEName":[{"lang":"en","value":"School"}]},"TrustedEntityServices":[{"ServiceInformation":` +
		`{"ServiceStatus":"http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/STATUS","StatusStartingTime":"2026-01-01T00:00:00Z","ServiceDigitalIdentity":{"OtherIds":["did:web:school.example.org"]}}}]}]}}`
	granted, withdrawn := strings.Replace(lote, "STATUS", "granted", 1), strings.Replace(lote, "STATUS", "withdrawn", 1)
	for _, tt := range []struct {
		name, text string
		at         time.Time
		code       string
	}{
		{"a registry of DIDs", registry, noon, trust.OK},
		{"an entity that is granted", granted, noon, trust.OK},
		{"before it was granted", granted, noon.AddDate(-1, 0, 0), trust.NotYet},
		{"after the next update is due", granted, noon.AddDate(1, 0, 0), trust.Ended},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := trust.Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if d := l.Decide(t.Context(), about(school, "", tt.at)); d.Code != tt.code {
				t.Errorf("got %+v", d)
			}
		})
	}
	for name, text := range map[string]string{
		"an entity that was withdrawn": withdrawn, "a registry of nobody": `{"registry":{}}`, "a registry of something else": `{"registry":{"school":{}}}`,
		"a list of entities without a list": `{"LoTE":{}}`, "a registry that is a list": `{"registry":["did:web:school.example.org"]}`,
	} {
		if l, err := trust.Parse([]byte(text)); err == nil || l.Decide(context.Background(), about(school, "", noon)).Trusted {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestMembersOfEntriesThatMeanNothing(t *testing.T) {
	for name, entry := range map[string]string{
		"keep without an end":           `"keep":true`,
		"keep as a text":                `"keep":"true","until":"2026-01-01"`,
		"a key without its name":        `"refused_keys":["did:web:school.example.org"]`,
		"a successor that is no issuer": `"successor":"somebody"`,
		"names without a language":      `"names":{"":"x"}`,
		"names as a text":               `"names":"x"`,
		"no frameworks":                 `"frameworks":[]`,
	} {
		if _, err := trust.Parse([]byte(`{"issuers":[{"id":"did:web:school.example.org",` + entry + `}]}`)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, lists := range map[string]string{
		"without a signer":   `[{"url":"https://a.example/l"}]`,
		"a signer by name":   `[{"url":"https://a.example/l","issuer":"The Ministry"}]`,
		"not an address":     `[{"url":"did:web:a.example","issuer":"did:web:a.example"}]`,
		"one that is a text": `["https://a.example/l"]`,
		"not a list":         `{"url":"https://a.example/l","issuer":"did:web:a.example"}`,
	} {
		if _, err := trust.Parse([]byte(`{"issuers":[],"lists":` + lists + `}`)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a followed list %s: %v", name, err)
		}
	}
}

func TestWhatIsSignedReadsBackTheSame(t *testing.T) {
	o := newOwner(t)
	s, err := trust.ReadSigned([]byte(o.sign(t, listURL, faculty)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != o.did || s.URL != listURL || !s.Issued.Equal(noon.Add(-time.Hour)) || s.List.Len() != 1 {
		t.Errorf("got %+v", s)
	}
	for name, in := range map[string]string{
		"a list that is empty": `{"issuers":[]}`, "a plain text": "did:web:a.example", "an array": `["did:web:a.example"]`,
		"a member that would be a claim": `{"issuers":["did:web:a.example"],"iss":"did:web:evil.example"}`,
	} {
		if out, err := trust.Sign([]byte(in), o.key, listURL, noon, noon.Add(time.Hour)); err == nil {
			t.Errorf("%s is signed: %s", name, out)
		}
	}
	if _, err := trust.Sign([]byte(faculty), o.key, listURL, noon, noon.AddDate(3, 0, 0)); err == nil {
		t.Error("a list for three years is signed")
	}
}

// FuzzReadSigned: whatever is read says who, where and when, and lists only what can be an issuer.
func FuzzReadSigned(f *testing.F) {
	o := newOwner(f)
	f.Add(o.sign(f, listURL, faculty))
	f.Add("e30.e30.AA")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := trust.ReadSigned([]byte(text))
		if err != nil {
			return
		}
		if s.Issuer == "" || s.URL == "" || !s.Expires.After(s.Issued) {
			t.Errorf("who, where and when: %+v", s)
		}
		for _, e := range s.List.Entries() {
			if _, err := json.Marshal(e.ID); err != nil || e.List != s.URL {
				t.Errorf("entry %+v", e)
			}
		}
	})
}
