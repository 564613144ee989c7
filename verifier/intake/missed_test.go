package intake_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/pdf/pdftest"
	"github.com/openlaurel/laurel/verifier/intake"
)

// twice repeats the chunk of a PNG that carries the credential.
func twice(t *testing.T, picture []byte) []byte {
	t.Helper()
	at := bytes.Index(picture, []byte("iTXt")) - 4
	if at < 0 {
		t.Fatal("nothing is baked")
	}
	end := at + 12 + int(binary.BigEndian.Uint32(picture[at:]))
	return append(append(bytes.Clone(picture[:end]), picture[at:end]...), picture[end:]...)
}

// TestWhatIsRefusedForAReason: what is no credential is told what it is, and nothing else is tried in its place.
func TestWhatIsRefusedForAReason(t *testing.T) {
	ob := jws(`{"typ":"JWT"}`, `{"id":"urn:x"}`)
	png, err := baking.BakePNG(encoded(t, page(t, link), "png"), []byte(ob))
	if err != nil {
		t.Fatal(err)
	}
	photo := encoded(t, page(t, link), "jpeg")
	const ns = ` xmlns="http://www.w3.org/2000/svg"`
	two := `<svg` + ns + `><credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="` + ob + `"/><credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="` + ob + `"/></svg>`
	assertion := `<assertion xmlns="http://openbadges.org" verify="` + jws(`{"alg":"RS256"}`, `{"type":"Assertion"}`) + `"/>`
	for _, row := range []struct {
		name string
		in   []byte
		code string
		at   string
		says string // in the sentence
	}{
		{"a JWE", []byte("eyJhbGciOiJSU0EifQ.a.b.c.d"), "jose.structure", "", "encrypted"},
		{"a JWS in four parts", []byte(ob + ".x"), "jose.structure", "", "4 parts"},
		{"a COSE message that is no base64url", []byte("0oR*"), "cose.structure", "", "COSE"},
		{"a COSE message with a line break", []byte("0oRDoQEmoEBA\nAAAA"), "cose.structure", "", "COSE"},
		{"what only begins like a COSE message", []byte("0oQ9"), intake.CodeNone, "", "neither"},
		{"a JWS in quotation marks", []byte(`"` + ob + `"`), intake.CodeNone, "", "quotation marks"},
		{"a text in quotation marks", []byte(`"hello"`), intake.CodeNone, "", "not a credential"},
		{"an answer with a credential in it", []byte(`{"credential":{}}`), intake.CodeNone, "/credential", "inside it"},
		{"an answer with credentials in it", []byte(`{"verifiableCredential":[]}`), intake.CodeNone, "/verifiableCredential", "inside it"},
		{"an answer with a signed text in it", []byte(`{"data":["` + ob + `"]}`), intake.CodeNone, "/data", "inside it"},
		{"an answer with something else in it", []byte(`{"data":["x"]}`), intake.CodeNone, "", "not a credential"},
		{"a PNG with two credentials that shows a link", twice(t, png), "image.multiple_credentials", "", "2 credentials"},
		{"an SVG with two assertions", []byte(`<svg` + ns + `>` + assertion + assertion + `</svg>`), "image.multiple_credentials", "", "2 Open Badges 2.0"},
		{"a document with a picture with two credentials", pdftest.Document(pdftest.Table, pdftest.File{Name: "badge.svg", Data: []byte(two)}),
			"image.multiple_credentials", "", "attached"},
		{"a picture that shows a blank", encoded(t, page(t, " "), "png"), intake.CodeEmpty, "", "nothing in it"},
		{"a COSE message that is too large", append([]byte("\xd2\x84\x00"), make([]byte, limits.CredentialBytes)...), "limits.size", "", "bytes"},
		{"a text that is too large", []byte("ey" + strings.Repeat("A", limits.CredentialBytes)), "limits.size", "", "bytes"},
		{"a link that is too large", []byte("https://a.example/" + strings.Repeat("A", limits.CredentialBytes)), "limits.size", "", "bytes"},
		{"a picture that is too large", append(bytes.Clone(photo), make([]byte, limits.ImageBytes)...), "limits.size", "", "bytes"},
		{"a JPEG that is cut off", photo[:len(photo)/2], "image.malformed", "", "broken"},
		{"an envelope with a link that has a comma", []byte(`{"type":"EnvelopedVerifiableCredential","id":"https://a.example/1,x"}`), intake.CodeNone, "/id", "data: URL"},
		{"an envelope with next to nothing", []byte(`{"type":"EnvelopedVerifiableCredential","id":"x,"}`), intake.CodeNone, "/id", "data: URL"},
		{"an array", []byte(`[{"type":"VerifiableCredential"}]`), intake.CodeNone, "", "not a credential"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, to, err := intake.Read(row.in, intake.Hint{})
			if item(got) != "" || to != "" || code(err) != row.code {
				t.Fatalf("got %q, link %q, %v; want %s", item(got), to, err, row.code)
			}
			if d := fault.AsDefect(err); d.At != row.at || !strings.Contains(d.Detail, row.says) {
				t.Errorf("at %q: %s; want %q at %q", d.At, d.Detail, row.says, row.at)
			}
		})
	}
	if got, _, err := intake.Read([]byte("0oRDoQEmoEBA"), intake.Hint{}); item(got) != "vc-cose text" {
		t.Errorf("COSE as text: %q, %v", item(got), err)
	}
}
