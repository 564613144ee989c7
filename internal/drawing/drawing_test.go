package drawing_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/drawing"
	"github.com/openlaurel/laurel/internal/fault"
)

// open is the beginning of a picture of 20 by 20 units, each of which is a pixel in the tests.
const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">`

func render(t *testing.T, body string) *image.NRGBA {
	t.Helper()
	img, err := drawing.Render([]byte(open+body+`</svg>`), 20)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return img
}

func TestShapesHaveTheirColoursWhereTheyAre(t *testing.T) {
	red, blue, none := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{}
	type probe struct {
		x, y int
		want color.NRGBA
	}
	for name, c := range map[string]struct {
		body   string
		probes []probe
	}{
		"a rectangle":                     {`<rect x="5" y="5" width="10" height="10" fill="red"/>`, []probe{{5, 5, red}, {14, 14, red}, {4, 5, none}, {15, 15, none}}},
		"half a pixel is half covered":    {`<rect x="5.5" y="5" width="5" height="5" fill="#f00"/>`, []probe{{5, 6, color.NRGBA{255, 0, 0, 128}}}},
		"a rectangle with round corners":  {`<rect width="20" height="20" rx="10" fill="red"/>`, []probe{{10, 10, red}, {0, 0, none}, {19, 19, none}}},
		"a circle":                        {`<circle cx="10" cy="10" r="8" fill="rgb(100% 0% 0%)"/>`, []probe{{10, 3, red}, {3, 3, none}}},
		"a polygon is closed":             {`<polygon points="0,0 20,0 0,20" fill="red"/>`, []probe{{2, 2, red}, {18, 18, none}}},
		"a path of relative commands":     {`<path d="m2 2h6v6h-6zm10 0 6,0v6h-6z" fill="red"/>`, []probe{{3, 3, red}, {13, 3, red}, {10, 3, none}}},
		"a curve bulges":                  {`<path d="M0 10C0-3 20-3 20 10z" fill="red"/>`, []probe{{10, 2, red}, {10, 12, none}}},
		"smooth commands mirror":          {`<path d="M0 10q5-20 10 0t10 0" fill="red"/>`, []probe{{5, 5, red}, {15, 15, red}, {15, 5, none}}},
		"an arc with flags run together":  {`<path d="M2 10a8 8 0 0116 0z" fill="red"/>`, []probe{{10, 4, red}, {10, 14, none}}},
		"nonzero fills what is in twice":  {`<path d="M0 0h20v20h-20zM5 5h10v10h-10z" fill="red"/>`, []probe{{10, 10, red}}},
		"evenodd does not":                {`<path fill-rule="evenodd" d="M0 0h20v20h-20zM5 5h10v10h-10z" fill="red"/>`, []probe{{10, 10, none}, {2, 2, red}}},
		"a stroke":                        {`<path d="M0 10H20" stroke="red" stroke-width="4"/>`, []probe{{3, 9, red}, {3, 13, none}}},
		"round ends stand out":            {`<path d="M10 10H15" stroke="red" stroke-width="8" stroke-linecap="round"/>`, []probe{{8, 10, red}, {5, 10, none}}},
		"dashes have gaps":                {`<path d="M0 10H20" stroke="red" stroke-width="4" stroke-dasharray="5"/>`, []probe{{2, 10, red}, {7, 10, none}, {12, 10, red}}},
		"a transformation":                {`<g transform="translate(10,10) rotate(90)"><rect width="5" height="2" fill="red"/></g>`, []probe{{9, 12, red}, {12, 11, none}}},
		"use at another place":            {`<defs><rect id="a" width="4" height="4" fill="red"/></defs><use href="#a" x="10" y="10"/>`, []probe{{11, 11, red}, {1, 1, none}}},
		"a symbol is cut off":             {`<symbol id="a" viewBox="0 0 2 2"><rect x="-9" width="20" height="9" fill="red"/></symbol><use href="#a" x="5" y="5" width="4" height="4"/>`, []probe{{6, 6, red}, {3, 6, none}, {10, 6, none}}},
		"a clip path":                     {`<clipPath id="a"><rect width="5" height="20"/></clipPath><rect width="20" height="20" fill="red" clip-path="url(#a)"/>`, []probe{{2, 2, red}, {8, 8, none}}},
		"a clip path of nothing hides":    {`<clipPath id="a"></clipPath><rect width="20" height="20" fill="red" clip-path="url(#a)"/>`, []probe{{2, 2, none}}},
		"a mask":                          {`<mask id="a"><rect width="5" height="20" fill="#fff"/></mask><rect width="20" height="20" fill="red" mask="url(#a)"/>`, []probe{{2, 2, red}, {8, 8, none}}},
		"the opacity of a group is one":   {`<g opacity=".5"><rect width="9" height="9" fill="red"/><rect width="9" height="9" fill="red"/></g>`, []probe{{2, 2, color.NRGBA{255, 0, 0, 128}}}},
		"a gradient":                      {`<linearGradient id="a"><stop stop-color="red"/><stop offset="1" stop-color="red" stop-opacity="0"/></linearGradient><rect width="20" height="20" fill="url(#a)"/>`, []probe{{0, 5, color.NRGBA{255, 0, 0, 249}}, {19, 5, color.NRGBA{255, 0, 0, 6}}}},
		"a gradient that is not there":    {`<rect width="20" height="20" fill="url(#a) blue"/>`, []probe{{5, 5, blue}}},
		"a rule by class":                 {`<style>.a,.b{fill:red}</style><rect class="x b" width="20" height="20" fill="blue"/>`, []probe{{5, 5, red}}},
		"an id weighs more than a class":  {`<style>#i{fill:red}.a{fill:blue}</style><rect class="a" id="i" width="20" height="20"/>`, []probe{{5, 5, red}}},
		"a style weighs more than a rule": {`<style>rect{fill:blue}</style><rect style="fill:red" width="20" height="20"/>`, []probe{{5, 5, red}}},
		"the current colour":              {`<g color="red"><rect width="20" height="20" fill="currentColor"/></g>`, []probe{{5, 5, red}}},
		"what is hidden":                  {`<rect width="9" height="9" display="none"/><g visibility="hidden"><rect width="20" height="20"/></g>`, []probe{{5, 5, none}}},
		"what is flat":                    {`<rect width="9" height="9" transform="scale(0)"/>`, []probe{{5, 5, none}}},
		"an empty text":                   {`<text> <tspan></tspan></text><rect width="9" height="9" fill="red"/>`, []probe{{5, 5, red}}},
		"the first of a switch":           {`<switch><rect width="9" height="9" fill="red"/><rect width="20" height="20" fill="blue"/></switch>`, []probe{{5, 5, red}, {15, 15, none}}},
	} {
		t.Run(name, func(t *testing.T) {
			img := render(t, c.body)
			for _, p := range c.probes {
				got := img.NRGBAAt(p.x, p.y)
				for _, d := range [...]int{int(got.R) - int(p.want.R), int(got.G) - int(p.want.G), int(got.B) - int(p.want.B), int(got.A) - int(p.want.A)} {
					if d < -2 || d > 2 {
						t.Errorf("at %d,%d: %v, want %v", p.x, p.y, got, p.want)
						break
					}
				}
			}
		})
	}
}

