package status

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

func malformed(why string) error {
	return fault.Unclear("MALFORMED_VALUE_ERROR", "", nil, "the encoded list cannot be read: %s", why)
}

func tooShort(n int) error {
	return fault.Unclear("STATUS_LIST_LENGTH_ERROR", "", nil, "the list has %d entries; under 131,072 it hides nobody", n)
}

func tooLarge() error {
	return fault.Unclear("limits.inflate", "", nil, "the list grows beyond what is read")
}

// ParseIndex reads statusListIndex: a string that is a decimal number in ASCII digits, without sign, without leading
// zeros (threat S12). The error is a *fault.Defect with code status.index.
func ParseIndex(v ijson.Value) (int, error) {
	s := v.Text()
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fault.Wrong("status.index", "", "the status index is not a decimal number in a string")
	}
	return int(n), nil
}

// Permutation brings the counters 0…size−1 into an order that only the seed tells: every index comes once, and says
// nothing about when it came.
type Permutation struct {
	block cipher.Block
	size  int
	left  int // bits of the left half
	right int
}

// rounds of the Feistel network; four make a strong pseudo-random permutation (Luby and Rackoff), and the halves are small.
const rounds = 8

// NewPermutation makes the permutation of [0, size) under seed.
func NewPermutation(seed []byte, size int) (*Permutation, error) {
	if size < 2 {
		return nil, fmt.Errorf("permutation of %d: too few", size)
	}
	key := sha256.Sum256(append([]byte("laurel status order 1:"), seed...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("permutation: %w", err)
	}
	n := bits.Len(uint(size - 1))
	return &Permutation{block: block, size: size, left: n / 2, right: n - n/2}, nil
}

// Index returns the index for a counter; both lie in [0, size).
func (p *Permutation) Index(counter int) int {
	x := counter
	for {
		if x = p.feistel(x); x < p.size {
			return x // cycle walking: at most a handful of steps, for size is over half of the power of two above it
		}
	}
}

// feistel permutes [0, 2^(left+right)): in each round one half is moved by a function of the other.
func (p *Permutation) feistel(x int) int {
	l, r := x>>p.right, x&(1<<p.right-1)
	for i := range rounds {
		if i%2 == 0 {
			l ^= p.round(i, r) & (1<<p.left - 1)
		} else {
			r ^= p.round(i, l) & (1<<p.right - 1)
		}
	}
	return l<<p.right | r
}

func (p *Permutation) round(i, half int) int {
	var b [aes.BlockSize]byte
	b[0] = byte(i)                                  //nolint:gosec // i is less than rounds
	binary.BigEndian.PutUint64(b[8:], uint64(half)) //nolint:gosec // half is not negative
	p.block.Encrypt(b[:], b[:])
	return int(binary.BigEndian.Uint32(b[:]) >> 1)
}
