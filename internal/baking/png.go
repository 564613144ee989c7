package baking

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Keywords of text chunks. The third is that of Open Badges 2.0, which are only read.
const (
	keyword    = "openbadgecredential"
	keywordCLR = "clrcredential"
	keywordOB2 = "openbadges"
)

const signature = "\x89PNG\r\n\x1a\n"

// maxChunks bounds the work on pictures that consist of empty chunks only.
const maxChunks = 20_000

// chunk is one chunk of a PNG: where it stands in the file, its type and its data.
type chunk struct {
	start, end int
	kind       string
	data       []byte
}

// IsPNG reports whether data begins with the signature of a PNG.
func IsPNG(data []byte) bool { return bytes.HasPrefix(data, []byte(signature)) }

// ExtractPNG returns the credential that a PNG carries, exactly as it was put in. The error is a *fault.Defect:
// image.no_credential when there is none (also when something only looks like one: a tEXt or zTXt chunk, data after
// the end of the picture), image.multiple_credentials, image.malformed, image.compressed_credential,
// image.ob2_assertion or limits.size.
func ExtractPNG(png []byte) ([]byte, error) {
	f, err := scanPNG(png)
	if err != nil {
		return nil, err
	}
	return f.credential()
}

// AssertionPNG returns what a PNG carries in the place of Open Badges 2.0, an iTXt or tEXt chunk with the keyword openbadges: a
// signed assertion, an assertion as JSON, or the address of one. Errors are those of ExtractPNG.
func AssertionPNG(png []byte) ([]byte, error) {
	f, err := scanPNG(png)
	if err != nil {
		return nil, err
	}
	return f.assertion()
}

func scanPNG(png []byte) (found, error) {
	var f found
	chunks, rest, err := readChunks(png)
	if err != nil {
		return f, err
	}
	for _, c := range chunks {
		if err := f.chunk(c); err != nil {
			return f, err
		}
	}
	if bytes.Contains(rest, []byte(keyword)) || bytes.Contains(rest, []byte(keywordCLR)) {
		f.elsewhere = "after the end of the picture"
	}
	return f, nil
}

// Trailing returns how many bytes follow the end of the picture. They never count, and a picture that somebody uploads
// should have none. The error is the one of ExtractPNG for a broken file.
func Trailing(png []byte) (int, error) {
	_, rest, err := readChunks(png)
	return len(rest), err
}

// BakePNG is Badge.BakePNG.
func BakePNG(png, credential []byte) ([]byte, error) { return Badge.BakePNG(png, credential) }

// BakePNG returns the PNG with the credential in the place of that kind, instead of whatever it carried. Everything else stays
// as it is, but for data after the end of the picture. A picture that is broken gives a *fault.Defect as ExtractPNG does; a
// credential that is neither a compact JWS nor JSON gives a fault.Invalid.
func (k Kind) BakePNG(png, credential []byte) ([]byte, error) {
	if err := bakeable(credential); err != nil {
		return nil, err
	}
	chunks, _, err := readChunks(png)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(png)+len(credential)+64)
	out = append(out, signature...)
	for _, c := range chunks {
		if ours(c) {
			continue
		}
		if c.kind == "IEND" { // a text chunk may stand anywhere; here, no reader of pixels has to step over it
			out = appendCredential(out, credential, k)
		}
		out = append(out, png[c.start:c.end]...)
	}
	return out, nil
}

// ours reports text chunks with one of our keywords, of any chunk type, so that no second one is left after baking.
func ours(c chunk) bool {
	switch c.kind {
	case "iTXt", "tEXt", "zTXt":
		key, _, ok := bytes.Cut(c.data, []byte{0})
		return ok && (string(key) == keyword || string(key) == keywordCLR)
	}
	return false
}

func appendCredential(out, credential []byte, k Kind) []byte {
	head := k.keyword() + "\x00\x00\x00\x00\x00" // flag 0, method 0, no language, no translated keyword (PNG §11.3.3.4)
	start := len(out)
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)+len(credential))) //nolint:gosec // bounded by bakeable
	out = append(out, "iTXt"...)
	out = append(out, head...)
	out = append(out, credential...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start+4:]))
}

