package qr

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"html"
	"strconv"

	"github.com/klauspost/compress/flate"
)

// The PNG has eight pixels to a module, so that one module of one row is one byte.
const (
	pixels     = 8
	fontScale  = 2
	lineHeight = (glyphHeight + 2) * fontScale
)

// PNG draws the code with its caption as a PNG of one bit a pixel: 8 pixels to a module, the quiet zone included.
func (c *Code) PNG() []byte {
	stride := len(c.modules)
	caption := lines(c.text, pixels*(stride-4)/(glyphWidth*fontScale)) // a margin of two modules on each side
	height := pixels*stride + lineHeight*len(caption) + pixels
	row := 1 + stride // a filter byte in front: none
	raw := make([]byte, row*height)
	for y, modules := range c.modules {
		first := raw[pixels*y*row:][:row]
		for x, dark := range modules {
			if dark {
				first[1+x] = 0xFF
			}
		}
		for i := 1; i < pixels; i++ {
			copy(raw[(pixels*y+i)*row:], first)
		}
	}
	for i, line := range caption {
		left := (pixels*stride - len(line)*glyphWidth*fontScale + fontScale) / 2
		write(raw, row, left, pixels*(stride-2)+i*lineHeight, line) // half of the quiet zone stays free
	}
	return encodePNG(raw, pixels*stride, height)
}

// write draws one line of the caption into the rows of a picture.
func write(raw []byte, row, left, top int, line string) {
	for i := range len(line) {
		for y := range glyphHeight * fontScale {
			bits := glyphRow(line[i], y/fontScale)
			at := (top + y) * row
			for x := range glyphWidth * fontScale {
				if bits>>(glyphWidth-1-x/fontScale)&1 == 1 {
					px := left + i*glyphWidth*fontScale + x
					raw[at+1+px/8] |= 0x80 >> (px % 8)
				}
			}
		}
	}
}

// encodePNG packs rows of one bit a pixel: 0 is white, 1 is black. The standard library's encoder allocates a megabyte for
// its compressor each time, which costs more than everything else here.
func encodePNG(raw []byte, width, height int) []byte {
	var out bytes.Buffer
	out.Grow(4096)
	out.WriteString("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(nil, uint32(width))  //nolint:gosec // at most 185 modules
	head = binary.BigEndian.AppendUint32(head, uint32(height)) //nolint:gosec // at most 185 modules and their caption
	chunk(&out, "IHDR", append(head, 1, 3, 0, 0, 0))           // depth 1, palette
	chunk(&out, "PLTE", []byte{0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00})
	var data bytes.Buffer
	data.Grow(4096)
	data.WriteString("\x78\x01")                      // zlib, RFC 1950 §2.2
	_ = flate.StatelessDeflate(&data, raw, true, nil) // a buffer takes everything
	data.Write(binary.BigEndian.AppendUint32(nil, adler32.Checksum(raw)))
	chunk(&out, "IDAT", data.Bytes())
	chunk(&out, "IEND", nil)
	return out.Bytes()
}

func chunk(out *bytes.Buffer, kind string, data []byte) {
	b := out.AvailableBuffer()
	b = binary.BigEndian.AppendUint32(b, uint32(len(data))) //nolint:gosec // a few kilobytes
	b = append(b, kind...)
	b = append(b, data...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	out.Write(b)
}

// SVG draws the code with its caption as an SVG: one unit to a module, one path, no style, no script, no reference.
func (c *Code) SVG() []byte {
	const (
		char   = 0.9 // width of a character in modules
		size   = "1.5"
		line   = 2
		margin = 4
	)
	n := len(c.modules)
	caption := lines(c.text, int(float64(n-margin)/char))
	height := n + line*len(caption) + 1
	out := make([]byte, 0, 16<<10)
	out = append(out, `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 `...)
	out = strconv.AppendInt(out, int64(n), 10)
	out = append(out, ' ')
	out = strconv.AppendInt(out, int64(height), 10)
	out = append(out, `" width="`...)
	out = strconv.AppendInt(out, int64(n*pixels), 10)
	out = append(out, `" height="`...)
	out = strconv.AppendInt(out, int64(height*pixels), 10)
	out = append(out, `"><title>`...)
	out = append(out, html.EscapeString(c.text)...)
	out = append(out, `</title><rect width="100%" height="100%" fill="#fff"/><path shape-rendering="crispEdges" d="`...)
	out = c.appendPath(out)
	out = append(out, `"/><text font-family="monospace" font-size="`+size+`" text-anchor="middle" xml:space="preserve">`...)
	for i, l := range caption {
		out = append(out, `<tspan x="`...)
		out = strconv.AppendFloat(out, float64(n)/2, 'f', -1, 64)
		out = append(out, `" y="`...)
		out = strconv.AppendInt(out, int64(n+i*line), 10)
		out = append(out, `" lengthAdjust="spacingAndGlyphs" textLength="`...) // a wide font must not push it out of the picture
		out = strconv.AppendFloat(out, float64(len(l))*char, 'f', 1, 64)
		out = append(out, `">`...)
		out = append(out, html.EscapeString(l)...)
		out = append(out, `</tspan>`...)
	}
	return append(out, `</text></svg>`...)
}

// Path returns the dark modules as the data of one SVG path, one unit to a module, for a page that embeds the code itself.
func (c *Code) Path() string { return string(c.appendPath(nil)) }

func (c *Code) appendPath(out []byte) []byte {
	for y, row := range c.modules {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			start := x
			for x < len(row) && row[x] {
				x++
			}
			out = append(out, 'M')
			out = strconv.AppendInt(out, int64(start), 10)
			out = append(out, ' ')
			out = strconv.AppendInt(out, int64(y), 10)
			out = append(out, 'h')
			out = strconv.AppendInt(out, int64(x-start), 10)
			out = append(out, "v1h-"...)
			out = strconv.AppendInt(out, int64(x-start), 10)
			out = append(out, 'z')
		}
	}
	return out
}
