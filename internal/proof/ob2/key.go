package ob2

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// Key returns the key with that id as the Profile lists it, or for id "" the only one: the key itself, for Public, or only its
// address, where ReadKey finds it. The error is a *fault.Defect: key.not_bound_to_issuer when the issuer does not list it.
func (p *Profile) Key(id string) (Link, error) {
	if id == "" && len(p.keys) == 1 {
		return p.keys[0], nil
	}
	for _, k := range p.keys {
		if id != "" && k.ID == id {
			return k, nil
		}
	}
	return Link{}, fault.Wrong("key.not_bound_to_issuer", "/verification/creator", "The key %.80q is not one that the issuer lists.", id)
}

// ReadKey reads the key that stands at its address. Errors are those of ReadClass and of Public.
func (p *Profile) ReadKey(raw []byte, id string, alg keys.Algorithm) (keys.Public, error) {
	doc, err := at(raw, id, "CryptographicKey")
	if err != nil {
		return keys.Public{}, err
	}
	return p.Public(Link{ID: id, Doc: doc}, alg)
}

// Public reads a key that stands in the Profile, for signatures of that algorithm. The error is a *fault.Defect: did.mismatch
// when it is somebody else's, key.malformed when it is no key in PEM, or one of keys.NewPublic.
func (p *Profile) Public(key Link, alg keys.Algorithm) (keys.Public, error) {
	if owner := link(key.Doc.Member("owner")).ID; owner != p.ID {
		return keys.Public{}, fault.Wrong("did.mismatch", key.ID, "The key is owned by somebody else than the issuer.")
	}
	text := key.Doc.Member("publicKeyPem")
	if text.Kind() != ijson.String {
		return keys.Public{}, fault.Wrong("key.malformed", key.ID, "The key does not stand here in PEM.")
	}
	block, rest := pem.Decode([]byte(text.Text()))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return keys.Public{}, fault.Wrong("key.malformed", key.ID, "What stands in place of the key is not one key in PEM.")
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return keys.Public{}, fault.Wrong("key.malformed", key.ID, "What stands in place of the key is no public key.")
	}
	if err != nil {
		return keys.Public{}, fault.Wrong("key.malformed", key.ID, "The key cannot be read.")
	}
	return keys.NewPublic(key.ID, alg, public)
}
