package baking_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/test/corpus"
)

const (
	jws  = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InVybjp4In0.c2lnbmF0dXJl"
	jws2 = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InVybjp5In0.Zm9yZ2Vk"
	doc  = `{"id":"urn:x","name":"أحمد ]]> <b> & \u0000","n":[1,2]}`
	ns   = "https://purl.imsglobal.org/ob/v3p0"
)

// plainPNG draws a small picture.
func plainPNG(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 9, 7))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 37)
	}
	img.Set(3, 3, color.NRGBA{R: 200, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// part makes one PNG chunk.
func part(kind, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

// beforeEnd puts chunks in front of IEND.
func beforeEnd(p []byte, chunks ...string) []byte {
	end := part("IEND", "")
	head, ok := bytes.CutSuffix(p, []byte(end))
	if !ok {
		panic("no IEND")
	}
	return append(bytes.Clone(head), strings.Join(chunks, "")+end...)
}

func itxt(keyword, text string) string { return part("iTXt", keyword+"\x00\x00\x00\x00\x00"+text) }

func code(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	if err != nil {
		return "fault " + fault.Describe(err).Code
	}
	return ""
}

func TestExtractPNGNamesWhatItFinds(t *testing.T) {
	p := plainPNG(t)
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	_, _ = z.Write([]byte(jws))
	_ = z.Close()
	broken := beforeEnd(p, itxt("openbadgecredential", jws))
	broken[len(broken)-20]++
	exif := "Exif\x00\x00openbadgecredential\x00" + jws
	for name, c := range map[string]struct {
		in   []byte
		want string // the credential
		code string
	}{
		"a compact JWS":                            {in: beforeEnd(p, itxt("openbadgecredential", jws)), want: jws},
		"JSON":                                     {in: beforeEnd(p, itxt("openbadgecredential", doc)), want: doc},
		"a language and a translated keyword":      {in: beforeEnd(p, part("iTXt", "openbadgecredential\x00\x00\x00en\x00badge\x00"+jws)), want: jws},
		"an Open Badges 2.0 chunk beside it":       {in: beforeEnd(p, itxt("openbadges", "x"), itxt("openbadgecredential", jws)), want: jws},
		"a broken Open Badges 2.0 chunk beside it": {in: beforeEnd(p, part("zTXt", "openbadges\x00\x00x"), itxt("openbadgecredential", jws)), want: jws},
		"no credential":                            {in: p, code: "image.no_credential"},
		"B02 genuine then forged":                  {in: beforeEnd(p, itxt("openbadgecredential", jws), itxt("openbadgecredential", jws2)), code: "image.multiple_credentials"},
		"B02 forged then genuine":                  {in: beforeEnd(p, itxt("openbadgecredential", jws2), itxt("openbadgecredential", jws)), code: "image.multiple_credentials"},
		"B02 twice the same":                       {in: beforeEnd(p, itxt("openbadgecredential", jws), itxt("openbadgecredential", jws)), code: "image.multiple_credentials"},
		"B03 in tEXt":                              {in: beforeEnd(p, part("tEXt", "openbadgecredential\x00"+jws)), code: "image.no_credential"},
		"B03 in zTXt":                              {in: beforeEnd(p, part("zTXt", "openbadgecredential\x00\x00"+deflated.String())), code: "image.no_credential"},
		"B03 after IEND":                           {in: append(bytes.Clone(p), itxt("openbadgecredential", jws)...), code: "image.no_credential"},
		"B03 in EXIF":                              {in: beforeEnd(p, part("eXIf", exif)), code: "image.no_credential"},
		"a keyword in another case":                {in: beforeEnd(p, itxt("OpenBadgeCredential", jws)), code: "image.no_credential"},
		"an empty credential":                      {in: beforeEnd(p, itxt("openbadgecredential", " \n")), code: "image.no_credential"},
		"a compressed credential":                  {in: beforeEnd(p, part("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+deflated.String())), code: "image.compressed_credential"},
		"a method without compression":             {in: beforeEnd(p, part("iTXt", "openbadgecredential\x00\x00\x01\x00\x00"+jws)), code: "image.malformed"},
		"a chunk that ends in its head":            {in: beforeEnd(p, part("iTXt", "openbadgecredential\x00\x00\x00en")), code: "image.malformed"},
		"a credential that is not UTF-8":           {in: beforeEnd(p, itxt("openbadgecredential", "{\xff}")), code: "image.malformed"},
		"a credential over the limit":              {in: beforeEnd(p, itxt("openbadgecredential", strings.Repeat("a", limits.CredentialBytes+1))), code: "limits.size"},
		"a learner record":                         {in: beforeEnd(p, itxt("clrcredential", jws)), want: jws},
		"a badge and a learner record":             {in: beforeEnd(p, itxt("openbadgecredential", jws), itxt("clrcredential", jws2)), code: "image.multiple_credentials"},
		"a learner record and the same badge":      {in: beforeEnd(p, itxt("clrcredential", jws), itxt("openbadgecredential", jws)), code: "image.multiple_credentials"},
		"two learner records":                      {in: beforeEnd(p, itxt("clrcredential", jws), itxt("clrcredential", jws2)), code: "image.multiple_credentials"},
		"a learner record in tEXt":                 {in: beforeEnd(p, part("tEXt", "clrcredential\x00"+jws)), code: "image.no_credential"},
		"a learner record after IEND":              {in: append(bytes.Clone(p), itxt("clrcredential", jws)...), code: "image.no_credential"},
		"a compressed learner record":              {in: beforeEnd(p, part("iTXt", "clrcredential\x00\x01\x00\x00\x00"+deflated.String())), code: "image.compressed_credential"},
		"two Open Badges 2.0 assertions":           {in: beforeEnd(p, itxt("openbadges", jws), itxt("openbadges", jws2)), code: "image.ob2_assertion"},
		"an Open Badges 2.0 assertion":             {in: beforeEnd(p, part("tEXt", "openbadges\x00https://a.example/1")), code: "image.ob2_assertion"},
		"a wrong checksum":                         {in: broken, code: "image.malformed"},
		"a file that stops":                        {in: p[:len(p)-5], code: "image.malformed"},
		"a chunk longer than the file":             {in: append(bytes.Clone(p[:33]), "\xff\xff\xff\xffiTXt12345678"...), code: "image.malformed"},
		"a chunk type of no letters":               {in: beforeEnd(p, part("iT0t", "")), code: "image.malformed"},
		"two headers":                              {in: beforeEnd(p, string(p[8:33])), code: "image.malformed"},
		"no header":                                {in: append(bytes.Clone(p[:8]), p[33:]...), code: "image.malformed"},
		"no pixels":                                {in: []byte(string(p[:33]) + part("IEND", "")), code: "image.malformed"},
		"too many chunks":                          {in: beforeEnd(p, strings.Repeat(part("teSt", ""), 20_001)), code: "image.malformed"},
		"not a PNG":                                {in: []byte("GIF89a"), code: "image.malformed"},
		"nothing":                                  {in: nil, code: "image.malformed"},
		"a picture over the limit":                 {in: append(bytes.Clone(p), make([]byte, limits.ImageBytes)...), code: "limits.size"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := baking.ExtractPNG(c.in)
			if code(err) != c.code || string(got) != c.want {
				t.Errorf("got %.60q, %v; want %.60q, %q", got, err, c.want, c.code)
			}
		})
	}
}

func TestExtractSVGNamesWhatItFinds(t *testing.T) {
	svg := func(inner string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="` + ns + `">` + inner + `<path d="M0 0"/></svg>`)
	}
	verify := func(v string) string { return `<openbadges:credential verify="` + v + `"></openbadges:credential>` }
	clr := func(v string) string {
		return `<c:credential xmlns:c="https://purl.imsglobal.org/clr/v2p0" verify="` + v + `"/>`
	}
	cdata := `<openbadges:credential><![CDATA[{"id":"urn:x"}]]></openbadges:credential>`
	for name, c := range map[string]struct {
		in   []byte
		want string
		code string
	}{
		"a JWS as attribute":               {in: svg(verify(jws)), want: jws},
		"JSON as CDATA":                    {in: svg(cdata), want: `{"id":"urn:x"}`},
		"JSON as escaped text":             {in: svg(`<openbadges:credential>{"a":"&lt;"}</openbadges:credential>`), want: `{"a":"<"}`},
		"another prefix":                   {in: svg(`<b:credential xmlns:b="` + ns + `" verify="` + jws + `"/>`), want: jws},
		"no prefix":                        {in: svg(`<credential xmlns="` + ns + `" verify="` + jws + `"/>`), want: jws},
		"attribute and text alike":         {in: svg(`<openbadges:credential verify="` + jws + `">` + jws + `</openbadges:credential>`), want: jws},
		"a DOCTYPE without declarations":   {in: append([]byte("<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://x.example/svg11.dtd\">"), svg(verify(jws))...), want: jws},
		"the right prefix, another space":  {in: []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="urn:x">` + verify(jws) + `</svg>`), code: "image.no_credential"},
		"an attribute of another space":    {in: svg(`<openbadges:credential openbadges:verify="` + jws + `"/>`), code: "image.no_credential"},
		"no credential":                    {in: svg(""), code: "image.no_credential"},
		"a credential in a comment":        {in: svg("<!--" + verify(jws) + "-->"), code: "image.no_credential"},
		"B06 attribute and text differ":    {in: svg(`<openbadges:credential verify="` + jws + `"><![CDATA[{"id":"urn:x"}]]></openbadges:credential>`), code: "image.multiple_credentials"},
		"B06 two elements":                 {in: svg(verify(jws) + cdata), code: "image.multiple_credentials"},
		"B06 the second one deeper":        {in: svg(verify(jws) + "<g>" + verify(jws2) + "</g>"), code: "image.multiple_credentials"},
		"B06 the attribute twice":          {in: svg(`<openbadges:credential verify="` + jws + `" verify="` + jws2 + `"/>`), code: "image.multiple_credentials"},
		"one inside another":               {in: svg(`<openbadges:credential>` + verify(jws) + `</openbadges:credential>`), code: "image.malformed"},
		"B05 entities in the DOCTYPE":      {in: append([]byte(`<!DOCTYPE svg [<!ENTITY a "x">]>`), svg(verify(jws))...), code: "image.entities"},
		"B05 an entity that is used":       {in: svg(`<text>&a;</text>` + verify(jws)), code: "image.entities"},
		"a DOCTYPE inside":                 {in: svg(`<!DOCTYPE svg>` + verify(jws)), code: "image.entities"},
		"a learner record":                 {in: svg(clr(jws)), want: jws},
		"a badge and a learner record":     {in: svg(verify(jws) + clr(jws2)), code: "image.multiple_credentials"},
		"a learner record and a badge":     {in: svg("<g>" + clr(jws) + "</g>" + verify(jws)), code: "image.multiple_credentials"},
		"two learner records":              {in: svg(clr(jws) + clr(jws2)), code: "image.multiple_credentials"},
		"a record of another name space":   {in: svg(strings.Replace(clr(jws), "v2p0", "v2p1", 1)), code: "image.no_credential"},
		"an Open Badges 2.0 assertion":     {in: svg(`<o:assertion xmlns:o="http://openbadges.org" verify="` + jws + `"/>`), code: "image.ob2_assertion"},
		"an end without a start":           {in: svg("</g>"), code: "image.malformed"},
		"a root that is no svg":            {in: []byte(`<html xmlns="http://www.w3.org/1999/xhtml">` + verify(jws) + `</html>`), code: "image.malformed"},
		"a root in no name space":          {in: []byte(`<svg/>`), code: "image.malformed"},
		"two roots":                        {in: append(svg(""), svg(verify(jws))...), code: "image.malformed"},
		"text after the root":              {in: append(svg(verify(jws)), "PK"...), code: "image.malformed"},
		"nothing":                          {in: nil, code: "image.malformed"},
		"nested too deep":                  {in: svg(strings.Repeat("<g>", 200) + strings.Repeat("</g>", 200)), code: "image.malformed"},
		"an encoding that is not UTF-8":    {in: append([]byte(`<?xml version="1.0" encoding="utf-16"?>`), svg(verify(jws))...), code: "image.malformed"},
		"a credential over the limit":      {in: svg(verify(strings.Repeat("a", limits.CredentialBytes+1))), code: "limits.size"},
		"a picture over the limit":         {in: append(svg(""), bytes.Repeat([]byte(" "), limits.ImageBytes)...), code: "limits.size"},
		"an attribute that is blank alone": {in: svg(verify(" ")), code: "image.no_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := baking.ExtractSVG(c.in)
			if code(err) != c.code || string(got) != c.want {
				t.Errorf("got %.60q, %v; want %.60q, %q", got, err, c.want, c.code)
			}
		})
	}
}

func TestBakeRefusesWhatNoPictureCarriesBackUnchanged(t *testing.T) {
	p, s := plainPNG(t), []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
	for name, c := range map[string]struct {
		in   string
		kind fault.Kind
	}{
		"nothing":              {"", fault.Invalid},
		"a link":               {"https://a.example/c/1", fault.Invalid},
		"a JWE":                {"a.b.c.d.e", fault.Invalid},
		"a JWS with a space":   {jws + " ", fault.Invalid},
		"a JWS with a quote":   {`a.b"/>.c`, fault.Invalid},
		"JSON with a raw NUL":  {"{\x00}", fault.Invalid},
		"JSON of broken UTF-8": {"{\xc3}", fault.Invalid},
		"JSON with U+FFFE":     {"{\"\ufffe\"}", fault.Invalid},
		"a whole library":      {"{" + strings.Repeat(" ", limits.CredentialBytes) + "}", fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := baking.BakePNG(p, []byte(c.in)); !fault.Is(err, c.kind) {
				t.Errorf("PNG: %v", err)
			}
			if _, err := baking.BakeSVG(s, []byte(c.in)); !fault.Is(err, c.kind) {
				t.Errorf("SVG: %v", err)
			}
		})
	}
	if _, err := baking.BakePNG(s, []byte(jws)); code(err) != "image.malformed" {
		t.Errorf("BakePNG of an SVG: %v", err)
	}
	if _, err := baking.BakeSVG(p, []byte(jws)); code(err) != "image.malformed" {
		t.Errorf("BakeSVG of a PNG: %v", err)
	}
}

// credentials are what people bake, with the characters that pictures find hard.
func credentials() []string {
	return []string{jws, doc, "{}", " \r\n\t{\"a\":\r\n1}\r", `{"a":"]]>]]]]>>"}`, `{"a":"</openbadges:credential>"}`, "{\"\U0001F393\":\"\u2028\"}"}
}

func TestABakedPNGGivesTheSameBytesAndTheSamePixels(t *testing.T) {
	p := plainPNG(t)
	before, _ := png.Decode(bytes.NewReader(p))
	baked := beforeEnd(p, itxt("openbadgecredential", jws2), part("tEXt", "openbadgecredential\x00old"), itxt("openbadgecredential", "third"))
	for _, in := range credentials() {
		var err error
		if baked, err = baking.BakePNG(append(baked, "PK trailing"...), []byte(in)); err != nil {
			t.Fatal(err)
		}
		got, err := baking.ExtractPNG(baked)
		if err != nil || string(got) != in {
			t.Errorf("got %q, %v; want %q", got, err, in)
		}
		after, err := png.Decode(bytes.NewReader(baked))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("pixels changed: %s", diff)
		}
		if n := bytes.Count(baked, []byte("openbadgecredential")); n != 1 {
			t.Errorf("%d chunks after baking again", n)
		}
		if n, err := baking.Trailing(baked); n != 0 || err != nil {
			t.Errorf("%d bytes follow the picture, %v", n, err)
		}
	}
}

