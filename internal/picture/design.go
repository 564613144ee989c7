package picture

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/drawing"
	"github.com/openlaurel/laurel/internal/fault"
)

// Shape is the outline of a badge.
type Shape string

// The shapes.
const (
	Circle  Shape = "circle"
	Hexagon Shape = "hexagon"
	Shield  Shape = "shield"
	Star    Shape = "star" // a seal with many short points, so that there is room for letters
)

// Design says how a badge looks that nobody drew. The zero Design is a plain circle.
type Design struct {
	Shape                  Shape
	Background, Foreground string // #rrggbb; the face, and the ring with the letters
	Letters                string // up to three of A–Z and 0–9; small ones are drawn large
}

// Side is the width and height of a generated picture in pixels.
const Side = 512

// Generate draws the design as an SVG. The same design gives the same bytes. Letters always have a contrast of 4.5 to 1
// (WCAG 2.2 §1.4.3): where Foreground has less, they are white or black. A wrong shape, colour or letter is fault.Invalid
// (picture.design).
func Generate(d Design) ([]byte, error) {
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="%s" viewBox="0 0 %d %d" width="%d" height="%d">`, namespaceSVG, Side, Side, Side, Side)
	for _, l := range layers {
		path := l.path()
		if l.width == 0 {
			fmt.Fprintf(&b, `<path fill="%s" d="%s"/>`, l.colour, path)
			continue
		}
		fmt.Fprintf(&b, `<path fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round" stroke-linejoin="round" d="%s"/>`,
			l.colour, number(l.width), path)
	}
	b.WriteString("</svg>")
	return []byte(b.String()), nil
}

// GeneratePNG draws the design as a PNG of Side by Side pixels on a transparent ground: the same picture as Generate.
func GeneratePNG(d Design) ([]byte, error) {
	svg, err := Generate(d)
	if err != nil {
		return nil, err
	}
	img, err := drawing.Render(svg, Side)
	if err != nil {
		return nil, err
	}
	return encodePNG(img)
}

// DesignFor makes a design for a name, always the same one: its initials on a colour of its own.
func DesignFor(name string) Design {
	backgrounds := []string{"#1d4e89", "#1b6b4b", "#7a2e5d", "#8a3b12", "#3f3d8f", "#12606b", "#6b1f2a", "#4a5a16"}
	shapes := []Shape{Circle, Hexagon, Shield, Star}
	sum := uint32(2166136261) // FNV-1a
	for i := range len(name) {
		sum = (sum ^ uint32(name[i])) * 16777619
	}
	d := Design{Shape: shapes[sum%4], Background: backgrounds[sum/4%8], Foreground: "#ffffff"}
	for _, word := range strings.Fields(strings.ToUpper(name)) {
		if _, known := strokes(word[0]); known && len(d.Letters) < 3 {
			d.Letters += word[:1]
		}
	}
	return d
}

type point struct{ x, y float64 }

// layer is one thing that is painted: a filled outline, or lines of some width.
type layer struct {
	colour rgb
	width  float64 // of the line; 0 means filled
	lines  [][]point
}

func (l layer) path() string {
	var b strings.Builder
	for _, line := range l.lines {
		for i, p := range line {
			b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + number(p.x) + " " + number(p.y))
		}
		if l.width == 0 {
			b.WriteByte('Z')
		}
	}
	return b.String()
}

func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

// layers lays the badge out, the lowest first: ribbon, rim, ring, face, letters.
func (d Design) layers() ([]layer, error) {
	if d.Shape == "" {
		d.Shape = Circle
	}
	if d.Background == "" {
		d.Background = "#1d4e89"
	}
	if d.Foreground == "" {
		d.Foreground = "#ffffff"
	}
	outline := outlineOf(d.Shape)
	back, okBack := parseColour(d.Background)
	front, okFront := parseColour(d.Foreground)
	if outline == nil || !okBack || !okFront {
		return nil, fault.New(fault.Invalid, nil,
			"A badge is drawn from a shape (circle, hexagon, shield, star) and two colours such as #1d4e89.").Code("picture.design")
	}
	letters, err := lettering(d.Letters)
	if err != nil {
		return nil, err
	}
	dark := back.mix(rgb{}, 0.35)
	out := []layer{
		{colour: dark, lines: ribbon()},
		{colour: dark, lines: [][]point{place(outline, 216)}},
		{colour: front, lines: [][]point{place(outline, 200)}},
		{colour: back, lines: [][]point{place(outline, 184)}},
		{colour: back.mix(front, 0.35), width: 3, lines: [][]point{closed(place(outline, 168))}},
	}
	if len(letters) > 0 {
		out = append(out, layer{colour: readable(front, back), width: 20, lines: letters})
	}
	return out, nil
}

// The middle of the badge; the ribbon hangs below.
const (
	middleX = Side / 2
	middleY = 226
)

func place(outline []point, radius float64) []point {
	out := make([]point, len(outline))
	for i, p := range outline {
		out[i] = point{middleX + p.x*radius, middleY + p.y*radius}
	}
	return out
}

func closed(line []point) []point { return append(line, line[0]) }

func ribbon() [][]point {
	left := []point{{150, 330}, {118, 502}, {176, 470}, {214, 508}, {250, 360}}
	right := make([]point, len(left))
	for i, p := range left {
		right[i] = point{Side - p.x, p.y}
	}
	return [][]point{left, right}
}

// outlineOf gives a shape about the origin with a radius of 1; nil for a shape that is not known.
func outlineOf(s Shape) []point {
	switch s {
	case Circle:
		return wheel(120, 1)
	case Hexagon:
		return wheel(6, 1)
	case Star:
		return wheel(40, 0.92)
	case Shield:
		right := smooth([]point{{0.84, -0.78}, {0.84, 0.2}, {0.68, 0.68}, {0, 1}}, 4)
		out := append([]point{{-0.84, -0.78}, {0, -0.96}}, right...)
		for i := len(right) - 2; i > 0; i-- {
			out = append(out, point{-right[i].x, right[i].y})
		}
		return out
	}
	return nil
}

// wheel has n points, the first on top, every other one at a radius of inner.
func wheel(n int, inner float64) []point {
	out := make([]point, n)
	for i := range out {
		r := 1.0
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		out[i] = point{r * sin, -r * cos}
	}
	return out
}

// smooth rounds the corners of a line by cutting them off, again and again (Chaikin's curve); the ends stay.
func smooth(line []point, times int) []point {
	for range times {
		next := []point{line[0]}
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			if i > 1 {
				next = append(next, point{a.x*0.75 + b.x*0.25, a.y*0.75 + b.y*0.25})
			}
			if i < len(line)-1 {
				next = append(next, point{a.x*0.25 + b.x*0.75, a.y*0.25 + b.y*0.75})
			}
		}
		line = append(next, line[len(line)-1])
	}
	return line
}

// rgb is a colour of sRGB.
type rgb struct{ r, g, b uint8 }

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

func parseColour(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	return rgb{uint8(n >> 16), uint8(n >> 8 & 0xFF), uint8(n & 0xFF)}, err == nil
}

func (c rgb) mix(other rgb, share float64) rgb {
	m := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return rgb{m(c.r, other.r), m(c.g, other.g), m(c.b, other.b)}
}

// luminance is the relative luminance of WCAG 2.2.
func (c rgb) luminance() float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// readable returns wish when it can be read on back, or else white or black: one of them always can.
func readable(wish, back rgb) rgb {
	for _, c := range []rgb{wish, {255, 255, 255}} {
		if contrast(c, back) >= 4.5 {
			return c
		}
	}
	return rgb{}
}
