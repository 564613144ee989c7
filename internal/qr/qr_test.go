package qr_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/qr"
)

// link has 62 bytes, as the address of a badge page has.
const link = "https://badges.example.org/c/0123456789abcdef0123456789abcdef0"

func TestWhatIsDrawnSaysTheText(t *testing.T) {
	for name, text := range map[string]string{
		"a link":              link,
		"one letter":          "a",
		"digits":              "0123456789",
		"capitals":            "HTTPS://A.EXAMPLE/C/1",
		"signs of XML":        `https://a.example/?a=1&b="<x>'`,
		"a short credential":  "ey" + strings.Repeat("Jhb.", 200),
		"all that one holds":  strings.Repeat("x", qr.Capacity),
		"a space at each end": " a ",
	} {
		t.Run(name, func(t *testing.T) {
			data, err := qr.PNG(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := qr.Read(decodePNG(t, data)); got != text || err != nil {
				t.Errorf("PNG says %.60q, %v", got, err)
			}
			data, err = qr.SVG(text)
			if err != nil {
				t.Fatal(err)
			}
			s := parseSVG(t, data)
			if got, err := qr.Read(s.raster(t, 5)); got != text || err != nil {
				t.Errorf("SVG says %.60q, %v", got, err)
			}
			if s.title != text || s.caption != text || s.paths != 1 {
				t.Errorf("title %.60q, caption %.60q, %d paths", s.title, s.caption, s.paths)
			}
		})
	}
}

func TestNewRefusesWhatACodeCannotHold(t *testing.T) {
	for name, c := range map[string]struct{ in, code string }{
		"one byte too many": {strings.Repeat("x", qr.Capacity+1), "qr.too_long"},
		"nothing":           {"", "qr.text"},
		"a line feed":       {"a\nb", "qr.text"},
		"a letter of Greek": {"https://a.example/α", "qr.text"},
		"a DEL":             {"a\x7f", "qr.text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errPNG := qr.PNG(c.in)
			_, errSVG := qr.SVG(c.in)
			for _, err := range []error{errPNG, errSVG} {
				if p := fault.Describe(err); p.Kind != fault.Invalid || p.Code != c.code {
					t.Errorf("got %v, want %s", err, c.code)
				}
			}
		})
	}
}

func TestTheCodeHasItsQuietZoneAndFinders(t *testing.T) {
	c, err := qr.New(link)
	if err != nil {
		t.Fatal(err)
	}
	n := c.Size()
	for i := range n {
		for d := range 4 {
			for _, p := range [][2]int{{i, d}, {d, i}, {i, n - 1 - d}, {n - 1 - d, i}} {
				if c.Dark(p[0], p[1]) {
					t.Fatalf("module %v of the quiet zone is dark", p)
				}
			}
		}
	}
	if !c.Dark(4, 4) || c.Dark(5, 5) || !c.Dark(n-5, 4) || !c.Dark(4, n-5) || c.Dark(-1, 0) || c.Dark(0, n) {
		t.Error("the finder patterns are not where they belong")
	}
	if c.Text() != link || !strings.HasPrefix(c.Path(), "M4 4h7v1h-7z") {
		t.Errorf("text %q, path %.40s", c.Text(), c.Path())
	}
}

func TestThePNGHasOneBitAPixelAndACaption(t *testing.T) {
	c, err := qr.New(link)
	if err != nil {
		t.Fatal(err)
	}
	img, ok := decodePNG(t, c.PNG()).(*image.Paletted)
	if !ok || len(img.Palette) != 2 {
		t.Fatalf("%T", img)
	}
	side := 8 * c.Size()
	if img.Rect.Dx() != side || img.Rect.Dy() <= side {
		t.Errorf("%v for %d modules", img.Rect, c.Size())
	}
	if got := transcribe(t, img, side-16); got != link {
		t.Errorf("the caption reads %q", got)
	}
}

// transcribe reads the caption back: each cell is compared with the cells of a caption that holds the whole alphabet.
func transcribe(t *testing.T, img image.Image, top int) string {
	t.Helper()
	alphabet := map[string]byte{}
	for c := byte('!'); c <= '~'; c++ {
		one, err := qr.New(string(c))
		if err != nil {
			t.Fatal(err)
		}
		p := decodePNG(t, one.PNG())
		side := p.Bounds().Dx()
		shape := cell(p, (side-10)/2, side-16)
		if was, twice := alphabet[shape]; twice {
			t.Fatalf("%q looks like %q", c, was)
		}
		alphabet[shape] = c
	}
	var out []byte
	for y := top; y+20 <= img.Bounds().Dy(); y += 20 {
		left := 0
		for left < img.Bounds().Dx() && !inked(img, left, y) {
			left++
		}
		for x := left; x+12 <= img.Bounds().Dx(); x += 12 {
			for _, shift := range []int{0, 2, 4} { // a line may begin with a letter that leaves columns free
				if c, ok := alphabet[cell(img, x-shift, y)]; ok {
					out, x = append(out, c), x-shift
					break
				}
			}
		}
	}
	return string(out)
}

func inked(img image.Image, x, top int) bool {
	for y := range 16 {
		if dark(img, x, top+y) {
			return true
		}
	}
	return false
}

func cell(img image.Image, left, top int) string {
	var b strings.Builder
	for y := range 8 {
		for x := range 5 {
			fmt.Fprint(&b, map[bool]string{true: "#", false: "."}[dark(img, left+2*x, top+2*y)])
		}
	}
	return b.String()
}

func dark(img image.Image, x, y int) bool {
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 128 && image.Pt(x, y).In(img.Bounds())
}

func decodePNG(t testing.TB, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// drawing is what an SVG of ours consists of.
type drawing struct {
	size           int
	title, caption string
	path           string
	paths          int
}

func parseSVG(t *testing.T, data []byte) drawing {
	t.Helper()
	var s drawing
	dec := xml.NewDecoder(bytes.NewReader(data))
	in := ""
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			in = tok.Name.Local
			for _, a := range tok.Attr {
				switch a.Name.Local {
				case "d":
					s.path, s.paths = a.Value, s.paths+1
				case "viewBox":
					if _, err := fmt.Sscanf(a.Value, "0 0 %d", &s.size); err != nil {
						t.Fatal(err)
					}
				case "style", "href", "onload":
					t.Errorf("attribute %s", a.Name.Local)
				}
			}
		case xml.CharData:
			switch in {
			case "title":
				s.title += string(tok)
			case "tspan":
				s.caption += string(tok)
			}
		}
	}
}

// raster draws the path: it consists of runs "Mx yhNv1h-Nz".
func (s drawing) raster(t *testing.T, scale int) image.Image {
	t.Helper()
	img := white(s.size*scale, s.size*scale)
	for _, run := range strings.Split(strings.TrimSuffix(s.path, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h%d", &x, &y, &n, &back); err != nil || n != -back {
			t.Fatalf("run %q: %v", run, err)
		}
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+n)*scale; px++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	return img
}

func white(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	return img
}

func FuzzDraw(f *testing.F) {
	f.Add(link)
	f.Add("A1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := qr.New(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		got, err := qr.Read(decodePNG(t, c.PNG()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkPNG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qr.PNG(link); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qr.SVG(link); err != nil {
			b.Fatal(err)
		}
	}
}

func ExamplePNG() {
	data, err := qr.PNG("https://badges.example/c/1")
	if err != nil {
		fmt.Println(err)
		return
	}
	img, _ := png.Decode(bytes.NewReader(data))
	fmt.Println(qr.Read(img))
	// Output: https://badges.example/c/1 <nil>
}
