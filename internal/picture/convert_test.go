package picture_test

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/openlaurel/laurel/internal/drawing"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/picture"
)

// A drawing of ours is the same picture as a PNG, also when somebody uploads it as their own.
func TestADrawingIsTheSamePictureAsPNG(t *testing.T) {
	for _, shape := range []picture.Shape{picture.Circle, picture.Hexagon, picture.Shield, picture.Star} {
		d := picture.Design{Shape: shape, Background: "#1b6b4b", Foreground: "#ffffff", Letters: "A11"}
		svg, err := picture.Generate(d)
		if err != nil {
			t.Fatal(err)
		}
		clean, _, err := picture.Sanitise(svg)
		if err != nil {
			t.Fatal(err)
		}
		direct, err := picture.GeneratePNG(d)
		if err != nil {
			t.Fatal(err)
		}
		for what, drawing := range map[string][]byte{"as drawn": svg, "cleaned": clean} {
			got, ok := picture.Convert(drawing, picture.PNG)
			if !ok {
				t.Fatalf("%s, %s: not converted", shape, what)
			}
			if far := farthest(t, got, direct); far > 48 { // coordinates are rounded to a tenth of a pixel
				t.Errorf("%s, %s: a pixel differs by %d of 255", shape, what, far)
			}
		}
	}
}

// farthest is the largest difference of a channel between two pictures of one size.
func farthest(t *testing.T, a, b []byte) int {
	t.Helper()
	x, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	y, err := png.Decode(bytes.NewReader(b))
	if err != nil || x.Bounds() != y.Bounds() {
		t.Fatalf("%v, %v beside %v", err, x.Bounds(), y.Bounds())
	}
	far := 0
	for j := range x.Bounds().Dy() {
		for i := range x.Bounds().Dx() {
			r, g, b, _ := x.At(i, j).RGBA()
			u, v, w, _ := y.At(i, j).RGBA()
			for _, d := range []int{int(r) - int(u), int(g) - int(v), int(b) - int(w)} {
				far = max(far, d>>8, -d>>8)
			}
		}
	}
	return far
}

func TestAPNGAsDrawingHoldsThePNG(t *testing.T) {
	p := plainPNG(t)
	svg, ok := picture.Convert(p, picture.SVG)
	if !ok || !bytes.Contains(svg, []byte(`viewBox="0 0 8 5" width="8" height="5"`)) || !bytes.Contains(svg, []byte(`href="data:image/png;base64,`)) {
		t.Errorf("%v %s", ok, svg)
	}
}

// What cannot be drawn stays a drawing, and is not taken as the picture of an achievement.
func TestOnlyWhatCanBeDrawnIsTaken(t *testing.T) {
	const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">`
	for name, c := range map[string]struct{ body, code string }{
		"curves":             {`<path fill="#ffffff" d="M1 1C1 1 2 2 3 3a4 4 0 1 0 9 9z"/>`, ""},
		"nothing at all":     {``, ""},
		"letters":            {`<text>x</text>`, drawing.CodeUnsupported},
		"a pattern":          {`<pattern id="a"></pattern><rect width="9" height="9" fill="url(#a)"/>`, drawing.CodeUnsupported},
		"a path of no path":  {`<path d="M1 1L"/>`, "image.malformed"},
		"letters not shown":  {`<defs><text id="a">x</text></defs>`, ""},
		"a pattern not used": {`<pattern id="a"></pattern>`, ""},
	} {
		svg := []byte(open + c.body + `</svg>`)
		_, ok := picture.Convert(svg, picture.PNG)
		clean, kind, err := picture.Take(svg)
		if ok != (c.code == "") || fault.Describe(err).Code != c.code && c.code != "" || c.code == "" && (err != nil || kind != picture.SVG || len(clean) == 0) {
			t.Errorf("%s: converted %v, taken as %q: %v", name, ok, kind, err)
		}
	}
	if clean, kind, err := picture.Take(plainPNG(t)); err != nil || kind != picture.PNG || len(clean) == 0 {
		t.Errorf("a PNG: %q, %v", kind, err)
	}
	for kind, same := range map[string][]byte{picture.PNG: plainPNG(t), picture.SVG: []byte(open + `</svg>`), picture.PNG + " of nothing": nil} {
		if _, ok := picture.Convert(same, kind); ok {
			t.Errorf("%s to itself", kind)
		}
	}
}
