package openid4vci

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// Codes of RFC 9449 §12.
const (
	invalidKeyProof = "invalid_dpop_proof"
	useKeyNonce     = "use_dpop_nonce"
)

// The headers of RFC 9449.
const (
	keyProofHeader = "DPoP"
	keyNonceHeader = "DPoP-Nonce"
)

// keyProof is a proof of a key that holds for this request; that it is fresh is not known yet.
type keyProof struct {
	key       string // thumbprint, "" when there is no proof
	nonce, id string
}

// proveKey checks the proof of a key in the request's header, and returns the key's thumbprint; "" when there is no proof.
// Token is the access token that stands beside it, "" at an endpoint that gives one (RFC 9449 §4.3).
func (a *API) proveKey(g *gin.Context, path, token string) (string, error) {
	p, err := a.readKeyProof(g, path, token)
	if err != nil || p.key == "" {
		return "", err
	}
	if p.nonce == "" {
		return "", refuse(useKeyNonce, "the proof has no nonce")
	}
	err = a.c.Wallets.UseKeyProof(g.Request.Context(), p.nonce, p.key+" "+p.id)
	if err == nil {
		return p.key, nil
	}
	switch fault.Describe(err).Code {
	case wallet.NonceWrong:
		return "", refuse(useKeyNonce, fault.Describe(err).Sentence)
	case wallet.ProofSeen:
		return "", refuse(invalidKeyProof, fault.Describe(err).Sentence)
	}
	return "", err
}

// readKeyProof checks everything of a proof but that it is fresh.
func (a *API) readKeyProof(g *gin.Context, path, token string) (keyProof, error) {
	list := g.Request.Header.Values(keyProofHeader)
	if len(list) == 0 {
		return keyProof{}, nil
	}
	if len(list) > 1 {
		return keyProof{}, refuse(invalidKeyProof, "there is more than one proof of a key")
	}
	m, err := jose.ReadMembers([]byte(list[0]), "alg", "typ", "jwk")
	if err != nil {
		return keyProof{}, refuse(invalidKeyProof, fault.AsDefect(err).Detail)
	}
	h := m.Header
	switch {
	case h.Type != "dpop+jwt":
		return keyProof{}, refuse(invalidKeyProof, "typ of the proof is not dpop+jwt")
	case h.JWK == nil || !slices.Contains(a.proofAlgs(), h.Alg):
		return keyProof{}, refuse(invalidKeyProof, "the proof names no key of an algorithm that the metadata lists")
	}
	if err := m.Verify(*h.JWK); err != nil {
		return keyProof{}, refuse(invalidKeyProof, fault.AsDefect(err).Detail)
	}
	p, err := a.keyProofClaims(g.Request, m.Payload, path, token)
	p.key = h.JWK.Thumbprint()
	return p, err
}

// keyProofClaims checks for which request the proof was made.
func (a *API) keyProofClaims(r *http.Request, payload []byte, path, token string) (keyProof, error) {
	c, err := ijson.Parse(payload, ijson.Bounds{Bytes: 4 << 10, Depth: 8, Members: 64})
	if err != nil || c.Kind() != ijson.Object {
		return keyProof{}, refuse(invalidKeyProof, "the claims of the proof are no JSON object")
	}
	now := a.c.Clock()
	made, dated := seconds(c, "iat")
	id := c.Member("jti").Text()
	switch {
	case c.Member("htm").Text() != r.Method:
		return keyProof{}, refuse(invalidKeyProof, "htm is not the method of this request")
	case bare(c.Member("htu").Text()) != a.c.BaseURL+path:
		return keyProof{}, refuse(invalidKeyProof, "htu is not the address of this request")
	case !dated || made.After(now.Add(limits.ClockSkew)) || made.Before(now.Add(-limits.NonceLife-limits.ClockSkew)):
		return keyProof{}, refuse(invalidKeyProof, "iat of the proof is missing, too old or to come")
	case id == "" || len(id) > 256:
		return keyProof{}, refuse(invalidKeyProof, "jti of the proof is missing or too long")
	case token != "" && c.Member("ath").Text() != hashed(token):
		return keyProof{}, refuse(invalidKeyProof, "ath is not the hash of the access token")
	}
	return keyProof{nonce: c.Member("nonce").Text(), id: id}, nil
}

// bare is an address without its query and fragment.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment, u.ForceQuery = "", "", false
	return u.String()
}

// hashed is a text as SHA-256, in base64url.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// admit finds the access token, in the header alone (RFC 6750 §2.1): one in the address would stand in logs. A token that is bound
// to a key is taken with a proof of that key only, and any other as a bearer token only (RFC 9449 §7).
func (a *API) admit(g *gin.Context, path string) (wallet.Ticket, error) {
	scheme, token, _ := strings.Cut(g.GetHeader("Authorization"), " ")
	bound := strings.EqualFold(scheme, keyProofHeader)
	if !bound && !strings.EqualFold(scheme, "Bearer") || token == "" || g.Request.URL.Query().Has("access_token") {
		return wallet.Ticket{}, &refusal{status: http.StatusUnauthorized, scheme: a.challenge("", "")}
	}
	if bound {
		scheme = keyProofHeader
	} else {
		scheme = "Bearer"
	}
	no := func(code, detail string) error {
		return &refusal{status: http.StatusUnauthorized, code: code, detail: detail, scheme: a.challenge(scheme, code)}
	}
	t, err := a.c.Wallets.Admit(g.Request.Context(), token)
	if fault.Is(err, fault.Unauthorized) {
		return t, no("invalid_token", fault.Describe(err).Sentence)
	}
	if err != nil {
		return t, err
	}
	if bound != (t.Key != "") {
		return t, no("invalid_token", "the access token is shown as another kind of token than it is")
	}
	if !bound {
		return t, nil
	}
	key, err := a.proveKey(g, path, token)
	if r, ok := asRefusal(err); ok {
		return t, no(r.code, r.detail)
	}
	if err == nil && key != t.Key {
		return t, no(invalidKeyProof, "the access token is bound to another key")
	}
	return t, err
}

// challenge is what WWW-Authenticate says: the schemes that are taken, or why one was refused.
func (a *API) challenge(scheme, code string) string {
	if code != "" {
		return scheme + ` error="` + code + `"`
	}
	algs := make([]string, 0, 3)
	for _, alg := range a.proofAlgs() {
		algs = append(algs, string(alg))
	}
	return `Bearer, DPoP algs="` + strings.Join(algs, " ") + `"`
}

// offerKeyNonce puts a fresh nonce beside an answer to a wallet that proves its key.
func (a *API) offerKeyNonce(g *gin.Context) error {
	n, err := a.c.Wallets.KeyNonce()
	if err == nil {
		g.Header(keyNonceHeader, n)
	}
	return err
}

func seconds(c ijson.Value, name string) (time.Time, bool) {
	n, err := jose.NumericDate(c.Member(name))
	return time.Unix(n, 0), err == nil
}