func TestABakedSVGGivesTheSameBytes(t *testing.T) {
	for name, plain := range map[string]string{
		"a usual one":                   `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`,
		"an empty one":                  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1" />`,
		"a root with a prefix":          `<s:svg xmlns:s="http://www.w3.org/2000/svg"/>`,
		"the prefix in use":             `<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org"><openbadges:assertion verify="x"/></svg>`,
		"the prefix declared already":   `<svg xmlns:openbadges="` + ns + `" xmlns="http://www.w3.org/2000/svg"><g/></svg>`,
		"one that is baked":             `<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="` + ns + `"><g/><o:credential verify="a.b.c"/>` + "\n" + `</svg>`,
		"one that is baked twice":       `<svg xmlns="http://www.w3.org/2000/svg"><credential xmlns="` + ns + `">{}</credential><g><credential xmlns="` + ns + `">{ }</credential></g></svg>`,
		"a greater-than in the tag":     `<svg aria-label="a>b" xmlns="http://www.w3.org/2000/svg"><g/></svg>`,
		"a comment before, a PI behind": `<!-- x --><svg xmlns="http://www.w3.org/2000/svg"><g/></svg><?end?>`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range credentials() {
				baked, err := baking.BakeSVG([]byte(plain), []byte(in))
				if err != nil {
					t.Fatal(err)
				}
				got, err := baking.ExtractSVG(baked)
				if err != nil || string(got) != in {
					t.Errorf("got %q, %v; want %q\n%s", got, err, in, baked)
				}
				again, err := baking.BakeSVG(baked, []byte(in))
				if err != nil || !bytes.Equal(again, baked) {
					t.Errorf("baking again changed the picture: %v\n%s\n%s", err, baked, again)
				}
			}
		})
	}
}

