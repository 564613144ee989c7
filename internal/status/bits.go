package status

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/openlaurel/laurel/internal/limits"
)

// Bits is a list of single bits, all clear at first. It is safe for concurrent use.
type Bits struct {
	mu sync.Mutex
	stream
}

// New makes a list of size bits, rounded up to whole bytes.
func New(size int) *Bits { return &Bits{stream: newStream(make([]byte, (size+7)/8))} }

// Len returns the number of bits.
func (b *Bits) Len() int { return 8 * len(b.raw) }

// Get returns bit i; the first is the most significant of the first byte (Bitstring Status List §3.2). Out of range it is
// false.
func (b *Bits) Get(i int) bool { return b.Value(i, 1) != 0 }

// Value returns entry i of a list whose entries have size bits, 1 to 8 (statusSize): the entry's bits from left to right, the
// first the most significant. Out of range it is 0.
func (b *Bits) Value(i, size int) int {
	if i < 0 || size < 1 || size > 8 || i >= b.Len()/size {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := 0
	for n := i * size; n < (i+1)*size; n++ {
		v <<= 1
		if b.raw[n/8]&(0x80>>(n%8)) != 0 {
			v |= 1
		}
	}
	return v
}

// Set sets bit i. Out of range it is an error, and nothing changes.
func (b *Bits) Set(i int) error { return b.change(i, 0xff) }

// Clear clears bit i, of a list whose purpose allows that. Out of range it is an error, and nothing changes.
func (b *Bits) Clear(i int) error { return b.change(i, 0) }

func (b *Bits) change(i int, to byte) error {
	if i < 0 || i >= b.Len() {
		return outOfRange(i, b.Len())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bit := byte(0x80 >> (i % 8))
	b.write(i/8, b.raw[i/8]&^bit|to&bit)
	return nil
}

// gzipHead is a gzip header (RFC 1952 §2.3) without name and time, so that the same bits give the same bytes.
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// Encoded returns the list as encodedList wants it: "u" and the base64url of one gzip member. Only chunks that changed are
// compressed again.
func (b *Bits) Encoded() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out, err := b.deflate([]byte(gzipHead))
	if err != nil {
		return "", err
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(b.raw))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(b.raw))) //nolint:gosec // at most limits.StatusListMaximum/8
	return "u" + base64.RawURLEncoding.EncodeToString(out), nil
}

// Decode reads an encodedList. The error is a *fault.Defect: STATUS_LIST_LENGTH_ERROR for fewer than 131,072 entries,
// limits.inflate for more than limits.InflatedBytes, MALFORMED_VALUE_ERROR for everything else (§3.5).
func Decode(encoded string) (*Bits, error) {
	if encoded == "" || encoded[0] != 'u' {
		return nil, malformed("it does not begin with the u of base64url")
	}
	return decode(encoded[1:])
}

// DecodeLegacy reads the list of a StatusList2021 credential: no multibase prefix, and issuers wrote either alphabet of
// base64, with padding or without.
func DecodeLegacy(encoded string) (*Bits, error) {
	return decode(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(encoded, "=")))
}

func decode(text string) (*Bits, error) {
	if strings.ContainsAny(text, "\r\n") { // which the decoder would skip
		return nil, malformed("it is not base64url")
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, malformed("it is not base64url")
	}
	raw, rest, err := inflate(packed)
	switch {
	case len(raw) > limits.InflatedBytes:
		return nil, tooLarge()
	case err != nil:
		return nil, malformed("it is not compressed with gzip")
	case rest != 0:
		return nil, malformed("something follows the compressed list")
	case 8*len(raw) < limits.StatusListMinimum:
		return nil, tooShort(8 * len(raw))
	}
	return &Bits{stream: newStream(raw)}, nil
}

// inflate reads one gzip member (RFC 1952), at most one byte more than limits.InflatedBytes, and says how many bytes follow
// it. The checksum is looked at when the end is reached.
func inflate(packed []byte) (raw []byte, rest int, err error) {
	src := bytes.NewReader(packed)
	r, err := gzip.NewReader(src)
	if err != nil {
		return nil, 0, err
	}
	r.Multistream(false)
	raw, err = io.ReadAll(io.LimitReader(r, limits.InflatedBytes+1))
	return raw, src.Len(), err
}
