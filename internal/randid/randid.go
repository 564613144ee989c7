// Package randid makes identifiers that nobody can guess: 128 random bits as 26 characters of lower-case base32.
package randid

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
)

// Length is the number of characters of an identifier.
const Length = 26

// encoding is RFC 4648 base32 in lower case: safe in URLs, file names and when read aloud.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New reads 16 bytes from r and returns the identifier.
func New(r io.Reader) (string, error) {
	ids, err := Several(r, 1)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// Several returns n identifiers from one read.
func Several(r io.Reader, n int) ([]string, error) {
	b := make([]byte, 16*n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("random identifiers: %w", err)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = encoding.EncodeToString(b[16*i : 16*i+16])
	}
	return out, nil
}

// Encode returns the identifier of 16 given bytes.
func Encode(b [16]byte) string { return encoding.EncodeToString(b[:]) }

// Decode returns the 16 bytes of an identifier; ok is false for what has not its shape.
func Decode(s string) (b [16]byte, ok bool) {
	if len(s) != Length {
		return b, false
	}
	raw, err := encoding.DecodeString(s)
	if err != nil || len(raw) != len(b) || encoding.EncodeToString(raw) != s {
		return b, false
	}
	return [16]byte(raw), true
}

// Valid reports whether s has the shape of an identifier.
func Valid(s string) bool {
	_, ok := Decode(s)
	return ok
}

// UUID writes the identifier's bits as a version 4 UUID (RFC 9562 §5.4). What is no identifier gives the nil UUID.
func UUID(id string) string {
	b, err := encoding.DecodeString(id)
	if err != nil || len(b) != 16 {
		b = make([]byte, 16)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
