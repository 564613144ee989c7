package status

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"github.com/openlaurel/laurel/internal/limits"
)

// chunkBytes is how much is compressed at a time: a flipped bit costs the compression of one chunk, not of the list.
const chunkBytes = 1 << 10

// Bits is a list of single bits, all clear at first. It is safe for concurrent use.
type Bits struct {
	mu      sync.Mutex
	raw     []byte
	packed  [][]byte // compressed chunks; nil: to be compressed
	packer  *flate.Writer
	scratch bytes.Buffer
}

// New makes a list of size bits, rounded up to whole bytes.
func New(size int) *Bits {
	n := (size + 7) / 8
	return &Bits{raw: make([]byte, n), packed: make([][]byte, (n+chunkBytes-1)/chunkBytes)}
}

// Len returns the number of bits.
func (b *Bits) Len() int { return 8 * len(b.raw) }

// Get returns bit i; the first is the most significant of the first byte (Bitstring Status List §3.2). Out of range it is
// false.
func (b *Bits) Get(i int) bool {
	if i < 0 || i >= b.Len() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.raw[i/8]&(0x80>>(i%8)) != 0
}

// Set sets bit i. Out of range it is an error, and nothing changes.
func (b *Bits) Set(i int) error {
	if i < 0 || i >= b.Len() {
		return fmt.Errorf("status index %d: the list has %d entries", i, b.Len())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.raw[i/8] |= 0x80 >> (i % 8)
	b.packed[i/8/chunkBytes] = nil
	return nil
}

// gzipHead is a gzip header (RFC 1952 §2.3) without name and time, so that the same bits give the same bytes.
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// Encoded returns the list as encodedList wants it: "u" and the base64url of one gzip member. Only chunks that changed are
// compressed again; each ends in a sync flush, so that they join into one stream.
func (b *Bits) Encoded() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := append(make([]byte, 0, 4096), gzipHead...)
	for i := range b.packed {
		if b.packed[i] == nil {
			if err := b.pack(i); err != nil {
				return "", fmt.Errorf("compressing a status list: %w", err)
			}
		}
		out = append(out, b.packed[i]...)
	}
	out = append(out, 0x01, 0x00, 0x00, 0xff, 0xff) // an empty last block (RFC 1951 §3.2.4)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(b.raw))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(b.raw))) //nolint:gosec // at most limits.StatusListMaximum/8
	return "u" + base64.RawURLEncoding.EncodeToString(out), nil
}

func (b *Bits) pack(i int) error {
	b.scratch.Reset()
	if b.packer == nil {
		w, err := flate.NewWriter(&b.scratch, flate.BestSpeed)
		if err != nil {
			return err
		}
		b.packer = w
	} else {
		b.packer.Reset(&b.scratch)
	}
	if _, err := b.packer.Write(b.raw[i*chunkBytes : min((i+1)*chunkBytes, len(b.raw))]); err != nil {
		return err
	}
	if err := b.packer.Flush(); err != nil {
		return err
	}
	b.packed[i] = bytes.Clone(b.scratch.Bytes())
	return nil
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
	return &Bits{raw: raw, packed: make([][]byte, (len(raw)+chunkBytes-1)/chunkBytes)}, nil
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
