// Package baking puts a credential into a picture and takes it out again (Open Badges 3.0 §5.3, "Baking").
//
// PNG: one iTXt chunk with the keyword of the kind, openbadgecredential or (CLR 2.0) clrcredential, never compressed. SVG:
// one element credential of the kind's name space, a compact JWS in its attribute "verify", JSON in its body. The bytes
// that are taken out are the bytes that were put in. The package refuses pictures that carry two credentials, of one kind
// or of both, broken chunks, compressed text, XML with its own entities, and whatever exceeds internal/limits. What a
// picture of Open Badges 2.0 carries is taken out, and none is made. Whether the credential is any good, and whether it is of the kind that
// its place says, is not its question.
package baking

import (
	"bytes"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Codes of the defects that this package finds. CodeNone alone means: a sound picture that carries no credential.
const (
	CodeNone       = "image.no_credential"
	CodeMultiple   = "image.multiple_credentials"
	CodeMalformed  = "image.malformed"
	CodeCompressed = "image.compressed_credential"
	CodeOB2        = "image.ob2_assertion"
	CodeEntities   = "image.entities"
	codeSize       = "limits.size"
)

// Kind is the kind of credential that a place in a picture is for.
type Kind uint8

// The kinds.
const (
	Badge  Kind = iota // Open Badges 3.0
	Record             // Comprehensive Learner Record 2.0
)

// keyword is the PNG keyword of the kind.
func (k Kind) keyword() string {
	if k == Record {
		return keywordCLR
	}
	return keyword
}

// namespace is the XML name space of the kind, with the prefix that is usual for it.
func (k Kind) namespace() (uri, prefix string) {
	if k == Record {
		return namespaceCLR, "clr"
	}
	return namespace, "openbadges"
}

// found is what one pass over a picture learned; both formats fill it and share the conclusion.
type found struct {
	credentials [][]byte
	ob2         [][]byte // assertions of Open Badges 2.0, or their addresses
	ob2Broken   error    // why there is none in its place; no question of the credential beside it
	elsewhere   string   // a place that looks like a credential and does not count, in words
}

// credential concludes: exactly one, or the defect that names what is there instead.
func (f found) credential() ([]byte, error) {
	switch {
	case len(f.credentials) > 1:
		return nil, fault.Wrong(CodeMultiple, "", "the picture carries %d credentials; it must carry one", len(f.credentials))
	case len(f.credentials) == 1:
		return one(f.credentials[0])
	case len(f.ob2) > 0 || f.ob2Broken != nil:
		return nil, fault.Wrong(CodeOB2, "", "the picture carries an Open Badges 2.0 assertion, which is not a signed Open Badges 3.0 credential")
	case f.elsewhere != "":
		return nil, fault.Wrong(CodeNone, "", "The picture carries no credential; what stands %s does not count", f.elsewhere)
	}
	return nil, fault.Wrong(CodeNone, "", "The picture carries no credential")
}

// assertion concludes on what stands in the places of Open Badges 2.0.
func (f found) assertion() ([]byte, error) {
	if f.ob2Broken != nil {
		return nil, f.ob2Broken
	}
	switch len(f.ob2) {
	case 0:
		return nil, fault.Wrong(CodeNone, "", "The picture carries no Open Badges 2.0 assertion")
	case 1:
		return one(f.ob2[0])
	}
	return nil, fault.Wrong(CodeMultiple, "", "the picture carries %d Open Badges 2.0 assertions; it must carry one", len(f.ob2))
}

func one(c []byte) ([]byte, error) {
	if len(bytes.Trim(c, space)) == 0 {
		return nil, fault.Wrong(CodeNone, "", "the place for the credential is empty")
	}
	if len(c) > limits.CredentialBytes {
		return nil, fault.Wrong(codeSize, "", "the credential has %d bytes, at most %d are taken", len(c), limits.CredentialBytes)
	}
	if !utf8.Valid(c) {
		return nil, fault.Wrong(CodeMalformed, "", "the credential in the picture is not UTF-8")
	}
	return bytes.Clone(c), nil
}

// space is the white space of XML and of JSON, which is the same four characters.
const space = " \t\r\n"

// bakeable refuses what no picture can carry back unchanged. It is a fault, not a Defect: we made this credential.
func bakeable(credential []byte) error {
	switch {
	case len(credential) > limits.CredentialBytes:
		return fault.New(fault.TooLarge, nil, "The credential is too large to be put into a picture.").Code(codeSize)
	case isJSON(credential) && utf8.Valid(credential) && !hasControls(credential), isCompactJWS(credential):
		return nil
	}
	return fault.New(fault.Invalid, nil, "Only a compact JWS or a JSON credential can be put into a picture.").Code("image.not_bakeable")
}

func isJSON(credential []byte) bool {
	c := bytes.TrimLeft(credential, space)
	return len(c) > 0 && c[0] == '{'
}

// hasControls reports characters that neither raw JSON nor XML 1.0 §2.2 admits.
func hasControls(text []byte) bool {
	for _, r := range string(text) {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return true
		}
	}
	return false
}

func isCompactJWS(credential []byte) bool {
	if bytes.Count(credential, []byte{'.'}) != 2 {
		return false
	}
	for _, c := range credential {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}
