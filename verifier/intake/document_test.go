package intake_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/pdf/pdftest"
	"github.com/openlaurel/laurel/verifier/intake"
)

// TestReadPDF is row B02 for documents: the one credential among the attachments is taken, and its bytes are those that were attached.
func TestReadPDF(t *testing.T) {
	badge := jws(`{"typ":"JWT"}`, `{"id":"urn:x"}`)
	other := jws(`{"typ":"JWT"}`, `{"id":"urn:y"}`)
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="` + badge + `"/></svg>`
	photo := string(encoded(t, page(t, link), "png"))
	for name, c := range map[string]struct {
		attached   []string
		item, code string
	}{
		"a signed text":                        {attached: []string{badge}, item: "ob-jwt pdf"},
		"a signed text with a line feed":       {attached: []string{badge + "\n"}, item: "ob-jwt pdf"},
		"JSON":                                 {attached: []string{signed}, item: "data-integrity pdf"},
		"a baked picture":                      {attached: []string{svg}, item: "ob-jwt pdf"},
		"a credential among other files":       {attached: []string{"a,b\n1,2\n", signed, `{"invoice":1}`, photo, "\xff\xd8\xff", "%PDF-1.7", "PK\x03\x04"}, item: "data-integrity pdf"},
		"no attachment":                        {code: "pdf.no_credential"},
		"a link is no credential":              {attached: []string{link}, code: "pdf.no_credential"},
		"a QR code is not looked for":          {attached: []string{photo}, code: "pdf.no_credential"},
		"an older badge":                       {attached: []string{`{"type":"Assertion"}`}, item: "ob-2.0 pdf"},
		"a document inside":                    {attached: []string{string(pdftest.Document(pdftest.Table, pdftest.File{Data: []byte(badge)}))}, code: "pdf.no_credential"},
		"an empty file":                        {attached: []string{""}, code: "pdf.no_credential"},
		"two credentials":                      {attached: []string{badge, other}, code: "pdf.multiple_credentials"},
		"the same twice":                       {attached: []string{badge, badge}, code: "pdf.multiple_credentials"},
		"one in text, one in a picture":        {attached: []string{other, svg}, code: "pdf.multiple_credentials"},
		"a good one and one that is ambiguous": {attached: []string{badge, `{"type":"x","type":"y"}`}, code: "pdf.multiple_credentials"},
		"one that is ambiguous":                {attached: []string{`{"type":"x","type":"y"}`}, code: "json.duplicate_member"},
		"one that is cut off":                  {attached: []string{badge[:20]}, code: "jose.structure"},
		"one that is too large":                {attached: []string{"{" + strings.Repeat(" ", limits.CredentialBytes) + "}"}, code: "limits.size"},
	} {
		for _, form := range []pdftest.Form{pdftest.Table, pdftest.Stream} {
			var files []pdftest.File
			for _, a := range c.attached {
				files = append(files, pdftest.File{Name: "file", Data: []byte(a)})
			}
			got, to, err := intake.Read(pdftest.Document(form, files...), intake.Hint{FileName: "certificate.pdf", ContentType: "application/pdf"})
			if item(got) != c.item || code(err) != c.code || to != "" {
				t.Errorf("%s, form %d: got %q, %v; want %q, %q", name, form, item(got), err, c.item, c.code)
			}
			if c.item != "" && !strings.Contains(strings.Join(c.attached, " "), string(got.Bytes)) {
				t.Errorf("%s, form %d: %q was not attached", name, form, got.Bytes)
			}
		}
	}
}

func TestReadPDFThatCallsItselfAPicture(t *testing.T) {
	document := pdftest.Document(pdftest.Table, pdftest.File{Data: []byte(signed)})
	if _, _, err := intake.Read(document, intake.Hint{FileName: "badge.png"}); code(err) != intake.CodeMismatch {
		t.Error(err)
	}
}
