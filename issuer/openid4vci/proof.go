package openid4vci

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/wallet"
)

const proofTypeHeader = "openid4vci-proof+jwt"

// proofAge is how old a key proof may be; its nonce lives as long.
const proofAge = limits.NonceLife

// proven is a key proof that holds.
type proven struct {
	holder wallet.Holder
	nonce  string
}

// prove checks a key proof of the type jwt (OpenID4VCI 1.0 appendix F.1 and F.4) but for its nonce, which is used up only when
// everything else holds. Members of the header that other specifications define say nothing that is believed here.
func (a *API) prove(ctx context.Context, compact string) (proven, error) {
	m, err := jose.ReadMembers([]byte(compact), "alg", "kid", "jwk", "typ", "key_attestation", "trust_chain")
	if err != nil {
		return proven{}, badProof(err)
	}
	h := m.Header
	switch {
	case h.Type != proofTypeHeader:
		return proven{}, refuse(invalidProof, "typ of the key proof is not "+proofTypeHeader)
	case !slices.Contains(proofAlgs(), h.Alg):
		return proven{}, refuse(invalidProof, "the algorithm of the key proof is not one of the metadata")
	case (h.KeyID == "") == (h.JWK == nil):
		return proven{}, refuse(invalidProof, "a key proof names its key by exactly one of kid and jwk")
	}
	holder, err := a.holder(ctx, h)
	if err != nil {
		return proven{}, err
	}
	if err := m.Verify(*holder.Key); err != nil {
		return proven{}, badProof(err)
	}
	nonce, err := a.checkClaims(m.Payload)
	return proven{holder: holder, nonce: nonce}, err
}

// holder finds the key that a proof is to be checked with. A DID is one that is a key itself: no wallet makes us ask an address.
func (a *API) holder(ctx context.Context, h jose.Header) (wallet.Holder, error) {
	if h.JWK != nil {
		bare := *h.JWK
		bare.ID = ""
		return wallet.Holder{Key: &bare}, nil
	}
	id, _, _ := strings.Cut(h.KeyID, "#")
	if !strings.HasPrefix(id, "did:key:") && !strings.HasPrefix(id, "did:jwk:") {
		return wallet.Holder{}, refuse(invalidProof, "kid is no DID URL of did:key or did:jwk")
	}
	doc, err := a.dids.Resolve(ctx, id)
	if err != nil {
		return wallet.Holder{}, badProof(err)
	}
	method, err := doc.Find(h.KeyID)
	if h.KeyID == id && len(doc.Methods) == 1 {
		method, err = doc.Methods[0], nil // the identifier is the key
	}
	if err != nil {
		return wallet.Holder{}, badProof(err)
	}
	key := keys.Public{Alg: method.Key.Alg, Key: method.Key.Key}
	return wallet.Holder{ID: id, Key: &key}, nil
}

// checkClaims checks for whom and when the proof was made, and returns its nonce.
func (a *API) checkClaims(payload []byte) (string, error) {
	c, err := ijson.Parse(payload, ijson.Bounds{Bytes: 16 << 10, Depth: 8, Members: 256})
	if err != nil {
		return "", badProof(err)
	}
	aud := c.Member("aud").Texts()
	if len(aud) != 1 || aud[0] != a.c.BaseURL {
		return "", refuse(invalidProof, "aud of the key proof is not this credential issuer")
	}
	now := a.c.Clock()
	made, ok := seconds(c, "iat")
	if !ok || made.After(now.Add(limits.ClockSkew)) || made.Before(now.Add(-proofAge-limits.ClockSkew)) {
		return "", refuse(invalidProof, "iat of the key proof is missing, too old or to come")
	}
	if _, has := c.Get("exp"); has {
		if end, ok := seconds(c, "exp"); !ok || !now.Before(end.Add(limits.ClockSkew)) {
			return "", refuse(invalidProof, "the key proof has ended")
		}
	}
	if _, has := c.Get("nbf"); has {
		if from, ok := seconds(c, "nbf"); !ok || from.After(now.Add(limits.ClockSkew)) {
			return "", refuse(invalidProof, "the key proof does not hold yet")
		}
	}
	nonce := c.Member("nonce").Text()
	if nonce == "" {
		return "", refuse(invalidProof, "the key proof has no nonce")
	}
	return nonce, nil
}

func seconds(c ijson.Value, name string) (time.Time, bool) {
	n, err := jose.NumericDate(c.Member(name))
	return time.Unix(n, 0), err == nil
}

func badProof(err error) error { return refuse(invalidProof, fault.AsDefect(err).Detail) }
