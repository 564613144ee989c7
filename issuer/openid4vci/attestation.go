package openid4vci

import (
	"crypto/x509"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// Headers by which a wallet shows who vouches for it (OAuth 2.0 Attestation-Based Client Authentication, draft 7).
const (
	attestationHeader    = "OAuth-Client-Attestation"
	attestationPoPHeader = "OAuth-Client-Attestation-PoP"
)

// attestation is a key attestation that holds (OpenID4VCI 1.0 appendix D): keys that a wallet's provider vouches for.
type attestation struct {
	keys  []keys.Public
	nonce string
}

// vouched reads a token of one of these types that a provider of wallets signed, whom an authority of the configuration vouches for,
// and checks that it has not ended.
func (a *API) vouched(compact string, typs ...string) (ijson.Value, error) {
	m, err := jose.ReadMembers([]byte(compact), "alg", "typ", "kid", "x5c")
	if err != nil {
		return ijson.Value{}, err
	}
	if !slices.Contains(typs, m.Header.Type) || !slices.Contains(a.proofAlgs(), m.Header.Alg) || len(m.Header.Chain) == 0 {
		return ijson.Value{}, fault.Wrong("attestation.header", "", "typ is not %s, the algorithm not one of the metadata, or x5c is missing", typs[0])
	}
	between := x509.NewCertPool()
	for _, c := range m.Header.Chain[1:] {
		between.AddCert(c)
	}
	leaf, now := m.Header.Chain[0], a.c.Clock()
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: a.c.Providers, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}); err != nil || leaf.IsCA {
		return ijson.Value{}, fault.Wrong("attestation.x5c", "/x5c", "no authority that is relied on here vouches for the provider of the wallet")
	}
	key, err := keys.NewPublic("", m.Header.Alg, leaf.PublicKey)
	if err != nil {
		return ijson.Value{}, err
	}
	if err := m.Verify(key); err != nil {
		return ijson.Value{}, err
	}
	c, err := ijson.Parse(m.Payload, ijson.Bounds{Bytes: 32 << 10, Depth: 16, Members: 1024})
	if err != nil {
		return ijson.Value{}, err
	}
	if _, has := c.Get("exp"); has {
		if end, ok := seconds(c, "exp"); !ok || !now.Before(end.Add(limits.ClockSkew)) {
			return ijson.Value{}, fault.Wrong("attestation.exp", "/exp", "it has ended")
		}
	}
	return c, nil
}

// readAttestation checks a key attestation. Up to draft 15 its type was spelt without the hyphen, as libraries still do.
func (a *API) readAttestation(compact string) (attestation, error) {
	c, err := a.vouched(compact, "key-attestation+jwt", "keyattestation+jwt")
	if err != nil {
		return attestation{}, refuse(invalidProof, "key attestation: "+fault.AsDefect(err).Detail)
	}
	if made, ok := seconds(c, "iat"); !ok || made.After(a.c.Clock().Add(limits.ClockSkew)) {
		return attestation{}, refuse(invalidProof, "iat of the key attestation is missing or to come")
	}
	list := c.Member("attested_keys").Elems()
	if len(list) == 0 || len(list) > limits.WalletBatch {
		return attestation{}, refuse(invalidProof, "the key attestation names no keys, or more than credentials are given at once")
	}
	out := attestation{nonce: c.Member("nonce").Text()}
	for _, v := range list {
		k, err := keys.ParseJWK(v)
		if err != nil {
			return attestation{}, badProof(err)
		}
		if !slices.Contains(a.proofAlgs(), k.Alg) {
			return attestation{}, refuse(invalidProof, "an attested key is of an algorithm that is not one of the metadata")
		}
		out.keys = append(out.keys, k)
	}
	return out, nil
}

// proveAttestation takes a key attestation in the place of a proof (appendix F.3), with its nonce.
func (a *API) proveAttestation(v ijson.Value) (proven, error) {
	if a.c.Providers == nil {
		return proven{}, refuse(invalidProof, "key attestations are not taken: no authority is set that could vouch for a provider of wallets")
	}
	att, err := a.readAttestation(v.Text())
	if err != nil {
		return proven{}, err
	}
	if att.nonce == "" {
		return proven{}, refuse(invalidProof, "the key attestation has no nonce")
	}
	out := proven{nonce: att.nonce}
	for i := range att.keys {
		out.holders = append(out.holders, wallet.Holder{Key: &att.keys[i]})
	}
	return out, nil
}

// client finds out which wallet asks. It may say nothing, but where authorities are set and it shows who vouches for it, that
// holds; in the HAIP profile it has to.
func (a *API) client(g *gin.Context, named string) (string, error) {
	no := func(detail string) error {
		return &refusal{status: http.StatusUnauthorized, code: invalidClient, detail: detail}
	}
	shown := g.Request.Header.Values(attestationHeader)
	if len(shown) == 0 && a.c.Profile != HAIP || a.c.Providers == nil {
		return named, nil
	}
	proof := g.Request.Header.Values(attestationPoPHeader)
	if len(shown) != 1 || len(proof) != 1 {
		return "", no("the wallet shows not exactly one attestation with one proof of its key")
	}
	c, err := a.vouched(shown[0], "oauth-client-attestation+jwt")
	if err != nil {
		return "", no("attestation of the wallet: " + fault.AsDefect(err).Detail)
	}
	id := c.Member("sub").Text()
	if _, ends := c.Get("exp"); !ends || id == "" || named != "" && named != id {
		return "", no("the attestation has no end, or is about another wallet than client_id")
	}
	key, err := keys.ParseJWK(c.Member("cnf").Member("jwk"))
	if err != nil {
		return "", no("the attestation names no key of the wallet")
	}
	return id, a.possesses(g, proof[0], key, id)
}

// possesses checks that the wallet has the key that its attestation names.
func (a *API) possesses(g *gin.Context, compact string, key keys.Public, client string) error {
	no := func(detail string) error {
		return &refusal{status: http.StatusUnauthorized, code: invalidClient, detail: "proof of the attestation's key: " + detail}
	}
	m, err := jose.ReadMembers([]byte(compact), "alg", "typ", "kid", "jwk")
	if err != nil {
		return no(fault.AsDefect(err).Detail)
	}
	if m.Header.Type != "oauth-client-attestation-pop+jwt" {
		return no("typ is not oauth-client-attestation-pop+jwt")
	}
	if err := m.Verify(key); err != nil {
		return no(fault.AsDefect(err).Detail)
	}
	c, err := ijson.Parse(m.Payload, ijson.Bounds{Bytes: 8 << 10, Depth: 8, Members: 64})
	if err != nil {
		return no(fault.AsDefect(err).Detail)
	}
	made, dated := seconds(c, "iat")
	now := a.c.Clock()
	id, aud := c.Member("jti").Text(), c.Member("aud").Texts()
	iss, named := c.Get("iss")
	switch {
	case len(aud) != 1 || aud[0] != a.c.BaseURL:
		return no("aud is not this authorization server")
	case !dated || made.After(now.Add(limits.ClockSkew)) || made.Before(now.Add(-limits.NonceLife-limits.ClockSkew)):
		return no("iat is missing, too old or to come")
	case id == "" || len(id) > 256:
		return no("jti is missing or too long")
	case named && iss.Text() != client:
		return no("iss is another wallet")
	}
	err = a.c.Wallets.UseOnce(g.Request.Context(), "attestation "+key.Thumbprint()+" "+id, made.Add(limits.NonceLife+2*limits.ClockSkew))
	if fault.Is(err, fault.Invalid) {
		return no("it was seen before")
	}
	return err
}
