package openid4vp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// encryptions are the content encryptions that we offer.
func encryptions() []string { return []string{string(jose.A128GCM), string(jose.A256GCM)} }

// encryptionKey is the key that the answer to one request is encrypted to. It is made of our secret and the request, so that it
// need not be kept, and none serves two requests.
type encryptionKey struct {
	private *ecdsa.PrivateKey
	id      string
}

// Of no secret anybody could make it, too.
func (a *API) encryptionKey(requestID string) (encryptionKey, error) {
	if len(a.c.Secret) == 0 {
		return encryptionKey{}, fmt.Errorf("key of an answer: there is no secret to make it of")
	}
	for n := range 4 { // a number beyond the order of the curve is next to impossible
		seed, err := hkdf.Key(sha256.New, a.c.Secret, nil, fmt.Sprintf("laurel answer of a wallet %s %d", requestID, n), 32)
		if err != nil {
			break
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed); err == nil {
			return encryptionKey{private: key, id: requestID}, nil
		}
	}
	return encryptionKey{}, fmt.Errorf("key of an answer: none was found")
}

func (k encryptionKey) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: &k.private.PublicKey, KeyID: k.id, Algorithm: string(jose.ECDH_ES), Use: "enc"}
}

// open decrypts an answer (direct_post.jwt, OpenID4VP 1.0 §8.3): one of the offered kinds, to this key, not compressed.
func (k encryptionKey) open(compact string) (ijson.Value, error) {
	refused := func(cause error) error {
		return fault.New(fault.Invalid, cause, "the answer is not encrypted as was asked for").Code("request.encryption")
	}
	head, _, _ := strings.Cut(compact, ".")
	var header ijson.Value
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil {
		header, err = ijson.Parse(raw, ijson.Bounds{})
	}
	if _, zip := header.Get("zip"); err != nil || zip || header.Member("kid").Text() != k.id {
		return ijson.Value{}, refused(err)
	}
	msg, err := jose.ParseEncryptedCompact(compact, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A128GCM, jose.A256GCM})
	if err != nil {
		return ijson.Value{}, refused(err)
	}
	plain, err := msg.Decrypt(k.private)
	if err != nil {
		return ijson.Value{}, refused(err)
	}
	return object(plain)
}

// object reads a JSON object strictly.
func object(text []byte) (ijson.Value, error) {
	v, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil || v.Kind() != ijson.Object {
		return v, fault.New(fault.Invalid, err, "a JSON object is expected").Code("request.json")
	}
	return v, nil
}
