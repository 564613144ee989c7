// Package picture owns the pictures of achievements: it cleans those that issuers upload and draws those that nobody made.
//
// It takes PNG and SVG, told by their first bytes and never by their name. A PNG is decoded and encoded again, so that
// only pixels are left; an SVG is written anew from a list of elements and attributes that can neither run, nor fetch, nor
// declare. It refuses everything else, files with two faces (a PNG with something behind its end) and whatever exceeds
// internal/limits. Errors are faults: these are requests of our own users.
package picture

import (
	"bytes"
	"errors"
	"image"
	"image/png"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/drawing"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// The kinds of picture.
const (
	PNG = "png"
	SVG = "svg"
)

// Check says what a picture is and how large, in pixels or in units of the SVG, without taking its content apart further
// than that. The error is a fault: Unsupported (image.type), TooLarge (limits.size, limits.pixels) or Invalid
// (image.malformed, image.size).
func Check(data []byte) (kind string, w, h int, err error) {
	switch {
	case len(data) > limits.ImageBytes:
		return "", 0, 0, fault.New(fault.TooLarge, nil, "The picture has %d bytes; at most %d are taken.", len(data), limits.ImageBytes).
			Code("limits.size")
	case baking.IsPNG(data):
		w, h, err = checkPNG(data)
		return PNG, w, h, err
	case looksLikeXML(data):
		c, err := cleanSVG(data)
		if err != nil {
			return "", 0, 0, err
		}
		return SVG, c.width, c.height, nil
	}
	return "", 0, 0, fault.New(fault.Unsupported, nil, "The picture is neither PNG nor SVG.").Code("image.type").
		Hint("Save it as PNG or SVG and send it again.")
}

// Sanitise returns the picture with nothing in it but the picture, and its kind. Errors are those of Check.
func Sanitise(data []byte) (clean []byte, kind string, err error) {
	kind, _, _, err = Check(data)
	if err != nil {
		return nil, "", err
	}
	if kind == SVG {
		c, err := cleanSVG(data)
		if err != nil {
			return nil, "", err
		}
		return c.out.Bytes(), SVG, nil
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "", malformed(err)
	}
	clean, err = encodePNG(img)
	return clean, PNG, err
}

// Take is Sanitise for a picture that is to be an achievement's: a drawing must be one that can also be had as PNG, so that the badge
// is the same picture in every file and on paper. Further errors are those of drawing.Render.
func Take(data []byte) (clean []byte, kind string, err error) {
	clean, kind, err = Sanitise(data)
	if err == nil && kind == SVG {
		_, err = drawing.Render(clean, Side)
	}
	if err != nil {
		return nil, "", err
	}
	return clean, kind, nil
}

func checkPNG(data []byte) (w, h int, err error) {
	trailing, err := baking.Trailing(data)
	if err != nil {
		return 0, 0, malformed(err)
	}
	if trailing > 0 {
		return 0, 0, fault.New(fault.Unsupported, nil,
			"There are %d bytes behind the end of the picture; it may be another file, too.", trailing).Code("image.type").
			Hint("Open the picture in an editor and save it again.")
	}
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0, malformed(err)
	}
	if c.Width > limits.ImagePixels/c.Height {
		return 0, 0, fault.New(fault.TooLarge, nil, "The picture has %d by %d pixels; at most %d are taken.",
			c.Width, c.Height, limits.ImagePixels).Code("limits.pixels")
	}
	return c.Width, c.Height, nil
}

func encodePNG(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fault.New(fault.Internal, err, "encoding the picture")
	}
	if out.Len() > limits.ImageBytes {
		return nil, fault.New(fault.TooLarge, nil, "The picture becomes too large when it is saved again.").Code("limits.size")
	}
	return out.Bytes(), nil
}

// malformed turns what package baking or a decoder found into a fault with the same words.
func malformed(cause error) error {
	words := "The picture is broken."
	var d *fault.Defect
	if errors.As(cause, &d) {
		words = "T" + d.Detail[1:] + "."
	}
	return fault.New(fault.Invalid, cause, "%s", words).Code(baking.CodeMalformed)
}
