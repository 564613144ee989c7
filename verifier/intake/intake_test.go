package intake_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/pdf/pdftest"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/verifier/intake"
)

const (
	link   = "https://badges.example/c/0123456789abcdef"
	signed = `{"@context":[],"type":["VerifiableCredential"],"proof":{}}`
)

// jws makes a compact JWS of that header and payload, with a signature that nobody made.
func jws(header, payload string) string {
	b := base64.RawURLEncoding.EncodeToString
	return b([]byte(header)) + "." + b([]byte(payload)) + "." + b([]byte("signature"))
}

func code(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	if err != nil {
		return "no defect: " + err.Error()
	}
	return ""
}

// item says in one line what came out.
func item(i intake.Item) string {
	if i.Form == "" {
		return ""
	}
	s := string(i.Form) + " " + string(i.Source)
	if i.Presentation {
		s += " presentation"
	}
	return s
}

func TestReadTextTellsTheForm(t *testing.T) {
	ob := jws(`{"alg":"ES256","typ":"JWT"}`, `{"id":"urn:x"}`)
	for name, c := range map[string]struct{ in, item, link, code string }{
		"an Open Badges JWT":                 {in: ob, item: "ob-jwt text"},
		"a JWT without typ":                  {in: jws(`{"alg":"ES256"}`, `{"id":"urn:x"}`), item: "ob-jwt text"},
		"a JWT with white space around it":   {in: "\r\n  " + ob + "\t\n", item: "ob-jwt text"},
		"vc+jwt":                             {in: jws(`{"alg":"ES256","typ":"vc+jwt"}`, `{}`), item: "vc-jwt text"},
		"application/vc+jwt":                 {in: jws(`{"typ":"application/VC+JWT"}`, `{}`), item: "vc-jwt text"},
		"vc+ld+json+jwt":                     {in: jws(`{"typ":"vc+ld+json+jwt"}`, `{}`), item: "vc-jwt text"},
		"a vc claim":                         {in: jws(`{"typ":"JWT"}`, `{"iss":"x","vc":{"id":"urn:x"}}`), item: "jwt-vc-1.1 text"},
		"a vc claim in spite of typ":         {in: jws(`{"typ":"vc+jwt"}`, `{"vc":{}}`), item: "jwt-vc-1.1 text"},
		"a vc claim spelt with an escape":    {in: jws(`{"typ":"JWT"}`, `{"\u0076c":{}}`), item: "jwt-vc-1.1 text"},
		"vc deeper inside only":              {in: jws(`{"typ":"JWT"}`, `{"a":{"vc":1}}`), item: "ob-jwt text"},
		"vc as a value only":                 {in: jws(`{"typ":"JWT"}`, `{"a":"vc"}`), item: "ob-jwt text"},
		"a vp claim":                         {in: jws(`{"typ":"JWT"}`, `{"vp":{}}`), item: "jwt-vc-1.1 text presentation"},
		"vp+jwt":                             {in: jws(`{"typ":"vp+jwt"}`, `{}`), item: "vc-jwt text presentation"},
		"an SD-JWT":                          {in: ob + "~WyJhIl0~", item: "sd-jwt text"},
		"an SD-JWT without disclosures":      {in: jws(`{"typ":"dc+sd-jwt"}`, `{}`), item: "sd-jwt text"},
		"a header that cannot be read":       {in: "eyJ*.e30.c2ln", item: "ob-jwt text"},
		"a JWS with a line break inside":     {in: ob[:20] + "\n" + ob[20:], item: "ob-jwt text"},
		"a JWS with padding":                 {in: strings.Replace(ob, ".", "=.", 1), item: "ob-jwt text"},
		"a JWE":                              {in: "eyJhbGciOiJSU0EifQ.a.b.c.d", code: "jose.structure"},
		"a JWS that lost its signature":      {in: "eyJhbGciOiJSU0EifQ.e30", code: "jose.structure"},
		"a signed JSON credential":           {in: signed, item: "data-integrity json"},
		"a JSON credential without proof":    {in: `{"type":["VerifiableCredential"]}`, item: "none json"},
		"a signed JSON presentation":         {in: `{"type":"VerifiablePresentation","proof":{}}`, item: "data-integrity json presentation"},
		"a JSON presentation without proof":  {in: `{"type":["VerifiablePresentation"],"verifiableCredential":[]}`, item: "none json presentation"},
		"an enveloped JWT":                   {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + ob + `"}`, item: "ob-jwt json"},
		"an enveloped JWT with a slash":      {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application\/vc+jwt,` + ob + `"}`, item: "ob-jwt json"},
		"an enveloped presentation":          {in: `{"type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,` + jws(`{"typ":"vp+jwt"}`, `{}`) + `"}`, item: "vc-jwt json presentation"},
		"an envelope with base64":            {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt;base64,ZXk="}`, code: "intake.unsupported"},
		"an envelope with mdoc":              {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application/mdoc,oWd"}`, code: "intake.unsupported"},
		"an envelope with a link":            {in: `{"type":"EnvelopedVerifiableCredential","id":"https://a.example/1"}`, code: "intake.no_credential"},
		"an envelope in an envelope":         {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,{}"}`, code: "intake.no_credential"},
		"an envelope spelt with escapes":     {in: `{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,e\u0079J.e30.c2ln"}`, code: "intake.no_credential"},
		"a JWS in flattened JSON":            {in: `{"payload":"e30","protected":"e30","signature":"x"}`, code: "jose.structure"},
		"a JWS in general JSON":              {in: `{"payload":"e30","signatures":[]}`, code: "jose.structure"},
		"an Open Badges 2.0 assertion":       {in: `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`, item: "ob-2.0 json"},
		"a signed Open Badges 2.0 assertion": {in: jws(`{"alg":"RS256"}`, `{"type":["Assertion"]}`), item: "ob-2.0 text"},
		"the same with typ":                  {in: jws(`{"alg":"RS256","typ":"JWT"}`, `{"type":"Assertion"}`), item: "ob-2.0 text"},
		"an assertion as vc+jwt":             {in: jws(`{"typ":"vc+jwt"}`, `{"type":"Assertion"}`), item: "vc-jwt text"},
		"an assertion beside a vc claim":     {in: jws(`{"typ":"JWT"}`, `{"type":"Assertion","vc":{}}`), item: "jwt-vc-1.1 text"},
		"an assertion deeper inside only":    {in: jws(`{"typ":"JWT"}`, `{"a":{"type":"Assertion"}}`), item: "ob-jwt text"},
		"a credential that says Assertion":   {in: jws(`{"typ":"JWT"}`, `{"type":["VerifiableCredential","Assertion"]}`), item: "ob-jwt text"},
		"JSON of both kinds":                 {in: `{"type":["VerifiableCredential","Assertion"]}`, item: "none json"},
		"JSON of something else":             {in: `{"name":"x"}`, code: "intake.no_credential"},
		"an answer that holds a credential":  {in: `{"compactJwsString":["` + ob + `"]}`, code: "intake.no_credential"},
		"a JWS in quotation marks":           {in: `"` + ob + `"`, code: "intake.no_credential"},
		"a list of credentials":              {in: `[` + signed + `]`, code: "intake.no_credential"},
		"JSON that is cut off":               {in: signed[:30], code: "json.syntax"},
		"JSON with a member twice":           {in: `{"proof":1,"proof":2}`, code: "json.duplicate_member"},
		"JSON with more behind it":           {in: signed + "x", code: "json.trailing"},
		"a link":                             {in: link, link: link},
		"a link with white space around it":  {in: "\n " + link + " \n", link: link},
		"a link without encryption":          {in: "http://localhost:8080/c/1", link: "http://localhost:8080/c/1"},
		"a link in capitals":                 {in: "HTTPS://BADGES.EXAMPLE/C/1", link: "HTTPS://BADGES.EXAMPLE/C/1"},
		"a link and words":                   {in: "see " + link, code: "intake.no_credential"},
		"two links":                          {in: link + "\n" + link, code: "intake.no_credential"},
		"a link without a host":              {in: "https:///c/1", code: "intake.no_credential"},
		"a link that is too long":            {in: link + strings.Repeat("a", 8000), code: "intake.no_credential"},
		"an offer for a wallet":              {in: "openid-credential-offer://?credential_offer_uri=x", code: "intake.unsupported"},
		"D08 a script as link":               {in: "javascript:alert(1)", code: "intake.unsupported"},
		"a file as link":                     {in: "file:///etc/passwd", code: "intake.unsupported"},
		"words":                              {in: "my badge", code: "intake.no_credential"},
		"nothing":                            {in: "", code: "intake.empty"},
		"white space":                        {in: " \r\n\t", code: "intake.empty"},
		"a JWS over the limit":               {in: "ey" + strings.Repeat("J", limits.CredentialBytes) + ".e30.x", code: "limits.size"},
		"JSON over the limit":                {in: `{"a":"` + strings.Repeat("a", limits.CredentialBytes) + `"}`, code: "limits.size"},
		"a no-break space around a JWS":      {in: "\u00a0" + ob, code: "intake.no_credential"},
		"a byte order mark":                  {in: "\ufeff" + signed, code: "intake.unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			got, to, err := intake.Read([]byte(c.in), intake.Hint{})
			if item(got) != c.item || to != c.link || code(err) != c.code {
				t.Errorf("got %q, link %q, %v; want %q, link %q, %q", item(got), to, err, c.item, c.link, c.code)
			}
			if !strings.Contains(c.in, string(got.Bytes)) {
				t.Errorf("the bytes %.60q do not stand in the input", got.Bytes)
			}
		})
	}
}

func TestReadNamesWhatItDoesNotTake(t *testing.T) {
	svg := `<svg xmlns="http://www.w3.org/2000/svg"/>`
	for name, c := range map[string]struct{ in, file, media, code, word string }{
		"a PDF":                            {in: "%PDF-1.7\n%\xe2", code: "pdf.malformed", word: "PDF"},
		"a ZIP":                            {in: "PK\x03\x04\x14\x00", code: "intake.unsupported", word: "ZIP"},
		"a compressed file":                {in: "\x1f\x8b\x08\x00", code: "intake.unsupported", word: "compressed"},
		"a web page":                       {in: "<!-- x -->\n<!DOCTYPE HTML><title>a</title>", code: "intake.unsupported", word: "web page"},
		"a web page without DOCTYPE":       {in: "<HTML lang=en>", code: "intake.unsupported", word: "web page"},
		"XML":                              {in: "<?xml version='1.0'?><rss/>", code: "intake.unsupported", word: "XML"},
		"comments without end":             {in: strings.Repeat("<!---->", 100), code: "intake.unsupported", word: "XML"},
		"a WebP picture":                   {in: "RIFF\x00\x00\x00\x00WEBPVP8 ", code: "intake.unsupported", word: "WebP"},
		"a photograph of an iPhone":        {in: "\x00\x00\x00\x18ftypheic", code: "intake.unsupported", word: "HEIF"},
		"a BMP picture":                    {in: "BM\x00\x00\x00", code: "intake.unsupported", word: "BMP"},
		"a TIFF picture":                   {in: "II*\x00", code: "intake.unsupported", word: "TIFF"},
		"text in UTF-16":                   {in: "\xff\xfe{\x00", code: "intake.unsupported", word: "UTF-16"},
		"some binary":                      {in: "\x00\x01\x02", code: "intake.unsupported", word: "not known"},
		"words that begin like a picture":  {in: "BMW badge", code: "intake.no_credential"},
		"B09 a page that is called .png":   {in: "<html>", file: "badge.png", code: "intake.mismatch", word: "web page"},
		"B09 an SVG that is called .PNG":   {in: svg, file: "C:\\badge.PNG", code: "intake.mismatch", word: "SVG"},
		"B09 a ZIP that is called .jpg":    {in: "PK\x03\x04", file: "badge.jpg", code: "intake.mismatch", word: "ZIP"},
		"B09 text that is served as a PNG": {in: signed, media: "image/png; x=1", code: "intake.mismatch", word: "text"},
		"an SVG without a credential":      {in: svg, file: "badge.svg", code: "image.no_credential"},
		"a PNG that is broken":             {in: "\x89PNG\r\n\x1a\n", code: "image.malformed"},
		"a JPEG that is broken":            {in: "\xff\xd8\xff\xe0", code: "image.malformed"},
		"a GIF that is broken":             {in: "GIF89a", code: "image.malformed"},
		"a GIF of too many pixels":         {in: "GIF89a\xff\xff\xff\xff\x00\x00\x00", code: "limits.pixels"},
		"a file over the limit":            {in: strings.Repeat("\xff", limits.ImageBytes+1), code: "limits.size"},
	} {
		t.Run(name, func(t *testing.T) {
			got, to, err := intake.Read([]byte(c.in), intake.Hint{FileName: c.file, ContentType: c.media})
			if code(err) != c.code || !strings.Contains(fmt.Sprint(err), c.word) {
				t.Errorf("got %v, want %q with %q", err, c.code, c.word)
			}
			if diff := cmp.Diff(intake.Item{}, got); diff != "" || to != "" {
				t.Errorf("an error and something: %q %s", to, diff)
			}
		})
	}
}

// page draws a picture that shows the code for words, or nothing when words is empty.
func page(t testing.TB, words string) *image.NRGBA {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	if words == "" {
		return img
	}
	c, err := qr.New(words)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 4 * c.Size() {
		for x := range 4 * c.Size() {
			if c.Dark(x/4, y/4) {
				img.Set(x+20, y+20, color.Black)
			}
		}
	}
	return img
}

func encoded(t testing.TB, img image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 60})
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadPicturesTakesTheBakedCredentialElseTheQRCode(t *testing.T) {
	ob := jws(`{"typ":"JWT"}`, `{"id":"urn:x"}`)
	bake := func(credential string) []byte {
		out, err := baking.BakePNG(encoded(t, page(t, link), "png"), []byte(credential))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	svg, err := baking.BakeSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), []byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	linked := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="` + link + `"/></svg>`)
	assertion := jws(`{"alg":"RS256"}`, `{"type":"Assertion"}`)
	old := func(verify, body string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg"><assertion xmlns="http://openbadges.org" verify="` + verify + `">` + body + `</assertion></svg>`)
	}
	for name, c := range map[string]struct {
		in               []byte
		item, link, code string
	}{
		"an SVG with a signed assertion":           {in: old(assertion, ""), item: "ob-2.0 svg"},
		"an SVG with a hosted assertion":           {in: old(link, `<![CDATA[{"type":"Assertion"}]]>`), item: "ob-2.0 svg"},
		"an SVG with the address of an assertion":  {in: old(link, ""), link: link},
		"an SVG with a credential for assertion":   {in: old(ob, ""), code: "intake.no_credential"},
		"an SVG with a script for assertion":       {in: old("javascript:alert(1)", ""), code: "intake.unsupported"},
		"a PNG with an assertion for credential":   {in: bake(assertion), code: "intake.no_credential"},
		"a baked PNG, though it shows a code, too": {in: bake(ob), item: "ob-jwt png"},
		"a baked PNG with JSON":                    {in: bake(" " + signed + "\n"), item: "data-integrity png"},
		"a baked SVG":                              {in: svg, item: "data-integrity svg"},
		"a baked SVG with a link":                  {in: linked, code: "intake.no_credential"},
		"a PNG that shows a link":                  {in: encoded(t, page(t, link), "png"), link: link},
		"a JPEG that shows a link":                 {in: encoded(t, page(t, link), "jpeg"), link: link},
		"a GIF that shows a link":                  {in: encoded(t, page(t, link), "gif"), link: link},
		"a PNG that shows a credential":            {in: encoded(t, page(t, ob), "png"), item: "ob-jwt qr"},
		"a PNG that shows words":                   {in: encoded(t, page(t, "hello"), "png"), code: "intake.no_credential"},
		"a PNG that shows an offer":                {in: encoded(t, page(t, "openid4vp://?x=1"), "png"), code: "intake.unsupported"},
		"a PNG that shows nothing":                 {in: encoded(t, page(t, ""), "png"), code: "image.no_credential"},
		"a JPEG that shows nothing":                {in: encoded(t, page(t, ""), "jpeg"), code: "image.no_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			got, to, err := intake.Read(c.in, intake.Hint{FileName: "badge"})
			if item(got) != c.item || to != c.link || code(err) != c.code {
				t.Errorf("got %q, link %q, %v; want %q, link %q, %q", item(got), to, err, c.item, c.link, c.code)
			}
		})
	}
}

