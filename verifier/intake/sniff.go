package intake

import (
	"bytes"
	"path"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// kind is what some bytes are, told from their beginning.
type kind uint8

const (
	text kind = iota // anything that is none of the following
	empty
	pngFile
	svgFile
	jpegFile
	gifFile
	pdfFile
	zipFile
	gzipFile
	tarFile
	packedFile
	htmlFile
	xmlFile
	webpFile
	heifFile
	bmpFile
	tiffFile
	wideText
	markedText
	coseFile
	binary
)

// space is the ASCII white space that is taken off text, and nothing else is.
const space = " \t\r\n\f\v"

// magic lists the beginnings of binary files.
func magic() []struct {
	at    int
	bytes string
	kind  kind
} {
	return []struct {
		at    int
		bytes string
		kind  kind
	}{
		{0, "\xd2\x84", coseFile}, // a tagged array of four: COSE_Sign1
		{0, "\x89PNG\r\n\x1a\n", pngFile},
		{0, "\xff\xd8\xff", jpegFile},
		{0, "GIF87a", gifFile},
		{0, "GIF89a", gifFile},
		{0, "%PDF-", pdfFile},
		{0, "PK\x03\x04", zipFile},
		{0, "PK\x05\x06", zipFile},
		{0, "PK\x07\x08", zipFile}, // one part of several
		{0, "\x1f\x8b", gzipFile},
		{257, "ustar", tarFile},
		{4, "1AY&SY", packedFile},             // bzip2, after BZh and a digit
		{0, "\xfd7zXZ\x00", packedFile},       // xz
		{0, "7z\xbc\xaf\x27\x1c", packedFile}, // 7-Zip
		{0, "\x28\xb5\x2f\xfd", packedFile},   // Zstandard
		{0, "Rar!\x1a\x07", packedFile},
		{8, "WEBP", webpFile},
		{4, "ftyp", heifFile},
		{0, "BM", bmpFile},
		{0, "II*\x00", tiffFile},
		{0, "MM\x00*", tiffFile},
		{0, "\xff\xfe", wideText},
		{0, "\xfe\xff", wideText},
		{0, "\xef\xbb\xbf", markedText},
	}
}

func sniff(data []byte) kind {
	trimmed := bytes.Trim(data, space)
	if len(trimmed) == 0 {
		return empty
	}
	if trimmed[0] == '<' {
		return sniffMarkup(trimmed)
	}
	if trimmed[0] == '{' || bytes.HasPrefix(trimmed, []byte("ey")) {
		return text
	}
	isBinary := bytes.IndexByte(data[:min(len(data), 512)], 0) >= 0
	for _, m := range magic() {
		if len(data) < m.at || !bytes.HasPrefix(data[m.at:], []byte(m.bytes)) {
			continue
		}
		if m.kind.mayBeWords() && !isBinary {
			continue
		}
		return m.kind
	}
	if isBinary {
		return binary
	}
	return text
}

// mayBeWords reports whether words, too, may have the letters of that kind where it has them.
func (k kind) mayBeWords() bool {
	switch k {
	case bmpFile, webpFile, heifFile, tarFile:
		return true
	}
	return false
}

// sniffMarkup finds the first element and goes by its name.
func sniffMarkup(data []byte) kind {
	for range 64 {
		data = bytes.TrimLeft(data, space)
		switch {
		case bytes.HasPrefix(data, []byte("<!--")):
			_, data, _ = bytes.Cut(data, []byte("-->"))
		case bytes.HasPrefix(data, []byte("<?")):
			_, data, _ = bytes.Cut(data, []byte("?>"))
		case hasFold(data, "<!doctype html"):
			return htmlFile
		case bytes.HasPrefix(data, []byte("<!")):
			_, data, _ = bytes.Cut(data, []byte(">"))
		default:
			return sniffElement(data)
		}
	}
	return xmlFile
}

func sniffElement(data []byte) kind {
	name, _, _ := bytes.Cut(bytes.TrimPrefix(data, []byte("<")), []byte(">"))
	if i := bytes.IndexAny(name, space+"/"); i >= 0 {
		name = name[:i]
	}
	if _, local, prefixed := bytes.Cut(name, []byte(":")); prefixed {
		name = local
	}
	switch strings.ToLower(string(name[:min(len(name), 8)])) {
	case "svg":
		return svgFile
	case "html", "head", "body", "script", "div", "p", "a", "title", "meta":
		return htmlFile
	}
	return xmlFile
}

func hasFold(data []byte, lower string) bool {
	return len(data) >= len(lower) && strings.EqualFold(string(data[:len(lower)]), lower)
}

// unsupported names what it is and what to do instead.
func unsupported(k kind) error {
	what, instead := describe(k)
	return fault.Wrong(CodeUnsupported, "", "This is %s. %s", what, instead)
}

func describe(k kind) (what, instead string) {
	const original = "Please give the badge itself: its link, its file (.png, .svg, .json, .jwt) or a picture of its QR code."
	const retake = "Please save it as PNG or JPEG, or take a screenshot of the QR code."
	switch k {
	case pdfFile:
		return "a PDF document", original
	case zipFile:
		return "a ZIP archive", "Please unpack it and give the badge file inside."
	case tarFile:
		return "a TAR archive", "Please unpack it and give the badge file inside."
	case gzipFile, packedFile:
		return "a compressed file", "Please unpack it first."
	case htmlFile:
		return "a web page", original
	case xmlFile:
		return "an XML document that is not an SVG picture", original
	case webpFile:
		return "a WebP picture", retake
	case heifFile:
		return "a HEIF or AVIF picture", retake
	case bmpFile:
		return "a BMP picture", retake
	case tiffFile:
		return "a TIFF picture", retake
	case wideText:
		return "text in UTF-16", "Please save it as UTF-8."
	case markedText:
		return "text with a byte order mark in front", "Please save it as UTF-8 without a byte order mark."
	case svgFile:
		return "an SVG picture", original
	case coseFile:
		return "a COSE message", original
	case text:
		return "text", original
	}
	return "a file of a kind that is not known here", original
}

// contradicts refuses a file that calls itself a pixel picture and is something that runs or unpacks elsewhere (a file with
// two faces). One pixel format under the name of another is common, harmless and let through.
func (h Hint) contradicts(k kind) error {
	switch k {
	case empty, pngFile, jpegFile, gifFile, webpFile, heifFile, bmpFile, tiffFile:
		return nil
	}
	if !h.claimsPixels() {
		return nil
	}
	what, _ := describe(k)
	return fault.Wrong(CodeMismatch, "", "The file calls itself a picture, but it is %s.", what)
}

func (h Hint) claimsPixels() bool {
	switch strings.ToLower(path.Ext(h.FileName)) {
	case ".png", ".jpg", ".jpeg", ".gif":
		return true
	}
	media, _, _ := strings.Cut(h.ContentType, ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "image/png", "image/jpeg", "image/gif":
		return true
	}
	return false
}
