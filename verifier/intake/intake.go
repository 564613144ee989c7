// Package intake takes anything that a person has – pasted text, a file, a photograph, what a link answered – and finds the
// exact bytes of one credential and its securing form in it.
//
// It owns the question "what is this?". Forms are told from the outer shape alone (VC-JOSE-COSE §5, Open Badges 3.0 §8,
// VCDM 1.1 §6.3, the type of an Open Badges 2.0 assertion), never by trying one after another, and what is not understood
// is named with the next step. It refuses
// files that are not what their name says and whatever exceeds internal/limits. It never fetches: a link is handed back.
// It never judges: strict reading is done by package proof and its forms, on the bytes as they came.
package intake

import (
	"bytes"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
)

// Source is what the bytes were found in.
type Source string

// The sources.
const (
	Text Source = "text"
	JSON Source = "json"
	PNG  Source = "png"
	SVG  Source = "svg"
	PDF  Source = "pdf"
	QR   Source = "qr"
)

// Codes of the defects that this package finds itself. Those of packages baking and qr begin with "image.", those of
// package pdf with "pdf.".
const (
	CodeEmpty       = "intake.empty"
	CodeUnsupported = "intake.unsupported"   // something that is known by name and not read
	CodeNone        = "intake.no_credential" // readable, but there is no credential in it
	CodeMismatch    = "intake.mismatch"      // a file that is not what its name says
	CodePDFNone     = "pdf.no_credential"
	CodePDFMultiple = "pdf.multiple_credentials"
	codeStructure   = "jose.structure"
	codeSize        = "limits.size"
	codePixels      = "limits.pixels"
)

// Item is one credential as it came in. The zero Item is empty.
type Item struct {
	Form         proof.Form
	Bytes        []byte // exact: a compact JWS, an SD-JWT, a COSE_Sign1 or JSON; only white space around it is gone
	Source       Source
	Presentation bool   // a verifiable presentation, not a credential
	URL          string // where it was fetched, set by whoever fetched it
}

// Hint is what came along with the bytes. It never decides what something is; it only helps to refuse.
type Hint struct {
	FileName, ContentType string
}

// New makes an Item of bytes whose form is known, such as a credential that was just signed.
func New(form proof.Form, data []byte) Item {
	src := Text
	if form == proof.DataIntegrity || form == proof.None {
		src = JSON
	}
	return Item{Form: form, Bytes: bytes.Clone(data), Source: src}
}

// Read finds the credential in data, or the link (https or http) that data consists of. Exactly one of item, link and err
// is given. The error is a *fault.Defect: intake.empty, intake.unsupported, intake.no_credential, intake.mismatch,
// jose.structure, limits.size, limits.pixels, one of package ijson, "image.…" of packages baking and qr, or "pdf.…".
func Read(data []byte, hint Hint) (item Item, link string, err error) {
	if len(data) > limits.ImageBytes {
		return Item{}, "", tooLarge(len(data), limits.ImageBytes)
	}
	what := sniff(data)
	if err := hint.contradicts(what); err != nil {
		return Item{}, "", err
	}
	switch what {
	case empty:
		return Item{}, "", fault.Wrong(CodeEmpty, "", "There is nothing in it.")
	case text:
		return readText(data, Text)
	case coseFile:
		item, err := readCOSE(data, Text)
		return item, "", err
	case pngFile, svgFile, jpegFile, gifFile:
		return readPicture(data, what)
	case pdfFile:
		item, err := readPDF(data)
		return item, "", err
	}
	return Item{}, "", unsupported(what)
}

// Pixels reports whether Read looks at the pixels of data, because it is a picture that carries no credential. That takes up to
// limits.PixelBytes of memory, so who reads for many bounds how many are read at once.
func Pixels(data []byte) bool {
	switch sniff(data) {
	case jpegFile, gifFile:
		return true
	case pngFile:
		_, err := baking.ExtractPNG(data)
		return err != nil && fault.AsDefect(err).Code == baking.CodeNone
	}
	return false
}

func tooLarge(n, most int) error {
	return fault.Wrong(codeSize, "", "It has %d bytes; at most %d are taken.", n, most)
}
