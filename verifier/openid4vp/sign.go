package openid4vp

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/verifier/request"
)

// audience is that of a request object, as wallets without discovery want it (OpenID4VP 1.0 §5.8).
const audience = "https://self-issued.me/v2"

// signed is the request object (RFC 9101) with the typ of OpenID4VP 1.0 §5. It ends with the request.
func (a *API) signed(ctx context.Context, r request.Request, f request.Flow, walletNonce string) ([]byte, error) {
	claims, err := a.members(ctx, r, f)
	if err != nil {
		return nil, err
	}
	if r.Dialect == request.Legacy { // OpenID4VP 1.0 §5 knows no iss, and a wallet compares it with kid, which has no prefix
		claims["iss"] = claims["client_id"]
	}
	if walletNonce != "" {
		claims["wallet_nonce"] = walletNonce
	}
	return a.seal(ctx, r, claims)
}

// seal signs the members of a request as the client that it names.
func (a *API) seal(ctx context.Context, r request.Request, claims map[string]any) ([]byte, error) {
	s, err := a.signing(ctx, r.Client)
	if err != nil {
		return nil, err
	}
	claims["aud"], claims["iat"], claims["exp"] = audience, r.CreatedAt.Unix(), r.ExpiresAt.Unix()
	header := map[string]any{"alg": s.Key.Public().Alg, "typ": "oauth-authz-req+jwt"}
	if r.Client == request.DID {
		header["kid"] = s.KeyID
	} else {
		header["x5c"] = s.Chain // bytes are written in base64, as RFC 7515 §4.1.6 wants them
	}
	head, err := marshal(header)
	if err != nil {
		return nil, fmt.Errorf("request object: %w", err)
	}
	payload, err := marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("request object: %w", err)
	}
	enc := base64.RawURLEncoding
	out := append(enc.AppendEncode(nil, head), '.')
	out = enc.AppendEncode(out, payload)
	signature, err := s.Key.Sign(out)
	if err != nil {
		return nil, fmt.Errorf("request object: %w", err)
	}
	return enc.AppendEncode(append(out, '.'), signature), nil
}

// marshal writes JSON, members in the order of their names. A text that is not UTF-8 is an error, and not quietly another text.
func marshal(v any) ([]byte, error) { return json.Marshal(v, json.Deterministic(true)) }
