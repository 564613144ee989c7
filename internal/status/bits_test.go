package status_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

const minimum = limits.StatusListMinimum

// zip compresses with the standard library, as a stranger's issuer would.
func zip(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// named is zip with a file name, a time and a comment in the header, as a command line tool leaves them.
func named(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra, w.ModTime = "list.bin", "status", []byte{1, 2}, time.Unix(1_700_000_000, 0)
	_, err := w.Write(raw)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func text(packed []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(packed) }

// inflate reads with the standard library, and fails when the stream is not exactly one gzip member.
func inflate(t testing.TB, encoded string) []byte {
	t.Helper()
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(encoded, "u"))
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(packed)
	r, err := gzip.NewReader(src)
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if src.Len() != 0 {
		t.Fatalf("%d bytes follow the member", src.Len())
	}
	return raw
}

func encoded(t testing.TB, b *status.Bits) string {
	t.Helper()
	s, err := b.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t testing.TB, b *status.Bits, indexes ...int) {
	t.Helper()
	for _, i := range indexes {
		if err := b.Set(i); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheFirstBitIsTheMostSignificantOfTheFirstByte(t *testing.T) {
	b := status.New(minimum)
	set(t, b, 0, 9, minimum-1)
	raw := inflate(t, encoded(t, b))
	if len(raw) != minimum/8 || raw[0] != 0x80 || raw[1] != 0x40 || raw[len(raw)-1] != 0x01 {
		t.Errorf("%d bytes: %x %x … %x", len(raw), raw[0], raw[1], raw[len(raw)-1])
	}
	// The mirror of a bit, where a reader that counts from the other end would look, stays clear (threat S13).
	if b.Get(7) || b.Get(14) || b.Get(minimum-8) {
		t.Error("a mirrored bit is set")
	}
}

func TestABitOutsideTheListIsNeitherSetNorRead(t *testing.T) {
	b := status.New(minimum)
	for _, i := range []int{-1, minimum, minimum + 1} {
		if b.Set(i) == nil || b.Get(i) {
			t.Errorf("index %d is taken", i)
		}
	}
	if !bytes.Equal(inflate(t, encoded(t, b)), make([]byte, minimum/8)) {
		t.Error("the list changed")
	}
}

func TestEncodedFollowsEveryChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	b, want := status.New(minimum), make([]byte, minimum/8)
	for range 60 {
		for range rnd.IntN(40) {
			i := rnd.IntN(minimum)
			set(t, b, i)
			want[i/8] |= 0x80 >> (i % 8)
		}
		if got := inflate(t, encoded(t, b)); !bytes.Equal(got, want) {
			t.Fatal("the standard library reads other bits than were set")
		}
	}
	if a, b := encoded(t, b), encoded(t, b); a != b {
		t.Error("the same bits give other bytes")
	}
}

func TestASizeThatFillsNoWholeChunkIsKept(t *testing.T) {
	b := status.New(minimum + 8)
	set(t, b, minimum+7)
	back, err := status.Decode(encoded(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if back.Len() != minimum+8 || !back.Get(minimum+7) || back.Get(minimum+6) {
		t.Errorf("%d bits came back", back.Len())
	}
}

func TestDecodeReadsWhatTheStandardLibraryWrites(t *testing.T) {
	raw := make([]byte, minimum/8)
	raw[3] = 0b0001_0000
	for name, read := range map[string]func() (*status.Bits, error){
		"with the multibase prefix":               func() (*status.Bits, error) { return status.Decode(text(zip(t, raw))) },
		"with optional fields in the gzip header": func() (*status.Bits, error) { return status.Decode(text(named(t, raw))) },
		"StatusList2021, padded, in the other alphabet": func() (*status.Bits, error) {
			return status.DecodeLegacy(base64.StdEncoding.EncodeToString(named(t, raw)))
		},
		"StatusList2021, without a prefix": func() (*status.Bits, error) { return status.DecodeLegacy(text(zip(t, raw))[1:]) },
	} {
		b, err := read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !b.Get(27) || b.Get(28) || b.Len() != minimum {
			t.Errorf("%s: other bits than were written", name)
		}
		set(t, b, 28)
		if again, err := status.Decode(encoded(t, b)); err != nil || !again.Get(27) || !again.Get(28) {
			t.Errorf("%s: written again it reads differently: %v", name, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := zip(t, make([]byte, minimum/8))
	damaged := bytes.Clone(good)
	damaged[len(damaged)-6] ^= 1
	unfinished := bytes.Clone(good[:len(good)-9])
	huge := zip(t, make([]byte, limits.InflatedBytes+1))
	for name, c := range map[string]struct{ list, code string }{
		"nothing":                         {"", "MALFORMED_VALUE_ERROR"},
		"the prefix alone":                {"u", "MALFORMED_VALUE_ERROR"},
		"another multibase prefix":        {"m" + base64.RawStdEncoding.EncodeToString(good), "MALFORMED_VALUE_ERROR"},
		"no multibase prefix":             {text(good)[1:], "MALFORMED_VALUE_ERROR"},
		"padding":                         {text(good) + "=", "MALFORMED_VALUE_ERROR"},
		"a line feed in the text":         {text(good)[:9] + "\n" + text(good)[9:], "MALFORMED_VALUE_ERROR"},
		"no gzip":                         {text([]byte(strings.Repeat("plain", 20))), "MALFORMED_VALUE_ERROR"},
		"a wrong checksum":                {text(damaged), "MALFORMED_VALUE_ERROR"},
		"a stream cut off":                {text(unfinished), "MALFORMED_VALUE_ERROR"},
		"a second gzip member":            {text(append(bytes.Clone(good), good...)), "MALFORMED_VALUE_ERROR"},
		"trailing bytes":                  {text(append(bytes.Clone(good), 0, 0)), "MALFORMED_VALUE_ERROR"},
		"131,064 entries":                 {text(zip(t, make([]byte, minimum/8-1))), "STATUS_LIST_LENGTH_ERROR"},
		"an empty list":                   {text(zip(t, nil)), "STATUS_LIST_LENGTH_ERROR"},
		"a list that grows over 8 MiB":    {text(huge), "limits.inflate"},
		"the 8 MiB bomb in two members":   {text(append(bytes.Clone(huge), huge...)), "limits.inflate"},
		"a gzip header and nothing after": {text(good[:10]), "MALFORMED_VALUE_ERROR"},
	} {
		_, err := status.Decode(c.list)
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestTheLargestListIsRead(t *testing.T) {
	b, err := status.Decode(text(zip(t, make([]byte, limits.InflatedBytes))))
	if err != nil || b.Len() != limits.StatusListMaximum {
		t.Errorf("%v", err)
	}
}

func TestReadersAndWritersMayMeet(t *testing.T) {
	b := status.New(minimum)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := w; i < 4000; i += 4 {
				if err := b.Set(i * 31); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for i := range 20 {
				if _, err := b.Encoded(); err != nil {
					t.Error(err)
				}
				b.Get(i)
			}
		})
	}
	all.Wait()
	back, err := status.Decode(encoded(t, b))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		if !back.Get(i * 31) {
			t.Fatalf("bit %d was lost", i*31)
		}
	}
}

// FuzzDecode holds that whatever is taken has the length that it says, and reads the same when it is written again.
func FuzzDecode(f *testing.F) {
	f.Add(text(zip(f, make([]byte, minimum/8))))
	f.Add(text(zip(f, bytes.Repeat([]byte{0xa5, 1, 0}, minimum/24+9))))
	f.Add("uH4sIAAAAAAAA_w")
	f.Add(text(sealed(f, 2|4|8|16, []byte("\x02\x00abn\x00c\x00"), 0)))
	f.Add(text(flagged(f, 0x20, nil)))
	f.Fuzz(func(t *testing.T, list string) {
		b, err := status.Decode(list)
		if err != nil {
			var d *fault.Defect
			if !errors.As(err, &d) || d.Code == "" {
				t.Fatalf("an error that is no defect: %v", err)
			}
			return
		}
		if b.Len() < minimum || b.Len() > limits.StatusListMaximum {
			t.Fatalf("%d entries", b.Len())
		}
		again, err := status.Decode(encoded(t, b))
		if err != nil || again.Len() != b.Len() {
			t.Fatalf("written again: %v", err)
		}
		for i := range b.Len() {
			if b.Get(i) != again.Get(i) {
				t.Fatalf("bit %d changed", i)
			}
		}
	})
}

func ExampleBits() {
	list := status.New(131_072)
	if err := list.Set(4711); err != nil {
		fmt.Println(err)
		return
	}
	text, err := list.Encoded()
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := status.Decode(text)
	fmt.Println(read.Get(4711), read.Get(4712), err)
	// Output: true false <nil>
}

// BenchmarkEncoded flips one bit and writes the list again, at one revocation in fifty.
func BenchmarkEncoded(b *testing.B) {
	rnd := rand.New(rand.NewPCG(3, 4))
	list := status.New(minimum)
	for range minimum / 50 {
		set(b, list, rnd.IntN(minimum))
	}
	encoded(b, list)
	b.ReportAllocs()
	for b.Loop() {
		set(b, list, rnd.IntN(minimum))
		encoded(b, list)
	}
}

func BenchmarkDecode(b *testing.B) {
	list := status.New(minimum)
	for i := range minimum / 50 {
		set(b, list, i*50)
	}
	s := encoded(b, list)
	for b.Loop() {
		if _, err := status.Decode(s); err != nil {
			b.Fatal(err)
		}
	}
}
