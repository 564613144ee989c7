package picture_test

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/picture"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10">`

func plainPNG(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 8, 5))
	for i := range img.Pix {
		img.Pix[i] = byte(255 - i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withChunk puts a chunk behind the header of a PNG.
func withChunk(p []byte, kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	return append(append(bytes.Clone(p[:33]), b...), p[33:]...)
}

// resized changes width and height in the header alone.
func resized(p []byte, w, h uint32) []byte {
	p = bytes.Clone(p)
	binary.BigEndian.PutUint32(p[16:], w)
	binary.BigEndian.PutUint32(p[20:], h)
	binary.BigEndian.PutUint32(p[29:], crc32.ChecksumIEEE(p[12:29]))
	return p
}

func TestCheckTellsPicturesByTheirBytes(t *testing.T) {
	p := plainPNG(t)
	broken := bytes.Clone(p)
	broken[40]++
	for name, c := range map[string]struct {
		in   string
		kind string
		w, h int
		fail fault.Kind
		code string
	}{
		"a PNG":                             {in: string(p), kind: "png", w: 8, h: 5},
		"an SVG with a viewBox":             {in: head + `</svg>`, kind: "svg", w: 20, h: 10},
		"an SVG with a size":                {in: `<svg xmlns="http://www.w3.org/2000/svg" width="30px" height="12.5" viewBox="0 0 1 1"/>`, kind: "svg", w: 30, h: 13},
		"an SVG in percent with a viewBox":  {in: `<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" viewBox="0,0,7,9"/>`, kind: "svg", w: 7, h: 9},
		"an SVG with a byte order mark":     {in: "\ufeff <!-- x -->" + head + `</svg>`, kind: "svg", w: 20, h: 10},
		"an SVG without a size":             {in: `<svg xmlns="http://www.w3.org/2000/svg"/>`, fail: fault.Invalid, code: "image.size"},
		"B09 a web page":                    {in: `<!DOCTYPE html><html><svg></svg></html>`, fail: fault.Unsupported, code: "image.type"},
		"B09 a page of XHTML":               {in: `<html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>`, fail: fault.Unsupported, code: "image.type"},
		"B09 a ZIP":                         {in: "PK\x03\x04svg", fail: fault.Unsupported, code: "image.type"},
		"B09 a GIF":                         {in: "GIF89a", fail: fault.Unsupported, code: "image.type"},
		"B09 a PNG and a ZIP":               {in: string(p) + "PK\x03\x04", fail: fault.Unsupported, code: "image.type"},
		"B09 an SVG and a ZIP":              {in: head + "</svg>PK\x03\x04", fail: fault.Invalid, code: "image.malformed"},
		"an element of no name space":       {in: `<svg viewBox="0 0 1 1"/>`, fail: fault.Unsupported, code: "image.type"},
		"nothing":                           {in: "", fail: fault.Unsupported, code: "image.type"},
		"a comment alone":                   {in: "<!-- svg -->", fail: fault.Unsupported, code: "image.type"},
		"a broken PNG":                      {in: string(broken), fail: fault.Invalid, code: "image.malformed"},
		"a PNG of an odd colour type":       {in: string(withColour(p, 5)), fail: fault.Invalid, code: "image.malformed"},
		"a PNG of too many pixels":          {in: string(resized(p, 5001, 5000)), fail: fault.TooLarge, code: "limits.pixels"},
		"B05 an SVG with entities":          {in: `<!DOCTYPE svg [<!ENTITY a "aaaa">]>` + head + `<text>&a;</text></svg>`, fail: fault.Invalid, code: "image.malformed"},
		"an SVG that is cut off":            {in: head + `<g>`, fail: fault.Invalid, code: "image.malformed"},
		"an SVG that is nested too deeply":  {in: head + strings.Repeat("<g>", 200) + strings.Repeat("</g>", 200) + `</svg>`, fail: fault.Invalid, code: "image.malformed"},
		"an SVG of too many elements":       {in: head + strings.Repeat("<g/>", 100_001) + `</svg>`, fail: fault.Invalid, code: "image.malformed"},
		"an SVG inside a script, cut off":   {in: head + `<script><g></script></svg>`, fail: fault.Invalid, code: "image.malformed"},
		"a picture over the limit in bytes": {in: string(p) + strings.Repeat(" ", limits.ImageBytes), fail: fault.TooLarge, code: "limits.size"},
	} {
		t.Run(name, func(t *testing.T) {
			kind, w, h, err := picture.Check([]byte(c.in))
			if err == nil && (kind != c.kind || w != c.w || h != c.h) {
				t.Errorf("got %s of %d by %d", kind, w, h)
			}
			if got := fault.Describe(err); err != nil && (got.Kind != c.fail || got.Code != c.code) || (err == nil) != (c.code == "") {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if _, _, again := picture.Sanitise([]byte(c.in)); c.code != "" && fault.Describe(again).Code != c.code {
				t.Errorf("Sanitise says %v, want %q", again, c.code)
			}
		})
	}
}

