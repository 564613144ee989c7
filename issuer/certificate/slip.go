package certificate

import (
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/qr"
)

// Slip is what a learner without e-mail is handed: how to reach their badges.
type Slip struct {
	Name        string // of the learner
	Achievement string
	IssuerName  string
	URL         string // the learner's link
	CodeURL     string // where the short code of the badge is typed; empty for a private badge
	Code        string
	Locale      i18n.Locale // of the instructions
	Minor       bool
}

// Slips on one page: two columns, five rows, in points.
const (
	slipColumns = 2
	slipRows    = 5
	slipCode    = 82 // side of the QR code: 29 mm
	slipMargin  = 16
)

// Slips prints slips for cutting, ten on a page, each in the language of its learner as far as there is a font for it.
func (p *Printer) Slips(l i18n.Locale, slips []Slip) ([]byte, error) {
	t, err := p.translator(l)
	if err != nil {
		return nil, err
	}
	d := paper.New(paper.Config{
		Fonts: p.fonts, Title: t.Text("slip.title"), Subject: t.Text("slip.title"), Lang: t.Locale().Tag(), RightToLeft: t.Locale().Dir() == "rtl",
		Created: p.clock(),
	})
	for i, s := range slips {
		place := i % (slipColumns * slipRows)
		if place == 0 {
			d.Page()
			cuts(d)
		}
		if err := p.slip(d, s, place); err != nil {
			return nil, err
		}
	}
	return d.Bytes()
}

// cuts draws where the page is cut: short marks at the edges and a cross at each corner of a slip, so that nothing is printed
// on the line itself.
func cuts(d *paper.Document) {
	w, h := d.Size()
	grey := paper.Colour{R: 0x99, G: 0x99, B: 0x99}
	const mark = 8
	for row := 0; row <= slipRows; row++ {
		for col := 0; col <= slipColumns; col++ {
			x, y := w*float64(col)/slipColumns, h*float64(row)/slipRows
			d.Rule(paper.Box{X: max(x-mark, 0), Y: y, W: min(x+mark, w) - max(x-mark, 0)}, 0.5, grey)
			d.Rule(paper.Box{X: x, Y: max(y-mark, 0), H: min(y+mark, h) - max(y-mark, 0)}, 0.5, grey)
		}
	}
}

func (p *Printer) slip(d *paper.Document, s Slip, place int) error {
	t, err := p.translator(s.Locale)
	if err != nil {
		return err
	}
	code, err := qr.New(s.URL)
	if err != nil {
		return err
	}
	width, height := d.Size()
	w, h := width/slipColumns, height/slipRows
	col, row := place%slipColumns, place/slipColumns
	rtl := t.Locale().Dir() == "rtl"
	x, y := w*float64(col)+slipMargin, h*float64(row)+slipMargin
	text := w - 2*slipMargin - slipCode - 8
	codeX, textX := x+text+8, x
	if rtl {
		codeX, textX = x, x+slipCode+8
	}
	d.Speak(t.Locale().Tag(), direction(rtl))
	d.Group("Sect", func() {
		d.Place(textX, y, text)
		d.Text("H2", first(s.Name, t.Text("slip.yours")), slipStyle(fitting(s.Name, 12), paper.Bold))
		d.Text("P", s.Achievement, slipStyle(fitting(s.Achievement, 10), paper.Regular))
		d.Text("P", s.IssuerName, slipStyle(8, paper.Regular))
		d.Space(3)
		how := "slip.how"
		if s.Minor {
			how = "slip.how_child"
		}
		d.Text("P", t.Text(how), slipStyle(7.5, paper.Regular))
		if s.Code != "" {
			d.Text("P", t.Text("slip.code", "code", s.Code, "address", s.CodeURL), slipStyle(7.5, paper.Regular))
		}
		below := max(d.Bottom(), y+slipCode) + 2
		d.Place(codeX, y, slipCode)
		d.QR(code, t.Text("slip.qr"), slipCode, paper.Center)
		d.Place(x, min(below, h*float64(row+1)-slipMargin-10), w-2*slipMargin)
		d.Link(s.URL, s.URL, slipStyle(7.5, paper.Bold))
	})
	return nil
}

func direction(rtl bool) paper.Direction {
	if rtl {
		return paper.RightToLeft
	}
	return paper.LeftToRight
}

func slipStyle(size float64, w paper.Weight) paper.Style {
	return paper.Style{Size: size, Weight: w, Leading: 1.2, After: 1.5, Direction: paper.OfText}
}
