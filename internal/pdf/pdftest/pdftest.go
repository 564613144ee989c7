// Package pdftest writes small PDF documents with attached files, for tests.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// Form is how a document says where its objects are.
type Form uint8

// The forms.
const (
	Table  Form = iota // a cross-reference table, as before PDF 1.5
	Stream             // a cross-reference stream with a predictor, and what is no stream in an object stream
)

// File is a file to attach.
type File struct {
	Name string
	Data []byte
}

// Document writes a document of one empty page with the files attached, by name in its catalogue.
func Document(form Form, files ...File) []byte {
	w := New()
	names := ""
	for i, f := range files {
		content, spec := 10+2*i, 11+2*i
		w.Stream(content, "/Type /EmbeddedFile /Filter /FlateDecode", Deflate(f.Data))
		w.Object(spec, fmt.Sprintf("<< /Type /Filespec /F (%s) /UF (%[1]s) /EF << /F %d 0 R /UF %[2]d 0 R >> >>", escape(f.Name), content))
		names += fmt.Sprintf("(%04d) %d 0 R ", i, spec)
	}
	attached := ""
	if len(files) > 0 {
		attached = "/Names << /EmbeddedFiles << /Names [" + names + "] >> >>"
	}
	w.Object(1, "<< /Type /Catalog /Pages 2 0 R "+attached+" >>")
	w.Object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	w.Object(3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>")
	if form == Stream {
		return w.FinishStream("/Root 1 0 R")
	}
	return w.Finish("/Root 1 0 R")
}

func escape(s string) string { return strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) }

// Deflate compresses for FlateDecode.
func Deflate(data []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Writer puts a document together, object by object, also the malformed ones that tests need.
type Writer struct {
	out     bytes.Buffer
	offsets map[int]int
	held    []held // objects that FinishStream may put into an object stream
}

type held struct {
	num  int
	text string
}

// New begins a document.
func New() *Writer {
	w := &Writer{offsets: make(map[int]int)}
	w.out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return w
}

// Update begins a further revision of a document.
func Update(document []byte) *Writer {
	w := &Writer{offsets: make(map[int]int)}
	w.out.Write(document)
	return w
}

// Object adds an object that is no stream.
func (w *Writer) Object(num int, text string) { w.held = append(w.held, held{num, text}) }

// Stream adds a stream; about is its dictionary without the length.
func (w *Writer) Stream(num int, about string, content []byte) {
	w.offsets[num] = w.out.Len()
	fmt.Fprintf(&w.out, "%d 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n", num, about, len(content), content)
}

// Raw adds bytes as they are and returns their offset.
func (w *Writer) Raw(text string) int {
	at := w.out.Len()
	w.out.WriteString(text)
	return at
}

// At says that an object lies at an offset.
func (w *Writer) At(num, offset int) { w.offsets[num] = offset }

// Finish ends the document with a table; trailer is what its trailer says besides the size.
func (w *Writer) Finish(trailer string) []byte {
	for _, h := range w.held {
		w.offsets[h.num] = w.out.Len()
		fmt.Fprintf(&w.out, "%d 0 obj\n%s\nendobj\n", h.num, h.text)
	}
	start := w.out.Len()
	w.out.WriteString("xref\n0 1\n0000000000 65535 f \n")
	last := 0
	for num := range 1000 {
		if offset, ok := w.offsets[num]; ok {
			fmt.Fprintf(&w.out, "%d 1\n%010d 00000 n \n", num, offset)
			last = num
		}
	}
	fmt.Fprintf(&w.out, "trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n", last+1, trailer, start)
	return bytes.Clone(w.out.Bytes())
}

// FinishStream puts the objects that are no streams into an object stream and ends with a cross-reference stream.
func (w *Writer) FinishStream(trailer string) []byte {
	const container, table = 900, 901
	var index, texts strings.Builder
	rows := make(map[int][4]int)
	for i, h := range w.held {
		fmt.Fprintf(&index, "%d %d ", h.num, texts.Len())
		texts.WriteString(h.text + " ")
		rows[h.num] = [4]int{2, container >> 8, container & 0xff, i}
	}
	w.Stream(container, fmt.Sprintf("/Type /ObjStm /N %d /First %d /Filter /FlateDecode", len(w.held), index.Len()),
		Deflate([]byte(index.String()+texts.String())))
	start := w.out.Len()
	w.offsets[table] = start
	for num, offset := range w.offsets {
		rows[num] = [4]int{1, offset >> 8, offset & 0xff, 0}
	}
	var content []byte
	above := make([]byte, 5)
	ranges := ""
	for num := range 1000 {
		r, ok := rows[num]
		if !ok {
			continue
		}
		ranges += fmt.Sprintf("%d 1 ", num)
		row := []byte{byte(r[0]), byte(r[1] >> 8), byte(r[1]), byte(r[2]), byte(r[3])} //nolint:gosec // files of tests are small
		content = append(content, 2)                                                   // PNG filter "up"
		for i := range row {
			content = append(content, row[i]-above[i])
		}
		above = row
	}
	w.Stream(table, fmt.Sprintf("/Type /XRef /W [1 3 1] /Index [%s] /Size %d /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 5 >> %s",
		ranges, table+1, trailer), Deflate(content))
	fmt.Fprintf(&w.out, "startxref\n%d\n%%%%EOF\n", start)
	return bytes.Clone(w.out.Bytes())
}
