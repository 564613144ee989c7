package intake

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// pixels decodes a picture, after its header has said that this takes little enough memory and time.
func pixels(data []byte, k kind) (image.Image, error) {
	config, decode := png.DecodeConfig, png.Decode
	switch k {
	case jpegFile:
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case gifFile:
		config, decode = gif.DecodeConfig, gif.Decode
	}
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > limits.ImagePixels/c.Height {
		return nil, fault.Wrong(codePixels, "", "The picture has %d by %d pixels; at most %d are looked at. Please make it smaller.",
			c.Width, c.Height, limits.ImagePixels)
	}
	memory := pixelBytes(c.ColorModel) * c.Width * c.Height
	if k == jpegFile {
		p := planOf(data)
		if p.scans > limits.ImageScans {
			return nil, fault.Wrong(codePixels, "", "The picture is drawn in %d passes; at most %d are looked at. Please take a screenshot of it.",
				p.scans, limits.ImageScans)
		}
		memory = p.memory
	}
	if memory > limits.PixelBytes {
		return nil, fault.Wrong(codePixels, "", "The %d by %d pixels of the picture take %d MiB; at most %d are looked at. Please make it smaller.",
			c.Width, c.Height, memory>>20, limits.PixelBytes>>20)
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	return img, nil
}

// pixelBytes is the most that a decoder keeps of a pixel of that model: one that says it is grey may turn out to have a
// transparent shade, and is then kept like a coloured one.
func pixelBytes(m color.Model) int {
	switch m {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// plan is what it takes to decode a JPEG.
type plan struct {
	scans  int // passes over the picture: a few bytes may ask for one
	memory int // bytes
}

// Markers of a JPEG (ITU-T T.81 §B.1.1.3).
const (
	jpegSOF0 = 0xc0 // frames in one pass, and SOF1 behind it
	jpegSOF2 = 0xc2 // frames that get better from pass to pass
	jpegRST0 = 0xd0
	jpegRST7 = 0xd7
	jpegSOI  = 0xd8
	jpegSOS  = 0xda // a pass
	jpegTEM  = 0x01
)

// planOf reads the segments of a JPEG, and nothing between them. What is broken it leaves to the decoder.
func planOf(data []byte) plan {
	var p plan
	for i := 0; i+3 < len(data); {
		marker := data[i+1]
		switch {
		case data[i] != 0xff || marker == 0 || marker == 0xff || marker == jpegTEM || marker == jpegSOI ||
			marker >= jpegRST0 && marker <= jpegRST7: // picture, filling, and marks that nothing belongs to
			i++
			continue
		case marker == jpegSOS:
			p.scans++
		}
		length := uint16At(data, i+2)
		segment := data[i+2 : min(i+2+length, len(data))]
		if marker >= jpegSOF0 && marker <= jpegSOF2 {
			p.memory = max(p.memory, frameBytes(segment, marker == jpegSOF2))
		}
		i += 2 + max(length, 2)
	}
	return p
}

// frameBytes is the memory of a frame (T.81 §B.2.2): a byte for each sample, for one that gets better from pass to pass four
// more until the end, and four for each pixel of the colours of print, which are mixed from these.
func frameBytes(segment []byte, progressive bool) int {
	if len(segment) < 8 || len(segment) < 8+3*int(segment[7]) {
		return 0
	}
	width, height := uint16At(segment, 5), uint16At(segment, 3)
	components := segment[8 : 8+3*int(segment[7])]
	across, down := 1, 1
	for c := components; len(c) > 0; c = c[3:] {
		across, down = max(across, int(c[1]>>4)), max(down, int(c[1]&0xf))
	}
	units := ((width + 8*across - 1) / (8 * across)) * ((height + 8*down - 1) / (8 * down))
	samples := 0
	for c := components; len(c) > 0; c = c[3:] {
		samples += 64 * units * int(c[1]>>4) * int(c[1]&0xf)
	}
	if progressive {
		samples *= 5
	}
	if segment[7] == 4 {
		samples += 4 * width * height
	}
	return samples
}

func uint16At(data []byte, i int) int { return int(data[i])<<8 | int(data[i+1]) }
