package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

const (
	modulusMin = limits.RSAModulusMin
	modulusMax = limits.RSAModulusMax
)

// curve is what JOSE and Multikey fix for one NIST curve.
type curve struct {
	name  string
	alg   Algorithm
	size  int    // bytes of a coordinate and of r and s
	order string // big-endian bytes of n, the order of the base point (SP 800-186 §3.2.1)
	codec string // multicodec prefix of a compressed point
	curve func() elliptic.Curve
}

// The curves that are read.
var (
	p256 = curve{
		name: "P-256", alg: ES256, size: 32, codec: "\x80\x24", curve: elliptic.P256,
		order: "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
	}
	p384 = curve{
		name: "P-384", alg: ES384, size: 48, codec: "\x81\x24", curve: elliptic.P384,
		order: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf" +
			"\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73",
	}
	p521 = curve{ // as JWK only: did:key and Multikey of it are not read
		name: "P-521", alg: ES512, size: 66, curve: elliptic.P521,
		order: "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xff\xfa\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09" +
			"\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38" +
			"\x64\x09",
	}
)

func curveNamed(name string) (*curve, bool) {
	switch name {
	case p256.name:
		return &p256, true
	case p384.name:
		return &p384, true
	case p521.name:
		return &p521, true
	}
	return nil, false
}

func curveOf(k *ecdsa.PublicKey) (*curve, bool) {
	if k == nil {
		return nil, false
	}
	switch k.Curve {
	case elliptic.P256():
		return &p256, true
	case elliptic.P384():
		return &p384, true
	case elliptic.P521():
		return &p521, true
	}
	return nil, false
}

// NewPublic makes a Public of a key that came from elsewhere, such as a hardware module. Its error is a *fault.Defect:
// key.weak, key.alg_mismatch when alg is not the one for that kind of key, or key.unsupported.
func NewPublic(id string, alg Algorithm, key crypto.PublicKey) (Public, error) {
	fits, err := Algorithm(""), error(nil)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		c, ok := curveOf(k)
		if !ok {
			return Public{}, fault.Wrong("key.unsupported", "", "the curve of the key is not read")
		}
		fits = c.alg
		if _, cause := k.Bytes(); cause != nil {
			err = fault.Wrong("key.weak", "", "the point does not lie on the curve %s", c.name)
		}
	case ed25519.PublicKey:
		fits, err = EdDSA, checkEd25519(k)
	case *rsa.PublicKey:
		fits, err = RS256, checkRSA(k)
	default:
		err = fault.Wrong("key.unsupported", "", "a key of the type %T is not read", key)
	}
	if err != nil {
		return Public{}, err
	}
	if fits != alg {
		return Public{}, fault.Wrong("key.alg_mismatch", "", "the key is for %s, not for %.20q", fits, string(alg))
	}
	return Public{ID: id, Alg: alg, Key: key}, nil
}

func checkRSA(k *rsa.PublicKey) error {
	if k == nil || k.N == nil {
		return fault.Wrong("key.weak", "/n", "the RSA key has no modulus")
	}
	switch n := k.N.BitLen(); {
	case n < modulusMin || n > modulusMax:
		return fault.Wrong("key.weak", "/n", "the RSA modulus has %d bits, %d to %d are taken", n, modulusMin, modulusMax)
	case k.N.Bit(0) == 0:
		return fault.Wrong("key.weak", "/n", "the RSA modulus is even")
	case k.E < 3 || k.E&1 == 0:
		return fault.Wrong("key.weak", "/e", "the RSA exponent is even or less than 3")
	}
	return nil
}

// smallOrder are the y coordinates, little-endian, of the eight points of small order on edwards25519: 1, −1, 0 and the
// two of order 8. For such a key everybody can make signatures that hold.
var smallOrder = [...]string{
	"\x01" + zeros31,
	"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	"\x00" + zeros31,
	"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0" +
		"\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
	"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f" +
		"\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
}

const zeros31 = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// checkEd25519 refuses encodings that are no canonical point (RFC 8032 §5.1.3) and points of small order. The standard
// library takes both as keys.
func checkEd25519(k ed25519.PublicKey) error {
	if len(k) != ed25519.PublicKeySize {
		return fault.Wrong("key.syntax", "/x", "an Ed25519 key has %d bytes, this has %d", ed25519.PublicKeySize, len(k))
	}
	le := slices.Clone(k)
	le[31] &= 0x7f // the sign of x
	if slices.Contains(smallOrder[:], string(le)) {
		return fault.Wrong("key.weak", "/x", "the Ed25519 key is a point of small order")
	}
	slices.Reverse(le)
	y, p := new(big.Int).SetBytes(le), fieldPrime()
	if y.Cmp(p) >= 0 {
		return fault.Wrong("key.weak", "/x", "the Ed25519 key is not in its canonical form")
	}
	// x² = (y²−1)/(dy²+1) has a root exactly when the product of both is a square; d = −121665/121666, so both sides are
	// multiplied by 121666.
	yy := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(yy, big.NewInt(1))
	u.Mul(u, big.NewInt(121666))
	w := new(big.Int).Mul(yy, big.NewInt(-121665))
	w.Add(w, big.NewInt(121666))
	if big.Jacobi(u.Mul(u, w).Mod(u, p), p) != 1 {
		return fault.Wrong("key.weak", "/x", "the Ed25519 key is no point on its curve")
	}
	return nil
}

// fieldPrime returns 2²⁵⁵−19.
func fieldPrime() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	return p.Sub(p, big.NewInt(19))
}
