package keys

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// KEK is a key-encryption key: it seals private keys with AES-256-GCM. Printing or encoding it shows nothing; Text is
// for the one file that holds it.
type KEK [32]byte

// kekMark begins the text form, so that a secret scanner can find one that leaked.
const kekMark = "laurel-kek-1:"

// NewKEK makes a key-encryption key. A nil random means crypto/rand.
func NewKEK(random io.Reader) (KEK, error) {
	if random == nil {
		random = rand.Reader
	}
	var k KEK
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return KEK{}, fmt.Errorf("new key-encryption key: %w", err)
	}
	if k.IsZero() {
		return KEK{}, fmt.Errorf("new key-encryption key: the randomness is none")
	}
	return k, nil
}

// ParseKEK reads the content of a key-encryption key file: the text of Text, with or without the line's end. Anything
// else is fault.Invalid.
func ParseKEK(file []byte) (KEK, error) {
	text, ok := strings.CutPrefix(strings.TrimRight(string(file), "\r\n"), kekMark)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) != len(KEK{}) || strings.ContainsAny(text, "\r\n") {
		return KEK{}, fault.New(fault.Invalid, nil, "the key-encryption key file does not hold a key-encryption key").Code("kek.syntax").
			Hint("restore the file from its backup; the sealed keys cannot be opened with another one")
	}
	k := KEK(raw)
	if k.IsZero() {
		return KEK{}, fault.New(fault.Invalid, nil, "the key-encryption key is all zeros").Code("kek.syntax")
	}
	return k, nil
}

// Text returns the content for the key-encryption key file, one line. It is the secret itself.
func (k KEK) Text() []byte {
	return append(base64.RawURLEncoding.AppendEncode([]byte(kekMark), k[:]), '\n')
}

// IsZero reports whether k is the zero KEK, with which nothing is sealed.
func (k KEK) IsZero() bool { return k == KEK{} }

// Format implements fmt.Formatter: whatever the verb, the key is not printed.
func (k KEK) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "key-encryption key") }

// MarshalText implements encoding.TextMarshaler, so that encoders and logs do not show the key either.
func (k KEK) MarshalText() ([]byte, error) { return []byte("key-encryption key"), nil }
