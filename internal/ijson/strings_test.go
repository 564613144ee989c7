package ijson_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
)

// TestStringsKeepTheirText: strings with and without escapes, beside each other, read as what they mean.
func TestStringsKeepTheirText(t *testing.T) {
	for text, want := range map[string]string{
		`["a"]`: "a", `[ "" ]`: "", `["a\"b"]`: `a"b`, `["\""]`: `"`, `["\\"]`: `\`, `["a\\","b"]`: `a\|b`, `["\\\"","\"\\"]`: `\"|"\`,
		`["\u0061"]`: "a", `["é","\u00e9"]`: "é|é", `["a","","b\n"]`: "a||b\n", `["\"a","b"]`: `"a|b`, `["x\"","y"]`: `x"|y`, ` [ "p" , "q" ] `: "p|q",
	} {
		v, err := ijson.Parse([]byte(text), ijson.Bounds{})
		if err != nil {
			t.Fatal(text, err)
		}
		if got := strings.Join(v.Texts(), "|"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	v, err := ijson.Parse([]byte(`{"a\"":1,"b":"\\","":2,"c\\":3}`), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range v.Members() {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, "|"); got != `a"|b||c\` || v.Member("b").Text() != `\` {
		t.Errorf("%q", got)
	}
	src := []byte(`{"a":"b"}`)
	v, err = ijson.Parse(src, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	copy(src, `{"x":"y"}`)
	if v.Member("a").Text() != "b" {
		t.Error("a Value changes with the bytes that it was parsed from")
	}
}
