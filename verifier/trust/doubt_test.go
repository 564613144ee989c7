package trust_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/verifier/trust"
)

// TestDoubts: what whoever writes a list should look at twice, and the nearest that is in order.
func TestDoubts(t *testing.T) {
	t.Parallel()
	school := trust.Entry{ID: "did:web:openschool.example", Name: "Open School"}
	web := trust.Entry{ID: "https://mill.example/issuer", Name: "Mill College"}
	for _, c := range []struct {
		name     string
		id, says string // of the entry
		want     []string
	}{
		{"the twin: somebody else", "did:web:university.example", "University", nil},
		{"the same issuer again", school.ID, school.Name, nil},
		{"a folder of the same host", "did:web:openschool.example:issuers:night", "Night School", nil},
		{"the https address of the same host", "https://openschool.example", "Open Learning", nil},
		{"a key", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "A key", nil},
		{"an address in a closed network", "http://10.1.2.3/issuer", "Inside", nil},
		{"a name in Arabic", "did:web:a.example", "جامعة القاهرة", nil},
		{"a name in Hindi beside none like it", "did:web:a.example", "दिल्ली विश्वविद्यालय", nil},
		{"letters of two scripts in a name", "did:web:a.example", "Оpen University", []string{"display.confusable"}},
		{"K07 a host in upper case", "did:web:Openschool.example", "x", []string{"did.syntax", "trust.lookalike"}},
		{"K07 a default port", "did:web:openschool.example%3A443", "x", []string{"trust.lookalike"}},
		{"K07 a slash at the end", "https://mill.example/issuer/", "x", []string{"trust.lookalike"}},
		{"K07 a default port of an address", "https://mill.example:443/issuer", "x", []string{"trust.lookalike"}},
		{"a digit for a letter", "did:web:0penschool.example", "x", []string{"trust.lookalike"}},
		{"a hyphen that nobody misses", "did:web:open-school.example", "x", []string{"trust.lookalike"}},
		{"l for i", "https://mlll.example/issuer", "x", []string{"trust.lookalike"}},
		{"rn for m", "https://rnill.example/issuer", "x", []string{"trust.lookalike"}},
		{"U09 a domain in Cyrillic letters that look Latin", "did:web:xn--penschool-z2h.example", "x", []string{"display.confusable", "trust.lookalike"}},
		{"the same name with another accent", "did:web:a.example", "Opén  School", []string{"trust.same_name"}},
		{"U08 the same name in Greek and Cyrillic letters", "did:web:a.example", "Οреn Sсhооl", []string{"display.confusable", "trust.same_name"}},
		{"the twin: a domain in another script that looks like none", "did:web:xn--mnchen-3ya.example", "München", nil},
		{"a method that is not read", "did:ion:abc", "x", []string{"did.method_unsupported"}},
		{"a did:key that holds none", "did:key:zNonsense", "x", []string{"did.method_unsupported"}},
		{"a port that is a path", "did:web:openschool.example:443/x", "x", []string{"did.syntax"}},
	} {
		var got []string
		for _, d := range trust.Doubts(trust.Entry{ID: c.id, Name: c.says}, []trust.Entry{school, web, {ID: "did:web:plain.example"}}) {
			got = append(got, d.Code)
			if d.Detail == "" || (d.Other == "") == (d.Code == trust.Lookalike || d.Code == trust.SameName) {
				t.Errorf("%s: %+v", c.name, d)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", c.name, diff)
		}
	}
}
