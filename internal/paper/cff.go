package paper

import (
	"encoding/binary"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// cff writes the glyphs of the subset as a CFF font program keyed by CID (Adobe Technical Note 5176), one thousand units to the
// em, in which the CID of a glyph is its code. It is made of outlines, so that it is the same for every kind of font. box is
// what its outlines cover.
func (s *subset) cff(name string) (program []byte, box [4]float64) {
	box = [4]float64{0, 0, 1, 1}
	charstrings := make([][]byte, len(s.glyphs))
	for code, g := range s.glyphs {
		charstrings[code] = s.charstring(g.id, s.widths[code], &box)
	}
	strings := [][]byte{[]byte("Adobe"), []byte("Identity")}
	head := append([]byte{1, 0, 4, 4}, cffIndex([]byte(name))...)
	private := append(operand(0), 20)                                                 // defaultWidthX
	private = append(private, operand(0)...)                                          // nominalWidthX
	private = append(private, 21)                                                     //
	selects := []byte{3, 0, 1, 0, 0, 0}                                               // format 3: one range, all glyphs in font dictionary 0
	selects = binary.BigEndian.AppendUint16(selects, uint16(len(s.glyphs)))           //nolint:gosec // bounded by maximumGlyphs
	charset := []byte{2, 0, 1}                                                        // format 2: one range from CID 1
	charset = binary.BigEndian.AppendUint16(charset, uint16(max(len(s.glyphs)-2, 0))) //nolint:gosec // as above
	if len(s.glyphs) < 2 {
		charset = []byte{0}
	}
	glyphs := cffIndex(charstrings...)
	// Offsets are written with five bytes each, so that the top dictionary has the same length whatever they are.
	top := func(charsetAt, selectsAt, glyphsAt, fontsAt int) []byte {
		b := append(operand(391), operand(392)...)
		b = append(append(b, operand(0)...), 12, 30) // ROS
		for i := range box {
			b = append(b, operand(int(math.Round(box[i])))...)
		}
		b = append(b, 5) // FontBBox
		b = append(append(b, operand(len(s.glyphs))...), 12, 34)
		b = append(append(b, operand(charsetAt)...), 15)
		b = append(append(b, operand(selectsAt)...), 12, 37)
		b = append(append(b, operand(glyphsAt)...), 17)
		return append(append(b, operand(fontsAt)...), 12, 36)
	}
	middle := append(cffIndex(strings...), cffIndex()...) // strings, no global subroutines
	charsetAt := len(head) + len(cffIndex(top(0, 0, 0, 0))) + len(middle)
	selectsAt := charsetAt + len(charset)
	glyphsAt := selectsAt + len(selects)
	privateAt := glyphsAt + len(glyphs)
	fontsAt := privateAt + len(private)
	dict := append(operand(len(private)), operand(privateAt)...)
	dict = append(dict, 18)
	for _, part := range [][]byte{
		head, cffIndex(top(charsetAt, selectsAt, glyphsAt, fontsAt)), middle, charset, selects, glyphs, private, cffIndex(dict),
	} {
		program = append(program, part...)
	}
	return program, box
}

// operand writes an integer of a dictionary with five bytes.
func operand(n int) []byte {
	return binary.BigEndian.AppendUint32([]byte{29}, uint32(int32(n))) //nolint:gosec // sizes of a font, and small negative numbers
}

// cffIndex writes an INDEX with offsets of four bytes.
func cffIndex(items ...[]byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(len(items))) //nolint:gosec // bounded by maximumGlyphs
	if len(items) == 0 {
		return out
	}
	out = append(out, 4)
	at := uint32(1)
	out = binary.BigEndian.AppendUint32(out, at)
	for _, item := range items {
		at += uint32(len(item)) //nolint:gosec // sizes of glyphs
		out = binary.BigEndian.AppendUint32(out, at)
	}
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}

// pen draws a Type 2 charstring (Adobe Technical Note 5177).
type pen struct {
	out    []byte
	x, y   int // where it is
	scale  float64
	box    *[4]float64
	fx, fy float64 // the same, unrounded
}

// charstring is the outline of a glyph. Quadratic curves become cubic ones, which draw the same.
func (s *subset) charstring(id font.GID, width float64, box *[4]float64) []byte {
	p := &pen{scale: 1000 / float64(s.face.font.Upem()), box: box}
	p.number(int(math.Round(width)))
	outline, ok := s.local.GlyphDataOutline(id)
	if !ok || len(outline.Segments) == 0 {
		return append(p.out, 14) // endchar
	}
	for _, seg := range outline.Segments {
		a := seg.Args
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			p.to(a[0])
			p.out = append(p.out, 21) // rmoveto
		case opentype.SegmentOpLineTo:
			p.to(a[0])
			p.out = append(p.out, 5) // rlineto
		case opentype.SegmentOpQuadTo:
			x0, y0 := p.fx, p.fy
			cx, cy, ex, ey := float64(a[0].X), float64(a[0].Y), float64(a[1].X), float64(a[1].Y)
			p.point(x0+2*(cx-x0)/3, y0+2*(cy-y0)/3)
			p.point(ex+2*(cx-ex)/3, ey+2*(cy-ey)/3)
			p.point(ex, ey)
			p.out = append(p.out, 8) // rrcurveto
		case opentype.SegmentOpCubeTo:
			p.to(a[0])
			p.to(a[1])
			p.to(a[2])
			p.out = append(p.out, 8)
		}
	}
	return append(p.out, 14)
}

func (p *pen) to(a opentype.SegmentPoint) { p.point(float64(a.X), float64(a.Y)) }

// point writes the way to a point of the font's own units.
func (p *pen) point(fx, fy float64) {
	x, y := int(math.Round(fx*p.scale)), int(math.Round(fy*p.scale))
	p.number(x - p.x)
	p.number(y - p.y)
	p.x, p.y, p.fx, p.fy = x, y, fx, fy
	p.box[0], p.box[1] = min(p.box[0], float64(x)), min(p.box[1], float64(y))
	p.box[2], p.box[3] = max(p.box[2], float64(x)), max(p.box[3], float64(y))
}

// number writes an integer of a charstring.
func (p *pen) number(n int) {
	switch {
	case n >= -107 && n <= 107:
		p.out = append(p.out, byte(n+139))
	case n >= 108 && n <= 1131:
		p.out = append(p.out, byte((n-108)>>8+247), byte(n-108)) //nolint:gosec // as above
	case n >= -1131 && n <= -108:
		p.out = append(p.out, byte((-n-108)>>8+251), byte(-n-108)) //nolint:gosec // as above
	default:
		p.out = append(p.out, 28, byte(n>>8), byte(n)) //nolint:gosec // outlines stay within 16 bits
	}
}
