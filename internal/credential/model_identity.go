package credential

import (
	"crypto/md5" //nolint:gosec // read only: OB 3.0 §IdentityHash allows it, and old badges have it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/ijson"
)

// IdentityObject is an identifier of the recipient, in clear or hashed.
type IdentityObject struct {
	Type         Single[string] `json:"type,omitempty"`
	Hashed       bool           `json:"hashed"`
	IdentityHash string         `json:"identityHash,omitzero"` // "sha256$…" when Hashed, else the identifier itself
	IdentityType string         `json:"identityType,omitzero"` // such as "emailAddress"
	Salt         string         `json:"salt,omitzero"`
	Extra        jsontext.Value `json:",embed"`
}

// ReadIdentity reads an identifier as it stands in a document.
func ReadIdentity(v ijson.Value) IdentityObject {
	return IdentityObject{
		Hashed: v.Member("hashed").True(), IdentityHash: v.Member("identityHash").Text(),
		IdentityType: v.Member("identityType").Text(), Salt: v.Member("salt").Text(),
	}
}

// HashIdentity returns the identityHash of an identifier: SHA-256 over the identifier followed by the salt
// (OB 3.0 §IdentityHash). The identifier is taken as it is: no case folding, no trimming.
func HashIdentity(identifier, salt string) string {
	sum := sha256.Sum256([]byte(identifier + salt))
	return "sha256$" + hex.EncodeToString(sum[:])
}

// PlainAddress returns an e-mail address as Laurel writes and hashes it: A to Z of the domain in lower case, and nothing else
// changed. Only the host may say that case does not matter before the @, and Unicode's lower case would make one address of
// two: an i of the Turkish dotted capital, a k of the Kelvin sign (threat U11).
func PlainAddress(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok {
		return address
	}
	return local + "@" + strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, domain)
}

// Matches reports whether o is about that identifier of that type. The exact value is compared, in constant time; the hex
// digits of a hash may have either case. An algorithm other than sha256 and md5 matches nothing.
func (o IdentityObject) Matches(identityType, identifier string) bool {
	if o.IdentityType != identityType || identifier == "" {
		return false
	}
	if !o.Hashed {
		want, got := sha256.Sum256([]byte(o.IdentityHash)), sha256.Sum256([]byte(identifier))
		return subtle.ConstantTimeCompare(want[:], got[:]) == 1
	}
	algorithm, digits, _ := strings.Cut(o.IdentityHash, "$")
	want, err := hex.DecodeString(digits)
	if err != nil {
		return false
	}
	salted := []byte(identifier + o.Salt)
	switch algorithm {
	case "sha256":
		got := sha256.Sum256(salted)
		return subtle.ConstantTimeCompare(want, got[:]) == 1
	case "md5":
		got := md5.Sum(salted) //nolint:gosec // see the import
		return subtle.ConstantTimeCompare(want, got[:]) == 1
	}
	return false
}
