package pdf_test

import (
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/pdf"
	"github.com/openlaurel/laurel/internal/pdf/pdftest"
)

const content = `{"type":["VerifiableCredential"]}`

// got says in one line what came out.
func got(document []byte) string {
	files, err := pdf.Files(document)
	if err != nil {
		d := fault.AsDefect(err)
		if d.Detail == "" || d.Unknown {
			return "no sentence, or no verdict"
		}
		return d.Code
	}
	var out []string
	for _, f := range files {
		out = append(out, f.Name+"="+string(f.Data))
	}
	return strings.Join(out, " ")
}

func TestFilesOfBothForms(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	for name, files := range map[string][]pdftest.File{
		"none":                {},
		"one":                 {{Name: "badge.json", Data: []byte(content)}},
		"an empty one":        {{Name: "empty", Data: nil}},
		"two":                 {{Name: "a", Data: []byte("1")}, {Name: "b", Data: []byte("2")}},
		"a name with a break": {{Name: `a(b\)`, Data: []byte("1")}},
		"a large one":         {{Name: "big", Data: big}},
	} {
		var want []pdf.File
		for _, f := range files {
			want = append(want, pdf.File{Name: f.Name, Data: append([]byte{}, f.Data...)})
		}
		for _, form := range []pdftest.Form{pdftest.Table, pdftest.Stream} {
			got, err := pdf.Files(pdftest.Document(form, files...))
			if err != nil {
				t.Fatalf("%s, form %d: %v", name, form, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, form %d: %s", name, form, diff)
			}
		}
	}
}

// document writes a document whose catalogue has these entries, with an attached file as object 10, its specification as 11.
func document(catalogue string, more func(w *pdftest.Writer)) []byte {
	w := pdftest.New()
	if more != nil {
		more(w)
	}
	w.Stream(10, "/Type /EmbeddedFile", []byte(content))
	w.Object(11, "<< /Type /Filespec /F (b.json) /EF << /F 10 0 R >> >>")
	w.Object(1, "<< /Type /Catalog "+catalogue+" >>")
	return w.Finish("/Root 1 0 R")
}

func TestPlaces(t *testing.T) {
	const found = "b.json=" + content
	object := func(num int, text string) func(*pdftest.Writer) {
		return func(w *pdftest.Writer) { w.Object(num, text) }
	}
	for name, row := range map[string]struct {
		in   []byte
		want string
	}{
		"the names of the catalogue":     {document("/Names << /EmbeddedFiles << /Names [(b) 11 0 R] >> >>", nil), found},
		"a tree of names":                {document("/Names << /EmbeddedFiles << /Kids [20 0 R] >> >>", object(20, "<< /Kids [<< /Names [(b) 11 0 R] >>] >>")), found},
		"associated with the document":   {document("/AF [11 0 R]", nil), found},
		"associated, without a list":     {document("/AF 11 0 R", nil), found},
		"in both places":                 {document("/AF [11 0 R] /Names << /EmbeddedFiles << /Names [(b) 11 0 R] >> >>", nil), found},
		"associated with a page":         {document("/Pages << /Kids [20 0 R] >>", object(20, "<< /Type /Page /AF [11 0 R] >>")), found},
		"a note on a page":               {document("/Pages << /Kids [20 0 R] >>", object(20, "<< /Annots [<< /Subtype /FileAttachment /FS 11 0 R >>] >>")), found},
		"a link on a page is none":       {document("/Pages << /Kids [20 0 R] >>", object(20, "<< /Annots [<< /Subtype /Link /FS 11 0 R >>] >>")), ""},
		"not in the catalogue":           {document("", nil), ""},
		"names without embedded files":   {document("/Names << /Dests << /Names [(b) 11 0 R] >> >>", nil), ""},
		"a file elsewhere":               {document("/AF [<< /F (c.json) >>]", nil), ""},
		"an object that does not exist":  {document("/AF [99 0 R]", nil), ""},
		"an object of another edition":   {document("/AF [11 1 R]", nil), ""},
		"a name in hexadecimal":          {document("/AF [<< /F <622E6A736F6E> /EF << /F 10 0 R >> >>]", nil), found},
		"a name in UTF-16":               {document("/AF [<< /F <FEFF00E9> /EF << /F 10 0 R >> >>]", nil), "é=" + content},
		"a name in UTF-8":                {document(`/AF [<< /F (\357\273\277\303\251) /EF << /F 10 0 R >> >>]`, nil), "é=" + content},
		"a name of one byte a character": {document(`/AF [<< /F (\351) /EF << /F 10 0 R >> >>]`, nil), "é=" + content},
		"keys with escapes":              {document("/A#46 [11 0 R]", nil), found},
		"comments between":               {document("/AF % [99 0 R]\n[11 % x\n0 R]", nil), found},
		"a tree that returns to itself":  {document("/Names << /EmbeddedFiles 20 0 R >>", object(20, "<< /Kids [20 0 R] >>")), "pdf.malformed"},
		"pages that return":              {document("/Pages 20 0 R", object(20, "<< /Kids [21 0 R 20 0 R] >>")), "pdf.malformed"},
		"a name without a value":         {document("/Names << /EmbeddedFiles << /Names [(b)] >> >>", nil), "pdf.malformed"},
		"a file that is no object":       {document("/AF [<< /EF << /F (x) >> >>]", nil), "pdf.malformed"},
		"a file without content":         {document("/AF [<< /EF << /F 11 0 R >> >>]", nil), "pdf.malformed"},
		"an object that is a reference":  {document("/AF 20 0 R", object(20, "11 0 R")), "pdf.malformed"},
		"a key twice":                    {document("/AF [11 0 R] /AF []", nil), "pdf.malformed"},
		"a key that is no name":          {document("(AF) [11 0 R]", nil), "pdf.malformed"},
		"an escape that is none":         {document("/A#4G [11 0 R]", nil), "pdf.malformed"},
		"a text without an end":          {document("/AF (", nil), "pdf.malformed"},
		"a stray bracket":                {document("/AF ]", nil), "pdf.malformed"},
		"a number that is none":          {document("/AF 1-2", nil), "pdf.malformed"},
		"numbers of every kind":          {document("/X [0 -1 +2 .5 -.5 4. 99999999999999999999] /AF [11 0 R]", nil), found},
		"lists in lists":                 {document("/X "+strings.Repeat("[", limits.PDFDepth-2)+strings.Repeat("]", limits.PDFDepth-2)+" /AF [11 0 R]", nil), found},
		"lists in lists in lists":        {document("/X "+strings.Repeat("[", 1000)+strings.Repeat("]", 1000), nil), "limits.pdf"},
		"values without number":          {document("/X ["+strings.Repeat("0 ", limits.PDFValues)+"]", nil), "limits.pdf"},
		"as many files as are taken":     {document("/AF ["+strings.Repeat("11 0 R ", 1000)+"]", nil), found},
		"more files than are taken":      {many(limits.PDFFiles + 1), "limits.pdf"},
	} {
		if diff := cmp.Diff(row.want, got(row.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func many(n int) []byte {
	files := make([]pdftest.File, n)
	return pdftest.Document(pdftest.Stream, files...)
}

func TestFilters(t *testing.T) {
	packed := pdftest.Deflate([]byte(content))
	var text bytes.Buffer
	enc := ascii85.NewEncoder(&text)
	if _, err := enc.Write(packed); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	text.WriteString("~>")
	cut := packed[:len(packed)-8]
	for name, row := range map[string]struct{ about, raw, want string }{
		"none":                 {"", content, content},
		"Flate":                {"/Filter /FlateDecode", string(packed), content},
		"Flate in a list":      {"/Filter [/FlateDecode] /DecodeParms [null]", string(packed), content},
		"ASCII85":              {"/Filter [/ASCII85Decode /FlateDecode]", text.String(), content},
		"hexadecimal":          {"/Filter /ASCIIHexDecode", hex.EncodeToString([]byte(content)) + ">", content},
		"the PNG predictors":   {"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 3 >>", string(pdftest.Deflate([]byte("\x00abc\x01a\x01\x01\x02\x00\x00\x01\x03\x31\x01\x01\x04\x00\x01\xfd"))), "abcabcabdabdaca"},
		"the TIFF predictor":   {"/Filter /FlateDecode /DecodeParms << /Predictor 2 /Columns 3 >>", string(pdftest.Deflate([]byte("a\x01\x01b\x01"))), "abcbc"},
		"a predictor of none":  {"/Filter /FlateDecode /DecodeParms << /Predictor 1 >>", string(packed), content},
		"a predictor unknown":  {"/Filter /FlateDecode /DecodeParms << /Predictor 3 >>", string(packed), "pdf.unsupported"},
		"a row of no filter":   {"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 3 >>", string(pdftest.Deflate([]byte("\x07abc"))), "pdf.malformed"},
		"columns without end":  {"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 70000 >>", string(packed), "pdf.malformed"},
		"LZW":                  {"/Filter /LZWDecode", content, "pdf.unsupported"},
		"a filter of its own":  {"/Filter [/Crypt]", content, "pdf.unsupported"},
		"Flate twice":          {"/Filter [/FlateDecode /FlateDecode]", string(pdftest.Deflate(packed)), "pdf.unsupported"},
		"three filters":        {"/Filter [/ASCIIHexDecode /ASCII85Decode /FlateDecode]", content, "pdf.malformed"},
		"damaged":              {"/Filter /FlateDecode", "y" + string(packed[1:]), "pdf.malformed"},
		"cut off":              {"/Filter /FlateDecode", string(cut), "pdf.malformed"},
		"hexadecimal that not": {"/Filter /ASCIIHexDecode", "7z>", "pdf.malformed"},
		"in another file":      {"/F (x)", content, "pdf.unsupported"},
		"a bomb":               {"/Filter /FlateDecode", string(pdftest.Deflate(make([]byte, limits.PDFInflatedBytes+1))), "limits.pdf"},
	} {
		w := pdftest.New()
		w.Stream(10, row.about, []byte(row.raw))
		w.Object(1, "<< /AF [<< /EF << /F 10 0 R >> >>] >>")
		out := got(w.Finish("/Root 1 0 R"))
		if row.want == content || row.about != "" && !strings.Contains(row.want, ".") {
			row.want = "=" + row.want
		}
		if diff := cmp.Diff(row.want, out); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRevisions: what a newer revision says of an object counts, and no older one.
func TestRevisions(t *testing.T) {
	first := document("/AF [11 0 R]", nil)
	previous := bytes.LastIndex(first, []byte("xref\n0 1"))
	later := func(trailer string, objects func(w *pdftest.Writer)) []byte {
		w := pdftest.Update(first)
		objects(w)
		return w.Finish(fmt.Sprintf(trailer, previous))
	}
	const trailer = "/Root 1 0 R /Prev %d"
	replaced := later(trailer, func(w *pdftest.Writer) { w.Stream(10, "", []byte("new")) })
	removed := later(trailer, func(w *pdftest.Writer) { w.Object(1, "<< /Type /Catalog >>") })
	loop := later("/Root 1 0 R /Prev %d", func(w *pdftest.Writer) {})
	at := bytes.LastIndex(loop, []byte("xref\n0 1"))
	loop = bytes.Replace(loop, fmt.Appendf(nil, "/Prev %d", previous), fmt.Appendf(nil, "/Prev %d", at), 1)
	long := first
	for range limits.PDFRevisions {
		w := pdftest.Update(long)
		long = w.Finish(fmt.Sprintf(trailer, bytes.LastIndex(long, []byte("xref\n0 1"))))
	}
	for name, row := range map[string]struct {
		in   []byte
		want string
	}{
		"nothing changed":              {later(trailer, func(*pdftest.Writer) {}), "b.json=" + content},
		"a file replaced":              {replaced, "b.json=new"},
		"an attachment removed":        {removed, ""},
		"the same by a stream":         {hybrid(first, previous), "b.json=hidden"},
		"protected later":              {later("/Root 1 0 R /Encrypt 30 0 R /Prev %d", func(*pdftest.Writer) {}), "pdf.encrypted"},
		"a circle":                     {loop, "pdf.malformed"},
		"as many as may be, and more":  {long, "limits.pdf"},
		"an earlier one outside":       {later("/Root 1 0 R /Prev 99%d", func(*pdftest.Writer) {}), "pdf.malformed"},
		"an earlier one that is none":  {later("/Root 1 0 R /Prev 1%% %d", func(*pdftest.Writer) {}), "pdf.malformed"},
		"something behind the end":     {append(bytes.Clone(first), "PK\x03\x04"...), "pdf.malformed"},
		"white space behind the end":   {append(bytes.Clone(first), " \r\n\x00"...), "b.json=" + content},
		"without its end":              {first[:len(first)-30], "pdf.malformed"},
		"without the mark of its end":  {first[:len(first)-6], "pdf.malformed"},
		"not from its beginning":       {first[1:], "pdf.malformed"},
		"an offset that is wrong":      {bytes.Replace(first, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\n%moved\n"), 1), "pdf.malformed"},
		"no catalogue":                 {pdftest.New().Finish(""), "pdf.malformed"},
		"protected from the beginning": {pdftest.New().Finish("/Root 1 0 R /Encrypt << >>"), "pdf.encrypted"},
		"more than a picture may have": {make([]byte, limits.ImageBytes+1), "pdf.malformed"},
	} {
		if diff := cmp.Diff(row.want, got(row.in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// hybrid adds a revision whose table hides from old readers what its cross-reference stream has.
func hybrid(first []byte, previous int) []byte {
	w := pdftest.Update(first)
	at := w.Raw("")
	w.Raw("10 0 obj\n<< /Length 6 >>\nstream\nhidden\nendstream\nendobj\n")
	table := w.Raw("")
	row := []byte{1, byte(at >> 8), byte(at), 0}
	w.Raw("40 0 obj\n<< /Type /XRef /W [1 2 1] /Index [10 1] /Size 41 /Length 4 >>\nstream\n" + string(row) + "\nendstream\nendobj\n")
	return w.Finish(fmt.Sprintf("/Root 1 0 R /Prev %d /XRefStm %d", previous, table))
}

func TestBrokenStructures(t *testing.T) {
	stream := func(w *pdftest.Writer, num int, text string) { w.At(num, w.Raw(text)) }
	good := pdftest.Document(pdftest.Stream, pdftest.File{Name: "a", Data: []byte("1")})
	for name, in := range map[string][]byte{
		"a length that is too long":   document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << /Length 9999 >> stream\nx\nendstream endobj\n") }),
		"a length that is too short":  document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << /Length 1 >> stream\nxyz\nendstream endobj\n") }),
		"a length that is negative":   document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << /Length -1 >> stream\nx\nendstream endobj\n") }),
		"a length that needs itself":  document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << /Length 20 0 R >> stream\nx\nendstream endobj\n") }),
		"no length":                   document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << >> stream\nx\nendstream endobj\n") }),
		"a stream on the same line":   document("/AF [<< /EF << /F 20 0 R >> >>]", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj << /Length 1 >> stream x\nendstream endobj\n") }),
		"an object without an end":    document("/AF 20 0 R", func(w *pdftest.Writer) { stream(w, 20, "20 0 obj [11 0 R] 21 0 obj") }),
		"another object there":        document("/AF 20 0 R", func(w *pdftest.Writer) { stream(w, 20, "21 0 obj [11 0 R] endobj") }),
		"columns that cannot be":      bytes.Replace(good, []byte("/W [1 3 1]"), []byte("/W [1 9 1]"), 1),
		"no columns":                  bytes.Replace(good, []byte("/W [1 3 1]"), []byte("/V [1 3 1]"), 1),
		"half a range":                bytes.Replace(good, []byte("/Index [1 1 "), []byte("/Index [1   "), 1),
		"a table of objects that not": bytes.Replace(good, []byte("/Type /XRef"), []byte("/Type /XReg"), 1),
		"an object stream that not":   bytes.Replace(good, []byte("/Type /ObjStm"), []byte("/Type /ObjStn"), 1),
		"more objects than there are": bytes.Replace(good, []byte("/N 4"), []byte("/N 9"), 1),
		"an object stream cut short":  bytes.Replace(good, []byte("/First 2"), []byte("/First 9"), 1),
	} {
		if bytes.Equal(in, good) {
			t.Errorf("%s: nothing was changed", name)
		}
		if out := got(in); out != pdf.CodeMalformed {
			t.Errorf("%s: %q", name, out)
		}
	}
}

// TestOverlappingObjects: objects inside the texts of others cost each reading of them again; the sum is bounded.
func TestOverlappingObjects(t *testing.T) {
	w := pdftest.New()
	const objects, padding = 100, 1 << 20
	refs := ""
	for i := range objects {
		w.At(20+i, w.Raw(fmt.Sprintf("%d 0 obj (", 20+i)))
		refs += fmt.Sprintf("%d 0 R ", 20+i)
	}
	w.Raw(strings.Repeat("x", padding))
	w.Raw(strings.Repeat(") endobj ", objects))
	w.Object(1, "<< /Names << /EmbeddedFiles << /Kids ["+refs+"] >> >> >>")
	if out := got(w.Finish("/Root 1 0 R")); out != "limits.pdf" {
		t.Errorf("%q", out)
	}
}

// TestChromium: a document as a browser prints it has no attachment, and reads.
func TestChromium(t *testing.T) {
	const browser = "/usr/bin/chromium"
	if _, err := os.Stat(browser); err != nil || testing.Short() {
		t.Skip("Chromium is missing, or -short is set: run make setup-test")
	}
	dir := t.TempDir()
	page, printed := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
	if err := os.WriteFile(page, []byte("<!doctype html><title>Badge</title><h1>Badge</h1>"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir,
		"--print-to-pdf="+printed, "file://"+page)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("Chromium does not print: %v\n%s", err, out)
	}
	data, err := os.ReadFile(printed)
	if err != nil {
		t.Fatalf("Chromium has printed nothing: %v", err)
	}
	if files, err := pdf.Files(data); err != nil || len(files) != 0 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// FuzzFiles: any bytes give files within the bounds or a defect, and the same twice.
func FuzzFiles(f *testing.F) {
	f.Add(pdftest.Document(pdftest.Table, pdftest.File{Name: "a.json", Data: []byte(content)}))
	f.Add(pdftest.Document(pdftest.Stream, pdftest.File{Name: "a.json", Data: []byte(content)}))
	first := document("/AF [11 0 R]", nil)
	f.Add(hybrid(first, bytes.LastIndex(first, []byte("xref\n0 1"))))
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		files, err := pdf.Files(in)
		again, errAgain := pdf.Files(in)
		if !bytes.Equal(before, in) {
			t.Fatal("the input was changed")
		}
		if (err == nil) != (errAgain == nil) || !cmp.Equal(files, again) {
			t.Fatalf("%v, then %v", err, errAgain)
		}
		total := 0
		for _, file := range files {
			total += len(file.Data)
		}
		if len(files) > limits.PDFFiles || total > limits.PDFInflatedBytes || err != nil && fault.AsDefect(err).Code == "" {
			t.Fatalf("%d files of %d bytes, %v", len(files), total, err)
		}
	})
}

// FuzzWrittenFilesReadBack: whatever is attached comes out again, by either form.
func FuzzWrittenFilesReadBack(f *testing.F) {
	f.Add([]byte(content), "a.json")
	f.Add([]byte("endstream endobj"), "(\\")
	f.Fuzz(func(t *testing.T, in []byte, called string) {
		for _, form := range []pdftest.Form{pdftest.Table, pdftest.Stream} {
			files, err := pdf.Files(pdftest.Document(form, pdftest.File{Name: called, Data: in}))
			if len(in) > limits.CredentialBytes || len(called) > 1000 {
				return
			}
			if err != nil || len(files) != 1 || !bytes.Equal(files[0].Data, in) {
				t.Fatalf("form %d: %d files, %v", form, len(files), err)
			}
		}
	})
}
