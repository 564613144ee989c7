package main

import (
	"bytes"
	"testing"

	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// A badge looks the same on its page, in a baked PNG and on a certificate: an achievement's drawing is not replaced by another.
func TestThePNGOfADrawingIsThatDrawing(t *testing.T) {
	svg, err := picture.Generate(picture.Design{Shape: picture.Circle, Background: "#1b6b4b", Foreground: "#ffffff", Letters: "A11"})
	if err != nil {
		t.Fatal(err)
	}
	drawn := catalog.Achievement{Name: "Accessible Content Workshop", Image: &catalog.Image{Type: "image/svg+xml", Data: svg}}
	got, err := badgePictures{}.Picture(t.Context(), drawn, "image/png")
	want, ok := picture.Convert(svg, picture.PNG)
	named, errNamed := badgePictures{}.Named(drawn.Name, "image/png")
	if err != nil || errNamed != nil || !ok || !bytes.Equal(got, want) || bytes.Equal(got, named) {
		t.Errorf("%v %v %v: %d bytes, the drawing has %d, the one for the name %d", err, errNamed, ok, len(got), len(want), len(named))
	}
}
