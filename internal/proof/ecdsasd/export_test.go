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

// Held is what a proof value of either kind holds.
type Held struct {
	Signature, Public, HMAC []byte
	Signatures              [][]byte
	Pointers                []string          // of a base proof
	Labels                  map[string]string // of a derived one
	Indexes                 []int
}

// Hold takes a proof value apart.
func Hold(value string) (Held, error) {
	if IsDerived(value) {
		d, err := parseDerived(value)
		if err != nil {
			return Held{}, err
		}
		return Held{Signature: d.signature, Public: d.public, Signatures: d.signatures, Labels: d.labels, Indexes: d.mandatory}, nil
	}
	b, err := parseBase(value)
	if err != nil {
		return Held{}, err
	}
	return Held{Signature: b.signature, Public: b.public, HMAC: b.hmacKey, Signatures: b.signatures, Pointers: b.mandatory}, nil
}

// Checked are the steps of Verify before signatures are looked at: the statements under the issuer's labels, the hash of the
// mandatory ones, the others, and the hash of the proof.
func Checked(doc, proof ijson.Value, o ...jsonld.Option) (lines []string, must []byte, rest []string, config []byte, err error) {
	d, err := parseDerived(proof.Member("proofValue").Text())
	if err != nil {
		return nil, nil, nil, nil, err
	}
	quads, err := jsonld.ToRDF(doc, append(o, jsonld.Omit("proof"))...)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if lines, err = d.relabelled(quads); err != nil {
		return nil, nil, nil, nil, err
	}
	if must, rest, err = d.split(lines); err != nil {
		return nil, nil, nil, nil, err
	}
	config, err = hashConfig(doc, proof, o...)
	return lines, must, rest, config, err
}

// Expand reads the key of a proof's statements.
func Expand(raw []byte) error {
	_, err := expanded(raw)
	return err
}
