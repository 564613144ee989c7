package ijson_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/ijson"
)

func TestAppendCanonical(t *testing.T) {
	rows := map[string]string{
		`{"b":1,"a":2}`:                                     `{"a":2,"b":1}`,
		"[ 1 , \t\"x\" ]":                                   `[1,"x"]`,
		`[1.0,1e2,4.50,2e-3,1E30,0.0]`:                      `[1,100,4.5,0.002,1e+30,0]`,
		`[333333333.33333329]`:                              `[333333333.3333333]`,
		`[0.000000000000000000000000001]`:                   `[1e-27]`,
		`[1e21,1e20,123456789012345680000]`:                 `[1e+21,100000000000000000000,123456789012345680000]`,
		`[295147905179352825856]`:                           `[295147905179352830000]`,
		`[9007199254740992,-9007199254740991]`:              `[9007199254740992,-9007199254740991]`,
		`[1e-6,1e-7,1.5e-10]`:                               `[0.000001,1e-7,1.5e-10]`,
		`["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"]`: "[\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]",
		`["\u007f\u2028<>&"]`:                               "[\"\x7f\u2028<>&\"]",
		`[null,true,false,{},[]]`:                           `[null,true,false,{},[]]`,
		// RFC 8785 §3.2.3: sorted by UTF-16 code units, so that U+1F600 comes before U+FB33
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`: "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		`{"\ud83d\ude00":1,"\ud83d\ude01":2,"\ud83c\udf00":3}`:                        "{\"🌀\":3,\"😀\":1,\"😁\":2}",
		`{"aa":1,"a":2,"":3}`: `{"":3,"a":2,"aa":1}`,
	}
	for text, want := range rows {
		v, err := ijson.Parse([]byte(text), ijson.Bounds{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := ijson.AppendCanonical([]byte("before "), v)
		if err != nil || string(got) != "before "+want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestAppendCanonicalRefusesNumbersThatWouldChange(t *testing.T) {
	rows := []struct{ name, text, at string }{
		{"an integer that a double cannot hold", `{"a":[0,9007199254740993]}`, "/a/1"},
		{"its negative", `[-9007199254740993]`, "/0"},
		{"a long integer that a double cannot hold", `[1000000000000000000000001]`, "/0"},
		{"minus zero", `{"a":-0}`, "/a"},
		{"minus zero with a fraction", `[-0.0]`, "/0"},
		{"a number that rounds to zero", `[1e-400]`, "/0"},
	}
	for _, row := range rows {
		v, err := ijson.Parse([]byte(row.text), ijson.Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := ijson.AppendCanonical(nil, v)
		if c, at := code(t, err); c != "json.number" || at != row.at || out != nil {
			t.Errorf("%s: %q at %q, %s", row.name, c, at, out)
		}
	}
}

// TestNumbersAgainstAnotherWriter compares with jsontext, which has JCS of its own, on doubles of every size.
func TestNumbersAgainstAnotherWriter(t *testing.T) {
	bits := uint64(1)
	for range 20000 {
		bits = bits*6364136223846793005 + 1442695040888963407
		f := math.Float64frombits(bits)
		if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 {
			continue
		}
		compareCanonical(t, fmt.Sprintf("[%e,%g]", f, f))
	}
}

func compareCanonical(t *testing.T, text string) {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ijson.AppendCanonical(nil, v)
	if err != nil {
		if c, _ := code(t, err); c != "json.number" {
			t.Errorf("%s: %v", text, err)
		}
		return
	}
	theirs := jsontext.Value(text)
	if err := theirs.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, theirs) {
		t.Errorf("%s: ours %s, theirs %s", text, ours, theirs)
	}
}

func FuzzAppendCanonical(f *testing.F) {
	for _, s := range []string{`{"\ud83d\ude00":1,"\ufb33":2}`, `[1e21,1e-7,0.1]`, `["\u001f\"\\"]`, `{"a":{"c":1,"b":[{}]}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ijson.Parse([]byte(text), ijson.Bounds{}); err != nil || strings.TrimSpace(text) == "" {
			return
		}
		compareCanonical(t, text)
	})
}
