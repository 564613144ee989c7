package picture_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

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

// What is not made of straight lines stays a drawing, and nothing breaks on what is no drawing of ours.
func TestOtherDrawingsAreNotConverted(t *testing.T) {
	const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">`
	good := open + `<path fill="#ffffff" d="M1 1L9 1L9 9Z"/></svg>`
	if _, ok := picture.Convert([]byte(good), picture.PNG); !ok {
		t.Error("the accepted twin is not converted")
	}
	for _, twin := range []struct{ was, is string }{
		{`M1 1`, `M1 1C1 1 2 2 3 3`}, {`M1 1`, `m1 1`}, {`L9 1`, `H9`}, {`M1 1`, `M1 NaN`}, {`M1 1`, `M1 1e9`}, {`M1 1`, ``}, {`Z"`, `Z9"`},
		{`#ffffff`, `red`}, {`#ffffff`, `url(#a)`}, {`512 512`, `100 100`}, {`<path`, `<circle`}, {`<path`, `<path transform="scale(2)"`},
		{`<path`, `<path stroke="#000000" stroke-width="2"`}, {`</svg>`, `<text>x</text></svg>`}, {good, open + `</svg>`}, {good, ``}, {good, `{}`},
		{`fill="#ffffff"`, `fill="none" stroke="#000000" stroke-width="0"`}, {`fill="#ffffff"`, `fill="none" stroke="#000000" stroke-width="1"`},
	} {
		text := strings.Replace(good, twin.was, twin.is, 1)
		if text == good {
			t.Fatalf("%q is not in it", twin.was)
		}
		if _, ok := picture.Convert([]byte(text), picture.PNG); ok {
			t.Errorf("converted: %s", text)
		}
	}
	for kind, same := range map[string][]byte{picture.PNG: plainPNG(t), picture.SVG: []byte(good)} {
		if _, ok := picture.Convert(same, kind); ok {
			t.Errorf("%s to itself", kind)
		}
	}
}
