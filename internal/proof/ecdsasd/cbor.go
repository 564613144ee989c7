package ecdsasd

// The few forms of CBOR (RFC 8949) that proof values have: arrays, byte strings, texts, unsigned numbers and a map.
const (
	majorUint  = 0
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
)

func appendHead(dst []byte, major byte, n int) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(dst, major|byte(n)) //nolint:gosec // below 24
	case n < 1<<8:
		return append(dst, major|24, byte(n))
	case n < 1<<16:
		return append(dst, major|25, byte(n>>8), byte(n)) //nolint:gosec // split on purpose
	}
	return append(dst, major|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)) //nolint:gosec // split on purpose
}

func appendBytes(dst, b []byte) []byte { return append(appendHead(dst, majorBytes, len(b)), b...) }

func appendText(dst []byte, s string) []byte { return append(appendHead(dst, majorText, len(s)), s...) }

// cborReader takes values from the front of rest. After the first thing that is not as it should be, bad stays true and
// everything reads as nothing.
type cborReader struct {
	rest []byte
	bad  bool
}

// head reads the number behind a value's major type, in its shortest form only (§4.2.1).
func (r *cborReader) head(major byte) int {
	if r.bad || len(r.rest) == 0 || r.rest[0]>>5 != major {
		r.bad = true
		return 0
	}
	low := int(r.rest[0] & 31)
	if low < 24 {
		r.rest = r.rest[1:]
		return low
	}
	size := map[int]int{24: 1, 25: 2, 26: 4}[low]
	if size == 0 || len(r.rest) < 1+size {
		r.bad = true
		return 0
	}
	n := 0
	for _, b := range r.rest[1 : 1+size] {
		n = n<<8 | int(b)
	}
	r.rest = r.rest[1+size:]
	if least := map[int]int{1: 24, 2: 1 << 8, 4: 1 << 16}[size]; n < least {
		r.bad = true
		return 0
	}
	return n
}

// items reads the head of an array or map; each item takes a byte at least, which bounds what a caller makes room for.
func (r *cborReader) items(major byte) int {
	n := r.head(major)
	if n > len(r.rest) {
		r.bad = true
		return 0
	}
	return n
}

func (r *cborReader) string(major byte) []byte {
	n := r.head(major)
	if n > len(r.rest) {
		r.bad = true
	}
	if r.bad {
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}
