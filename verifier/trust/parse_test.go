package trust_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/trust"
)

func TestListsThatAreRead(t *testing.T) {
	a, b := trust.Entry{ID: "did:web:a.example"}, trust.Entry{ID: "https://b.example/issuer"}
	for name, tc := range map[string]struct {
		in   string
		want []trust.Entry
	}{
		"an array of ids":                   {`["did:web:a.example", "https://b.example/issuer"]`, []trust.Entry{a, b}},
		"an array of ids and objects":       {`["did:web:a.example", {"id": "https://b.example/issuer"}]`, []trust.Entry{a, b}},
		"an object with issuers":            {`{"issuers": [{"id": "did:web:a.example"}]}`, []trust.Entry{a}},
		"an object with entries and a name": {`{"name": "Ours", "entries": ["did:web:a.example"]}`, []trust.Entry{a}},
		"one id per line":                   {"did:web:a.example\nhttps://b.example/issuer\n", []trust.Entry{a, b}},
		"comments, empty lines and CRLF":    {"# ours\r\n\r\n  did:web:a.example   # the first\r\nhttps://b.example/issuer", []trust.Entry{a, b}},
		"a byte order mark before text":     {"\ufeffdid:web:a.example", []trust.Entry{a}},
		"a byte order mark before JSON":     {"\ufeff[\"did:web:a.example\"]", []trust.Entry{a}},
		"every member": {
			`{"issuers":[{"id":"did:web:a.example","name":"A","types":["Course","ext:X"],"from":"2026-01-01","until":"2026-12-31","note":"n"}]}`,
			[]trust.Entry{{
				ID: a.ID, Name: "A", Types: []string{"Course", "ext:X"}, Note: "n",
				From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2027, 1, 1, 0, 0, 0, -1, time.UTC),
			}},
		},
		"times with an offset": {
			`[{"id":"did:web:a.example","from":"2026-01-01T00:00:00+02:00"}]`,
			[]trust.Entry{{ID: a.ID, From: time.Date(2025, 12, 31, 22, 0, 0, 0, time.UTC)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := trust.Parse([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, l.Entries()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListsThatAreRefused(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":                        "",
		"white space":                    " \r\n\t",
		"only comments":                  "# nobody\n#\n",
		"an empty array":                 "[]",
		"an empty list of issuers":       `{"issuers": []}`,
		"an object without a list":       `{}`,
		"both lists":                     `{"issuers": ["did:web:a.example"], "entries": ["did:web:a.example"]}`,
		"an unknown outer member":        `{"isuers": ["did:web:a.example"]}`,
		"a misspelt until":               `[{"id":"did:web:a.example","untill":"2026-01-01"}]`,
		"a member of odd case":           `[{"ID":"did:web:a.example"}]`,
		"a claim to be our own":          `[{"id":"did:web:a.example","own":true}]`,
		"a member twice":                 `[{"id":"did:web:a.example","id":"did:web:b.example"}]`,
		"no id":                          `[{"name":"A"}]`,
		"an empty id":                    `[""]`,
		"an id that is a word":           `["school"]`,
		"a word in a text":               "school\n",
		"an id with a blank inside":      `["did:web:a.example b"]`,
		"two ids on a line":              "did:web:a.example did:web:b.example",
		"a DID URL":                      `["did:web:a.example#key-1"]`,
		"a DID without a method":         `["did::a.example"]`,
		"another scheme":                 `["ftp://a.example/"]`,
		"an address with user":           `["https://u:p@a.example/"]`,
		"an address without host":        `["https:///issuer"]`,
		"no types at all":                `[{"id":"did:web:a.example","types":[]}]`,
		"a type that is no text":         `[{"id":"did:web:a.example","types":[1]}]`,
		"types as one text":              `[{"id":"did:web:a.example","types":"Course"}]`,
		"a null for until":               `[{"id":"did:web:a.example","until":null}]`,
		"an until that is no date":       `[{"id":"did:web:a.example","until":"soon"}]`,
		"a day that is not":              `[{"id":"did:web:a.example","until":"2026-02-30"}]`,
		"a time without offset":          `[{"id":"did:web:a.example","until":"2026-02-03T00:00:00"}]`,
		"until before from":              `[{"id":"did:web:a.example","from":"2026-02-03","until":"2026-02-02"}]`,
		"a refused key of another":       `[{"id":"did:web:a.example","refused_keys":["did:web:b.example#key-1"]}]`,
		"a refused key without a name":   `[{"id":"did:web:a.example","refused_keys":["did:web:a.example"]}]`,
		"a refused key at another host":  `[{"id":"https://a.example/i","refused_keys":["https://b.example/jwks.json#1"]}]`,
		"a refused key by half a digest": `[{"id":"did:web:a.example","refused_keys":["urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8"]}]`,
		"an issuer that succeeds itself": `[{"id":"did:web:a.example","until":"2026-01-01","successor":"did:web:a.example"}]`,
		"a control character in a name":  `[{"id":"did:web:a.example","name":"A\u0000"}]`,
		"a number":                       `[7]`,
		"a string alone":                 `"did:web:a.example"`,
		"JSON that is cut off":           `["did:web:a.example"`,
		"JSON with something behind":     `["did:web:a.example"] x`,
		"a broken byte":                  "did:web:a\xff.example",
		"a web page":                     "<!DOCTYPE html><title>404</title>",
		"one bad line behind a good one": "did:web:a.example\nnot an id\n",
		"an id that is far too long":     "did:web:" + strings.Repeat("a", 3000),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := trust.Parse([]byte(in))
			if err == nil || l != nil {
				t.Fatalf("it is read: %v", l.Entries())
			}
			if p := fault.Describe(err); p.Kind != fault.Invalid || p.Code != "trust.list" || p.Sentence == "" {
				t.Errorf("got %+v", p)
			}
			if d := l.Decide(context.Background(), about("did:web:a.example", "", noon)); d.Trusted {
				t.Error("a list that was refused trusts somebody")
			}
		})
	}
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	_, err := trust.Parse([]byte(`{"issuers":["did:web:a.example",{"id":"did:web:b.example","untill":"2026-01-01"}]}`))
	if p := fault.Describe(err); p.Pointer != "/issuers/1/untill" {
		t.Errorf("got %+v", p)
	}
	_, err = trust.Parse([]byte("did:web:a.example\n\nwrong\n"))
	if p := fault.Describe(err); !strings.Contains(p.Sentence, "line 3") {
		t.Errorf("got %+v", p)
	}
}

// FuzzParse: what is read trusts exactly the ids that it lists, and reading it again gives the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"did:web:a.example # x\n", `["did:web:a.example"]`, `{"issuers":[{"id":"https://b.example/","types":["Course"],"from":"2026-01-01"}]}`,
		"", "[", "{}", "\ufeff[]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := trust.Parse(data)
		if err != nil {
			if l != nil || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("a refused list: %v, %v", l, err)
			}
			return
		}
		if l.Len() == 0 || l.Len() != len(l.Entries()) {
			t.Fatalf("%d entries", l.Len())
		}
		for _, e := range l.Entries() {
			if !strings.Contains(e.ID, ":") || l.Decide(context.Background(), about(e.ID+"x", "", noon)).Entry != nil && l.Decide(context.Background(), about(e.ID+"x", "", noon)).Entry.ID == e.ID {
				t.Fatalf("entry %q", e.ID)
			}
		}
		again, err := trust.New(l.Entries()...)
		if err != nil {
			t.Fatalf("what was read is refused: %v", err)
		}
		if diff := cmp.Diff(l.Entries(), again.Entries()); diff != "" {
			t.Fatal(diff)
		}
	})
}
