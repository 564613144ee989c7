package batch

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding names how a file was coded.
type Encoding string

// The encodings that are read.
const (
	UTF8    Encoding = "utf-8"
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
)

// unpaired stands for a broken UTF-16 unit: a byte that UTF-8 never has, so that its row is reported like any other with
// a broken text.
const unpaired = "\xff"

// decode returns the text in UTF-8, without a byte order mark. A broken character stays broken: its row is reported.
func decode(data []byte) (string, Encoding) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return string(data[3:]), UTF8
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], binary.LittleEndian), UTF16LE
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], binary.BigEndian), UTF16BE
	case zeroEach(data, 1):
		return fromUTF16(data, binary.LittleEndian), UTF16LE
	case zeroEach(data, 0):
		return fromUTF16(data, binary.BigEndian), UTF16BE
	}
	return string(data), UTF8
}

// foreign names the kind of a file that is no text, where its first bytes tell; else it is empty.
func foreign(data []byte) string {
	for _, k := range [...]struct{ begins, kind string }{
		{"PK\x03\x04", "an Excel or OpenDocument workbook, or another ZIP archive"},
		{"\xd0\xcf\x11\xe0", "an old Excel workbook"},
		{"%PDF-", "a PDF document"},
		{"\x89PNG", "a picture"},
		{"\xff\xd8\xff", "a picture"},
		{"\x1f\x8b", "a compressed file"},
	} {
		if bytes.HasPrefix(data, []byte(k.begins)) {
			return k.kind
		}
	}
	return ""
}

// zeroEach recognises UTF-16 without a mark: the first heading begins with two characters below U+0100.
func zeroEach(data []byte, odd int) bool {
	return len(data) >= 4 && data[odd] == 0 && data[odd+2] == 0 && data[1-odd] != 0 && data[3-odd] != 0
}

func fromUTF16(data []byte, order binary.ByteOrder) string {
	var b strings.Builder
	b.Grow(len(data))
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			pair := utf8.RuneError
			if i+3 < len(data) {
				pair = utf16.DecodeRune(r, rune(order.Uint16(data[i+2:])))
			}
			if pair == utf8.RuneError {
				b.WriteString(unpaired)
				continue
			}
			r, i = pair, i+2
		}
		b.WriteRune(r)
	}
	if len(data)%2 == 1 {
		b.WriteString(unpaired)
	}
	return b.String()
}
