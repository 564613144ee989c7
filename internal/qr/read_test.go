package qr_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/qr"
)

func code(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

// scene draws the code for text into a picture of the world: scaled, turned about its middle, on a large sheet.
type scene struct {
	width, height int
	scale, angle  float64 // pixels to a module; degrees
	dark, light   uint8
}

func (s scene) draw(t testing.TB, text string) *image.Gray {
	t.Helper()
	c, err := qr.New(text)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, s.width, s.height))
	sin, cos := math.Sincos(s.angle * math.Pi / 180)
	for y := range s.height {
		for x := range s.width {
			sum := 0
			for _, d := range [][2]float64{{.25, .25}, {.75, .25}, {.25, .75}, {.75, .75}} {
				dx, dy := float64(x)+d[0]-float64(s.width)/2, float64(y)+d[1]-float64(s.height)/2
				mx := (dx*cos+dy*sin)/s.scale + float64(c.Size())/2
				my := (dy*cos-dx*sin)/s.scale + float64(c.Size())/2
				v := s.light
				if mx >= 0 && my >= 0 && c.Dark(int(mx), int(my)) {
					v = s.dark
				}
				sum += int(v)
			}
			img.Pix[y*img.Stride+x] = uint8(sum / 4)
		}
	}
	return img
}

func noisy(img *image.Gray, amount int) *image.Gray {
	r := rand.New(rand.NewPCG(1, 2))
	for i, v := range img.Pix {
		img.Pix[i] = uint8(min(255, max(0, int(v)+r.IntN(2*amount+1)-amount)))
	}
	return img
}