// TestKinds: a record goes to its own place and takes the place of a badge that stood there, and the other way round.
func TestKinds(t *testing.T) {
	p, s := plainPNG(t), []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:clr="urn:x"><g/></svg>`)
	for i, k := range []baking.Kind{baking.Record, baking.Badge, baking.Record} {
		for _, in := range credentials() {
			var err error
			if p, err = k.BakePNG(p, []byte(in)); err != nil {
				t.Fatal(err)
			}
			if got, err := baking.ExtractPNG(p); err != nil || string(got) != in {
				t.Errorf("%d: got %q, %v; want %q", i, got, err, in)
			}
			record := bytes.Contains(p, []byte("iTXtclrcredential\x00"))
			badge := bytes.Contains(p, []byte("iTXtopenbadgecredential\x00"))
			if record != (k == baking.Record) || badge == record {
				t.Errorf("%d: record %v, badge %v in the PNG", i, record, badge)
			}
			if s, err = k.BakeSVG(s, []byte(in)); err != nil {
				t.Fatal(err)
			}
			if got, err := baking.ExtractSVG(s); err != nil || string(got) != in {
				t.Errorf("%d: got %q, %v; want %q\n%s", i, got, err, in, s)
			}
			if record = bytes.Contains(s, []byte(`<clr:credential xmlns:clr="https://purl.imsglobal.org/clr/v2p0"`)); record != (k == baking.Record) {
				t.Errorf("%d: record %v in the SVG\n%s", i, record, s)
			}
		}
	}
}

func TestOfficialSamplesExtract(t *testing.T) {
	dir := corpus.Folder(t, "1edtech", "ob30")
	seen := 0
	for _, ext := range []string{"png", "svg"} {
		for kind, first := range map[string]string{"json": "{", "jwt": "ey", "jwt_v1": "ey"} {
			data, err := os.ReadFile(filepath.Join(dir, "simple-"+kind+"."+ext))
			if err != nil {
				t.Fatal(err)
			}
			extract := map[string]func([]byte) ([]byte, error){"png": baking.ExtractPNG, "svg": baking.ExtractSVG}[ext]
			got, err := extract(data)
			if err != nil || !strings.HasPrefix(strings.TrimSpace(string(got)), first) {
				t.Errorf("%s %s: %.40q, %v", kind, ext, got, err)
			}
			seen++
		}
	}
	if seen != 6 {
		t.Errorf("%d samples, want 6", seen)
	}
}

func FuzzExtractPNG(f *testing.F) {
	p := plainPNG(f)
	f.Add(p)
	f.Add(beforeEnd(p, itxt("openbadgecredential", jws)))
	f.Add(beforeEnd(p, itxt("clrcredential", jws)))
	f.Add(beforeEnd(p, itxt("openbadgecredential", doc), part("tEXt", "openbadges\x00x")))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := baking.ExtractPNG(in)
		if err == nil && !bytes.Contains(in, got) {
			t.Fatalf("%q does not stand in the file", got)
		}
		if baked, err := baking.BakePNG(in, []byte(jws)); err == nil {
			if got, err := baking.ExtractPNG(baked); err != nil || string(got) != jws {
				t.Fatalf("baked and lost: %q, %v", got, err)
			}
		}
	})
}

func FuzzExtractSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), doc)
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="`+ns+`"><o:credential verify="a.b.c"/></svg>`), "{\r}")
	f.Add([]byte(`<!DOCTYPE svg><s:svg xmlns:s="http://www.w3.org/2000/svg"><a>x</a></s:svg>`), jws)
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="http://openbadges.org"><o:assertion verify="a.b.c">{}</o:assertion></svg>`), jws)
	f.Fuzz(func(t *testing.T, in []byte, credential string) {
		_, _ = baking.ExtractSVG(in)
		_, _ = baking.AssertionSVG(in)
		baked, err := baking.BakeSVG(in, []byte(credential))
		if err != nil || len(baked) > limits.ImageBytes {
			return
		}
		got, err := baking.ExtractSVG(baked)
		if err != nil || string(got) != credential {
			t.Fatalf("baked and lost: %q, %v", got, err)
		}
	})
}

func ExampleBakeSVG() {
	picture := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>`)
	baked, err := baking.BakeSVG(picture, []byte("eyJh.eyJi.c2ln"))
	if err != nil {
		fmt.Println(err)
		return
	}
	credential, err := baking.ExtractSVG(baked)
	fmt.Println(string(credential), err)
	// Output: eyJh.eyJi.c2ln <nil>
}

