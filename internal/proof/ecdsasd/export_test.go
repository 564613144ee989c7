package ecdsasd

import (
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
)

// BaseWith is Base with given keys, as the vectors have them.
func BaseWith(doc, proof ijson.Value, key, own keys.Signer, hmacKey []byte, mandatory []string, o ...jsonld.Option) (string, error) {
	return sign(doc, proof, key, own, hmacKey, mandatory, o...)
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
