package status_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

func values(t testing.TB, size, bits int) *status.Values {
	t.Helper()
	v, err := status.NewValues(size, bits)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func deflated(t testing.TB, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The lists that Token Status List gives as examples (§4.1): the first entry in the least significant bits (threat S13).
func TestTheListsOfTheStandardAreRead(t *testing.T) {
	for _, c := range []struct {
		lst  string
		bits int
		want []int
	}{
		{"eNrbuRgAAhcBXQ", 1, []int{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}},
		{"eNo76fITAAPfAgc", 2, []int{1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3}},
	} {
		v, err := status.DecodeValues(c.lst, c.bits)
		if err != nil {
			t.Fatalf("%s: %v", c.lst, err)
		}
		if v.Len() != len(c.want) || v.Bits() != c.bits {
			t.Errorf("%s: %d entries of %d bits", c.lst, v.Len(), v.Bits())
		}
		for i, want := range c.want {
			if got := v.Get(i); got != want {
				t.Errorf("%s: entry %d is %d, want %d", c.lst, i, got, want)
			}
		}
		if v.Get(-1) != 0 || v.Get(v.Len()) != 0 {
			t.Error("something stands outside of the list")
		}
	}
}

func TestValuesFollowEveryChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, bits := range []int{1, 2, 4, 8} {
		const size = 20_000
		v, want := values(t, size, bits), make([]int, size)
		for range 20 {
			for range rnd.IntN(40) {
				i, to := rnd.IntN(size), rnd.IntN(1<<bits)
				if err := v.Set(i, to); err != nil {
					t.Fatal(err)
				}
				want[i] = to
			}
			lst, err := v.Encoded()
			if err != nil {
				t.Fatal(err)
			}
			raw := unzlib(t, lst)
			back, err := status.DecodeValues(lst, bits)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want {
				if back.Get(i) != w {
					t.Fatalf("%d bits: entry %d is %d, want %d", bits, i, back.Get(i), w)
				}
				if got := int(raw[i*bits/8]>>(i*bits%8)) & (1<<bits - 1); got != w {
					t.Fatalf("%d bits: the standard library reads %d at %d, want %d", bits, got, i, w)
				}
			}
		}
	}
}

func unzlib(t *testing.T, lst string) []byte {
	t.Helper()
	packed, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestValuesRefuse(t *testing.T) {
	v := values(t, 100, 2)
	for name, err := range map[string]error{
		"an index below 0":          v.Set(-1, 0),
		"an index beyond the end":   v.Set(100, 0),
		"a value that does not fit": v.Set(0, 4),
		"a negative value":          v.Set(0, -1),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, bits := range []int{0, 3, 5, 16, -1} {
		if _, err := status.NewValues(100, bits); err == nil {
			t.Errorf("entries of %d bits were taken", bits)
		}
	}
	if _, err := status.NewValues(0, 1); err == nil {
		t.Error("a list without entries was taken")
	}
}

func TestDecodeValuesRefuses(t *testing.T) {
	good := deflated(t, make([]byte, 100))
	damaged := bytes.Clone(good)
	damaged[len(damaged)-1] ^= 1
	enc := base64.RawURLEncoding.EncodeToString
	for name, c := range map[string]struct {
		lst  string
		bits int
		code string
	}{
		"entries of three bits":         {enc(good), 3, "status.token_bits"},
		"entries of no bits":            {enc(good), 0, "status.token_bits"},
		"nothing":                       {"", 1, "MALFORMED_VALUE_ERROR"},
		"padding":                       {enc(good) + "=", 1, "MALFORMED_VALUE_ERROR"},
		"a line feed":                   {enc(good)[:4] + "\n" + enc(good)[4:], 1, "MALFORMED_VALUE_ERROR"},
		"gzip instead of zlib":          {text(zip(t, make([]byte, 100)))[1:], 1, "MALFORMED_VALUE_ERROR"},
		"a wrong checksum":              {enc(damaged), 1, "MALFORMED_VALUE_ERROR"},
		"a stream cut off":              {enc(good[:len(good)-5]), 1, "MALFORMED_VALUE_ERROR"},
		"trailing bytes":                {enc(append(bytes.Clone(good), 0)), 1, "MALFORMED_VALUE_ERROR"},
		"no entries":                    {enc(deflated(t, nil)), 1, "MALFORMED_VALUE_ERROR"},
		"a list that grows over 8 MiB":  {enc(deflated(t, make([]byte, limits.InflatedBytes+1))), 8, "limits.inflate"},
		"the list of another alphabet":  {"eN+/", 1, "MALFORMED_VALUE_ERROR"},
		"spare bits that are not clear": {"eNrbuRgAAhcBXR", 1, "MALFORMED_VALUE_ERROR"},
	} {
		_, err := status.DecodeValues(c.lst, c.bits)
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestEntriesOfSeveralBits(t *testing.T) {
	b := status.New(minimum)
	set(t, b, 2, 3, 5) // 00 11 01 …
	for i, want := range []int{0, 3, 1, 0} {
		if got := b.Value(i, 2); got != want {
			t.Errorf("entry %d of two bits is %d, want %d", i, got, want)
		}
	}
	if b.Value(0, 8) != 0b0011_0100 || b.Value(minimum/8, 8) != 0 || b.Value(0, 9) != 0 || b.Value(0, 0) != 0 {
		t.Error("entries of other sizes")
	}
	if err := b.Clear(3); err != nil || b.Value(1, 2) != 2 || b.Clear(minimum) == nil {
		t.Errorf("cleared: %d, %v", b.Value(1, 2), err)
	}
}

func TestTokenIndexes(t *testing.T) {
	for lit, want := range map[string]int{"0": 0, "412": 412, "2147483647": 2147483647} {
		if got, err := status.ParseTokenIndex(value(t, lit)); err != nil || got != want {
			t.Errorf("%s: %d, %v", lit, got, err)
		}
	}
	for _, lit := range []string{"-1", "1.5", "1e3", "2147483648", `"412"`, "null", "-0", "1E2", "5.0", "[]"} {
		var d *fault.Defect
		if _, err := status.ParseTokenIndex(value(t, lit)); !errors.As(err, &d) || d.Code != "status.index" {
			t.Errorf("%s: %v", lit, err)
		}
	}
	if _, err := status.ParseTokenIndex(ijson.Value{}); err == nil {
		t.Error("no index was taken for one")
	}
}

// FuzzDecodeValues holds that whatever is taken reads the same when it is written again.
func FuzzDecodeValues(f *testing.F) {
	f.Add("eNrbuRgAAhcBXQ", 1)
	f.Add("eNo76fITAAPfAgc", 2)
	f.Add(base64.RawURLEncoding.EncodeToString(deflated(f, bytes.Repeat([]byte{0xa5, 1}, 3000))), 4)
	f.Fuzz(func(t *testing.T, lst string, bits int) {
		v, err := status.DecodeValues(lst, bits)
		if err != nil {
			var d *fault.Defect
			if !errors.As(err, &d) || d.Code == "" {
				t.Fatalf("an error that is no defect: %v", err)
			}
			return
		}
		again, err := v.Encoded()
		if err != nil {
			t.Fatal(err)
		}
		back, err := status.DecodeValues(again, bits)
		if err != nil || back.Len() != v.Len() {
			t.Fatalf("written again: %v", err)
		}
		for i := range v.Len() {
			if v.Get(i) != back.Get(i) {
				t.Fatalf("entry %d changed", i)
			}
		}
	})
}

func ExampleValues() {
	list, err := status.NewValues(131_072, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := list.Set(4711, status.TokenSuspended); err != nil {
		fmt.Println(err)
		return
	}
	lst, err := list.Encoded()
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := status.DecodeValues(lst, 2)
	fmt.Println(read.Get(4711), read.Get(4712), err)
	// Output: 2 0 <nil>
}
