package ijson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

func Example() {
	doc, err := ijson.Parse([]byte(`{"b": 1.0, "a": ["x", "y"]}`), ijson.Bounds{})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(doc.Member("a").Texts(), doc.Member("b").Literal())

	canonical, err := ijson.AppendCanonical(nil, doc)
	fmt.Println(string(canonical), err)

	_, err = ijson.Parse([]byte(`{"alg": "none", "alg": "ES256"}`), ijson.Bounds{})
	fmt.Println(err)
	// Output:
	// [x y] 1.0
	// {"a":["x","y"],"b":1} <nil>
	// json.duplicate_member at /alg: a member stands twice in one object
}

// code returns the code and place of the defect in err, or "" for no error.
func code(t *testing.T, err error) (code, at string) {
	t.Helper()
	if err == nil {
		return "", ""
	}
	var d *fault.Defect
	if !errors.As(err, &d) {
		t.Fatalf("not a defect: %v", err)
	}
	if d.Unknown || d.Detail == "" {
		t.Errorf("a defect of a document is wrong and has a sentence: %+v", d)
	}
	return d.Code, d.At
}

func TestParseRefuses(t *testing.T) {
	rows := []struct{ name, text, code, at string }{
		{"a member twice", `{"a":1,"a":1}`, "json.duplicate_member", "/a"},
		{"a member twice, spelled with an escape", `{"issuer":1,"\u0069ssuer":1}`, "json.duplicate_member", "/issuer"},
		{"a member twice, deep inside", `{"x":[0,{"a":1,"b":2,"a":3}]}`, "json.duplicate_member", "/x/1/a"},
		{"a second value", `{} {}`, "json.trailing", ""},
		{"a second value at once", `{}{}`, "json.trailing", ""},
		{"garbage after the value", `{}x`, "json.trailing", ""},
		{"a NUL after the value", "{}\x00", "json.trailing", ""},
		{"a comma after the value", `{},`, "json.trailing", ""},
		{"nothing", ``, "json.syntax", ""},
		{"only white space", " \n\t", "json.syntax", ""},
		{"a byte order mark", "\ufeff{}", "json.syntax", ""},
		{"UTF-16", "\x00{\x00}", "json.syntax", ""},
		{"a byte that is not UTF-8", "{\"a\":\"\xff\"}", "json.utf8", ""},
		{"an overlong form", "{\"a\":\"\xc0\xaf\"}", "json.utf8", ""},
		{"a surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "json.utf8", ""},
		{"a lone high surrogate", `{"a":"\ud800"}`, "json.utf8", "/a"},
		{"a lone low surrogate", `{"a":"\udc00x"}`, "json.utf8", "/a"},
		{"surrogates the wrong way round", `{"a":"\udc00\ud800"}`, "json.utf8", "/a"},
		{"a lone surrogate in a name", `{"\ud800":1}`, "json.utf8", ""},
		{"a number beyond a double", `{"a":[1,1e400]}`, "json.number", "/a/1"},
		{"a number below a double", `[-1e400]`, "json.number", "/0"},
		{"an array that does not end", `{"a":[1,`, "json.syntax", "/a"},
		{"an object that does not end", `{"a":1`, "json.syntax", ""},
		{"a member without a value", `{"a"}`, "json.syntax", "/a"},
		{"a single-quoted text", `{'a':1}`, "json.syntax", ""},
		{"a comment", `{"a":1/* no */}`, "json.syntax", ""},
		{"a bracket of the wrong kind", `{"a":[1}`, "json.syntax", "/a"},
	}
	for _, row := range rows {
		_, err := ijson.Parse([]byte(row.text), ijson.Bounds{})
		got, at := code(t, err)
		if got != row.code {
			t.Errorf("%s: %q, want %q (%v)", row.name, got, row.code, err)
		}
		if at != row.at {
			t.Errorf("%s: at %q, want %q", row.name, at, row.at)
		}
	}
}

func TestParseTakes(t *testing.T) {
	rows := map[string]string{
		"the same member in two objects":     `{"a":{"x":1},"b":{"x":1}}`,
		"names that differ in case":          `{"a":1,"A":2}`,
		"names that differ in normal form":   `{"\u00e9":1,"e\u0301":2}`,
		"white space around":                 " \t\r\n{} \t\r\n",
		"a pair of surrogates":               `{"a":"\ud83d\ude00"}`,
		"a NUL in a text, escaped":           `{"a":"\u0000"}`,
		"the largest double":                 `[1.7976931348623157e308]`,
		"a number that rounds to zero":       `[1e-400]`,
		"a number with many digits":          `[3.14159265358979323846264338327950288]`,
		"a text at the top":                  `"x"`,
		"an empty name":                      `{"":1}`,
		"a character that is no character":   `["\uFFFE"]`,
		"a delete character":                 "[\"\x7f\"]",
		"the replacement character, in full": `["` + "\ufffd" + `"]`,
	}
	for name, text := range rows {
		if _, err := ijson.Parse([]byte(text), ijson.Bounds{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseBounds(t *testing.T) {
	nest := func(open, inner, shut string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
	}
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"m%d":1`, i)
		}
		return "{" + strings.TrimPrefix(b.String(), ",") + "}"
	}
	elements := func(n int) string { return "[" + strings.TrimPrefix(strings.Repeat(",1", n), ",") + "]" }
	text := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	rows := []struct {
		name, text string
		bounds     ijson.Bounds
		code       string
	}{
		{name: "64 arrays", text: nest("[", "", "]", 64)},
		{name: "65 arrays", text: nest("[", "", "]", 65), code: "limits.depth"},
		{name: "64 objects", text: nest(`{"a":`, "1", "}", 64)},
		{name: "65 objects", text: nest(`{"a":`, "1", "}", 65), code: "limits.depth"},
		{name: "9,999 arrays", text: nest("[", "", "]", 9999), code: "limits.depth"},
		{name: "10,001 arrays", text: nest("[", "", "]", 10001), code: "limits.depth"},
		{name: "10,001 brackets that nobody closes", text: strings.Repeat("[", 10001), code: "limits.depth"},
		{name: "10,000 members", text: members(10000)},
		{name: "10,001 members", text: members(10001), code: "limits.members"},
		{name: "10,000 elements", text: elements(10000)},
		{name: "10,001 elements", text: elements(10001), code: "limits.members"},
		{name: "members and elements count together", text: `{"a":[1,2],"b":3}`, bounds: ijson.Bounds{Members: 3}, code: "limits.members"},
		{name: "as many as the bound", text: `{"a":[1,2],"b":3}`, bounds: ijson.Bounds{Members: 4}},
		{name: "256 KiB", text: text(limits.CredentialBytes)},
		{name: "256 KiB and a byte", text: text(limits.CredentialBytes + 1), code: "limits.size"},
		{name: "a bound of one's own", text: `[1]`, bounds: ijson.Bounds{Bytes: 2}, code: "limits.size"},
		{name: "a depth of one's own", text: `[[1]]`, bounds: ijson.Bounds{Depth: 1}, code: "limits.depth"},
	}
	for _, row := range rows {
		_, err := ijson.Parse([]byte(row.text), row.bounds)
		if got, _ := code(t, err); got != row.code {
			t.Errorf("%s: %q, want %q", row.name, got, row.code)
		}
	}
}

func TestValue(t *testing.T) {
	doc, err := ijson.Parse([]byte(`{"s":"x","n":-1.50,"t":true,"f":false,"z":null,"a":["p",1,"q"],"o":{"b":1,"a":2}}`), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if s := doc.Member("s"); !s.IsString() || s.Text() != "x" || s.Literal() != "" || s.Float() != 0 || s.True() {
		t.Errorf("string: %+v", s)
	}
	if n := doc.Member("n"); n.Literal() != "-1.50" || n.Float() != -1.5 || n.Text() != "" || n.Kind() != ijson.Number {
		t.Errorf("number: %+v", n)
	}
	if !doc.Member("t").True() || doc.Member("f").True() || doc.Member("f").Kind() != ijson.Bool {
		t.Error("booleans")
	}
	if z, ok := doc.Get("z"); !ok || z.Kind() != ijson.Null || z.Items() != nil {
		t.Error("null")
	}
	if _, ok := doc.Get("S"); ok || doc.Member("none").Kind() != ijson.Null || doc.Member("s").Member("x").Kind() != ijson.Null {
		t.Error("a member that is not there")
	}
	if diff := cmp.Diff([]string{"p", "q"}, doc.Member("a").Texts()); diff != "" {
		t.Error(diff)
	}
	if items := doc.Member("s").Items(); len(items) != 1 || items[0].Text() != "x" {
		t.Error("a bare value is its only item")
	}
	var order []string
	for _, m := range doc.Member("o").Members() {
		order = append(order, m.Name)
	}
	if diff := cmp.Diff([]string{"b", "a"}, order); diff != "" {
		t.Errorf("members are not in the order of the document: %s", diff)
	}
	if got := string(ijson.Append(nil, doc)); got != `{"s":"x","n":-1.50,"t":true,"f":false,"z":null,"a":["p",1,"q"],"o":{"b":1,"a":2}}` {
		t.Errorf("Append: %s", got)
	}
}

func TestPointer(t *testing.T) {
	for token, want := range map[string]string{"a": "/x/a", "": "/x/", "a/b": "/x/a~1b", "m~n": "/x/m~0n", "~1": "/x/~01", "0": "/x/0"} {
		if got := ijson.Pointer("/x", token); got != want {
			t.Errorf("%q: %s, want %s", token, got, want)
		}
	}
	if got := ijson.Index("/x", 12); got != "/x/12" {
		t.Error(got)
	}
}

// FuzzParse: what parses is JSON for the standard library too, prints back to the same value, and has one canonical form.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.50,-0,1e3,null,true],"b":{"c":"\u00e9\n"}}`, `"\ud83d\ude00"`, `[9007199254740993]`, `{"a":1,"a":2}`, ` 1 `, `{"é":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := ijson.Parse(src, ijson.Bounds{})
		if err != nil {
			if c, _ := code(t, err); c == "" {
				t.Error("an error without a code")
			}
			return
		}
		if !json.Valid(src) {
			t.Fatalf("%q is no JSON", src)
		}
		printed := ijson.Append(nil, v)
		again, err := ijson.Parse(printed, ijson.Bounds{Bytes: 1 << 20})
		if err != nil || !bytes.Equal(ijson.Append(nil, again), printed) {
			t.Fatalf("%q prints as %q, which reads as %v", src, printed, err)
		}
		canonical, err := ijson.AppendCanonical(nil, v)
		if err != nil {
			if c, _ := code(t, err); c != "json.number" {
				t.Errorf("canonical form: %v", err)
			}
			return
		}
		again, err = ijson.Parse(canonical, ijson.Bounds{Bytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := ijson.AppendCanonical(nil, again); err != nil || !bytes.Equal(twice, canonical) {
			t.Errorf("the canonical form %q of itself is %q, %v", canonical, twice, err)
		}
	})
}

// TestParsersShareNothing holds that the working memory that parsers share keeps nothing of a document: neither what was read nor the
// text it was read from changes by what is read later.
func TestParsersShareNothing(t *testing.T) {
	texts := []string{`{"a":[1,2,{"b":"c"}],"d":{}}`, `[[[]],{"x":{"y":[null,true]}}]`, `{"a":1,"a":2}`, `{"long":"` + strings.Repeat("x", 3000) + `"}`, `[1,`, `""`}
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 300 {
				src := []byte(texts[(i+n)%len(texts)])
				v, err := ijson.Parse(src, ijson.Bounds{})
				before := string(ijson.Append(nil, v))
				for _, other := range texts {
					_, _ = ijson.Parse([]byte(other), ijson.Bounds{})
				}
				if after := string(ijson.Append(nil, v)); after != before || string(src) != texts[(i+n)%len(texts)] || err == nil && after != string(src) {
					t.Errorf("%s became %s (%v)", src, after, err)
				}
			}
		})
	}
	all.Wait()
}
