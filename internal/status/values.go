package status

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zlib"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// The values of a token status list that have a meaning for everybody (Token Status List §7.1).
const (
	TokenValid     = 0
	TokenInvalid   = 1
	TokenSuspended = 2
)

// Values is the list of a Token Status List (§4): entries of 1, 2, 4 or 8 bits, all 0 at first, the first entry in the least
// significant bits of the first byte: the other way round than Bits. It is safe for concurrent use.
type Values struct {
	mu   sync.Mutex
	bits int
	stream
}

// NewValues makes a list of size entries of that many bits, rounded up to whole bytes.
func NewValues(size, bits int) (*Values, error) {
	if !width(bits) || size < 1 {
		return nil, fmt.Errorf("token status list of %d entries of %d bits", size, bits)
	}
	return &Values{bits: bits, stream: newStream(make([]byte, (size*bits+7)/8))}, nil
}

// width reports whether entries may have that many bits (§4.1).
func width(bits int) bool { return bits == 1 || bits == 2 || bits == 4 || bits == 8 }

// Len returns the number of entries.
func (v *Values) Len() int { return 8 / v.bits * len(v.raw) }

// Bits returns how many bits an entry has.
func (v *Values) Bits() int { return v.bits }

// Get returns entry i. Out of range it is 0.
func (v *Values) Get(i int) int {
	if i < 0 || i >= v.Len() {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	at, shift, mask := v.place(i)
	return int(v.raw[at]>>shift) & mask
}

// place says in which byte entry i stands, and where there.
func (v *Values) place(i int) (at, shift, mask int) {
	return i * v.bits / 8, i * v.bits % 8, 1<<v.bits - 1
}

// Set sets entry i to a value that fits its bits. Otherwise it is an error, and nothing changes.
func (v *Values) Set(i, to int) error {
	if i < 0 || i >= v.Len() {
		return outOfRange(i, v.Len())
	}
	at, shift, mask := v.place(i)
	if to < 0 || to > mask {
		return fmt.Errorf("status %d does not fit into %d bits", to, v.bits)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.write(at, byte(int(v.raw[at])&^(mask<<shift)|to<<shift)) //nolint:gosec // to fits the mask, the mask a byte
	return nil
}

// zlibHead is a zlib header (RFC 1950 §2.2): a window of 32 KiB, the fastest level, no dictionary.
const zlibHead = "\x78\x01"

// Encoded returns the list as lst of a JSON status_list wants it: the base64url of one zlib stream. Only chunks that changed
// are compressed again.
func (v *Values) Encoded() (string, error) {
	out, err := v.Packed()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(out), nil
}

// Packed returns the list as lst of a CBOR status_list wants it: the zlib stream that Encoded writes as base64url.
func (v *Values) Packed() ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out, err := v.deflate([]byte(zlibHead))
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(out, adler32.Checksum(v.raw)), nil
}

// DecodeValues reads lst of a JSON status_list. The error is a *fault.Defect: status.token_bits for entries of another size
// than 1, 2, 4 or 8, limits.inflate for more than limits.InflatedBytes, MALFORMED_VALUE_ERROR for everything else.
func DecodeValues(lst string, bits int) (*Values, error) {
	if bytes.ContainsAny([]byte(lst), "\r\n") { // which the decoder would skip
		return nil, malformed("it is not base64url")
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(lst)
	if err != nil {
		return nil, malformed("it is not base64url")
	}
	return InflateValues(packed, bits)
}

// InflateValues is DecodeValues for lst of a CBOR status_list, which is the zlib stream itself.
func InflateValues(packed []byte, bits int) (*Values, error) {
	if !width(bits) {
		return nil, fault.Unclear("status.token_bits", "", nil, "the entries of the list have %d bits; 1, 2, 4 or 8 are allowed", bits)
	}
	src := bytes.NewReader(packed)
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, malformed("it is not compressed with zlib")
	}
	raw, err := io.ReadAll(io.LimitReader(r, limits.InflatedBytes+1))
	switch {
	case len(raw) > limits.InflatedBytes:
		return nil, tooLarge()
	case err != nil:
		return nil, malformed("it is not compressed with zlib")
	case src.Len() != 0:
		return nil, malformed("something follows the compressed list")
	case len(raw) == 0:
		return nil, malformed("it has no entries")
	}
	return &Values{bits: bits, stream: newStream(raw)}, nil
}

// ParseTokenIndex reads idx of a status_list (Token Status List §6.2): a non-negative whole number, written in digits only.
// The error is a *fault.Defect with code status.index.
func ParseTokenIndex(v ijson.Value) (int, error) {
	lit := v.Literal()
	n, err := strconv.ParseUint(lit, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != lit {
		return 0, fault.Wrong("status.index", "", "the status index is not a whole number")
	}
	return int(n), nil
}
