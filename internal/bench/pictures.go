package bench

import (
	"time"

	"github.com/openlaurel/laurel/internal/qr"
)

// pictureGoal is the most that one QR code may cost.
const pictureGoal = 600 * time.Microsecond

// link has 62 bytes, as the address of a badge page on an ordinary host.
const link = "https://badges.example.org/c/k5u3m2qhw4d7zc6bn1x8tapfye?s=page"

// Pictures returns the jobs that draw the QR code of a badge page's address.
func Pictures() []Single {
	return []Single{
		{Name: "QR code as PNG", Ours: repeat(func() error { _, err := qr.PNG(link); return err }), Most: pictureGoal},
		{Name: "QR code as SVG", Ours: repeat(func() error { _, err := qr.SVG(link); return err }), Most: pictureGoal},
	}
}
