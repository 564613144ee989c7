package qr

import (
	"image"
	"image/draw"
	"slices"

	"github.com/makiuchi-d/gozxing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// sides are the sizes, as the longer side in pixels, in which a picture is looked at: the first is what screenshots and
// scans need, the smaller ones average the noise of photographs away, the larger one finds a small code in a large photograph.
// Together they bound the work on one picture, whatever its size.
func sides() []int { return []int{1000, 500, 2000, 250} }

// Read returns what the one QR code in the picture says, upright or turned, dark on light or light on dark. The error is a
// *fault.Defect: image.no_qr when none can be read, image.multiple_qr when several say different things, limits.pixels
// when the picture is too large to be looked at.
func Read(img image.Image) (string, error) {
	b := img.Bounds()
	if b.Empty() {
		return "", notFound()
	}
	if b.Dx() > limits.ImagePixels/b.Dy() {
		return "", fault.Wrong("limits.pixels", "", "the picture has %d by %d pixels, at most %d are looked at",
			b.Dx(), b.Dy(), limits.ImagePixels)
	}
	return read(luminance(img))
}

func read(full *image.Gray) (text string, err error) {
	defer func() { // the library indexes by what a picture makes it believe; a picture must not end the process
		if r := recover(); r != nil {
			text, err = "", fault.Wrong("image.no_qr", "", "the QR code in the picture cannot be read")
		}
	}()
	var s search
	for _, factor := range factors(full.Rect) {
		s.look(shrink(full, factor))
		if len(s.texts) > 1 {
			return "", fault.Wrong("image.multiple_qr", "", "the picture shows several QR codes that differ; cut out the one that is meant")
		}
		if len(s.texts) == 1 {
			return s.texts[0], nil
		}
	}
	return "", notFound()
}

// wholePixels bounds the pictures that are also looked at in their own size: a small code on the screenshot of a long page.
const wholePixels = 6_000_000

// factors lists by how much a picture of that size is shrunk, each factor once.
func factors(r image.Rectangle) []int {
	longer := max(r.Dx(), r.Dy())
	var out []int
	for _, side := range sides() {
		if f := (longer + side - 1) / side; !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	if !slices.Contains(out, 1) && r.Dx()*r.Dy() <= wholePixels {
		out = append(out, 1)
	}
	return out
}

func notFound() error {
	return fault.Wrong("image.no_qr", "", "no QR code can be read in the picture")
}

// luminance turns a picture into grey; what is transparent is white, as on a page.
func luminance(img image.Image) *image.Gray {
	b := img.Bounds()
	r := image.Rect(0, 0, b.Dx(), b.Dy())
	out := image.NewGray(r)
	switch p := img.(type) {
	case *image.Gray:
		for y := range b.Dy() {
			copy(out.Pix[y*out.Stride:], p.Pix[y*p.Stride:][:b.Dx()])
		}
	case *image.YCbCr:
		for y := range b.Dy() {
			copy(out.Pix[y*out.Stride:], p.Y[y*p.YStride:][:b.Dx()])
		}
	default:
		band := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1)) // one row at a time, so that a large picture is not held twice
		for y := range b.Dy() {
			draw.Draw(band, band.Rect, image.White, image.Point{}, draw.Src)
			draw.Draw(band, band.Rect, img, image.Pt(b.Min.X, b.Min.Y+y), draw.Over)
			row := out.Pix[y*out.Stride:][:b.Dx()]
			for x := range row {
				c := band.Pix[4*x : 4*x+3]
				row[x] = byte((19595*uint32(c[0]) + 38470*uint32(c[1]) + 7471*uint32(c[2]) + 1<<15) >> 16) //nolint:gosec // at most 255
			}
		}
	}
	return out
}

// shrink averages squares of factor by factor pixels.
func shrink(g *image.Gray, factor int) *image.Gray {
	if factor <= 1 {
		return g
	}
	w, h := max(1, g.Rect.Dx()/factor), max(1, g.Rect.Dy()/factor)
	out := image.NewGray(image.Rect(0, 0, w, h))
	sums := make([]int, w)
	for y := range h {
		clear(sums)
		n := 0
		for dy := y * factor; dy < min((y+1)*factor, g.Rect.Dy()); dy++ {
			n++
			row := g.Pix[dy*g.Stride:][:g.Rect.Dx()]
			for x := range sums {
				for _, v := range row[x*factor : min((x+1)*factor, len(row))] {
					sums[x] += int(v)
				}
			}
		}
		for x, s := range sums {
			out.Pix[y*out.Stride+x] = byte(s / (n * min(factor, g.Rect.Dx()))) //nolint:gosec // an average of bytes
		}
	}
	return out
}

// source shows a grey picture to the library.
type source struct {
	gozxing.LuminanceSourceBase
	gray *image.Gray
}

func (s *source) GetWidth() int                   { return s.gray.Rect.Dx() }
func (s *source) GetHeight() int                  { return s.gray.Rect.Dy() }
func (s *source) GetMatrix() []byte               { return s.gray.Pix }
func (s *source) Invert() gozxing.LuminanceSource { return gozxing.LuminanceSourceInvert(s) }
func (s *source) String() string                  { return gozxing.LuminanceSourceString(s) }
func (s *source) GetRow(y int, row []byte) ([]byte, error) {
	w := s.gray.Rect.Dx()
	if len(row) < w {
		row = make([]byte, w)
	}
	copy(row, s.gray.Pix[y*s.gray.Stride:][:w])
	return row, nil
}
