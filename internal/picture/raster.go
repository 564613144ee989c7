package picture

import (
	"image"
	"image/color"
	"math"
	"slices"
)

// GeneratePNG draws the design as a PNG of Side by Side pixels on a transparent ground: the same picture as Generate.
func GeneratePNG(d Design) ([]byte, error) {
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	return rasterise(layers)
}

// fill says for each pixel how much of it lies inside the outlines. Each row is cut into thin slices; along a slice the
// share is exact.
func fill(outlines [][]point) []float64 {
	const perRow = 4
	cover := make([]float64, Side*Side)
	for _, outline := range outlines {
		for row := range Side * perRow {
			y := (float64(row) + 0.5) / perRow
			cuts := crossings(outline, y)
			for i := 0; i+1 < len(cuts); i += 2 {
				span(cover[row/perRow*Side:][:Side], cuts[i], cuts[i+1], 1.0/perRow)
			}
		}
	}
	return cover
}

func crossings(outline []point, y float64) []float64 {
	var out []float64
	for i, a := range outline {
		b := outline[(i+1)%len(outline)]
		if (a.y <= y) != (b.y <= y) {
			out = append(out, a.x+(y-a.y)/(b.y-a.y)*(b.x-a.x))
		}
	}
	slices.Sort(out)
	return out
}

func span(row []float64, from, to, share float64) {
	from, to = max(0, from), min(float64(len(row)), to)
	for x := int(from); x < len(row) && float64(x) < to; x++ {
		row[x] += share * (min(to, float64(x+1)) - max(from, float64(x)))
	}
}

// draw says for each pixel how much of it a round pen covers, from its distance to the line.
func draw(lines [][]point, width float64) []float64 {
	cover := make([]float64, Side*Side)
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			segment(cover, line[i-1], line[i], width/2)
		}
	}
	return cover
}

func segment(cover []float64, a, b point, radius float64) {
	reach := radius + 1
	for y := max(0, int(min(a.y, b.y)-reach)); y < min(Side, int(max(a.y, b.y)+reach)+1); y++ {
		for x := max(0, int(min(a.x, b.x)-reach)); x < min(Side, int(max(a.x, b.x)+reach)+1); x++ {
			d := distance(point{float64(x) + 0.5, float64(y) + 0.5}, a, b)
			at := y*Side + x
			cover[at] = max(cover[at], min(1, max(0, radius-d+0.5)))
		}
	}
}

// distance is how far p is from the line between a and b.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if long := dx*dx + dy*dy; long > 0 {
		t = min(1, max(0, ((p.x-a.x)*dx+(p.y-a.y)*dy)/long))
	}
	return math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy)
}

// paint lays a colour over the picture where it covers.
func paint(img *image.NRGBA, cover []float64, c rgb) {
	for i, share := range cover {
		share = min(1, share)
		if share < 1.0/512 {
			continue
		}
		under := img.NRGBAAt(i%Side, i/Side)
		rest := float64(under.A) / 255 * (1 - share)
		alpha := share + rest
		blend := func(top, below uint8) uint8 {
			return uint8(math.Round((float64(top)*share + float64(below)*rest) / alpha))
		}
		img.SetNRGBA(i%Side, i/Side, color.NRGBA{blend(c.r, under.R), blend(c.g, under.G), blend(c.b, under.B), uint8(math.Round(alpha * 255))})
	}
}