// The pictures beside the drawings were made by Chromium.
func TestDrawingsLookAsInABrowser(t *testing.T) {
	files, err := filepath.Glob("testdata/*.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("no drawings: %v", err)
	}
	for _, file := range files {
		svg, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := drawing.Render(svg, 256)
		if err != nil {
			t.Fatal(file, err)
		}
		picture, err := os.ReadFile(strings.TrimSuffix(file, "svg") + "png")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		if mean := difference(ours, theirs); mean > 0.75 {
			t.Errorf("%s: a channel differs by %.2f of 255 on average", file, mean)
		}
	}
}

// difference is how far the channels of two pictures lie apart on average, the first on white.
func difference(ours *image.NRGBA, theirs image.Image) float64 {
	sum, b := 0, ours.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := ours.NRGBAAt(x, y)
			on := func(v uint8) int { return (int(v)*int(c.A) + 255*(255-int(c.A))) / 255 }
			r, g, bl, _ := theirs.At(x, y).RGBA()
			for _, d := range [...]int{on(c.R) - int(r>>8), on(c.G) - int(g>>8), on(c.B) - int(bl>>8)} {
				sum += max(d, -d)
			}
		}
	}
	return float64(sum) / float64(3*b.Dx()*b.Dy())
}

func TestWhatWouldLookOtherwiseIsRefused(t *testing.T) {
	const shape = `<rect width="9" height="9"/>`
	for name, c := range map[string]struct{ body, code, says string }{
		"text":                             {`<text>A</text>`, drawing.CodeUnsupported, "text"},
		"text in a group in a use":         {`<defs><g id="a"><text><tspan>A</tspan></text></g></defs><use href="#a"/>`, drawing.CodeUnsupported, "text"},
		"text that clips":                  {`<clipPath id="a"><text>A</text></clipPath><g clip-path="url(#a)">` + shape + `</g>`, drawing.CodeUnsupported, "text"},
		"a pattern":                        {`<pattern id="a"/><rect width="9" height="9" fill="url(#a)"/>`, drawing.CodeUnsupported, "pattern"},
		"a marker":                         {`<path d="M0 0H9" marker-end="url(#a)"/>`, drawing.CodeUnsupported, "marker-end"},
		"a filter":                         {`<rect width="9" height="9" style="filter:url(#a)"/>`, drawing.CodeUnsupported, "filter"},
		"blending":                         {`<rect width="9" height="9" style="mix-blend-mode:multiply"/>`, drawing.CodeUnsupported, "mix-blend-mode"},
		"a width by style":                 {`<rect style="width:9px;height:9px"/>`, drawing.CodeUnsupported, "width"},
		"a rule for what is inside":        {`<style>g rect{fill:red}</style>` + shape, drawing.CodeUnsupported, "style rule"},
		"a rule that does not end":         {`<style>.a{fill:red</style>` + shape, drawing.CodeUnsupported, "style sheet"},
		"a colour that is not known":       {`<rect width="9" height="9" fill="reddish"/>`, drawing.CodeUnsupported, "reddish"},
		"a length of letters":              {`<rect width="9em" height="9"/>`, drawing.CodeUnsupported, "length"},
		"a transformation of another kind": {`<g transform="perspective(3)">` + shape + `</g>`, drawing.CodeUnsupported, "transformation"},
		"a path that ends early":           {`<path d="M0 0L9"/>`, "image.malformed", "path"},
		"a path that begins with a line":   {`<path d="L9 9"/>`, "image.malformed", "path"},
		"a path of words":                  {`<path d="M0 0 to 9"/>`, "image.malformed", "path"},
		"a part that shows itself":         {`<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>`, drawing.CodeUnsupported, "itself"},
		"a clip path that clips itself":    {`<clipPath id="a" clip-path="url(#a)">` + shape + `</clipPath><g clip-path="url(#a)">` + shape + `</g>`, drawing.CodeUnsupported, "itself"},
		"groups of groups of opacities":    {strings.Repeat(`<g opacity=".9">`, 9) + shape + strings.Repeat(`</g>`, 9), "limits.drawing", "many"},
		"very many shapes":                 {strings.Repeat(`<rect width="20" height="20"/>`, 60_000), "limits.drawing", "many"},
		"very many dashes":                 {`<path d="M0 0H1e8" stroke="red" stroke-dasharray=".01"/>`, "limits.drawing", "many"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := drawing.Render([]byte(open+c.body+`</svg>`), 20)
			if got := fault.Describe(err); got.Code != c.code || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%v, want %s and %q", err, c.code, c.says)
			}
		})
	}
}

