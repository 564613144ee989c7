package intake

import (
	"errors"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/qr"
)

// readPicture takes the baked credential of a PNG or SVG; a pixel picture without one is searched for a QR code.
func readPicture(data []byte, k kind) (Item, string, error) {
	switch k {
	case svgFile:
		credential, err := baking.ExtractSVG(data)
		if older(err) {
			return readAssertion(data, SVG, baking.AssertionSVG)
		}
		if err != nil {
			told := *fault.AsDefect(err)
			if told.Code == baking.CodeNone {
				told.Detail += ". If it shows a QR code, please give a PNG or a screenshot of it."
			}
			return Item{}, "", &told
		}
		return baked(credential, SVG)
	case pngFile:
		credential, err := baking.ExtractPNG(data)
		if older(err) {
			return readAssertion(data, PNG, baking.AssertionPNG)
		}
		if err == nil {
			return baked(credential, PNG)
		}
		if fault.AsDefect(err).Code != baking.CodeNone {
			return Item{}, "", err
		}
	}
	words, err := readQR(data, k)
	if err != nil {
		return Item{}, "", err
	}
	item, link, err := readText([]byte(words), QR)
	if err != nil {
		d := *fault.AsDefect(err)
		d.Detail = "The QR code was read. " + d.Detail
		return Item{}, "", &d
	}
	return item, link, nil
}

// older reports whether the picture is one of Open Badges 2.0.
func older(err error) bool { return err != nil && fault.AsDefect(err).Code == baking.CodeOB2 }

// readAssertion takes what a picture of Open Badges 2.0 carries. There, an address may stand for the assertion (Open Badges 2.0,
// "Badge Baking"). What is none of that version has no business in its place.
func readAssertion(data []byte, src Source, extract func([]byte) ([]byte, error)) (Item, string, error) {
	assertion, err := extract(data)
	if err != nil {
		return Item{}, "", err
	}
	item, link, err := readText(assertion, src)
	if err == nil && link == "" && item.Form != proof.OB2 {
		return Item{}, "", fault.Wrong(CodeNone, "", "The picture carries something else in the place of an Open Badges 2.0 assertion.")
	}
	return item, link, err
}

// baked reads what was taken out of a picture; a link has no place there (Open Badges 3.0 §5.3).
func baked(credential []byte, src Source) (Item, string, error) {
	item, link, err := readText(credential, src)
	switch {
	case err != nil:
	case link != "":
		err = fault.Wrong(CodeNone, "", "The picture carries a link in the place of a credential.")
	case item.Form == proof.OB2:
		err = fault.Wrong(CodeNone, "", "The picture carries an Open Badges 2.0 assertion in the place of a credential.")
	}
	if err != nil {
		return Item{}, "", err
	}
	return item, "", nil
}

// readQR reads the one QR code that the pixels show.
func readQR(data []byte, k kind) (string, error) {
	img, err := pixels(data, k)
	if err != nil {
		return "", err
	}
	words, err := qr.Read(img)
	var d *fault.Defect
	if errors.As(err, &d) && d.Code == "image.no_qr" {
		return "", fault.Wrong(baking.CodeNone, "",
			"The picture carries no credential, and no QR code can be read in it. Was it sent through a service that makes pictures smaller?")
	}
	return words, err
}

func broken(cause error) error {
	d := fault.Wrong(baking.CodeMalformed, "", "The picture is broken.")
	d.Cause = cause
	return d
}
