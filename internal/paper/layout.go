package paper

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	xbidi "golang.org/x/text/unicode/bidi"
)

// piece is text of one font and direction that no line break divides, shaped.
type piece struct {
	face   *subset
	level  bidi.Level
	glyphs []glyph
	width  float64 // in thousandths of the font size
	blank  float64 // of the spaces at its end
	hang   float64 // of the spaces at the end of a line, which stand outside of it
	start  int     // of its text in the paragraph
	end    int
}

// glyph is one glyph of a piece, in the order of the page from left to right.
type glyph struct {
	code          int // in the subset of its font
	x, y, advance float64
}

// line is what stands on one line, in the order of the page.
type line struct {
	pieces []piece
	width  float64 // without the spaces at its end
}

// paragraph is text on its way to lines.
type paragraph struct {
	d      *Document
	text   []rune
	levels []bidi.Level
	faces  []*face
	script []language.Script
	weight Weight
	base   bidi.Level
}

// ignorable reports whether r is written as nothing: controls of the direction, joiners, variation selectors.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector)
}

// pictorial reports whether r is a picture among letters, such as an emoji, or dresses one.
func pictorial(r rune) bool {
	const first, last, firstEmoji, lastEmoji, keycap, lightest, darkest = 0x2190, 0x2bff, 0x1f000, 0x1faff, 0x20e3, 0x1f3fb, 0x1f3ff
	symbol := r >= first && r <= last || r >= firstEmoji && r <= lastEmoji
	return symbol && unicode.Is(unicode.So, r) || r >= lightest && r <= darkest || r == keycap
}

// readable reports whether s says something without its pictures.
func readable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) })
}

// newParagraph prepares a text without line feeds. Pictures beside its letters are left out where no font has them.
func (d *Document) newParagraph(text string, s Style) (*paragraph, error) {
	p := &paragraph{d: d, weight: s.Weight}
	said := readable(text)
	for _, r := range text {
		switch {
		case said && pictorial(r) && !d.c.Fonts.Has(string(r)):
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Zs, r) && r != '\u00a0':
			p.text = append(p.text, ' ')
		default:
			p.text = append(p.text, r)
		}
	}
	p.direct(s.Direction)
	return p, p.choose()
}

// direct finds the level of every letter (UAX #9).
func (p *paragraph) direct(of Direction) {
	base := bidi.LeftToRight
	if p.d.rtl && of == OfDocument || of == RightToLeft || of == OfText && p.startsRightToLeft() {
		base, p.base = bidi.RightToLeft, 1
	}
	p.levels = make([]bidi.Level, len(p.text))
	var b bidi.Paragraph
	runs := b.Segment(p.text, base)
	for i := range runs.NumRuns() {
		run := runs.Run(i)
		for k := run.Start; k < run.End; k++ {
			p.levels[k] = run.Level
		}
	}
}

// startsRightToLeft reports whether the first letter with a direction has that one; a text without any has the document's.
func (p *paragraph) startsRightToLeft() bool {
	for _, r := range p.text {
		props, _ := xbidi.LookupRune(r)
		switch props.Class() {
		case xbidi.L:
			return false
		case xbidi.R, xbidi.AL:
			return true
		}
	}
	return p.d.rtl
}

// choose finds the font and the script of every letter. Marks and joiners stay with the letter before them, and so do spaces
// and signs where its font has them.
func (p *paragraph) choose() error {
	p.faces, p.script = make([]*face, len(p.text)), make([]language.Script, len(p.text))
	var last *face
	script := language.Latin
	for i, r := range p.text {
		own := language.LookupScript(r)
		strong := own.Strong()
		if strong {
			script = own
		}
		p.script[i] = script
		if last != nil && (ignorable(r) || !strong || unicode.Is(unicode.M, r)) {
			if _, has := last.font.NominalGlyph(r); has || ignorable(r) {
				p.faces[i] = last
				continue
			}
		}
		if ignorable(r) {
			continue // filled below
		}
		found, err := p.d.c.Fonts.find(r, p.weight)
		if err != nil {
			return err
		}
		p.faces[i], last = found, found
	}
	for i := len(p.faces) - 1; i >= 0; i-- {
		if p.faces[i] == nil {
			p.faces[i] = last
		}
		last = p.faces[i]
	}
	return nil
}

// breaks lists the offsets at which a line may end (UAX #14); the last is the end.
func (p *paragraph) breaks() []int {
	var s segmenter.Segmenter
	s.Init(p.text)
	var out []int
	for it := s.LineIterator(); it.Next(); {
		l := it.Line()
		out = append(out, l.Offset+len(l.Text))
	}
	return out
}

// graphemes lists the ends of what a reader takes for one letter, within text[from:to] (UAX #29).
func (p *paragraph) graphemes(from, to int) []int {
	var s segmenter.Segmenter
	s.Init(p.text[from:to])
	var out []int
	for it := s.GraphemeIterator(); it.Next(); {
		g := it.Grapheme()
		out = append(out, from+g.Offset+len(g.Text))
	}
	return out
}

