package picture

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"

	"golang.org/x/image/draw"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/drawing"
	"github.com/openlaurel/laurel/internal/limits"
)

// Shown is a picture that came out of Sanitise as pages show it: the same when it is light, else smaller, as PNG or, without anything
// transparent, as JPEG. It has at most limits.ShownBytes where its content allows; media is its media type.
func Shown(data []byte) (body []byte, media string) {
	media = "image/svg+xml"
	if baking.IsPNG(data) {
		media = "image/png"
	}
	if len(data) <= limits.ShownBytes {
		return data, media
	}
	img, err := Pixels(data, limits.ShownSide)
	if err != nil {
		return data, media // an older drawing that cannot be made smaller
	}
	for _, side := range [...]int{limits.ShownSide, limits.ShownSide * 3 / 4, limits.ShownSide / 2} {
		small := within(img, side)
		body, media = light(small)
		if len(body) <= limits.ShownBytes {
			break
		}
	}
	return body, media
}

// Pixels are those of a picture that came out of Sanitise, its longer side at most side pixels.
func Pixels(data []byte, side int) (*image.NRGBA, error) {
	if !baking.IsPNG(data) {
		return drawing.Render(data, side)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, malformed(err)
	}
	return within(img, side), nil
}

// within makes an image smaller when a side is longer.
func within(img image.Image, side int) *image.NRGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	} else if same, ok := img.(*image.NRGBA); ok {
		return same
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	return out
}

// light encodes an image in few bytes.
func light(img *image.NRGBA) (body []byte, media string) {
	var out bytes.Buffer
	if img.Opaque() {
		const quality = 78
		_ = jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}) // a buffer takes everything
		return out.Bytes(), "image/jpeg"
	}
	_ = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, paletted(img)) // as above
	return out.Bytes(), "image/png"
}

// paletted is the image in at most 256 colours, which are chosen for it: the colours are cut in two where they spread most, until
// there are enough heaps (median cut).
func paletted(img *image.NRGBA) *image.Paletted {
	count := map[color.NRGBA]int{}
	for i := 0; i < len(img.Pix); i += 4 {
		count[pixel(img, i)]++
	}
	all := make([]color.NRGBA, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B), cmp.Compare(a.A, b.A))
	})
	heaps := []heap{newHeap(all)}
	for len(heaps) < 256 {
		widest := 0
		for i, h := range heaps {
			if h.weight > heaps[widest].weight {
				widest = i
			}
		}
		h := heaps[widest]
		if h.weight == 0 {
			break
		}
		slices.SortStableFunc(h.colours, func(a, b color.NRGBA) int { return cmp.Compare(channel(a, h.axis), channel(b, h.axis)) })
		half := len(h.colours) / 2
		heaps[widest] = newHeap(h.colours[:half])
		heaps = append(heaps, newHeap(h.colours[half:]))
	}
	out := &image.Paletted{Pix: make([]byte, len(img.Pix)/4), Stride: img.Rect.Dx(), Rect: img.Rect}
	index := make(map[color.NRGBA]byte, len(all))
	for i, h := range heaps {
		out.Palette = append(out.Palette, average(h.colours, count))
		for _, c := range h.colours {
			index[c] = byte(i)
		}
	}
	for i := range out.Pix {
		out.Pix[i] = index[pixel(img, 4*i)]
	}
	return out
}

// pixel is a colour of the image; of what is transparent there is one.
func pixel(img *image.NRGBA, i int) color.NRGBA {
	p := img.Pix[i : i+4 : i+4]
	if p[3] == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{p[0], p[1], p[2], p[3]}
}

func channel(c color.NRGBA, axis int) uint8 { return [4]uint8{c.R, c.G, c.B, c.A}[axis] }

// heap are colours that will become one. axis is the channel in which they spread most, weight how much there is to gain from a cut.
type heap struct {
	colours      []color.NRGBA
	axis, weight int
}

func newHeap(h []color.NRGBA) heap {
	spread, axis := 0, 0
	low, high := [4]uint8{255, 255, 255, 255}, [4]uint8{}
	for _, c := range h {
		for a := range low {
			low[a], high[a] = min(low[a], channel(c, a)), max(high[a], channel(c, a))
		}
	}
	for a := range low {
		if s := int(high[a]) - int(low[a]); s > spread {
			axis, spread = a, s
		}
	}
	return heap{h, axis, spread * len(h)}
}

func average(h []color.NRGBA, count map[color.NRGBA]int) color.NRGBA {
	var sum [4]int
	n := 0
	for _, c := range h {
		k := count[c]
		n += k
		for a := range sum {
			sum[a] += k * int(channel(c, a))
		}
	}
	n = max(1, n)
	return color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n)} //nolint:gosec // averages of bytes
}