func withColour(p []byte, kind byte) []byte {
	p = bytes.Clone(p)
	p[25] = kind
	return resized(p, 8, 5)
}

func TestSanitiseKeepsThePixelsOfAPNGAndNothingElse(t *testing.T) {
	p := plainPNG(t)
	dirty := withChunk(withChunk(p, "tEXt", "Comment\x00<script>"), "eXIf", "secret place")
	clean, kind, err := picture.Sanitise(dirty)
	if err != nil || kind != picture.PNG {
		t.Fatal(kind, err)
	}
	if bytes.Contains(clean, []byte("script")) || bytes.Contains(clean, []byte("secret")) {
		t.Error("a chunk was kept")
	}
	before, _ := png.Decode(bytes.NewReader(p))
	after, err := png.Decode(bytes.NewReader(clean))
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestSanitiseWritesAnSVGAnew(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"shapes stay":                       {`<path d="M0 0" fill="#f00"/><g opacity=".5"><circle r="1"/></g>`, `<path d="M0 0" fill="#f00"></path><g opacity=".5"><circle r="1"></circle></g>`},
		"text stays, escaped":               {`<text x="1">a &lt; <![CDATA[<b>]]></text>`, `<text x="1">a &lt; &lt;b&gt;</text>`},
		"text between shapes goes":          {`<g>hello</g>`, `<g></g>`},
		"a gradient stays":                  {`<linearGradient id="a"><stop offset="0"/></linearGradient><path fill="url(#a)"/>`, `<linearGradient id="a"><stop offset="0"></stop></linearGradient><path fill="url(#a)"></path>`},
		"use of the same picture stays":     {`<use xlink:href="#a"/><use href="#b"/>`, `<use href="#a"></use><use href="#b"></use>`},
		"a harmless style stays":            {`<style>.a{fill:#fff}</style><path class="a" style="stroke:url(#g)"/>`, `<style>.a{fill:#fff}</style><path class="a" style="stroke:url(#g)"></path>`},
		"B05 a script goes":                 {`<script>alert(1)</script><script href="x"/><path/>`, `<path></path>`},
		"B05 a script of another space":     {`<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>`, ``},
		"B05 onload goes":                   {`<path onload="alert(1)" ONCLICK="x" d="M0 0"/>`, `<path d="M0 0"></path>`},
		"B05 foreignObject goes, all of it": {`<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/><path/></foreignObject>`, ``},
		"B05 use of another file goes":      {`<use href="https://a.example/x.svg#a"/><use xlink:href="data:image/svg+xml,x"/>`, `<use></use><use></use>`},
		"B05 @import goes":                  {`<style>@import "https://a.example/a.css";</style><path style="a:b;@import 'x'"/>`, `<path></path>`},
		"B05 url() of another file goes":    {`<style>.a{fill:url(https://a.example/)}</style><path fill="url(//a.example)" style="fill:URL('x')"/>`, `<path></path>`},
		"B05 a word hidden by escapes goes": {`<path style="fill:u\72l(x)" fill="ur/**/l(x)"/>`, `<path></path>`},
		"B05 url( that does not end goes":   {`<path fill="url(#a"/>`, `<path></path>`},
		"an animation goes":                 {`<path><set attributeName="href" to="javascript:x"/><animate attributeName="d"/></path>`, `<path></path>`},
		"a link goes":                       {`<a href="javascript:alert(1)"><path/></a>`, ``},
		"a picture in the picture goes":     {`<image href="https://a.example/pixel.png"/>`, ``},
		"comments and instructions go":      {`<!-- x --><?x y?><path/>`, `<path></path>`},
		"a baked credential goes":           {`<o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0" verify="a.b.c"/>`, ``},
		"things of drawing programs go":     {`<i:x xmlns:i="urn:i"/><path xmlns:i="urn:i" i:label="x"/>`, `<path></path>`},
		"the second of two attributes goes": {`<use href="#a" xlink:href="#b"/>`, `<use href="#a"></use>`},
		"use that multiplies goes":          {`<g id="a"><use href="#b"/></g><defs><g><use href="#a"/></g></defs><g><use href="#a"/></g>`, `<g id="a"></g><defs><g></g></defs><g><use href="#a"></use></g>`},
		"a title stays":                     {`<title>a badge</title>`, `<title>a badge</title>`},
		"quotation marks stay inside":       {`<path aria-label="&quot;&gt;&lt;script>"/>`, `<path aria-label="&#34;&gt;&lt;script&gt;"></path>`},
	} {
		t.Run(name, func(t *testing.T) {
			got, kind, err := picture.Sanitise([]byte(`<?xml version="1.0"?><!DOCTYPE svg>` + head + c.in + `</svg>`))
			if err != nil || kind != picture.SVG {
				t.Fatal(kind, err)
			}
			want := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">` + c.want + `</svg>`
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzSanitise(f *testing.F) {
	f.Add(plainPNG(f))
	f.Add([]byte(head + `<g id="a"><path style="fill:url(#a)" onload="x"/></g><use href="#a"/><style>.a{}</style></svg>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		clean, kind, err := picture.Sanitise(in)
		if err != nil {
			return
		}
		again, same, err := picture.Sanitise(clean)
		if err != nil || same != kind || kind == picture.SVG && !bytes.Equal(again, clean) {
			t.Fatalf("cleaning %q again gives %q, %v", clean, again, err)
		}
		if kind == picture.SVG {
			innocent(t, clean)
		}
	})
}

// innocent fails when something can run or fetch.
func innocent(t *testing.T, svg []byte) {
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", svg, err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch strings.ToLower(start.Name.Local) {
		case "script", "foreignobject", "iframe", "image", "a", "set", "animate", "filter":
			t.Fatalf("%s is still there", start.Name.Local)
		}
		for _, a := range start.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") {
				t.Fatalf("%s=%q is still there", a.Name.Local, a.Value)
			}
		}
	}
}

func TestGenerateDrawsEveryShape(t *testing.T) {
	seen := map[string]bool{}
	for _, shape := range []picture.Shape{"", picture.Hexagon, picture.Shield, picture.Star} {
		d := picture.Design{Shape: shape, Background: "#1d4e89", Foreground: "#ffffff", Letters: "ok1"}
		svg, err := picture.Generate(d)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := picture.Generate(d); !bytes.Equal(svg, again) || seen[string(svg)] {
			t.Errorf("%s: not the same twice, or the same as another shape", shape)
		}
		seen[string(svg)] = true
		if kind, w, h, err := picture.Check(svg); kind != picture.SVG || w != picture.Side || h != picture.Side || err != nil {
			t.Errorf("%s: %s of %d by %d, %v", shape, kind, w, h, err)
		}
		data, err := picture.GeneratePNG(d)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, a := img.At(0, 0).RGBA(); a != 0 {
			t.Errorf("%s: the corner is not transparent", shape)
		}
		if got := color.NRGBAModel.Convert(img.At(256, 110)); got != (color.NRGBA{R: 0x1d, G: 0x4e, B: 0x89, A: 255}) {
			t.Errorf("%s: the face is %v", shape, got)
		}
	}
}

func TestGenerateRefusesWhatItCannotDraw(t *testing.T) {
	for name, d := range map[string]picture.Design{
		"a shape that is not known":  {Shape: "heart"},
		"a colour by name":           {Background: "red"},
		"a colour that is no number": {Foreground: "#12345g"},
		"a colour with a quote":      {Foreground: `#"/><a`},
		"four letters":               {Letters: "ABCD"},
		"letters that are not known": {Letters: "é"},
		"markup":                     {Letters: "<a>"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errSVG := picture.Generate(d)
			_, errPNG := picture.GeneratePNG(d)
			for _, err := range []error{errSVG, errPNG} {
				if got := fault.Describe(err); got.Kind != fault.Invalid || got.Code != "picture.design" {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	if _, err := picture.GeneratePNG(picture.Design{}); err != nil {
		t.Errorf("the zero Design: %v", err)
	}
}

func TestLettersCanAlwaysBeRead(t *testing.T) {
	for _, c := range [][3]string{
		{"#1d4e89", "#ffffff", "#ffffff"},
		{"#1d4e89", "#2060a0", "#ffffff"}, // too near: white
		{"#f2c14e", "#ffffff", "#000000"}, // white would be too near: black
		{"#777777", "#777777", "#000000"},
		{"#f2c14e", "#4a1d3a", "#4a1d3a"},
	} {
		svg, err := picture.Generate(picture.Design{Background: c[0], Foreground: c[1], Letters: "A"})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(svg, []byte(`stroke="`+c[2]+`" stroke-width="20"`)) {
			t.Errorf("letters on %s with %s: not %s", c[0], c[1], c[2])
		}
	}
}

func TestDesignForIsTheSameForTheSameName(t *testing.T) {
	designs := map[picture.Design]bool{}
	for _, name := range []string{"Digital Teaching Foundations", "Accessible content", "شارة", "", "a b c d", "First Aid"} {
		d := picture.DesignFor(name)
		if d != picture.DesignFor(name) {
			t.Errorf("%q: two designs", name)
		}
		if _, err := picture.Generate(d); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		designs[d] = true
	}
	if got := picture.DesignFor("Digital teaching, 2 foundations").Letters; got != "DT2" || len(designs) < 5 {
		t.Errorf("letters %q; %d designs for six names", got, len(designs))
	}
}

func BenchmarkGenerate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := picture.Generate(picture.Design{Letters: "ABC"}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleSanitise() {
	clean, kind, err := picture.Sanitise([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><script>alert(1)</script><circle r="1"/></svg>`))
	fmt.Println(string(clean), kind, err)
	// Output: <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><circle r="1"></circle></svg> svg <nil>
}
