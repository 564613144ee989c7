package paper

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Align says where lines begin.
type Align uint8

// The alignments. Start is the left in a document from left to right, else the right.
const (
	Start Align = iota
	Center
)

// Style is how text looks. The zero Style is that of plain text.
type Style struct {
	Size    float64 // in points; default 10.5
	Weight  Weight
	Align   Align
	Colour  Colour
	Leading float64 // lines, in sizes; default 1.4
	After   float64 // space below, in points
	Lang    string  // of the text where it is not the document's
	// Direction is the base direction of each line of the text.
	Direction Direction
}

// Direction says by what the base direction of a text is chosen.
type Direction uint8

// The directions. What users wrote has that of its own first letter.
const (
	OfDocument Direction = iota
	OfText
	LeftToRight
	RightToLeft
)

// Weight is how heavy letters are.
type Weight uint8

// The weights.
const (
	Regular Weight = iota
	Bold
)

// Colour is a colour of sRGB; the zero Colour is black.
type Colour struct{ R, G, B uint8 }

func (c Colour) fill() string {
	return fmt.Sprintf("%s %s %s rg\n", num(float64(c.R)/255), num(float64(c.G)/255), num(float64(c.B)/255))
}

func (c Colour) stroke() string { return strings.Replace(c.fill(), "rg", "RG", 1) }

func (s Style) filled() Style {
	if s.Size == 0 {
		s.Size = 10.5
	}
	if s.Leading == 0 {
		s.Leading = 1.4
	}
	return s
}

// Heading writes a heading of level 1 to 6.
func (d *Document) Heading(level int, text string) {
	sizes := [...]float64{20, 14, 12, 11, 10.5, 10.5}
	level = min(max(level, 1), len(sizes))
	d.Need(sizes[level-1] * 3)
	d.Text(fmt.Sprintf("H%d", level), text, Style{Size: sizes[level-1], Weight: Bold, After: sizes[level-1] / 2, Leading: 1.25})
}

// Paragraph writes a paragraph of plain text; a line feed begins a line.
func (d *Document) Paragraph(text string) { d.Text("P", text, Style{After: 6}) }

// Text writes text as an element of that kind: "P", "H1", "Caption", "LBody", "TD". An empty text writes nothing.
func (d *Document) Text(kind, text string, s Style) {
	if d.err != nil || strings.TrimSpace(text) == "" {
		return
	}
	d.page()
	e := d.child(kind)
	if s.Lang != "" {
		e.lang = s.Lang
	}
	d.write(e, text, s)
}

// write writes the lines of a text into an element.
func (d *Document) write(e *element, text string, s Style) {
	s = s.filled()
	lines, err := d.lines(text, s, d.area.w)
	if err != nil {
		d.fail(err)
		return
	}
	height := s.Size * s.Leading
	for len(lines) > 0 {
		d.Need(height)
		n := len(lines)
		if d.area.flows {
			n = min(n, max(1, int((d.area.end-d.area.y)/height)))
		}
		d.mark(e, func(p *page) {
			p.content.WriteString(s.Colour.fill())
			p.content.WriteString("BT\n")
			for _, l := range lines[:n] {
				d.draw(p, l, s, d.area.y+height/2+s.Size*0.35)
				d.area.y += height
			}
			p.content.WriteString("ET\n")
		})
		lines = lines[n:]
	}
	d.area.y += s.After
}

// lines sets a text into lines of that width in points.
func (d *Document) lines(text string, s Style, width float64) ([]line, error) {
	var out []line
	for part := range strings.Lines(text) {
		p, err := d.newParagraph(strings.TrimRight(part, "\r\n"), s)
		if err != nil {
			return nil, err
		}
		set, err := p.lines(width / s.Size * 1000)
		if err != nil {
			return nil, err
		}
		if len(set) == 0 {
			set = []line{{}}
		}
		out = append(out, set...)
	}
	return out, nil
}

// draw writes one line with its base line y points from the top of the page.
func (d *Document) draw(p *page, l line, s Style, y float64) {
	unit := s.Size / 1000
	x := d.area.x
	switch {
	case s.Align == Center:
		x += (d.area.w - l.width*unit) / 2
	case d.rtl:
		x += d.area.w - l.width*unit
	}
	// What is read is the order of the content: that of the text, not that of the page (§14.8.2.3.3).
	at := make([]placed, 0, len(l.pieces))
	for _, one := range l.pieces {
		at = append(at, placed{one, x})
		x += one.width * unit
	}
	slices.SortStableFunc(at, func(a, b placed) int { return cmp.Compare(a.start, b.start) })
	for _, one := range at {
		one.show(p, d.height-y, s.Size)
	}
}

// placed is a piece and where its left end is.
type placed struct {
	piece
	x float64
}

// show shows the glyphs of a piece one after the other as they are read. The number between two codes leads from where the
// font's own width ends to where the next glyph is; in text from right to left it leads back.
func (one placed) show(p *page, y, size float64) {
	fmt.Fprintf(&p.content, "/F%d %s Tf 1 0 0 1 %s %s Tm\n", one.face.index, num(size), num(one.x), num(y))
	where := make([]float64, len(one.glyphs))
	order := make([]int, len(one.glyphs))
	x := 0.0
	if one.level%2 == 1 {
		x = -one.hang
	}
	for i, g := range one.glyphs {
		where[i], order[i] = x+g.x, i
		x += g.advance
	}
	if one.level%2 == 1 {
		slices.Reverse(order)
	}
	pen, rise, open := 0.0, 0.0, false
	for _, i := range order {
		g := one.glyphs[i]
		if g.y != rise {
			rise = g.y
			if open {
				p.content.WriteString("] TJ\n")
			}
			fmt.Fprintf(&p.content, "%s Ts\n", num(rise*size/1000))
			open = false
		}
		if !open {
			p.content.WriteString("[")
			open = true
		}
		if back := pen - where[i]; back > 0.01 || back < -0.01 {
			p.content.WriteString(num(back) + " ")
		}
		fmt.Fprintf(&p.content, "<%04X>", g.code)
		pen = where[i] + one.face.widths[g.code]
	}
	if open {
		p.content.WriteString("] TJ\n")
	}
	if rise != 0 {
		p.content.WriteString("0 Ts\n")
	}
}

// link is an annotation that opens an address.
type link struct {
	url  string
	rect string
	of   *element
	num  int
}

// Link writes an address, or another text for it, that opens the address. An address that is not printable ASCII is written
// as text.
func (d *Document) Link(text, url string, s Style) {
	if d.err != nil || text == "" {
		return
	}
	for i := range len(url) {
		if url[i] <= ' ' || url[i] > '~' {
			d.Text("P", text, s)
			return
		}
	}
	d.page()
	s = s.filled()
	d.Need(s.Size * s.Leading)
	paragraph := d.child("P")
	e := &element{kind: "Link"}
	paragraph.kids = append(paragraph.kids, kid{element: e})
	top, on := d.area.y, len(d.pages)
	d.write(e, text, s)
	if d.err != nil || on != len(d.pages) {
		return // the address went over to the next page; its text is there
	}
	p := d.page()
	p.links = append(p.links, link{url: url, of: e, rect: fmt.Sprintf("%s %s %s %s",
		num(d.area.x), num(d.height-d.area.y+s.After), num(d.area.x+d.area.w), num(d.height-top))})
	e.kids = append(e.kids, kid{page: len(d.pages) - 1, annot: len(p.links)})
}