func throughJPEG(t testing.TB, img image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadFindsTheCodeInAPictureOfTheWorld(t *testing.T) {
	for name, c := range map[string]struct {
		scene   scene
		noise   int
		quality int
	}{
		"a screenshot":                     {scene: scene{400, 300, 4, 0, 0, 255}},
		"small: two pixels to a module":    {scene: scene{160, 160, 2, 0, 0, 255}},
		"not a whole number of pixels":     {scene: scene{300, 300, 3.7, 0, 0, 255}},
		"large: thirty pixels to a module": {scene: scene{1400, 1400, 30, 0, 0, 255}},
		"turned by five degrees":           {scene: scene{500, 500, 7, 5, 0, 255}},
		"turned by thirty degrees":         {scene: scene{600, 600, 7, 30, 0, 255}},
		"upside down":                      {scene: scene{500, 500, 7, 180, 0, 255}},
		"light on dark":                    {scene: scene{400, 400, 6, 0, 250, 20}},
		"grey on grey":                     {scene: scene{400, 400, 6, 3, 90, 160}},
		"with noise":                       {scene: scene{500, 500, 8, 2, 20, 230}, noise: 90},
		"as a JPEG of low quality":         {scene: scene{400, 400, 5, 0, 0, 255}, quality: 20},
		"turned, noisy and as a JPEG":      {scene: scene{700, 700, 9, 7, 30, 220}, noise: 40, quality: 50},
		"a photograph of five megapixels":  {scene: scene{2600, 2000, 16, 12, 40, 210}, noise: 60},
		"far away in a photograph":         {scene: scene{2100, 1500, 5, 4, 40, 210}, noise: 10},
	} {
		t.Run(name, func(t *testing.T) {
			var img image.Image = noisy(c.scene.draw(t, link), c.noise)
			if c.quality > 0 {
				img = throughJPEG(t, img, c.quality)
			}
			if got, err := qr.Read(img); got != link || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestReadTakesEveryKindOfPicture(t *testing.T) {
	gray := scene{300, 300, 5, 0, 0, 255}.draw(t, link)
	clear := image.NewNRGBA(image.Rect(-50, 10, 250, 310)) // dark on transparent, and not at the origin
	for y := range 300 {
		for x := range 300 {
			if gray.GrayAt(x, y).Y < 128 {
				clear.Set(x-50, y+10, color.NRGBA{B: 120, A: 255})
			}
		}
	}
	palette := image.NewPaletted(gray.Rect, color.Palette{color.White, color.Black})
	draw.Draw(palette, palette.Rect, gray, image.Point{}, draw.Src)
	large := image.NewGray(image.Rect(0, 0, 900, 900))
	draw.Draw(large, large.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(large, gray.Rect.Add(image.Pt(300, 400)), gray, image.Point{}, draw.Src)
	coloured := image.NewNRGBA(large.Rect)
	draw.Draw(coloured, large.Rect, large, image.Point{}, draw.Src)
	for name, img := range map[string]image.Image{
		"grey": gray, "transparent": clear, "a palette": palette, "colour of JPEG": throughJPEG(t, palette, 90),
		"a part of another": large.SubImage(image.Rect(300, 400, 600, 700)),
		"a part of a JPEG":  throughJPEG(t, coloured, 90).(*image.YCbCr).SubImage(image.Rect(290, 390, 610, 710)),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := qr.Read(img); got != link || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestReadNamesWhyThereIsNoAnswer(t *testing.T) {
	beside := func(a, b string) image.Image {
		img := white(640, 320)
		draw.Draw(img, image.Rect(0, 0, 320, 320), scene{320, 320, 6, 0, 0, 255}.draw(t, a), image.Point{}, draw.Src)
		draw.Draw(img, image.Rect(320, 0, 640, 320), scene{320, 320, 6, 0, 0, 255}.draw(t, b), image.Point{}, draw.Src)
		return img
	}
	finders := white(600, 600) // the library alone would need hours for this one
	for y := range 600 {
		for x := range 600 {
			dx, dy := max(x%9-3, 3-x%9), max(y%9-3, 3-y%9)
			if ring := max(dx, dy); ring < 2 || ring == 3 {
				finders.SetGray(x, y, color.Gray{})
			}
		}
	}
	covered := scene{320, 320, 6, 0, 0, 255}.draw(t, link)
	draw.Draw(covered, image.Rect(60, 120, 260, 320), image.White, image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		img  image.Image
		code string
	}{
		"two codes that differ":  {beside("https://a.example/1", "https://b.example/2"), "image.multiple_qr"},
		"two codes that agree":   {beside("https://a.example/1", "https://a.example/1"), ""},
		"a white sheet":          {white(300, 300), "image.no_qr"},
		"noise":                  {noisy(white(300, 300), 255), "image.no_qr"},
		"nothing but finders":    {finders, "image.no_qr"},
		"a code mostly covered":  {covered, "image.no_qr"},
		"a picture of one pixel": {white(1, 1), "image.no_qr"},
		"a line":                 {white(5000, 1), "image.no_qr"},
		"no pixel at all":        {image.NewGray(image.Rectangle{}), "image.no_qr"},
		"too many pixels":        {image.NewUniform(color.White), "limits.pixels"},
		"a few pixels too many":  {bounds{image.Rect(0, 0, limits.ImagePixels/1000+1, 1000)}, "limits.pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := qr.Read(c.img); code(err) != c.code {
				t.Errorf("got %q, %v; want %q", got, err, c.code)
			}
		})
	}
}

// bounds is a picture that must not be looked at.
type bounds struct{ image.Rectangle }

func (b bounds) Bounds() image.Rectangle { return b.Rectangle }
func (bounds) ColorModel() color.Model   { return color.GrayModel }
func (bounds) At(int, int) color.Color   { panic("a pixel was looked at") }

func FuzzRead(f *testing.F) {
	f.Add(uint8(60), scene{60, 60, 2, 0, 0, 255}.draw(f, "a").Pix)
	f.Fuzz(func(t *testing.T, width uint8, pix []byte) {
		w := max(1, int(width))
		h := len(pix) / w
		got, err := qr.Read(&image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)})
		if (err == nil) != (got != "") {
			t.Fatalf("%q and %v", got, err)
		}
	})
}