// TestAssertion: what pictures of Open Badges 2.0 carry.
func TestAssertion(t *testing.T) {
	p := plainPNG(t)
	svg := func(inner string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="http://openbadges.org">` + inner + `</svg>`)
	}
	const link = "https://a.example/1"
	for name, c := range map[string]struct {
		in   []byte
		want string
		code string
	}{
		"a JWS in iTXt":                {in: beforeEnd(p, itxt("openbadges", jws)), want: jws},
		"a link in tEXt":               {in: beforeEnd(p, part("tEXt", "openbadges\x00"+link)), want: link},
		"JSON in iTXt":                 {in: beforeEnd(p, itxt("openbadges", doc)), want: doc},
		"two assertions":               {in: beforeEnd(p, itxt("openbadges", jws), part("tEXt", "openbadges\x00"+link)), code: "image.multiple_credentials"},
		"one in zTXt":                  {in: beforeEnd(p, part("zTXt", "openbadges\x00\x00x")), code: "image.compressed_credential"},
		"one that is compressed":       {in: beforeEnd(p, part("iTXt", "openbadges\x00\x01\x00\x00\x00x")), code: "image.compressed_credential"},
		"an empty one":                 {in: beforeEnd(p, itxt("openbadges", " ")), code: "image.no_credential"},
		"one over the limit":           {in: beforeEnd(p, itxt("openbadges", strings.Repeat("a", limits.CredentialBytes+1))), code: "limits.size"},
		"one in another keyword":       {in: beforeEnd(p, itxt("OpenBadges", jws)), code: "image.no_credential"},
		"a badge of today":             {in: beforeEnd(p, itxt("openbadgecredential", jws)), code: "image.no_credential"},
		"a PNG that stops":             {in: p[:len(p)-5], code: "image.malformed"},
		"SVG: a JWS in verify":         {in: svg(`<o:assertion verify="` + jws + `"/>`), want: jws},
		"SVG: a link in verify":        {in: svg(`<o:assertion verify="` + link + `"></o:assertion>`), want: link},
		"SVG: JSON beside its link":    {in: svg(`<o:assertion verify="` + link + `"><![CDATA[{"a":1}]]></o:assertion>`), want: `{"a":1}`},
		"SVG: a JWS beside words":      {in: svg(`<o:assertion verify="` + jws + `">A badge</o:assertion>`), want: jws},
		"SVG: two assertions":          {in: svg(`<o:assertion verify="` + jws + `"/><o:assertion verify="` + jws + `"/>`), code: "image.multiple_credentials"},
		"SVG: two attributes":          {in: svg(`<o:assertion verify="` + jws + `" verify="` + jws2 + `"/>`), code: "image.multiple_credentials"},
		"SVG: an empty one":            {in: svg(`<o:assertion/>`), code: "image.no_credential"},
		"SVG: none":                    {in: svg(``), code: "image.no_credential"},
		"SVG: an element inside":       {in: svg(`<o:assertion verify="` + jws + `"><g/></o:assertion>`), code: "image.malformed"},
		"SVG: in another name space":   {in: svg(`<p:assertion xmlns:p="https://openbadges.org" verify="` + jws + `"/>`), code: "image.no_credential"},
		"SVG: an element of that name": {in: svg(`<o:credential verify="` + jws + `"/>`), code: "image.no_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			extract := baking.AssertionPNG
			if !baking.IsPNG(c.in) {
				extract = baking.AssertionSVG
			}
			got, err := extract(c.in)
			if code(err) != c.code || string(got) != c.want {
				t.Errorf("got %.60q, %v; want %.60q, %q", got, err, c.want, c.code)
			}
		})
	}
}
