package cbor_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
)

// TestExamples are those examples of RFC 8949 appendix A that are in the part that is read.
func TestExamples(t *testing.T) {
	for in, want := range map[string]string{
		"00": "0", "17": "23", "1818": "24", "1903e8": "1000", "1a000f4240": "1000000", "1b000000e8d4a51000": "1000000000000",
		"20": "-1", "29": "-10", "3863": "-100", "3903e7": "-1000", "f4": "false", "f5": "true", "f6": "null",
		"40": "h''", "4401020304": "h'01020304'", "60": `""`, "6449455446": `"IETF"`, "62c3bc": `"ü"`,
		"80": "[]", "83010203": "[1, 2, 3]", "8301820203820405": "[1, [2, 3], [4, 5]]", "a0": "{}", "a201020304": "{1: 2, 3: 4}",
		"a26161016162820203": `{"a": 1, "b": [2, 3]}`, "c11a514b67b0": "1(1363896240)",
	} {
		raw, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		v, err := cbor.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := notation(v); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
		if out := cbor.Append(nil, v); !bytes.Equal(out, raw) {
			t.Errorf("%s is written %x", in, out)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing": "", "a longer head than needed": "1817", "a longer head of two bytes": "190017", "a longer head of eight bytes": "1b00000000ffffffff",
		"an indefinite array": "9fff", "an indefinite text": "7f61 61ff", "a float": "f93c00", "a double": "fb3ff199999999999a", "undefined": "f7",
		"a simple value": "f0", "bytes behind": "0000", "half an array": "8301", "half a text": "6261", "a text that is no UTF-8": "61ff",
		"a number twice in a map": "a201020103", "a text twice in a map": "a2616101616102", "a key that is an array": "a18001", "a key that is true": "a1f501",
		"a reserved head": "1c", "an array of more than there is": "9b0fffffffffffffff", "a map of more than there is": "bb0fffffffffffffff",
		"a text of more than there is": "7b7fffffffffffffff", "a number of 64 bits": "1bffffffffffffffff", "a tag without content": "c1", "a map without its last value": "a101",
	} {
		raw, err := hex.DecodeString(strings.ReplaceAll(in, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = cbor.Parse(raw)
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != "cbor.syntax" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]struct {
		data []byte
		code string
	}{
		"too deep":   {append(bytes.Repeat([]byte{0x81}, 100), 0), "limits.depth"},
		"tags":       {append(bytes.Repeat([]byte{0xc1}, 100), 0), "limits.depth"},
		"too many":   {append([]byte{0x99, 0x4e, 0x20}, make([]byte, 20_000)...), "limits.members"},
		"too large":  {make([]byte, 300<<10), "limits.size"},
		"many pairs": {append([]byte{0xb9, 0x27, 0x10}, make([]byte, 20_000)...), "limits.members"},
	} {
		_, err := cbor.Parse(in.data)
		if d := fault.AsDefect(err); d.Code != in.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// notation writes a value in diagnostic notation (RFC 8949 §8).
func notation(v cbor.Value) string {
	var parts []string
	switch v.Kind() {
	case cbor.Int:
		n, _ := v.Int()
		return fmt.Sprint(n)
	case cbor.Bytes:
		return fmt.Sprintf("h'%x'", v.Bytes())
	case cbor.Text:
		return fmt.Sprintf("%q", v.Text())
	case cbor.Array:
		for _, it := range v.Items() {
			parts = append(parts, notation(it))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case cbor.Map:
		for _, p := range v.Pairs() {
			parts = append(parts, notation(p.Key)+": "+notation(p.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case cbor.Tag:
		c, _ := v.Tagged(1)
		return "1(" + notation(c) + ")"
	case cbor.Null:
		return "null"
	}
	return map[string]string{"f4": "false", "f5": "true"}[hex.EncodeToString(cbor.Append(nil, v))]
}

// FuzzParse: what is read is written again byte for byte, and look-ups find what is there.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a26161016162820203", "d28443a10126a0440102030440", "c11a514b67b0", "9fff", "bb0fffffffffffffff"} {
		raw, _ := hex.DecodeString(s)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := cbor.Parse(data)
		if err != nil {
			return
		}
		if out := cbor.Append(nil, v); !bytes.Equal(out, data) {
			t.Errorf("%x is written %x", data, out)
		}
		for _, p := range v.Pairs() {
			if n, ok := p.Key.Int(); ok && v.At(n).Kind() != p.Value.Kind() || !ok && v.Member(p.Key.Text()).Kind() != p.Value.Kind() {
				t.Errorf("%x: a look-up finds something else", data)
			}
		}
	})
}

func ExampleParse() {
	v, err := cbor.Parse([]byte{0xa1, 0x01, 0x26})
	if err != nil {
		fmt.Println(err)
		return
	}
	alg, _ := v.At(1).Int()
	fmt.Println(alg)
	// Output: -7
}
