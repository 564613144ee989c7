// Package certificate owns what is printed of awards: the certificate of one award, and the slips that bring their links to
// learners without e-mail.
//
// It lays out what it is given and decides nothing: who may have a certificate, and which name stands on it, others say. It
// carries the credential inside the document, so that the paper's file verifies like the badge itself, and refuses a document
// in which a name would have letters without a font (internal/paper). Labels in a language without a font become English.
package certificate

import (
	"image"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/qr"
)

// Printer prints. It is safe for concurrent use.
type Printer struct {
	fonts *paper.Fonts
	words func(i18n.Locale) (*i18n.Translator, error)
	clock func() time.Time
}

// New makes a Printer. words gives the texts of a language.
func New(fonts *paper.Fonts, words func(i18n.Locale) (*i18n.Translator, error), clock func() time.Time) *Printer {
	return &Printer{fonts: fonts, words: words, clock: clock}
}

// Certificate is one award on paper. Empty members are left out.
type Certificate struct {
	Name, Description    string
	Kind                 string // an AchievementType of Open Badges 3.0, or words
	Recipient            string
	IssuerName           string
	IssuerDomain         string // the verified one
	AwardedAt, ExpiresAt time.Time
	Credits, Term, Role  string
	Hours                string // of learning
	Levels               []string
	Results              []paper.Fact
	Picture              image.Image
	PictureAlt           string
	PageURL              string // where anybody can check it; empty for a private badge, which has no page
	CodeURL, Code        string // the short address and the code that is typed there
	VerifyURL            string // where the file is checked
	Credential           paper.Attachment
}

// colours of print.
func ink() paper.Colour    { return paper.Colour{R: 0x1b, G: 0x5e, B: 0x42} }
func shaded() paper.Colour { return paper.Colour{R: 0x50, G: 0x50, B: 0x50} }

// Printable reports, as fault.Unavailable, that a text has letters for which there is no font.
func (p *Printer) Printable(text string) error {
	if p.fonts.Has(text) {
		return nil
	}
	d := paper.New(paper.Config{Fonts: p.fonts, Title: text})
	d.Paragraph(text)
	_, err := d.Bytes()
	return err
}

// translator returns the words of the locale, or the English ones where there is no font for those. An error is one of our
// own build.
func (p *Printer) translator(l i18n.Locale) (*i18n.Translator, error) {
	t, err := p.words(l)
	if err != nil || p.fonts.Has(t.Text("paper.certificate")+t.Text("paper.check")) {
		return t, err
	}
	return p.words(i18n.English)
}

// Certificate prints c in the language of its reader, as far as there is a font for it.
func (p *Printer) Certificate(l i18n.Locale, c Certificate) ([]byte, error) {
	t, err := p.translator(l)
	if err != nil {
		return nil, err
	}
	d := paper.New(paper.Config{
		Fonts: p.fonts, Title: first(c.Recipient, c.Name) + " – " + c.Name, Author: c.IssuerName, Subject: t.Text("paper.certificate"),
		Lang: t.Locale().Tag(), RightToLeft: t.Locale().Dir() == "rtl", Created: p.clock(),
	})
	w, h := d.Size()
	d.Page()
	d.Frame(paper.Box{X: 24, Y: 24, W: w - 48, H: h - 48}, 1.5, ink())
	d.Frame(paper.Box{X: 29, Y: 29, W: w - 58, H: h - 58}, 0.5, ink())
	d.Space(6)
	if c.Picture != nil {
		d.Picture(c.Picture, c.PictureAlt, 120, 120, paper.Center)
		d.Space(10)
	}
	if t.Has("kind." + c.Kind) {
		c.Kind = t.Text("kind." + c.Kind)
	}
	d.Text("P", first(c.Kind, t.Text("paper.certificate")), centred(11, paper.Regular, shaded(), 2))
	d.Text("H1", c.Name, centred(fitting(c.Name, 26), paper.Bold, ink(), 12))
	if c.Recipient != "" {
		d.Text("P", t.Text("paper.awarded_to"), centred(11, paper.Regular, shaded(), 2))
		d.Text("P", c.Recipient, centred(fitting(c.Recipient, 22), paper.Bold, paper.Colour{}, 12))
	}
	d.Text("P", c.Description, centred(11, paper.Regular, paper.Colour{}, 14))
	d.Facts(facts(t, c))
	p.checking(d, t, c)
	d.Attach(c.Credential)
	return d.Bytes()
}

