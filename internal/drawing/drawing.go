// Package drawing owns turning an SVG that package picture has cleaned into pixels, so that a badge is the same picture on its page,
// as a PNG and on paper.
//
// It draws shapes, paths, groups, use, gradients, clipping and masks as SVG 2 says (§§5, 8 to 10, 13, 14; CSS Masking 1), with styles by
// attribute, style attribute and simple rules. What it cannot draw as a browser would is refused and named, never left out: text,
// patterns, markers, filters, blending. It works within fixed bounds, so that no drawing takes more than about a second.
package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// CodeUnsupported is the fault of a drawing with something in it that cannot be drawn here.
const CodeUnsupported = "image.drawing"

// Render draws an SVG; the longer side of the image has side pixels. The error is fault.Unsupported (image.drawing), which names what
// cannot be drawn, fault.TooLarge (limits.drawing) or fault.Invalid (image.malformed, image.size).
func Render(svg []byte, side int) (*image.NRGBA, error) {
	root, err := parse(svg)
	if err != nil {
		return nil, err
	}
	sheet, err := root.sheet()
	if err != nil {
		return nil, err
	}
	w, h, err := root.size()
	if err != nil {
		return nil, err
	}
	scale := float64(side) / max(w, h)
	r := &renderer{w: max(1, int(math.Round(w*scale))), h: max(1, int(math.Round(h*scale))), ids: root.byID(map[string]*node{}), sheet: sheet}
	r.canvas = newLayer(r.w, r.h)
	if err := r.root(root, w, h); err != nil {
		return nil, err
	}
	return r.canvas.image(), nil
}

func unsupported(what string, args ...any) error {
	return fault.New(fault.Unsupported, nil, "The drawing has %s, which cannot be drawn as a PNG and on certificates.", fmt.Sprintf(what, args...)).
		Code(CodeUnsupported).Hint("Turn it into plain shapes (in a drawing program: Object to path, Flatten), or save the picture as PNG.")
}

func malformed(what string) error {
	return fault.New(fault.Invalid, nil, "The SVG picture %s.", what).Code("image.malformed")
}

func tooMuch() error {
	return fault.New(fault.TooLarge, nil, "The drawing has too many or too large parts to be drawn.").Code("limits.drawing").
		Hint("Simplify it, or save the picture as PNG.")
}

// node is an element with its attributes.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	text     bool // there are letters in it
	css      string
	order    []declaration // what its rules and its style say, once they were looked up
	styled   bool
}

func parse(svg []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(svg))
	var root *node
	var open []*node
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, malformed("is empty")
			}
			return root, nil
		}
		if err != nil {
			return nil, malformed("is not well-formed XML")
		}
		switch t := tok.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attrs: make(map[string]string, len(t.Attr))}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, n)
			} else if root == nil {
				root = n
			}
			if open = append(open, n); len(open) > limits.DrawingDepth {
				return nil, tooMuch()
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && len(bytes.TrimSpace(t)) > 0 {
				n := open[len(open)-1]
				n.text = true
				n.css += string(t)
			}
		}
	}
}

func (n *node) byID(into map[string]*node) map[string]*node {
	if id := n.attrs["id"]; id != "" && into[id] == nil {
		into[id] = n
	}
	for _, c := range n.children {
		c.byID(into)
	}
	return into
}

// lettered reports whether there are letters to be seen below a text element.
func (n *node) lettered() bool {
	if n.text {
		return true
	}
	for _, c := range n.children {
		if c.lettered() {
			return true
		}
	}
	return false
}

// size is how large the picture is in its own pixels: width and height, or else the viewBox.
func (n *node) size() (w, h float64, err error) {
	w, errW := length(n.attrs["width"], 0)
	h, errH := length(n.attrs["height"], 0)
	if errW != nil || errH != nil || w <= 0 || h <= 0 {
		if b, ok := n.viewBox(); ok {
			w, h = b.w, b.h
		}
	}
	if !(w > 0 && h > 0 && w <= 1e5 && h <= 1e5) {
		return 0, 0, fault.New(fault.Invalid, nil, "The SVG picture does not say how large it is.").Code("image.size")
	}
	return w, h, nil
}

type box struct{ x, y, w, h float64 }

func (n *node) viewBox() (box, bool) {
	f, err := numbers(n.attrs["viewBox"])
	if err != nil || len(f) != 4 || f[2] <= 0 || f[3] <= 0 {
		return box{}, false
	}
	return box{f[0], f[1], f[2], f[3]}, true
}

// layer holds colours that were multiplied by their alpha.
type layer struct {
	w, h int
	pix  []float32 // red, green, blue, alpha of each pixel
}

func newLayer(w, h int) *layer { return &layer{w, h, make([]float32, 4*w*h)} }

// over lays a colour with its alpha over pixel i.
func (l *layer) over(i int, c colour, alpha float32) {
	a := c.a * alpha
	p := l.pix[4*i : 4*i+4 : 4*i+4]
	p[0] = c.r*a + p[0]*(1-a)
	p[1] = c.g*a + p[1]*(1-a)
	p[2] = c.b*a + p[2]*(1-a)
	p[3] = a + p[3]*(1-a)
}

// put lays another layer over this one, each pixel by its share of alpha.
func (l *layer) put(other *layer, alpha float32, share []float32) {
	for i := range l.w * l.h {
		s := alpha
		if share != nil {
			s *= share[i]
		}
		a := other.pix[4*i+3] * s
		for k := range 4 {
			l.pix[4*i+k] = other.pix[4*i+k]*s + l.pix[4*i+k]*(1-a)
		}
	}
}

func (l *layer) image() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, l.w, l.h))
	for i := range l.w * l.h {
		p := l.pix[4*i : 4*i+4]
		if p[3] < 1.0/512 {
			continue
		}
		img.SetNRGBA(i%l.w, i/l.w, color.NRGBA{byteOf(p[0] / p[3]), byteOf(p[1] / p[3]), byteOf(p[2] / p[3]), byteOf(p[3])})
	}
	return img
}

func byteOf(f float32) uint8 { return uint8(min(1, max(0, f))*255 + 0.5) }

// reference reads "#id" or "url(#id)".
func reference(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "url("); ok {
		s, _, _ = strings.Cut(rest, ")")
		s = strings.Trim(strings.TrimSpace(s), `"'`)
	}
	id, ok := strings.CutPrefix(s, "#")
	if !ok {
		return ""
	}
	return id
}
