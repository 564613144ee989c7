package sdjwt

import (
	"crypto"
	_ "crypto/sha256" // links what crypto.SHA256 names
	_ "crypto/sha512" // links what crypto.SHA384 and crypto.SHA512 name
	"encoding/base64"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// hash is a hash algorithm of the closed list below.
type hash crypto.Hash

// issuedHash is the algorithm of what we issue, named in _sd_alg.
const issuedHash = hash(crypto.SHA256)

// hashNamed returns the algorithm that _sd_alg names, sha-256 when it is absent (RFC 9901 §4.1.1).
func hashNamed(payload ijson.Value) (hash, error) {
	v, ok := payload.Get("_sd_alg")
	if !ok {
		return issuedHash, nil
	}
	switch v.Text() {
	case "sha-256":
		return hash(crypto.SHA256), nil
	case "sha-384":
		return hash(crypto.SHA384), nil
	case "sha-512":
		return hash(crypto.SHA512), nil
	}
	return 0, fault.Wrong("sdjwt.hash", "/_sd_alg", "the hash algorithm is not one of sha-256, sha-384, sha-512")
}

// digest returns the hash of text in base64url (RFC 9901 §4.2.3).
func (h hash) digest(text []byte) string {
	w := crypto.Hash(h).New()
	w.Write(text)
	return base64.RawURLEncoding.EncodeToString(w.Sum(nil))
}
