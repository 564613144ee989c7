package pages

import (
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper"
)

// words returns the texts of a document for paper: in the reader's language where there is a font for it, else in English.
func (p *Pages) words(l i18n.Locale) (*i18n.Translator, error) {
	t, err := p.c.Site.Translator(l)
	if err != nil || p.fonts.Has(t.Text("receipt.title")+t.Text("check.form.name")) {
		return t, err
	}
	return p.c.Site.Translator(i18n.English)
}

// printReceipt writes a receipt as a PDF document, with the signed text attached. The document is a print of it; the proof is
// the attachment.
func (p *Pages) printReceipt(l i18n.Locale, page ReceiptPage, jws []byte) ([]byte, error) {
	t, err := p.words(l)
	if err != nil {
		return nil, err
	}
	r := page.Receipt
	signed := time.Unix(r.IssuedAt, 0).UTC()
	d := paper.New(paper.Config{
		Fonts: p.fonts, Title: t.Text("receipt.title") + " – " + t.DateTime(r.CheckedAt), Author: page.By(), Subject: t.Text("receipt.title"),
		Lang: t.Locale().Tag(), RightToLeft: t.Locale().Dir() == "rtl", Created: signed,
	})
	d.Page()
	d.Heading(1, t.Text("receipt.title"))
	d.Heading(2, t.Text("receipt.as_of", "when", t.DateTime(r.CheckedAt))+" "+t.Text("verdict."+page.State+".title"))
	d.Paragraph(t.Text("receipt.today"))
	d.Facts(p.receiptFacts(t, page))
	d.Heading(2, t.Text("result.checks"))
	var rows [][]string
	for _, c := range r.Checks {
		rows = append(rows, []string{t.Text("check." + c.ID + ".name"), t.Text("outcome." + c.Outcome), c.Code})
	}
	d.Table([]string{t.Text("receipt.check"), t.Text("receipt.outcome"), t.Text("receipt.code")}, rows, []float64{3, 2, 3})
	d.Heading(2, t.Text("receipt.proof"))
	d.Paragraph(t.Text("receipt.attached"))
	d.Paragraph(t.Text("receipt.kept", "until", t.Date(page.ExpiresAt)))
	d.Paragraph(page.Address)
	d.Attach(paper.Attachment{
		Name: "receipt.jwt", Description: t.Text("receipt.title"), Media: "application/jwt", Relationship: "Source", Body: jws,
	})
	out, err := d.Bytes()
	if err != nil {
		return nil, fmt.Errorf("receipt on paper: %w", err)
	}
	return out, nil
}

func (p *Pages) receiptFacts(t *i18n.Translator, page ReceiptPage) []paper.Fact {
	r := page.Receipt
	out := []paper.Fact{
		{Term: t.Text("receipt.by"), Text: page.By()}, {Term: t.Text("receipt.issuer"), Text: page.About()},
		{Term: t.Text("receipt.digest"), Text: r.SHA256}, {Term: t.Text("receipt.policy"), Text: r.Policy.Name},
	}
	if r.Badge.ValidFrom != nil {
		out = append(out, paper.Fact{Term: t.Text("result.from"), Text: t.Date(*r.Badge.ValidFrom)})
	}
	if r.Badge.ValidUntil != nil {
		out = append(out, paper.Fact{Term: t.Text("result.until"), Text: t.Date(*r.Badge.ValidUntil)})
	}
	if n := r.Names; n != nil {
		for _, f := range []paper.Fact{
			{Term: t.Text("result.achievement"), Text: n.Achievement}, {Term: t.Text("result.recipient"), Text: n.Recipient},
		} {
			if p.fonts.Has(f.Text) { // a name in letters without a font is in the attachment
				out = append(out, f)
			}
		}
	}
	return out
}
