package openid4vci

import (
	"context"
	"crypto/x509"
	"slices"
	"strconv"
	"strings"

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

// The types of key proofs (OpenID4VCI 1.0 appendix F).
const (
	proofJWT         = "jwt"
	proofDIVP        = "di_vp"
	proofAttestation = "attestation"
)

// proofs are the key proofs of one request, all of one type.
type proofs struct {
	kind string
	list []ijson.Value
}

// proven are key proofs that hold: whose keys they are, in the order of the proofs, and their one nonce.
type proven struct {
	holders []wallet.Holder
	nonce   string
}

// proofAlgs are what proofs of keys may be signed with.
func (a *API) proofAlgs() []keys.Algorithm {
	if a.c.Profile == HAIP {
		return []keys.Algorithm{keys.ES256}
	}
	return []keys.Algorithm{keys.ES256, keys.EdDSA, keys.ES384}
}

// proveAll checks key proofs but for their nonce, which is used up only when everything else holds. All of them have the same
// nonce, and no key comes twice.
func (a *API) proveAll(ctx context.Context, ps proofs) (proven, error) {
	var out proven
	for _, v := range ps.list {
		p, err := a.prove(ctx, ps.kind, v)
		if err != nil {
			return proven{}, err
		}
		if out.nonce != "" && p.nonce != out.nonce {
			return proven{}, refuse(invalidNonce, "the key proofs of one request have one nonce")
		}
		out.nonce, out.holders = p.nonce, append(out.holders, p.holders...)
	}
	if len(out.holders) > limits.WalletBatch {
		return proven{}, refuse(invalidProof, "there are more keys than credentials are given at once")
	}
	for i, h := range out.holders {
		if slices.ContainsFunc(out.holders[:i], func(x wallet.Holder) bool { return same(x, h) }) {
			return proven{}, refuse(invalidProof, "two key proofs are of one key")
		}
	}
	return out, nil
}

func same(a, b wallet.Holder) bool {
	if a.Key != nil && b.Key != nil {
		return a.Key.Thumbprint() == b.Key.Thumbprint()
	}
	return a.ID == b.ID
}

func (a *API) prove(ctx context.Context, kind string, v ijson.Value) (proven, error) {
	switch kind {
	case proofDIVP:
		return a.provePresentation(ctx, v)
	case proofAttestation:
		return a.proveAttestation(v)
	}
	if v.Text() == "" {
		return proven{}, refuse(invalidProof, "a key proof is a text")
	}
	return a.proveToken(ctx, v.Text())
}

// proveToken checks a key proof of the type jwt (appendix F.1 and F.4). Members of the header that other specifications define
// say nothing that is believed here.
func (a *API) proveToken(ctx context.Context, compact string) (proven, error) {
	m, err := jose.ReadMembers([]byte(compact), "alg", "kid", "jwk", "x5c", "typ", "key_attestation", "trust_chain")
	if err != nil {
		return proven{}, badProof(err)
	}
	h := m.Header
	named := 0
	for _, has := range [...]bool{h.KeyID != "", h.JWK != nil, len(h.Chain) > 0} {
		if has {
			named++
		}
	}
	var waived Compat
	if h.Type == "" && a.c.Compat != nil {
		if waived, err = a.c.Compat(ctx); err != nil {
			return proven{}, err
		}
	}
	switch {
	case h.Type != proofTypeHeader && (h.Type != "" || !waived.ProofsWithoutTypeUnsafe):
		return proven{}, refuse(invalidProof, "typ of the key proof is not "+proofTypeHeader)
	case !slices.Contains(a.proofAlgs(), h.Alg):
		return proven{}, refuse(invalidProof, "the algorithm of the key proof is not one of the metadata")
	case named != 1:
		return proven{}, refuse(invalidProof, "a key proof names its key by exactly one of kid, jwk and x5c")
	}
	out, err := a.keysOf(ctx, m)
	if err != nil {
		return proven{}, err
	}
	if err := m.Verify(*out.signer.Key); err != nil {
		return proven{}, badProof(err)
	}
	nonce, err := a.checkClaims(m)
	if err == nil && out.nonce != "" && out.nonce != nonce {
		err = refuse(invalidProof, "the key attestation has another nonce than the proof")
	}
	if h.Type == "" {
		for i := range out.holders {
			out.holders[i].Waived = "digital-bazaar"
		}
	}
	return proven{holders: out.holders, nonce: nonce}, err
}

// named are the keys of a proof: who signed it, and for whom credentials are made.
type named struct {
	signer  wallet.Holder
	holders []wallet.Holder
	nonce   string // of a key attestation, or ""
}

// keysOf finds the keys of a proof: the one that it names, or those of a key attestation by a provider that is relied on.
func (a *API) keysOf(ctx context.Context, m *jose.Message) (named, error) {
	attestation, err := member(m, "key_attestation")
	if err != nil {
		return named{}, badProof(err)
	}
	if attestation.Kind() == ijson.Null || a.c.Providers == nil {
		h, err := a.holder(ctx, m.Header)
		return named{signer: h, holders: []wallet.Holder{h}}, err
	}
	att, err := a.readAttestation(attestation.Text())
	if err != nil {
		return named{}, err
	}
	out := named{nonce: att.nonce}
	for i, k := range att.keys {
		h := wallet.Holder{Key: &att.keys[i]}
		out.holders = append(out.holders, h)
		if signedBy(m.Header, i, k) {
			out.signer = h
		}
	}
	if out.signer.Key == nil {
		return named{}, refuse(invalidProof, "the key attestation does not name the key of the proof")
	}
	return out, nil
}

// signedBy reports whether the header of a proof names that attested key: by itself, by its kid, or by its place.
func signedBy(h jose.Header, i int, k keys.Public) bool {
	switch {
	case h.JWK != nil:
		return h.JWK.Thumbprint() == k.Thumbprint()
	case len(h.Chain) > 0:
		leaf, err := keys.NewPublic("", h.Alg, h.Chain[0].PublicKey)
		return err == nil && leaf.Thumbprint() == k.Thumbprint()
	}
	return h.KeyID == k.ID && k.ID != "" || k.ID == "" && h.KeyID == strconv.Itoa(i)
}

// member returns a member of the header of a message, the zero Value when it has none.
func member(m *jose.Message, name string) (ijson.Value, error) {
	head, _, _ := strings.Cut(string(m.Input), ".")
	raw, err := jose.DecodeSegment([]byte(head), "header")
	if err != nil {
		return ijson.Value{}, err
	}
	doc, err := ijson.Parse(raw, ijson.Bounds{Bytes: limits.HeaderBytes})
	if err != nil {
		return ijson.Value{}, err
	}
	v, _ := doc.Get(name)
	return v, nil
}

// holder finds the key that a proof is to be checked with. A DID is one that is a key itself: no wallet makes us ask an address.
// A certificate names its key, and nothing else of it is believed.
func (a *API) holder(ctx context.Context, h jose.Header) (wallet.Holder, error) {
	if h.JWK != nil {
		bare := *h.JWK
		bare.ID = ""
		return wallet.Holder{Key: &bare}, nil
	}
	if len(h.Chain) > 0 {
		return certified(h.Alg, h.Chain[0])
	}
	id, _, _ := strings.Cut(h.KeyID, "#")
	if !isKey(id) {
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

// isKey reports whether a DID, or a DID URL, is a key itself.
func isKey(id string) bool {
	return strings.HasPrefix(id, "did:key:") || strings.HasPrefix(id, "did:jwk:")
}

func certified(alg keys.Algorithm, leaf *x509.Certificate) (wallet.Holder, error) {
	key, err := keys.NewPublic("", alg, leaf.PublicKey)
	if err != nil {
		return wallet.Holder{}, badProof(err)
	}
	return wallet.Holder{Key: &key}, nil
}

// checkClaims checks for whom and when the proof was made, and returns its nonce.
func (a *API) checkClaims(m *jose.Message) (string, error) {
	c, err := ijson.Parse(m.Payload, ijson.Bounds{Bytes: 16 << 10, Depth: 8, Members: 256})
	if err != nil {
		return "", badProof(err)
	}
	aud := c.Member("aud").Texts()
	if len(aud) != 1 || aud[0] != a.c.BaseURL {
		return "", refuse(invalidProof, "aud of the key proof is not this credential issuer")
	}
	now := a.c.Clock()
	made, dated := seconds(c, "iat")
	end, ends := seconds(c, "exp")
	undated := m.Header.Type == "" && !dated && ends && end.Before(now.Add(proofAge+limits.ClockSkew)) // as one client writes it
	if !undated && (!dated || made.After(now.Add(limits.ClockSkew)) || made.Before(now.Add(-proofAge-limits.ClockSkew))) {
		return "", refuse(invalidProof, "iat of the key proof is missing, too old or to come")
	}
	if _, has := c.Get("exp"); has && (!ends || !now.Before(end.Add(limits.ClockSkew))) {
		return "", refuse(invalidProof, "the key proof has ended")
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

// provePresentation checks a key proof of the type di_vp (appendix F.2): a presentation whose proof answers the nonce and is for
// this issuer. Whether it holds, the verifier says.
func (a *API) provePresentation(ctx context.Context, v ijson.Value) (proven, error) {
	if v.Kind() != ijson.Object || a.c.Presenter == nil {
		return proven{}, refuse(invalidProof, "a key proof of the type di_vp is a presentation")
	}
	list := v.Member("proof").Items()
	if len(list) != 1 || list[0].Member("proofPurpose").Text() != "authentication" {
		return proven{}, refuse(invalidProof, "the presentation has not exactly one proof for authentication")
	}
	nonce, method := list[0].Member("challenge").Text(), list[0].Member("verificationMethod").Text()
	if nonce == "" {
		return proven{}, refuse(invalidProof, "the key proof has no nonce")
	}
	if _, more := v.Get("verifiableCredential"); more || !isKey(method) {
		return proven{}, refuse(invalidProof, "a key proof shows no credentials, and is by a did:key or did:jwk")
	}
	id, err := a.c.Presenter.Present(ctx, ijson.Append(nil, v), nonce, a.c.BaseURL)
	if err != nil {
		if p := fault.Describe(err); p.Kind == fault.Invalid {
			return proven{}, refuse(invalidProof, p.Sentence)
		}
		return proven{}, err
	}
	return proven{holders: []wallet.Holder{{ID: id}}, nonce: nonce}, nil
}

func badProof(err error) error { return refuse(invalidProof, fault.AsDefect(err).Detail) }
