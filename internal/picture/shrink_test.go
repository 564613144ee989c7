package picture_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/picture"
)

// scene is a picture of many colours, as a camera makes it: soft forms with grain. alpha says what lies outside of a disc.
func scene(t *testing.T, side int, outside uint8) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	seed := uint32(1)
	for y := range side {
		for x := range side {
			seed = seed*1664525 + 1013904223
			u, v := float64(x)/float64(side), float64(y)/float64(side)
			c := color.NRGBA{uint8(127 + 100*math.Sin(5*u+2*v)), uint8(127 + 100*math.Cos(3*v)), uint8(200 * u), 255}
			c.R += uint8(seed >> 28)
			if math.Hypot(u-.5, v-.5) > .5 {
				c.A = outside
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPagesShowALightPicture(t *testing.T) {
	drawn, err := picture.Generate(picture.Design{Letters: "A"})
	if err != nil {
		t.Fatal(err)
	}
	heavy := []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0H20V10z` + strings.Repeat(" ", limits.ShownBytes) + `"/></svg>`)
	letters := bytes.Replace(heavy, []byte(`<path`), []byte(`<text>A</text><path`), 1)
	for name, c := range map[string]struct {
		in    []byte
		media string
		same  bool
	}{
		"a light drawing stays":                      {drawn, "image/svg+xml", true},
		"a light PNG stays":                          {plainPNG(t), "image/png", true},
		"a photograph becomes a JPEG":                {scene(t, 520, 255), "image/jpeg", false},
		"one with something transparent stays a PNG": {scene(t, 520, 0), "image/png", false},
		"a heavy drawing becomes pixels":             {heavy, "image/png", false},
		"one that cannot be drawn stays":             {letters, "image/svg+xml", true},
	} {
		t.Run(name, func(t *testing.T) {
			body, media := picture.Shown(c.in)
			if media != c.media || bytes.Equal(body, c.in) != c.same || !c.same && len(body) > limits.ShownBytes {
				t.Fatalf("%s of %d bytes from %d", media, len(body), len(c.in))
			}
			if media == "image/svg+xml" {
				return
			}
			img, _, err := image.Decode(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if b := img.Bounds(); max(b.Dx(), b.Dy()) > limits.ShownSide {
				t.Errorf("%v", b)
			}
		})
	}
}

// What a page shows is the picture: colours lie near those of the original, and what was transparent is.
func TestALightPictureIsTheSamePicture(t *testing.T) {
	for name, outside := range map[string]uint8{"opaque": 255, "transparent": 0} {
		in := scene(t, 520, outside)
		body, _ := picture.Shown(in)
		decode := png.Decode
		if outside == 255 {
			decode = jpeg.Decode
		}
		small, err := decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(name, err)
		}
		large, err := png.Decode(bytes.NewReader(in))
		if err != nil {
			t.Fatal(name, err)
		}
		side := small.Bounds().Dx()
		for i := 1; i < 8; i++ {
			a := color.NRGBAModel.Convert(small.At(i*side/8, side/2)).(color.NRGBA)
			b := color.NRGBAModel.Convert(large.At(i*65, 260)).(color.NRGBA)
			for _, d := range [...]int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
				if max(d, -d) > 30 {
					t.Errorf("%s, place %d: %v, was %v", name, i, a, b)
					break
				}
			}
		}
		if _, _, _, a := small.At(0, 0).RGBA(); a>>8 != uint32(outside) {
			t.Errorf("%s: the corner has alpha %d", name, a>>8)
		}
	}
}

func TestPixelsAreAsFewAsAskedFor(t *testing.T) {
	for name, in := range map[string][]byte{"a PNG": scene(t, 300, 0), "a drawing": []byte(head + `</svg>`)} {
		img, err := picture.Pixels(in, 100)
		if err != nil || img.Bounds().Dx() != 100 {
			t.Errorf("%s: %v %v", name, img.Bounds(), err)
		}
	}
	if img, err := picture.Pixels(plainPNG(t), 100); err != nil || img.Bounds().Dx() != 8 {
		t.Errorf("a small one: %v", err)
	}
	if _, err := picture.Pixels([]byte("no picture"), 100); err == nil {
		t.Error("nothing was drawn")
	}
}