func TestThePictureIsAsLargeAsItsLongerSide(t *testing.T) {
	for name, c := range map[string]struct {
		root string
		w, h int
	}{
		"by width and height":        {`width="40" height="20"`, 64, 32},
		"by the viewBox":             {`viewBox="0 0 10 40"`, 16, 64},
		"by millimetres":             {`width="20mm" height="40mm" viewBox="0 0 1 1"`, 32, 64},
		"a line has one pixel":       {`viewBox="0 0 9999 1"`, 64, 1},
		"percentages say nothing":    {`width="100%" height="100%" viewBox="0 0 2 1"`, 64, 32},
		"not at all":                 {``, 0, 0},
		"a viewBox without a height": {`viewBox="0 0 9 0"`, 0, 0},
	} {
		img, err := drawing.Render([]byte(`<svg xmlns="http://www.w3.org/2000/svg" `+c.root+`></svg>`), 64)
		if c.w == 0 {
			if fault.Describe(err).Code != "image.size" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || img.Bounds().Dx() != c.w || img.Bounds().Dy() != c.h {
			t.Errorf("%s: %v, %v", name, err, img.Bounds())
		}
	}
}

// Whatever is drawn, it ends within the bounds, with a picture of the size asked for or a fault of the request.
func FuzzRender(f *testing.F) {
	for _, file := range []string{"gradients", "clips", "lines"} {
		svg, err := os.ReadFile("testdata/" + file + ".svg")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(svg)
	}
	f.Fuzz(func(t *testing.T, svg []byte) {
		if len(svg) > 1<<16 {
			return
		}
		img, err := drawing.Render(svg, 32)
		if err != nil {
			if k := fault.Describe(err).Kind; k == fault.Internal {
				t.Fatalf("%q: %v", svg, err)
			}
			return
		}
		if b := img.Bounds(); max(b.Dx(), b.Dy()) != 32 {
			t.Fatalf("%q: %v", svg, b)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	svg, err := os.ReadFile("testdata/lines.svg")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := drawing.Render(svg, 512); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleRender() {
	img, err := drawing.Render([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path fill="#1d4e89" d="M0 0h1v1H0z"/></svg>`), 64)
	fmt.Println(img.Bounds(), img.NRGBAAt(9, 9), img.NRGBAAt(40, 9), err)
	// Output: (0,0)-(64,32) {29 78 137 255} {0 0 0 0} <nil>
}