// readChunks reads a PNG strictly: signature, IHDR first, every length in bounds, every CRC right, at least one IDAT,
// IEND. rest is what follows IEND.
func readChunks(png []byte) (chunks []chunk, rest []byte, err error) {
	if len(png) > limits.ImageBytes {
		return nil, nil, fault.Wrong(codeSize, "", "the picture has %d bytes, at most %d are taken", len(png), limits.ImageBytes)
	}
	if !IsPNG(png) {
		return nil, nil, malformed("it does not begin like a PNG")
	}
	pixels := false
	for at := len(signature); ; {
		c, err := readChunk(png, at)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case len(chunks) == 0 && (c.kind != "IHDR" || len(c.data) != 13):
			return nil, nil, malformed("its first chunk is not IHDR")
		case len(chunks) > 0 && c.kind == "IHDR":
			return nil, nil, malformed("it has two headers")
		case len(chunks) >= maxChunks:
			return nil, nil, malformed("it has too many chunks")
		}
		chunks = append(chunks, c)
		pixels = pixels || c.kind == "IDAT"
		at = c.end
		if c.kind == "IEND" {
			break
		}
	}
	if !pixels {
		return nil, nil, malformed("it has no pixels")
	}
	return chunks, png[chunks[len(chunks)-1].end:], nil
}

func readChunk(png []byte, at int) (chunk, error) {
	const frame = 12 // length, type, CRC
	if len(png)-at < frame {
		return chunk{}, malformed("it ends too early")
	}
	n := int64(binary.BigEndian.Uint32(png[at:]))
	if n > int64(len(png)-at-frame) {
		return chunk{}, malformed("a chunk is longer than the file")
	}
	end := at + frame + int(n)
	c := chunk{start: at, end: end, kind: string(png[at+4 : at+8]), data: png[at+8 : end-4]}
	for i := range len(c.kind) {
		if letter := c.kind[i] | 0x20; letter < 'a' || letter > 'z' {
			return chunk{}, malformed("a chunk has no proper type")
		}
	}
	if crc32.ChecksumIEEE(png[at+4:end-4]) != binary.BigEndian.Uint32(png[end-4:]) {
		return chunk{}, malformed("the checksum of its %s chunk is wrong", c.kind)
	}
	return c, nil
}

func malformed(format string, args ...any) error {
	d := fault.Wrong(CodeMalformed, "", format, args...)
	d.Detail = "the picture is broken: " + d.Detail
	return d
}

// chunk notes what one chunk says about credentials.
func (f *found) chunk(c chunk) error {
	switch c.kind {
	case "iTXt", "tEXt", "zTXt":
	default:
		return nil
	}
	key, body, ok := bytes.Cut(c.data, []byte{0})
	if !ok {
		return nil // not a text chunk as the standard says; nothing of ours
	}
	switch string(key) {
	case keywordOB2:
		f.assertionChunk(c.kind, body)
	case keyword, keywordCLR:
		if c.kind != "iTXt" {
			f.elsewhere = "in a " + c.kind + " chunk"
			return nil
		}
		text, err := internationalText(body)
		if err != nil {
			return err
		}
		f.credentials = append(f.credentials, text)
	}
	return nil
}

// assertionChunk notes an assertion of Open Badges 2.0. Its baking names iTXt; the tools before it wrote tEXt.
func (f *found) assertionChunk(kind string, body []byte) {
	switch kind {
	case "iTXt":
		text, err := internationalText(body)
		if err != nil {
			f.ob2Broken = err
			return
		}
		body = text
	case "zTXt":
		f.ob2Broken = fault.Wrong(CodeCompressed, "", "the assertion in the picture is compressed, which Open Badges forbids")
		return
	}
	f.ob2 = append(f.ob2, body)
}

// internationalText reads what follows the keyword of an iTXt chunk. Compression is refused: the standard forbids it,
// and an inflated size cannot be known before.
func internationalText(body []byte) ([]byte, error) {
	if len(body) < 2 {
		return nil, malformed("its credential chunk ends too early")
	}
	if body[0] != 0 {
		return nil, fault.Wrong(CodeCompressed, "", "the credential in the picture is compressed, which Open Badges 3.0 forbids")
	}
	if body[1] != 0 {
		return nil, malformed("its credential chunk names a compression method")
	}
	_, body, ok := bytes.Cut(body[2:], []byte{0}) // language
	if ok {
		_, body, ok = bytes.Cut(body, []byte{0}) // translated keyword
	}
	if !ok {
		return nil, malformed("its credential chunk ends too early")
	}
	return body, nil
}
