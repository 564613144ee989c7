package issuance

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// Message returns exactly the bytes that the issuer's key signed of one of our own credentials.
func Message(form proof.Form, suite string, signed []byte) ([]byte, error) {
	if form == proof.VCCOSE {
		binary, err := base64.RawURLEncoding.DecodeString(string(signed))
		if err != nil {
			return nil, fmt.Errorf("our own credential: %w", err)
		}
		message, err := cose.Read(binary)
		if err != nil {
			return nil, fmt.Errorf("our own credential: %w", err)
		}
		return message.Signed(), nil
	}
	if form != proof.DataIntegrity {
		token, _, _ := bytes.Cut(signed, []byte{'~'}) // what the issuer signed of an SD-JWT
		i := bytes.LastIndexByte(token, '.')
		if i < 0 {
			return nil, fmt.Errorf("our own credential: it is no token")
		}
		return token[:i], nil
	}
	doc, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		return nil, fmt.Errorf("our own credential: %w", err)
	}
	if suite == dataintegrity.ECDSASD {
		return ecdsasd.Message(doc)
	}
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		return nil, fmt.Errorf("our own credential: %w", err)
	}
	key, err := keys.ParseMultikey(fragment(proofs[0].VerificationMethod))
	if err != nil {
		return nil, fmt.Errorf("our own credential: %w", err)
	}
	return proofs[0].Hashes(doc, key.Alg)
}

func fragment(url string) string {
	_, f, _ := bytes.Cut([]byte(url), []byte{'#'})
	return string(f)
}