func TestNewKeepsACopyOfTheBytes(t *testing.T) {
	in := []byte("ey.e.x")
	got := intake.New(proof.OBJWT, in)
	in[0] = '!'
	if diff := cmp.Diff(intake.Item{Form: proof.OBJWT, Bytes: []byte("ey.e.x"), Source: intake.Text}, got); diff != "" {
		t.Error(diff)
	}
	if got := intake.New(proof.DataIntegrity, []byte("{}")).Source; got != intake.JSON {
		t.Errorf("source of JSON: %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(link))
	f.Add([]byte(" " + signed))
	f.Add([]byte(jws(`{"typ":"JWT"}`, `{"vc":{}}`) + "~"))
	f.Add([]byte(`{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,eyJ.e30.c2ln"}`))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="ey.e.x"/></svg>`))
	f.Add(encoded(f, page(f, ""), "gif"))
	f.Add(pdftest.Document(pdftest.Table, pdftest.File{Data: []byte(signed)}))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, to, err := intake.Read(in, intake.Hint{})
		given := 0
		for _, is := range []bool{got.Form != "", to != "", err != nil} {
			if is {
				given++
			}
		}
		var d *fault.Defect
		if given != 1 || err != nil && !errors.As(err, &d) {
			t.Fatalf("item %q, link %q and error %v", item(got), to, err)
		}
		if got.Source != intake.SVG && got.Source != intake.QR && got.Source != intake.PDF && !bytes.Contains(in, got.Bytes) {
			t.Fatalf("%q does not stand in the input", got.Bytes)
		}
	})
}

func BenchmarkReadJWS(b *testing.B) {
	in := []byte(jws(`{"alg":"ES256","kid":"did:web:a.example#k","typ":"JWT"}`, `{"id":"`+strings.Repeat("x", 1500)+`"}`))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := intake.Read(in, intake.Hint{}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleRead() {
	for _, in := range []string{"https://badges.example/c/1", "eyJ0eXAiOiJKV1QifQ.eyJpZCI6InVybjp4In0.c2ln", "hello"} {
		item, link, err := intake.Read([]byte(in), intake.Hint{})
		switch {
		case err != nil:
			fmt.Println(err)
		case link != "":
			fmt.Println("to fetch:", link)
		default:
			fmt.Println("a credential:", item.Form)
		}
	}
	// Output:
	// to fetch: https://badges.example/c/1
	// a credential: ob-jwt
	// intake.no_credential: The text is neither a credential nor a link.
}
