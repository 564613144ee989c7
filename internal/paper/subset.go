package paper

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf16"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"

	"github.com/openlaurel/laurel/internal/fault"
)

// subset is what a document uses of one font. A glyph that stands for two texts has two codes, so that what is copied from the
// document is what was written.
type subset struct {
	face   *face
	local  *font.Face // not safe for concurrent use: one for each document
	shaper *harfbuzz.Font
	index  int // in the resources: /F1 …
	codes  map[usedGlyph]int
	glyphs []usedGlyph // by code; the first is .notdef
	widths []float64   // in thousandths
}

type usedGlyph struct {
	id   font.GID
	text string
}

// maximumGlyphs is what two bytes can name.
const maximumGlyphs = 0xFFFF

// subset returns the document's part of a font.
func (d *Document) subset(f *face) *subset {
	if s, ok := d.fonts[f]; ok {
		return s
	}
	local := font.NewFace(f.font)
	s := &subset{face: f, local: local, shaper: harfbuzz.NewFont(local), codes: map[usedGlyph]int{}, index: len(d.order) + 1}
	s.add(usedGlyph{})
	d.fonts[f] = s
	d.order = append(d.order, s)
	return s
}

func (s *subset) add(g usedGlyph) int {
	code := len(s.glyphs)
	s.codes[g] = code
	s.glyphs = append(s.glyphs, g)
	s.widths = append(s.widths, float64(s.local.HorizontalAdvance(g.id))*1000/float64(s.face.font.Upem()))
	return code
}

// code returns the code of a glyph that stands for text.
func (s *subset) code(id font.GID, text string) (int, error) {
	g := usedGlyph{id, text}
	if code, ok := s.codes[g]; ok {
		return code, nil
	}
	if len(s.glyphs) >= maximumGlyphs {
		return 0, fault.New(fault.TooLarge, nil, "the document has too many different letters").Code("paper.glyphs")
	}
	return s.add(g), nil
}

// write adds the font to the document and returns its object (ISO 32000-1 §9.7).
func (s *subset) write(o *objects) int {
	name := fmt.Sprintf("LRLF%c%c+%s", 'A'+s.index/26%26, 'A'+s.index%26, strings.ReplaceAll(s.face.name, " ", ""))
	program, box := s.cff(name)
	file := o.stream("/Subtype /CIDFontType0C", program)
	upem := 1000 / float64(s.face.font.Upem())
	ascent, descent := 800.0, -200.0
	if e, ok := s.local.FontHExtents(); ok {
		ascent, descent = float64(e.Ascender)*upem, float64(e.Descender)*upem
	}
	descriptor := o.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%s %s %s %s] /ItalicAngle 0 /Ascent %s /Descent %s"+
		" /CapHeight %s /StemV 80 /FontFile3 %d 0 R >>", name, num(box[0]), num(box[1]), num(box[2]), num(box[3]), num(ascent), num(descent),
		num(ascent), file))
	var widths strings.Builder
	for _, w := range s.widths {
		widths.WriteString(num(w) + " ")
	}
	cid := o.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"+
		" /FontDescriptor %d 0 R /DW 1000 /W [0 [%s]] >>", name, descriptor, widths.String()))
	unicode := o.stream("", s.toUnicode())
	return o.add(fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s-Identity-H /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>",
		name, cid, unicode))
}

// toUnicode says what text each code stands for (§9.10.3).
func (s *subset) toUnicode() []byte {
	var entries []string
	for code, g := range s.glyphs {
		if g.text == "" {
			continue
		}
		var hex strings.Builder
		for _, u := range utf16.Encode([]rune(g.text)) {
			fmt.Fprintf(&hex, "%04X", u)
		}
		entries = append(entries, fmt.Sprintf("<%04X> <%s>\n", code, hex.String()))
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(entries) > 0 {
		n := min(100, len(entries))
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", n, strings.Join(entries[:n], ""))
		entries = entries[n:]
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

// num writes a number as PDF has them.
func num(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	s := fmt.Sprintf("%.3f", f)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}
