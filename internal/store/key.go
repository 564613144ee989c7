package store

import (
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/randid"
)

// keyKind is the prefix of an identifier whose 128 bits are stored as 16 bytes.
type keyKind string

const (
	awardKey      keyKind = "awd_"
	credentialKey keyKind = ""
)

// bytes reads an identifier. What has not its shape can name nothing: fault.NotFound.
func (k keyKind) bytes(id string) ([]byte, error) {
	rest, ok := strings.CutPrefix(id, string(k))
	b, valid := randid.Decode(rest)
	if !ok || !valid {
		what := "credential"
		if k == awardKey {
			what = "award"
		}
		return nil, fault.New(fault.NotFound, nil, "there is no such %s", what).Code(what + ".not_found")
	}
	return b[:], nil
}

// text writes an identifier.
func (k keyKind) text(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return string(k) + randid.Encode([16]byte(b))
}
