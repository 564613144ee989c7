package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/baking"
)

// Convert gives a picture that came out of Sanitise or Generate in the other kind. A PNG as SVG is a drawing with the PNG inside, and
// nothing to fetch. An SVG becomes a PNG when it is made of straight lines as Generate draws them; ok is false for any other: a
// drawing in general needs a browser.
func Convert(data []byte, kind string) (converted []byte, ok bool) {
	switch {
	case kind == SVG && baking.IsPNG(data):
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return nil, false
		}
		const around = `<svg xmlns="%s" viewBox="0 0 %d %d" width="%[2]d" height="%[3]d">` +
			`<image width="%[2]d" height="%[3]d" href="data:image/png;base64,%[4]s"/></svg>`
		return fmt.Appendf(nil, around, namespaceSVG, c.Width, c.Height, base64.StdEncoding.EncodeToString(data)), true
	case kind == PNG && !baking.IsPNG(data):
		layers, ok := readLayers(data)
		if !ok {
			return nil, false
		}
		converted, err := rasterise(layers)
		return converted, err == nil
	}
	return nil, false
}

func rasterise(layers []layer) ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	for _, l := range layers {
		cover := fill
		if l.width != 0 {
			cover = func(lines [][]point) []float64 { return draw(lines, l.width) }
		}
		paint(img, cover(l.lines), l.colour)
	}
	return encodePNG(img)
}

// readLayers reads what Generate wrote, also after it was cleaned; false when there is anything else in it.
func readLayers(svg []byte) (layers []layer, ok bool) {
	const most = 64
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for begun := false; ; {
		tok, err := dec.Token()
		if err != nil {
			return layers, begun && len(layers) > 0
		}
		e, starts := tok.(xml.StartElement)
		switch {
		case !starts:
		case !begun:
			begun = true
			if e.Name.Local != "svg" || attribute(e, "viewBox") != fmt.Sprintf("0 0 %d %d", Side, Side) {
				return nil, false
			}
		default:
			l, ok := readLayer(e)
			if !ok || len(layers) == most {
				return nil, false
			}
			layers = append(layers, l)
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func readLayer(e xml.StartElement) (l layer, ok bool) {
	if e.Name.Local != "path" {
		return l, false
	}
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "fill", "d", "stroke-width":
		case "stroke":
			if attribute(e, "fill") != "none" {
				return l, false
			}
		case "stroke-linecap", "stroke-linejoin":
			if a.Value != "round" {
				return l, false
			}
		default:
			return l, false
		}
	}
	colour := attribute(e, "fill")
	if stroke := attribute(e, "stroke"); stroke != "" {
		width, err := strconv.ParseFloat(attribute(e, "stroke-width"), 64)
		if err != nil || !(width > 0 && width <= Side) {
			return l, false
		}
		colour, l.width = stroke, width
	}
	if l.colour, ok = parseColour(colour); !ok {
		return l, false
	}
	l.lines, ok = readPath(attribute(e, "d"), l.width == 0)
	return l, ok
}

// readPath reads straight lines: M and L with absolute numbers, and Z behind each outline that is filled.
func readPath(d string, filled bool) (lines [][]point, ok bool) {
	const most = 10_000
	for n := 0; d != ""; n++ {
		command := d[0]
		end := strings.IndexAny(d[1:], "MLZ") + 1
		if end == 0 {
			end = len(d)
		}
		x, y, two := strings.Cut(d[1:end], " ")
		d = d[end:]
		if command == 'Z' {
			if !filled || two || x != "" {
				return nil, false
			}
			continue
		}
		p, errX := strconv.ParseFloat(x, 64)
		q, errY := strconv.ParseFloat(y, 64)
		if errX != nil || errY != nil || !(p >= -Side && p <= 2*Side && q >= -Side && q <= 2*Side) || n == most {
			return nil, false
		}
		switch {
		case command == 'M':
			lines = append(lines, []point{{p, q}})
		case command == 'L' && len(lines) > 0:
			lines[len(lines)-1] = append(lines[len(lines)-1], point{p, q})
		default:
			return nil, false
		}
	}
	return lines, len(lines) > 0
}
