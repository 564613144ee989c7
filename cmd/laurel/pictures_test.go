package main

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// A badge looks the same on its page, in a baked PNG and on a certificate: an achievement's drawing is not replaced by another.
func TestThePNGOfADrawingIsThatDrawing(t *testing.T) {
	made, err := picture.Generate(picture.Design{Shape: picture.Circle, Background: "#1b6b4b", Foreground: "#ffffff", Letters: "A11"})
	if err != nil {
		t.Fatal(err)
	}
	const curves = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path fill="#1d4e89" d="M0 5c5-9 15-9 20 0s-15 9-20 0z"/></svg>`
	for name, svg := range map[string][]byte{"made here": made, "uploaded": []byte(curves)} {
		drawn := catalog.Achievement{Name: "Accessible Content Workshop", Image: &catalog.Image{Type: "image/svg+xml", Data: svg}}
		got, err := badgePictures{}.Picture(t.Context(), drawn, "image/png")
		want, ok := picture.Convert(svg, picture.PNG)
		named, errNamed := badgePictures{}.Named(drawn.Name, "image/png")
		if err != nil || errNamed != nil || !ok || !bytes.Equal(got, want) || bytes.Equal(got, named) {
			t.Errorf("%s: %v %v %v: %d bytes, the drawing has %d, the one for the name %d", name, err, errNamed, ok, len(got), len(want), len(named))
		}
		paper, err := certificatePicture(t.Context(), drawn)
		if err != nil {
			t.Fatal(name, err)
		}
		baked, err := png.Decode(bytes.NewReader(got))
		if err != nil {
			t.Fatal(name, err)
		}
		b, p := baked.Bounds(), paper.Bounds()
		if max(p.Dx(), p.Dy()) != limits.PrintSide || p.Dx()*b.Dy() != p.Dy()*b.Dx() {
			t.Errorf("%s: %v on paper, %v baked", name, p, b)
		}
	}
}

func TestPagesShowTheSameLightPictureEachTime(t *testing.T) {
	heavy := catalog.Achievement{ID: "ach_1", Image: &catalog.Image{Type: "image/svg+xml", Data: []byte(
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0H20V10z` + strings.Repeat(" ", limits.ShownBytes) + `"/></svg>`)}}
	var pictures shownPictures
	first, media, err := pictures.Shown(t.Context(), heavy)
	again, _, _ := pictures.Shown(t.Context(), heavy)
	if err != nil || media != "image/png" || len(first) > limits.ShownBytes || &first[0] != &again[0] {
		t.Errorf("%d bytes of %s, then %d: %v", len(first), media, len(again), err)
	}
	for i := range 2 * limits.ShownKept { // what is remembered is bounded
		heavy.Image = &catalog.Image{Type: "image/png", Data: bytes.Repeat([]byte{byte(i), byte(i >> 8)}, limits.ShownBytes)}
		if _, _, err := pictures.Shown(t.Context(), heavy); err != nil {
			t.Fatal(err)
		}
	}
	if len(pictures.kept) > limits.ShownKept {
		t.Errorf("%d pictures are kept", len(pictures.kept))
	}
	if body, media, err := pictures.Shown(t.Context(), catalog.Achievement{Name: "First Aid"}); err != nil || media != "image/svg+xml" || len(body) == 0 {
		t.Errorf("without a picture: %q %v", media, err)
	}
}
