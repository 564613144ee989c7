package dataintegrity

import (
	"crypto/sha256"
	"crypto/sha512"

	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// The cryptosuites that are read. The first five are also written.
const (
	EdDSARDFC  = "eddsa-rdfc-2022"
	EdDSAJCS   = "eddsa-jcs-2022"
	ECDSARDFC  = "ecdsa-rdfc-2019"
	ECDSAJCS   = "ecdsa-jcs-2019"
	ECDSASD    = ecdsasd.Suite          // selective disclosure; base proofs are written, derived ones read
	EdDSA2022  = "eddsa-2022"           // a draft of eddsa-rdfc-2022
	Ed25519Sig = "Ed25519Signature2020" // a proof type of its own, without a cryptosuite
)

const dataIntegrityProof = "DataIntegrityProof"

// suite is one row of the closed list.
type suite struct {
	name  string
	typ   string // the proof's type
	jcs   bool   // canonical JSON instead of canonical RDF
	ecdsa bool
	sd    bool // selective disclosure
	write bool
}

func suiteOf(typ, cryptosuite string) (suite, bool) {
	name := cryptosuite
	if typ != dataIntegrityProof {
		name = typ
	}
	s, ok := suiteNamed(name)
	return s, ok && s.typ == typ && (typ == dataIntegrityProof || cryptosuite == "")
}

func suiteNamed(name string) (suite, bool) {
	s := suite{name: name, typ: dataIntegrityProof}
	switch name {
	case EdDSARDFC:
		s.write = true
	case EdDSAJCS:
		s.write, s.jcs = true, true
	case ECDSARDFC:
		s.write, s.ecdsa = true, true
	case ECDSAJCS:
		s.write, s.ecdsa, s.jcs = true, true, true
	case ECDSASD:
		s.write, s.ecdsa, s.sd = true, true, true
	case EdDSA2022:
	case Ed25519Sig:
		s.typ = Ed25519Sig
	default:
		return suite{}, false
	}
	return s, true
}

// takes reports whether a key of alg can make a proof of this suite.
func (s suite) takes(alg keys.Algorithm) bool {
	if s.sd {
		return alg == keys.ES256
	}
	if s.ecdsa {
		return alg == keys.ES256 || alg == keys.ES384
	}
	return alg == keys.EdDSA
}

// signatureSize is the length of a signature by a key of alg.
func signatureSize(alg keys.Algorithm) int {
	if alg == keys.ES384 {
		return 96
	}
	return 64
}

// hashOf is the hash function that goes with a key (vc-di-ecdsa §3.2: SHA-384 with P-384, else SHA-256).
func hashOf(alg keys.Algorithm) jsonld.Hash {
	if alg == keys.ES384 {
		return jsonld.SHA384
	}
	return jsonld.SHA256
}

func digest(h jsonld.Hash, text []byte) []byte {
	if h == jsonld.SHA384 {
		sum := sha512.Sum384(text)
		return sum[:]
	}
	sum := sha256.Sum256(text)
	return sum[:]
}
