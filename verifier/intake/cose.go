package intake

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/cose"
)

// coseText is how the base64url of a tagged COSE_Sign1 with a protected header of any usual length begins.
const coseText = "0oR"

// readCOSE tells a secured credential from a presentation by the header; what is malformed is handed on, so that the strict
// reader says what exactly is wrong.
func readCOSE(data []byte, src Source) (Item, error) {
	if len(data) > limits.CredentialBytes {
		return Item{}, tooLarge(len(data), limits.CredentialBytes)
	}
	item := Item{Form: proof.VCCOSE, Bytes: bytes.Clone(data), Source: src}
	if msg, err := cose.Read(data); err == nil {
		item.Presentation = msg.Header.Type == cose.TypePresentation
	}
	return item, nil
}

// readCOSEText decodes base64url, or base64 as data: URLs have it; padding is let through.
func readCOSEText(text string, src Source) (Item, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || !cose.Is(raw) {
		return Item{}, fault.Wrong("cose.structure", "", "This begins like a COSE message, and it is none. Perhaps a part was lost on the way.")
	}
	return readCOSE(raw, src)
}
