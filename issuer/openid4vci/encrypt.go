package openid4vci

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	jwe "github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// encryptions are the content encryptions of requests and answers. Key agreement is ECDH-ES, and nothing is compressed.
func encryptions() []jwe.ContentEncryption { return []jwe.ContentEncryption{jwe.A128GCM, jwe.A256GCM} }

// envelope is the key that requests are encrypted to. It follows from the secret of the deployment, so that all its servers have
// the same, and names itself by its thumbprint.
type envelope struct {
	private *ecdsa.PrivateKey
	id      string
}

func newEnvelope(secret []byte) (envelope, error) {
	for n := range 4 { // a number beyond the order of the curve is next to impossible
		seed, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("laurel credential requests %d", n), 32)
		if err != nil {
			return envelope{}, fmt.Errorf("key of credential requests: %w", err)
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
		if err != nil {
			continue
		}
		pub, err := keys.NewPublic("", keys.ES256, &key.PublicKey)
		return envelope{private: key, id: pub.Thumbprint()}, err
	}
	return envelope{}, fmt.Errorf("key of credential requests: none was found")
}

func (e envelope) public() jwe.JSONWebKey {
	return jwe.JSONWebKey{Key: &e.private.PublicKey, KeyID: e.id, Algorithm: string(jwe.ECDH_ES), Use: "enc"}
}

// open decrypts a request (OpenID4VCI 1.0 §10): to this key, of the listed kinds, not compressed.
func (e envelope) open(compact []byte) ([]byte, error) {
	refused := refuse(invalidEncryption, "the request is not encrypted as the metadata says")
	if e.private == nil {
		return nil, refuse(invalidEncryption, "encrypted requests are not taken")
	}
	head, _, ok := cut(compact)
	if !ok {
		return nil, refused
	}
	raw, err := jose.DecodeSegment(head, "header")
	if err != nil {
		return nil, refused
	}
	header, err := ijson.Parse(raw, ijson.Bounds{Bytes: 8 << 10, Depth: 8, Members: 64})
	if err != nil {
		return nil, refused
	}
	if _, zip := header.Get("zip"); zip || header.Member("kid").Text() != e.id {
		return nil, refused
	}
	msg, err := jwe.ParseEncryptedCompact(string(compact), []jwe.KeyAlgorithm{jwe.ECDH_ES}, encryptions())
	if err != nil {
		return nil, refused
	}
	plain, err := msg.Decrypt(e.private)
	if err != nil {
		return nil, refused
	}
	return plain, nil
}

// cut returns the first segment of a compact serialization.
func cut(compact []byte) (head, rest []byte, ok bool) {
	i := slices.Index(compact, '.')
	if i < 0 {
		return nil, nil, false
	}
	return compact[:i], compact[i+1:], true
}

// sealing is how an answer is to be encrypted; the zero value: not at all.
type sealing struct {
	key *jwe.JSONWebKey
	enc jwe.ContentEncryption
}

// readSealing reads credential_response_encryption (OpenID4VCI 1.0 §8.2). The key stands in an encrypted request only, where nobody
// on the way can have put it.
func readSealing(body ijson.Value, encrypted channel) (sealing, error) {
	v, has := body.Get("credential_response_encryption")
	if !has {
		return sealing{}, nil
	}
	no := func(detail string) (sealing, error) { return sealing{}, refuse(invalidEncryption, detail) }
	if encrypted == inTheClear {
		return no("an encrypted answer is for an encrypted request")
	}
	if _, zip := v.Get("zip"); zip {
		return no("nothing is compressed")
	}
	alg := v.Member("jwk").Member("alg").Text()
	if alg == "" {
		alg = v.Member("alg").Text() // drafts up to 15
	}
	enc := jwe.ContentEncryption(v.Member("enc").Text())
	if alg != string(jwe.ECDH_ES) || !slices.Contains(encryptions(), enc) {
		return no("alg or enc is not one of the metadata")
	}
	var key jwe.JSONWebKey
	if err := json.Unmarshal(ijson.Append(nil, v.Member("jwk")), &key); err != nil || !key.IsPublic() || !key.Valid() {
		return no("jwk is no public key")
	}
	if _, ec := key.Key.(*ecdsa.PublicKey); !ec {
		return no("jwk is no key of a NIST curve")
	}
	return sealing{key: &key, enc: enc}, nil
}

// seal encrypts an answer.
func (s sealing) seal(plain []byte) (string, error) {
	e, err := jwe.NewEncrypter(s.enc, jwe.Recipient{Algorithm: jwe.ECDH_ES, Key: s.key.Key, KeyID: s.key.KeyID}, nil)
	if err != nil {
		return "", fmt.Errorf("encrypting an answer: %w", err)
	}
	msg, err := e.Encrypt(plain)
	if err != nil {
		return "", fmt.Errorf("encrypting an answer: %w", err)
	}
	return msg.CompactSerialize()
}
