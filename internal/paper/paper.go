// Package paper writes PDF documents (ISO 32000-1) that a screen reader reads in order and a program can take apart again.
//
// It owns the page: text in every script for which there is a font, shaped and set in both directions; a structure tree
// (§14.8) with the document's language, alternative texts for pictures and headers for tables; fonts cut down to what is
// used; attached files with their relationship (§7.11.4, and /AF as PDF/A-3 has it); metadata as XMP. Letters that no font
// has are refused (paper.font): a certificate with boxes for a name is worse than none; emoji beside letters are left out instead.
// It reads no file and no network, and the same calls give the same bytes. It claims neither PDF/A nor PDF/UA, because nothing here proves them.
package paper

import (
	"bytes"
	"time"
)

// A4 in points, and the points of a millimetre.
const (
	A4Width  = 595.276
	A4Height = 841.89
	MM       = 72 / 25.4
)

// Config says what the document is. Fonts and Title are required.
type Config struct {
	Fonts       *Fonts
	Title       string
	Author      string
	Subject     string
	Lang        string // BCP 47, of everything that does not say otherwise
	RightToLeft bool   // the base direction, and where lines begin
	Created     time.Time
	Margin      float64 // of flowing pages in points; default 20 mm
	Landscape   bool
}

// Document is written from the top to the bottom, in the order in which it is to be read. The first error stays, makes
// everything after it do nothing, and is returned by Bytes. It is not safe for concurrent use.
type Document struct {
	c             Config
	width, height float64
	objects       objects
	pages         []*page
	fonts         map[*face]*subset
	order         []*subset
	root          *element
	open          []*element // the elements that new content goes into; the first is root
	area          area
	lang          string // of what follows, where it is not that of the document
	rtl           bool   // the same for the base direction
	files         []attached
	pictures      map[string]int // object of a picture, by its content
	err           error
}

// area is where text goes: x, y of the pen, the width, and the lower end.
type area struct {
	x, y, w float64
	end     float64
	flows   bool // a full area continues on a new page
}

// New begins a document with no page. The first content begins one.
func New(c Config) *Document {
	if c.Margin == 0 {
		c.Margin = 20 * MM
	}
	d := &Document{c: c, width: A4Width, height: A4Height, fonts: map[*face]*subset{}, pictures: map[string]int{}}
	if c.Landscape {
		d.width, d.height = d.height, d.width
	}
	d.rtl = c.RightToLeft
	d.root = &element{kind: "Document"}
	d.open = []*element{d.root}
	return d
}

// Page begins a new page, with its margins as the area of what follows.
func (d *Document) Page() {
	d.pages = append(d.pages, &page{})
	d.area = area{x: d.c.Margin, y: d.c.Margin, w: d.width - 2*d.c.Margin, end: d.height - d.c.Margin, flows: true}
}

// Place puts what follows below the point x, y of the current page, measured in points from its upper left corner, w wide.
// It stays on that page however long it becomes; Bottom tells how long.
func (d *Document) Place(x, y, w float64) {
	d.page()
	d.area = area{x: x, y: y, w: w, end: d.height}
}

// Bottom returns how far down the current area is filled, in points from the top of the page.
func (d *Document) Bottom() float64 { return d.area.y }

// Size returns the width and height of a page in points.
func (d *Document) Size() (w, h float64) { return d.width, d.height }

// Space leaves h points free.
func (d *Document) Space(h float64) {
	d.page()
	d.area.y += h
}

// Need begins a new page unless h points are left on this one.
func (d *Document) Need(h float64) {
	d.page()
	if d.area.flows && d.area.y+h > d.area.end && d.area.y > d.c.Margin {
		d.Page()
	}
}

// Group puts what f writes into an element of its own: "Sect", "L", "LI", "LBody", "Div".
func (d *Document) Group(kind string, f func()) {
	e := d.child(kind)
	d.open = append(d.open, e)
	f()
	d.open = d.open[:len(d.open)-1]
}

// page returns the current page and begins the first.
func (d *Document) page() *page {
	if len(d.pages) == 0 {
		d.Page()
	}
	return d.pages[len(d.pages)-1]
}

// Speak says in which language and base direction the following is, where it is not that of the document.
func (d *Document) Speak(lang string, base Direction) {
	d.lang = ""
	if lang != d.c.Lang {
		d.lang = lang
	}
	d.rtl = base == RightToLeft
}

// fail keeps the first error.
func (d *Document) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Bytes ends the document and returns it. fault.Unavailable (paper.font) says that letters have no font.
func (d *Document) Bytes() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.page()
	return d.finish(), nil
}

// page is the content of one page.
type page struct {
	content bytes.Buffer
	marks   []*element // the element of each marked-content id
	links   []link
}
