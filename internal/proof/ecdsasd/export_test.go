package ecdsasd

import (
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
)

// Keys are those of a base proof, as the vectors have them.
type Keys struct {
	Issuer, Own keys.Signer
	HMAC        []byte
}

// BaseWith is Base with given keys.
func BaseWith(doc, proof ijson.Value, k Keys, mandatory []string, o ...jsonld.Option) (string, error) {
	return signing{key: k.Issuer, own: k.Own, hmacKey: k.HMAC, mandatory: mandatory}.value(doc, proof, o...)
}

// Lines are the statements of a document as the issuer signs them, and the indexes of those that pointers select.
func Lines(doc ijson.Value, hmacKey []byte, pointers []string, o ...jsonld.Option) ([]string, []int, error) {
	s, err := read(doc, hmacKey, o...)
	if err != nil {
		return nil, nil, err
	}
	_, indexes := s.matching(pointers)
	return s.lines, indexes, nil
}

// Reprint reads a proof value of either kind and writes it again.
func Reprint(value string) (string, error) {
	if IsDerived(value) {
		d, err := parseDerived(value)
		if err != nil {
			return "", err
		}
		return d.String(), nil
	}
	b, err := parseBase(value)
	if err != nil {
		return "", err
	}
	return b.String(), nil
}
