package qr_test

import (
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"github.com/openlaurel/laurel/internal/qr"
)

// Another encoder, which shares no code with ours, sets the same modules: same version, same segments, and for these texts the
// same mask.
func TestModulesAreThoseOfAnotherEncoder(t *testing.T) {
	for name, text := range map[string]string{
		"the address of a badge":  "https://badges.example.org/c/k5u3m2qhw4d7zc6bn1x8tapfye?s=page",
		"one letter":              "a",
		"signs":                   "~{}|[]^`_\\",
		"a code of middling size": "https://school.example/c/" + strings.Repeat("x", 300),
	} {
		t.Run(name, func(t *testing.T) {
			other, err := qrcode.New(text, qrcode.Medium)
			if err != nil {
				t.Fatal(err)
			}
			code, err := qr.New(text)
			if err != nil {
				t.Fatal(err)
			}
			want, differ := other.Bitmap(), 0
			if code.Size() != len(want) {
				t.Fatalf("%d modules wide, the other %d", code.Size(), len(want))
			}
			for y, row := range want {
				for x, dark := range row {
					if code.Dark(x, y) != dark {
						differ++
					}
				}
			}
			if differ > 0 {
				t.Errorf("%d modules differ", differ)
			}
		})
	}
}
