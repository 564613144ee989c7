package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

const (
	namespaceSVG   = "http://www.w3.org/2000/svg"
	namespaceXLink = "http://www.w3.org/1999/xlink"
	namespaceXML   = "http://www.w3.org/XML/1998/namespace"
	maxDepth       = 128
	maxTokens      = 200_000
)

// elements may stand in a picture. Not here, on purpose: script, foreignObject, a, image, animate, set, filter, iframe.
func elements() []string {
	return strings.Fields(`svg g defs symbol use switch title desc path rect circle ellipse line polyline polygon text tspan
		textPath linearGradient radialGradient stop clipPath mask pattern marker style`)
}

// attributes may stand on an element. Not here, on purpose: on…, src, begin, to, values, filter, cursor.
func attributes() []string {
	return strings.Fields(`id class version viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points
		pathLength transform gradientUnits gradientTransform spreadMethod offset stop-color stop-opacity fill fill-opacity
		fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray
		stroke-dashoffset opacity color display visibility overflow clip-path clip-rule clipPathUnits mask maskUnits
		maskContentUnits patternUnits patternContentUnits patternTransform marker-start marker-mid marker-end markerWidth
		markerHeight markerUnits orient refX refY font-family font-size font-weight font-style font-variant font-stretch
		letter-spacing word-spacing text-anchor text-decoration dominant-baseline alignment-baseline baseline-shift dx dy rotate
		textLength lengthAdjust startOffset writing-mode direction unicode-bidi shape-rendering text-rendering
		color-interpolation paint-order vector-effect mix-blend-mode isolation role aria-label aria-hidden style href lang xml:lang xml:space`)
}

func looksLikeXML(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(data) > 1 && data[0] == '<' && bytes.Contains(data, []byte("svg"))
}

// cleaner writes an SVG anew.
type cleaner struct {
	out           bytes.Buffer
	elements      []string
	attributes    []string
	open          []element
	begun         bool
	width, height int
	css           []byte
}

type element struct {
	name   string
	shared bool // it can be shown again by "use", or is inside one that can
}

// cleanSVG reads an SVG and returns the cleaner with the clean one in it.
func cleanSVG(data []byte) (*cleaner, error) {
	c := &cleaner{elements: elements(), attributes: attributes()}
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	for range maxTokens {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return c, c.finished()
		}
		if err != nil {
			return nil, brokenSVG(err, "is not well-formed XML")
		}
		if err := c.token(tok, dec); err != nil {
			return nil, err
		}
	}
	return nil, brokenSVG(nil, "has too many elements")
}

func brokenSVG(cause error, what string) error {
	return fault.New(fault.Invalid, cause, "The SVG picture %s.", what).Code("image.malformed")
}

func (c *cleaner) finished() error {
	switch {
	case !c.begun:
		return fault.New(fault.Unsupported, nil, "The picture is neither PNG nor SVG.").Code("image.type")
	case c.out.Len() > limits.ImageBytes:
		return fault.New(fault.TooLarge, nil, "The picture becomes too large when it is saved again.").Code("limits.size")
	}
	return nil
}

func (c *cleaner) token(tok xml.Token, dec *xml.Decoder) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return c.start(t, dec)
	case xml.EndElement:
		c.end()
	case xml.CharData:
		c.text(t)
	case xml.Directive:
		if bytes.ContainsAny(t, "[<") {
			return brokenSVG(nil, "declares entities of its own, which are not taken")
		}
	}
	return nil // comments and processing instructions are left out, the plain DOCTYPE, too
}

func (c *cleaner) start(t xml.StartElement, dec *xml.Decoder) error {
	if len(c.open) == 0 {
		if err := c.root(t); err != nil {
			return err
		}
	}
	if len(c.open) >= maxDepth {
		return brokenSVG(nil, "is nested too deeply")
	}
	name := t.Name.Local
	shared := len(c.open) > 0 && (c.open[len(c.open)-1].shared || name == "defs" || name == "symbol" || has(t, "id"))
	// An element that is shown again must not show others again: ten levels of ten are more than a browser can draw.
	if t.Name.Space != namespaceSVG || !slices.Contains(c.elements, name) || name == "use" && shared {
		if err := dec.Skip(); err != nil {
			return brokenSVG(err, "is not well-formed XML")
		}
		return nil
	}
	c.open = append(c.open, element{name, shared})
	if name == "style" {
		c.css = c.css[:0]
		return nil
	}
	c.out.WriteString("<" + name)
	if len(c.open) == 1 {
		c.out.WriteString(` xmlns="` + namespaceSVG + `"`)
	}
	c.attrs(t)
	c.out.WriteByte('>')
	return nil
}

