package mailbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/mailbox"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a plain address", "ana@example.org", "ana@example.org"},
		{"the domain is folded", "Ana@Example.ORG", "Ana@example.org"},
		{"plus and dots stay", "a.b+c@mail.example.org", "a.b+c@mail.example.org"},
		{"an A-label is a domain", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
		{"without @", "ana.example.org", ""},
		{"two @", "a@b@example.org", ""},
		{"a display name", "Ana <ana@example.org>", ""},
		{"a comment (U14)", "ana(((x)))@example.org", ""},
		{"a quoted local part", `"a b"@example.org`, ""},
		{"an address literal", "a@[127.0.0.1]", ""},
		{"a number as host", "a@127.0.0.1", ""},
		{"no dot in the domain", "a@localhost", ""},
		{"full-width letters (U11)", "ａna@example.org", ""},
		{"a dotted capital I (U11)", "İ@example.org", ""},
		{"a look-alike domain", "a@exаmple.org", ""},
		{"a leading dot", ".a@example.org", ""},
		{"two dots", "a..b@example.org", ""},
		{"white space around", " a@example.org", ""},
		{"a line feed", "a@example.org\n", ""},
		{"a formula", "=HYPERLINK(1)@example.org", ""},
		{"50,000 characters (U12)", strings.Repeat("a", 50000) + "!", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := mailbox.Parse(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("Parse(%.60q) = %q, %v; want %q", c.in, got, err, c.want)
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("the error is no fault.Invalid: %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("ana@example.org")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := mailbox.Parse(s)
		if err != nil {
			return
		}
		again, err := mailbox.Parse(got)
		if err != nil || again != got {
			t.Fatalf("%q parses to %q, which parses to %q, %v", s, got, again, err)
		}
	})
}

func ExampleParse() {
	address, err := mailbox.Parse("Ana@Example.org")
	fmt.Println(address, err)
	// Output: Ana@example.org <nil>
}
