package intake

import (
	"strings"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/pdf"
)

// readPDF takes the one credential that is attached to a PDF document: a signed text, JSON, a COSE message or a baked
// picture. Other attachments do not matter; two that are or look like credentials do, also when they are the same.
func readPDF(data []byte) (Item, error) {
	files, err := pdf.Files(data)
	if err != nil {
		return Item{}, err
	}
	var items []Item
	var broken []error
	for _, f := range files {
		item, err := readAttachment(f.Data)
		switch {
		case err == nil:
			items = append(items, item)
		case !isNone(err):
			broken = append(broken, err)
		}
	}
	switch {
	case len(items)+len(broken) > 1:
		return Item{}, fault.Wrong(CodePDFMultiple, "", "%d credentials are attached to the PDF document. Please give one of them alone.",
			len(items)+len(broken))
	case len(items) == 1:
		items[0].Source = PDF
		return items[0], nil
	case len(broken) == 1:
		d := *fault.AsDefect(broken[0])
		d.Detail = "A file is attached to the PDF document. " + d.Detail
		return Item{}, &d
	}
	return Item{}, fault.Wrong(CodePDFNone, "",
		"No credential is attached to the PDF document. Please take a screenshot of the QR code on it, or open the link that it shows.")
}

// readAttachment reads like Read, but looks for no QR code, follows no link and opens no document inside the document.
func readAttachment(data []byte) (Item, error) {
	none := fault.Wrong(CodeNone, "", "It is no credential.")
	switch what := sniff(data); what {
	case text:
		item, link, err := readText(data, PDF)
		if link != "" {
			return Item{}, none
		}
		return item, err
	case coseFile:
		return readCOSE(data, PDF)
	case pngFile:
		return bakedAttachment(baking.ExtractPNG(data))
	case svgFile:
		return bakedAttachment(baking.ExtractSVG(data))
	}
	return Item{}, none
}

func bakedAttachment(credential []byte, err error) (Item, error) {
	if err != nil {
		return Item{}, err
	}
	item, _, err := baked(credential, PDF)
	return item, err
}

// isNone reports whether the defect says that there is no credential, and not that one is broken.
func isNone(err error) bool {
	switch code := fault.AsDefect(err).Code; code {
	case CodeEmpty, CodeNone, CodeUnsupported:
		return true
	default:
		return strings.HasSuffix(code, ".no_credential")
	}
}
