// Package qr draws QR codes (ISO/IEC 18004) with a caption that says the same, and reads them from photographs.
//
// It owns the drawing: a 1-bit PNG and an SVG of one path, quiet zone of four modules, error correction M. It refuses
// text that is not printable ASCII or too long for one code, and pictures in which several codes say different things.
package qr

import (
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"github.com/openlaurel/laurel/internal/fault"
)

// Capacity is how many bytes one code holds at error correction M (ISO/IEC 18004 table 7, version 40).
const Capacity = 2331

// quietZone is how many light modules stand on each side of a code.
const quietZone = 4

// Code is one QR code, ready to be drawn.
type Code struct {
	text    string
	modules [][]bool // with the quiet zone; true is dark
}

// New makes the code for a text of printable ASCII, such as a link. Anything else is fault.Invalid (qr.text), and a text
// over Capacity is fault.Invalid too (qr.too_long).
func New(text string) (*Code, error) {
	if len(text) > Capacity {
		return nil, fault.New(fault.Invalid, nil, "The text has %d characters; a QR code holds at most %d.", len(text), Capacity).
			Code("qr.too_long")
	}
	if text == "" || !printable(text) {
		return nil, fault.New(fault.Invalid, nil, "A QR code is drawn for letters, digits and signs of ASCII only.").Code("qr.text").
			Hint("Write a link with international letters in its encoded form.")
	}
	q, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_M, nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "The text does not fit into a QR code.").Code("qr.too_long")
	}
	return &Code{text: text, modules: framed(q.GetMatrix())}, nil
}

// framed copies the modules into the middle of their quiet zone (ISO/IEC 18004 §9.1).
func framed(m *encoder.ByteMatrix) [][]bool {
	n := m.GetWidth() + 2*quietZone
	cells := make([]bool, n*n)
	rows := make([][]bool, n)
	for y := range rows {
		rows[y] = cells[y*n : (y+1)*n]
	}
	for y, row := range m.GetArray() {
		for x, v := range row {
			rows[quietZone+y][quietZone+x] = v == 1
		}
	}
	return rows
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Text returns what the code says.
func (c *Code) Text() string { return c.text }

// Size returns the modules along one side, with the quiet zone of four on each side.
func (c *Code) Size() int { return len(c.modules) }

// Dark reports whether the module in that column and row is dark; outside it is light.
func (c *Code) Dark(x, y int) bool {
	return y >= 0 && y < len(c.modules) && x >= 0 && x < len(c.modules[y]) && c.modules[y][x]
}

// PNG draws the code for text as a 1-bit PNG with a caption. Errors are those of New.
func PNG(text string) ([]byte, error) {
	c, err := New(text)
	if err != nil {
		return nil, err
	}
	return c.PNG(), nil
}

// SVG draws the code for text as an SVG with a caption. Errors are those of New.
func SVG(text string) ([]byte, error) {
	c, err := New(text)
	if err != nil {
		return nil, err
	}
	return c.SVG(), nil
}

// lines cuts a caption into lines of at most width characters. Nothing is left out: people may have to type it.
func lines(text string, width int) []string {
	var out []string
	for len(text) > width {
		out = append(out, text[:width])
		text = text[width:]
	}
	return append(out, text)
}
