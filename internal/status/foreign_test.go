package status_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/npmtest"
	"github.com/openlaurel/laurel/testvectors"
)

// flagged rewrites the header of a gzip member that has none of the optional fields: with these flags and fields.
func flagged(t testing.TB, flags byte, fields []byte) []byte {
	t.Helper()
	raw := make([]byte, minimum/8)
	raw[0] = 0x80
	plain := zip(t, raw)
	out := append(bytes.Clone(plain[:10]), fields...)
	out[3] = flags
	return append(out, plain[10:]...)
}

// sealed adds the checksum of the header (FHCRC), off by wrong.
func sealed(t testing.TB, flags byte, fields []byte, wrong uint16) []byte {
	t.Helper()
	head := append(bytes.Clone(flagged(t, flags, nil)[:10]), fields...)
	sum := uint16(crc32.ChecksumIEEE(head)) + wrong
	return flagged(t, flags, append(fields, byte(sum), byte(sum>>8)))
}

func TestOptionalFieldsOfTheGzipHeaderArePassedOver(t *testing.T) {
	var named bytes.Buffer
	w := gzip.NewWriter(&named)
	w.Name, w.Comment, w.Extra = "list.bin", "revocations", []byte{1, 2, 3, 0, 0}
	if _, err := w.Write(append([]byte{0x80}, make([]byte, minimum/8-1)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string][]byte{
		"probably text":                   flagged(t, 1, nil),
		"a file name":                     flagged(t, 8, []byte("list\x00")),
		"an empty name and comment":       flagged(t, 8|16, []byte("\x00\x00")),
		"an empty extra field":            flagged(t, 4, []byte{0, 0}),
		"a checksum of the header":        sealed(t, 2, nil, 0),
		"everything, with a checksum":     sealed(t, 2|4|8|16, []byte("\x02\x00ab"+"n\x00"+"c\x00"), 0),
		"what the standard library wrote": named.Bytes(),
	} {
		b, err := status.Decode(text(packed))
		if err != nil || !b.Get(0) || b.Get(1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAGzipHeaderThatIsWrongIsRefused(t *testing.T) {
	for name, packed := range map[string][]byte{
		"a reserved flag":                    flagged(t, 0x20, nil),
		"a name without an end":              append(flagged(t, 8, nil)[:10], bytes.Repeat([]byte("x"), 100)...),
		"an extra field longer than it all":  flagged(t, 4, []byte{0xff, 0xff}),
		"a wrong checksum of the header":     sealed(t, 2, nil, 1),
		"a wrong checksum behind a name":     sealed(t, 2|8, []byte("n\x00"), 0x100),
		"nothing but a header with a name":   append(flagged(t, 8, nil)[:10], "name\x0012345678"...),
		"a name that reaches into the end":   append(flagged(t, 8, nil)[:10], "name567\x00"...),
		"a flag without its field":           flagged(t, 8, nil),
		"a checksum that is promised alone":  append(flagged(t, 2, nil)[:10], "12345678"...),
		"another compression than deflation": bytes.Replace(flagged(t, 0, nil), []byte{0x1f, 0x8b, 8}, []byte{0x1f, 0x8b, 7}, 1),
	} {
		_, err := status.Decode(text(packed))
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != "MALFORMED_VALUE_ERROR" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Three other inflaters read what we write (threats S13, S10): zlib, the browser's DecompressionStream, and pako.
func TestOtherSoftwareReadsOurLists(t *testing.T) {
	for name, c := range map[string]struct {
		size int
		set  []int
	}{
		"the smallest list, with bits at its edges": {minimum, []int{0, 7, 8, 8191, 8192, 65_535, minimum - 1}},
		"an empty list":       {minimum, []int{}},
		"a list of a million": {1 << 20, []int{1, 131_072, 1<<20 - 1}},
	} {
		b := status.New(c.size)
		set(t, b, c.set...)
		var out struct {
			Entries int   `json:"entries"`
			Set     []int `json:"set"`
		}
		npmtest.Run(t, "inflate-list.mjs", map[string]any{"encoded_list": encoded(t, b)}, &out)
		if diff := cmp.Diff(c.set, out.Set); diff != "" || out.Entries != c.size {
			t.Errorf("%s: %d entries (-set +read):\n%s", name, out.Entries, diff)
		}
	}
}

func TestListsOfTheCorpusAreRead(t *testing.T) {
	place := filepath.Join(corpus.Root(t), "..", "shared", "corpus", "1edtech", "ob30", "bit-string-list", "testlist")
	doc, err := os.ReadFile(filepath.Clean(place))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("corpus: ../shared/corpus is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Subject struct {
			EncodedList string `json:"encodedList"`
		} `json:"credentialSubject"`
	}
	if err := json.Unmarshal(doc, &list); err != nil {
		t.Fatal(err)
	}
	b, err := status.Decode(list.Subject.EncodedList)
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() < limits.StatusListMinimum {
		t.Errorf("%d entries", b.Len())
	}
}

func TestIndexesOfTheVectors(t *testing.T) {
	testvectors.Each(t, "status/index.json", func(t *testing.T, _ string, data []byte) {
		var file struct {
			Cases []struct {
				Name  string
				Value string
				Index *int
			}
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		if len(file.Cases) < 19 {
			t.Fatalf("%d cases", len(file.Cases))
		}
		for _, c := range file.Cases {
			n, err := status.ParseIndex(value(t, c.Value))
			if (err == nil) != (c.Index != nil) || err == nil && n != *c.Index {
				t.Errorf("%s: %d, %v", c.Name, n, err)
			}
		}
	})
}

// BenchmarkEncodedMillion flips one bit of 1,048,576 and writes the list again, at one revocation in fifty.
func BenchmarkEncodedMillion(b *testing.B) {
	rnd := rand.New(rand.NewPCG(5, 6))
	list := status.New(1 << 20)
	for range (1 << 20) / 50 {
		set(b, list, rnd.IntN(1<<20))
	}
	encoded(b, list)
	for b.Loop() {
		set(b, list, rnd.IntN(1<<20))
		encoded(b, list)
	}
}