// lines breaks the paragraph into lines of at most width, in thousandths of the font size. A word that is too long for a line
// is broken between letters.
func (p *paragraph) lines(width float64) ([]line, error) {
	var out []line
	var on []piece
	used, start := 0.0, 0
	emit := func() {
		if len(on) > 0 {
			out = append(out, p.arrange(on))
		}
		on, used = nil, 0
	}
	for _, end := range p.breaks() {
		word, err := p.shape(start, end)
		if err != nil {
			return nil, err
		}
		w, blank := measure(word)
		if used > 0 && used+w-blank > width {
			emit()
		}
		if w-blank > width {
			if word, err = p.divide(start, end, width, func(full []piece) { on = full; emit() }); err != nil {
				return nil, err
			}
			w, _ = measure(word)
		}
		on, used, start = append(on, word...), used+w, end
	}
	emit()
	return out, nil
}

// divide breaks a word that is wider than a line, hands over the full lines, and returns the rest.
func (p *paragraph) divide(start, end int, width float64, full func([]piece)) ([]piece, error) {
	for start < end {
		ends := p.graphemes(start, end)
		fits := start
		var kept []piece
		for _, e := range ends {
			part, err := p.shape(start, e)
			if err != nil {
				return nil, err
			}
			w, blank := measure(part)
			if w-blank > width && fits > start {
				break
			}
			fits, kept = e, part
		}
		if fits == end {
			return kept, nil
		}
		full(kept)
		start = fits
	}
	return nil, nil
}

func measure(all []piece) (width, blank float64) {
	for _, p := range all {
		width += p.width
	}
	if len(all) > 0 {
		blank = all[len(all)-1].blank
	}
	return width, blank
}

// shape shapes text[start:end], cut where level, font or script change.
func (p *paragraph) shape(start, end int) ([]piece, error) {
	var out []piece
	for from := start; from < end; {
		to := from + 1
		for to < end && p.levels[to] == p.levels[from] && p.faces[to] == p.faces[from] && p.script[to] == p.script[from] {
			to++
		}
		if p.faces[from] != nil { // a text of nothing but controls has no font
			one, err := p.shapeRun(from, to)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		from = to
	}
	return out, nil
}

func (p *paragraph) shapeRun(from, to int) (piece, error) {
	s := p.d.subset(p.faces[from])
	b := harfbuzz.NewBuffer()
	b.ClusterLevel = harfbuzz.MonotoneCharacters
	b.Flags |= harfbuzz.RemoveDefaultIgnorables
	b.Props = harfbuzz.SegmentProperties{
		Direction: harfbuzz.LeftToRight, Script: p.script[from], Language: language.NewLanguage(p.d.c.Lang),
	}
	if p.levels[from]%2 == 1 {
		b.Props.Direction = harfbuzz.RightToLeft
	}
	b.AddRunes(p.text, from, to-from)
	b.Shape(s.shaper, nil)
	out := piece{face: s, level: p.levels[from], start: from, end: to}
	scale := 1000 / float64(s.face.font.Upem())
	for i, info := range b.Info {
		code, err := s.code(info.Glyph, p.clusterText(b, i, to))
		if err != nil {
			return out, err
		}
		pos := b.Pos[i]
		g := glyph{code: code, x: float64(pos.XOffset) * scale, y: float64(pos.YOffset) * scale, advance: float64(pos.XAdvance) * scale}
		out.glyphs = append(out.glyphs, g)
		out.width += g.advance
	}
	out.blank = p.blank(from, to, out)
	return out, nil
}

// clusterText is the text that the glyph at i stands for: that of its cluster for the widest glyph of the cluster, else "".
func (p *paragraph) clusterText(b *harfbuzz.Buffer, i, end int) string {
	own := b.Info[i].Cluster
	widest := i
	for k, other := range b.Info {
		switch {
		case other.Cluster == own && b.Pos[k].XAdvance > b.Pos[widest].XAdvance,
			other.Cluster == own && b.Pos[k].XAdvance == b.Pos[widest].XAdvance && k < widest:
			widest = k
		case other.Cluster > own:
			end = min(end, other.Cluster)
		}
	}
	if widest != i {
		return ""
	}
	return string(slices.DeleteFunc(slices.Clone(p.text[own:end]), ignorable))
}

// blank is the width of the spaces at the end of a run.
func (p *paragraph) blank(from, to int, run piece) float64 {
	n := 0
	for to > from && p.text[to-1] == ' ' {
		to, n = to-1, n+1
	}
	w := 0.0
	for i := range min(n, len(run.glyphs)) {
		k := len(run.glyphs) - 1 - i
		if run.level%2 == 1 {
			k = i
		}
		w += run.glyphs[k].advance
	}
	return w
}

// arrange puts the pieces of a line into the order of the page (UAX #9, L1 and L2). Spaces at its end hang over.
func (p *paragraph) arrange(on []piece) line {
	l := line{pieces: slices.Clone(on)}
	last := &l.pieces[len(l.pieces)-1]
	last.width, last.hang = last.width-last.blank, last.blank
	l.width, _ = measure(l.pieces)
	highest := p.base
	for _, x := range on {
		highest = max(highest, x.level)
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(l.pieces); i++ {
			k := i
			for k < len(l.pieces) && l.pieces[k].level >= level {
				k++
			}
			slices.Reverse(l.pieces[i:k])
			i = max(i, k)
		}
	}
	return l
}