// facts are what a certificate says of an award, the verified domain first.
func facts(t *i18n.Translator, c Certificate) []paper.Fact {
	out := []paper.Fact{
		{Term: t.Text("paper.domain"), Text: c.IssuerDomain}, {Term: t.Text("result.issuer"), Text: c.IssuerName},
		{Term: t.Text("badge.awarded"), Text: t.Date(c.AwardedAt)},
	}
	if !c.ExpiresAt.IsZero() {
		out = append(out, paper.Fact{Term: t.Text("result.until"), Text: t.Date(c.ExpiresAt)})
	}
	out = append(out,
		paper.Fact{Term: t.Text("badge.hours"), Text: t.Numeral(c.Hours)}, paper.Fact{Term: t.Text("badge.credits"), Text: t.Numeral(c.Credits)},
		paper.Fact{Term: t.Text("badge.term"), Text: c.Term},
		paper.Fact{Term: t.Text("badge.role"), Text: c.Role})
	for _, l := range c.Levels {
		out = append(out, paper.Fact{Term: t.Text("badge.level"), Text: l})
	}
	for _, r := range c.Results {
		out = append(out, paper.Fact{Term: first(r.Term, t.Text("badge.result")), Text: r.Text})
	}
	return out
}

// codeSize is the side of a QR code in points: 35 mm, which a telephone reads at arm's length.
const codeSize = 100

// checking says how the paper is checked: by its code, by its short code, or, for a private badge, by the file alone.
func (p *Printer) checking(d *paper.Document, t *i18n.Translator, c Certificate) {
	d.Need(codeSize + 70)
	d.Group("Sect", func() {
		d.Text("H2", t.Text("paper.check"), paper.Style{Size: 12, Weight: paper.Bold, Colour: ink(), After: 4})
		if c.PageURL == "" {
			d.Paragraph(t.Text("paper.check_file", "address", c.VerifyURL))
			return
		}
		code, err := qr.New(c.PageURL)
		if err != nil {
			d.Paragraph(t.Text("paper.check_file", "address", c.VerifyURL))
			return
		}
		d.QR(code, t.Text("badge.qr"), codeSize, paper.Center)
		d.Text("Caption", t.Text("paper.scan", "address", c.CodeURL), centred(9.5, paper.Regular, paper.Colour{}, 2))
		d.Link(c.Code, c.CodeURL, centred(14, paper.Bold, paper.Colour{}, 4))
		d.Text("P", t.Text("paper.attached", "address", c.VerifyURL), centred(9, paper.Regular, shaded(), 0))
	})
}

func centred(size float64, w paper.Weight, c paper.Colour, after float64) paper.Style {
	return paper.Style{Size: size, Weight: w, Align: paper.Center, Colour: c, After: after, Leading: 1.25, Direction: paper.OfText}
}

// fitting makes a long text smaller.
func fitting(text string, size float64) float64 {
	switch n := len([]rune(text)); {
	case n > 120:
		return size * 0.6
	case n > 50:
		return size * 0.75
	}
	return size
}

func first(choices ...string) string {
	for _, s := range choices {
		if s != "" {
			return s
		}
	}
	return ""
}

// Withdrawn is the answer instead of a certificate of an award that does not hold any more.
func Withdrawn() error {
	return fault.New(fault.Gone, nil, "This badge was taken back or set aside. There is no certificate of it.").Code("certificate.withdrawn")
}
