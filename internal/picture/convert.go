package picture

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/drawing"
)

// Convert gives a picture that came out of Sanitise or Generate in the other kind. A PNG as SVG is a drawing with the PNG inside, and
// nothing to fetch. An SVG becomes a PNG whose longer side has Side pixels; ok is false for one with something in it that cannot be
// drawn, which Take refuses.
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
		img, err := drawing.Render(data, Side)
		if err != nil {
			return nil, false
		}
		converted, err := encodePNG(img)
		return converted, err == nil
	}
	return nil, false
}
