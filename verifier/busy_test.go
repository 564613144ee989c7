package verifier_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestPicturesWaitForEachOther: R13. More pictures than are looked at in one moment are all answered; who gives up waiting
// is told so, and what needs no pixels waits for nobody: text, and pictures with a credential inside.
func TestPicturesWaitForEachOther(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	blank := verifier.Input{File: picture.Bytes()}
	var all sync.WaitGroup
	for range 4 * limits.PicturesAtOnce {
		all.Go(func() {
			look(t, v.Check(t.Context(), blank, verifier.Policy{}), refused(verifier.CheckForm, "image.no_credential"))
		})
	}
	all.Wait()
	gone, leave := context.WithCancel(t.Context())
	leave()
	baked, err := baking.BakePNG(picture.Bytes(), []byte(signed(w, w.School.Badge())))
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for range 64 { // of two ways that are both open, select takes either
		if r := v.Check(gone, verifier.Input{File: baked}, verifier.Policy{}); r.Check(verifier.CheckForm).Outcome != verifier.Pass {
			t.Errorf("a picture with a credential waits for those without: %s", summary(r))
		}
		if r := v.Check(gone, verifier.Input{Text: signed(w, w.School.Badge())}, verifier.Policy{}); r.Check(verifier.CheckForm).Outcome != verifier.Pass {
			t.Error(summary(r))
		}
		if r := v.Check(gone, blank, verifier.Policy{}); r.Check(verifier.CheckForm).Code == "limits.busy" {
			busy++
			look(t, r, unclear(verifier.CheckForm, "limits.busy"))
		}
	}
	if busy == 0 {
		t.Error("nobody who left was told that it is busy")
	}
}