func (c *cleaner) root(t xml.StartElement) error {
	if c.begun || t.Name != (xml.Name{Space: namespaceSVG, Local: "svg"}) {
		return fault.New(fault.Unsupported, nil, "The picture is neither PNG nor SVG.").Code("image.type")
	}
	c.begun = true
	return c.size(t)
}

func has(t xml.StartElement, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name == xml.Name{Local: name} })
}

func (c *cleaner) attrs(t xml.StartElement) {
	var seen []string
	for _, a := range t.Attr {
		name := a.Name.Local
		switch a.Name.Space {
		case "":
		case namespaceXLink:
			if name != "href" {
				continue
			}
		case namespaceXML:
			name = "xml:" + name
		default:
			continue
		}
		if !slices.Contains(c.attributes, name) || slices.Contains(seen, name) || !harmless(name, a.Value) {
			continue
		}
		seen = append(seen, name)
		c.out.WriteString(" " + name + `="`)
		_ = xml.EscapeText(&c.out, []byte(a.Value)) // a buffer takes everything
		c.out.WriteByte('"')
	}
}

// harmless refuses values that lead out of the picture.
func harmless(name, value string) bool {
	switch name {
	case "href":
		return fragment(value)
	case "aria-label": // words for people
		return true
	}
	return cssHarmless(value)
}

// fragment reports a reference to something in the same picture.
func fragment(ref string) bool {
	if len(ref) < 2 || ref[0] != '#' {
		return false
	}
	return !strings.ContainsAny(ref, " \t\r\n\"'()<>\\")
}

// cssHarmless refuses styles and presentation values that fetch or run: at-rules, escapes that hide words, addresses other
// than of this picture.
func cssHarmless(css string) bool {
	lower := strings.ToLower(css)
	words := []string{
		"@", `\`, "/*", "<", "expression(", "javascript:", "vbscript:", "data:", "behavior", "-moz-binding", "image(", "image-set(", "src(",
	}
	for _, word := range words {
		if strings.Contains(lower, word) {
			return false
		}
	}
	for rest := lower; ; {
		_, after, found := strings.Cut(rest, "url(")
		if !found {
			return true
		}
		ref, tail, closed := strings.Cut(after, ")")
		ref = strings.Trim(strings.TrimSpace(ref), `"'`)
		if !closed || !fragment(ref) {
			return false
		}
		rest = tail
	}
}

func (c *cleaner) text(t xml.CharData) {
	if len(c.open) == 0 {
		return
	}
	switch c.open[len(c.open)-1].name {
	case "style":
		c.css = append(c.css, t...)
	case "title", "desc", "text", "tspan", "textPath":
		_ = xml.EscapeText(&c.out, t) // a buffer takes everything
	default:
		// There is nothing to be seen between shapes.
	}
}

func (c *cleaner) end() {
	last := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	if last.name == "style" {
		if cssHarmless(string(c.css)) {
			c.out.WriteString("<style>")
			_ = xml.EscapeText(&c.out, c.css) // a buffer takes everything
			c.out.WriteString("</style>")
		}
		return
	}
	c.out.WriteString("</" + last.name + ">")
}

// size reads how large the picture is: width and height, or else the viewBox (SVG 2 §8.2).
func (c *cleaner) size(root xml.StartElement) error {
	var w, h float64
	var box []string
	for _, a := range root.Attr {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "width":
			w = length(a.Value)
		case "height":
			h = length(a.Value)
		case "viewBox":
			box = strings.FieldsFunc(a.Value, func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) })
		}
	}
	if len(box) == 4 && (w == 0 || h == 0) {
		w, h = length(box[2]), length(box[3])
	}
	if w == 0 || h == 0 {
		return fault.New(fault.Invalid, nil, "The SVG picture does not say how large it is.").Code("image.size").
			Hint("Give its svg element a viewBox.")
	}
	c.width, c.height = int(math.Ceil(w)), int(math.Ceil(h))
	return nil
}

// length reads a number of pixels; 0 for anything else, percentages among them.
func length(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(f > 0 && f <= 100_000) {
		return 0
	}
	return f
}
