// Package pdf takes attached files out of a PDF document (ISO 32000-2 §7.5, §7.11).
//
// It owns a strict reader of the file's structure: cross-reference tables and streams, updates and hybrid files, object
// streams, and of the filters Flate (with predictors), ASCII85 and ASCIIHex. What is attached is what a viewer lists: the
// embedded files of the catalogue, associated files of the catalogue and of pages, and file attachments on pages, all in the
// newest revision. It refuses encrypted documents, references to files outside, structures that a viewer would have to
// repair by guessing, and whatever exceeds internal/limits. It draws nothing, runs nothing and reads no text of a page.
package pdf

import (
	"bytes"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Codes of the defects that this package finds.
const (
	CodeMalformed   = "pdf.malformed"
	CodeEncrypted   = "pdf.encrypted"
	CodeUnsupported = "pdf.unsupported"
	codeLimit       = "limits.pdf"
)

// File is one attached file.
type File struct {
	Name string // what the document calls it; text of a stranger, perhaps ""
	Data []byte
}

// Files returns what is attached to the document, each file once, in the order of the document; none is no error. The error
// is a *fault.Defect: pdf.malformed, pdf.encrypted, pdf.unsupported or limits.pdf.
func Files(data []byte) ([]File, error) {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, malformed("it does not begin like one")
	}
	if len(data) > limits.ImageBytes {
		return nil, tooMuch("bytes", limits.ImageBytes)
	}
	d := newDocument(data)
	trailer, err := d.open()
	if err != nil {
		return nil, err
	}
	catalogue, err := d.dict(trailer["Root"])
	if err != nil {
		return nil, err
	}
	if catalogue == nil {
		return nil, malformed("it has no catalogue")
	}
	w := walk{d: d, seen: make(map[ref]bool)}
	if err := w.catalogue(catalogue); err != nil {
		return nil, err
	}
	return w.files, nil
}

func malformed(format string, args ...any) error {
	return fault.Wrong(CodeMalformed, "", "The PDF document is broken: "+format+".", args...)
}

func tooMuch(what string, most int) error {
	return fault.Wrong(codeLimit, "", "The PDF document has too many %s; at most %d are read.", what, most)
}
