package openid4vp

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/request"
)

// responseURI is where a wallet posts its answer.
func (a *API) responseURI(r request.Request, f request.Flow) string {
	return a.c.BaseURL + "/openid4vp/" + r.ID + "/" + string(f) + "/response"
}

// clientID is how we name ourselves, whole: the audience of every answer.
func (a *API) clientID(ctx context.Context, r request.Request, f request.Flow) (string, error) {
	if r.Client == request.RedirectURI {
		if r.Dialect == request.Legacy {
			return a.responseURI(r, f), nil
		}
		return "redirect_uri:" + a.responseURI(r, f), nil
	}
	s, err := a.signing(ctx, r.Client)
	if err != nil {
		return "", err
	}
	name := s.DID
	switch r.Client {
	case request.X509SAN:
		name, err = a.host(s)
	case request.X509Hash:
		name, err = a.hash(s)
	}
	if err != nil || r.Dialect == request.Legacy {
		return name, err
	}
	return string(r.Client) + ":" + name, nil
}

func (a *API) signing(ctx context.Context, c request.Client) (Signing, error) {
	if a.c.Keys == nil {
		return Signing{}, unsigned(nil)
	}
	s, err := a.c.Keys.Signing(ctx, c)
	if fault.Is(err, fault.NotFound) {
		err = unsigned(err)
	}
	return s, err
}

func unsigned(cause error) error {
	return fault.New(fault.Invalid, cause, "this deployment has no key to sign a request with").Code("request.client").At("/client").
		Hint("make an issuer, or ask as redirect_uri")
}

// host is the host name of the deployment, when the certificate is for it.
func (a *API) host(s Signing) (string, error) {
	u, err := url.Parse(a.c.BaseURL)
	if err != nil {
		return "", fmt.Errorf("base URL: %w", err)
	}
	leaf, err := a.certificate(s)
	if err != nil {
		return "", err
	}
	if slices.Contains(leaf.DNSNames, u.Hostname()) {
		return u.Hostname(), nil
	}
	return "", noCertificate()
}

func (a *API) hash(s Signing) (string, error) {
	if _, err := a.certificate(s); err != nil {
		return "", err
	}
	sum := sha256.Sum256(s.Chain[0])
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// certificate is that of the key, when it holds today: no wallet takes a request under another.
func (a *API) certificate(s Signing) (*x509.Certificate, error) {
	if len(s.Chain) == 0 {
		return nil, noCertificate()
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	if err != nil {
		return nil, noCertificate()
	}
	if now := a.c.Clock(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, fault.New(fault.Invalid, nil, "the certificate of this deployment for its host does not hold today").Code("request.client").At("/client").
			Hint("ask as decentralized_identifier, and tell who runs this service")
	}
	return leaf, nil
}

func noCertificate() error {
	return fault.New(fault.Invalid, nil, "this deployment has no certificate for its host").Code("request.client").At("/client").
		Hint("see --request-certificate, or ask as decentralized_identifier")
}

// Usable reports whether a request of that kind could be made here; the error says why not.
func (a *API) Usable(ctx context.Context, o request.Order) error {
	if o.Encrypted && a.c.Secret == nil {
		return fault.New(fault.Invalid, nil, "answers cannot be encrypted here").Code("request.encrypted").At("/encrypted")
	}
	if o.Dialect == request.Legacy && o.Client == request.X509Hash {
		return fault.New(fault.Invalid, nil, "the drafts do not know x509_hash").Code("request.client").At("/client")
	}
	_, err := a.clientID(ctx, request.Request{Order: o}, request.CrossDevice)
	return err
}

// Preferred is how requests are made unless somebody chooses: signed with a key of our DID where wallets can resolve that.
func (a *API) Preferred(ctx context.Context) request.Client {
	u, err := url.Parse(a.c.BaseURL)
	if err == nil && u.Scheme == "https" && a.Usable(ctx, request.Order{Dialect: request.OpenID4VP, Client: request.DID}) == nil {
		return request.DID
	}
	return request.RedirectURI
}

// Link is what a wallet opens: the request by reference, or by value when it is unsigned.
func (a *API) Link(ctx context.Context, r request.Request, f request.Flow) (string, error) {
	id, err := a.clientID(ctx, r, f)
	if err != nil {
		return "", err
	}
	q := url.Values{"client_id": {id}}
	if r.Client != request.RedirectURI {
		q.Set("request_uri", a.c.BaseURL+"/openid4vp/"+r.ID+"/"+string(f)+"/request")
		if r.Dialect == request.OpenID4VP {
			q.Set("request_uri_method", "post")
		}
		return "openid4vp://?" + q.Encode(), nil
	}
	members, err := a.members(ctx, r, f)
	if err != nil {
		return "", err
	}
	for name, v := range members {
		if text, ok := v.(string); ok {
			q.Set(name, text)
			continue
		}
		raw, err := marshal(v)
		if err != nil {
			return "", fmt.Errorf("parameter %s: %w", name, err)
		}
		q.Set(name, string(raw))
	}
	return "openid4vp://?" + q.Encode(), nil
}

// members are the parameters of the authorization request.
func (a *API) members(ctx context.Context, r request.Request, f request.Flow) (map[string]any, error) {
	id, err := a.clientID(ctx, r, f)
	if err != nil {
		return nil, err
	}
	m := map[string]any{
		"response_type": "vp_token", "client_id": id, "nonce": r.NonceFor(f), "response_mode": "direct_post", "response_uri": a.responseURI(r, f),
	}
	if state := r.StateFor(f); state != "" {
		m["state"] = state
	}
	if r.Dialect == request.Legacy {
		m["client_id_scheme"] = map[request.Client]string{
			request.DID: "did", request.X509SAN: "x509_san_dns", request.RedirectURI: "redirect_uri",
		}[r.Client]
		m["presentation_definition"] = definition(r, a.name(r))
		m["client_metadata"] = map[string]any{"client_name": a.name(r), "vp_formats": legacyFormats(r)}
		return m, nil
	}
	metadata := map[string]any{"client_name": a.name(r), "vp_formats_supported": supported(r)}
	if r.Encrypted {
		m["response_mode"] = "direct_post.jwt"
		key, err := a.encryptionKey(r.ID)
		if err != nil {
			return nil, err
		}
		metadata["jwks"] = map[string]any{"keys": []any{key.public()}}
		metadata["encrypted_response_enc_values_supported"] = encryptions()
	}
	m["client_metadata"], m["dcql_query"] = metadata, query(r)
	return m, nil
}

// name is how a wallet is told who asks.
func (a *API) name(r request.Request) string {
	u, err := url.Parse(a.c.BaseURL)
	if err != nil {
		return r.Name(a.c.BaseURL)
	}
	return r.Name(u.Host)
}

// asking lists the formats that may be answered in.
func asking(r request.Request) []request.Format {
	if len(r.Formats) == 0 {
		return request.Formats()
	}
	return r.Formats
}

// queryID names the query for a format; a wallet answers under it.
func queryID(f request.Format) string {
	switch f {
	case request.SDJWT:
		return "badge-sd-jwt"
	case request.JWT:
		return "badge-jwt"
	}
	return "badge-ldp"
}

// formatOf is the reverse of queryID among what was asked.
func formatOf(r request.Request, id string) (request.Format, bool) {
	for _, f := range asking(r) {
		if queryID(f) == id {
			return f, true
		}
	}
	return "", false
}

// algorithms are those of the closed list that holders sign with.
func algorithms() []string { return []string{"ES256", "EdDSA", "ES384"} }

// supported is vp_formats_supported. In a link by value it names the formats only, so that the link fits into a QR code.
func supported(r request.Request) map[string]any {
	out := map[string]any{}
	for _, f := range asking(r) {
		switch {
		case r.Client == request.RedirectURI:
			out[string(f)] = map[string]any{}
		case f == request.SDJWT:
			out[string(f)] = map[string]any{"sd-jwt_alg_values": algorithms(), "kb-jwt_alg_values": algorithms()}
		case f == request.JWT:
			out[string(f)] = map[string]any{"alg_values": append(algorithms(), "RS256")}
		default:
			out[string(f)] = map[string]any{
				"proof_type_values":  []string{"DataIntegrityProof", "Ed25519Signature2020"},
				"cryptosuite_values": []string{"eddsa-rdfc-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023"},
			}
		}
	}
	return out
}

// legacyFormats are the formats of a presentation definition. The algorithms are the holder's, too.
func legacyFormats(r request.Request) map[string]any {
	out := map[string]any{}
	for _, f := range asking(r) {
		for name, v := range legacyFormat(f) {
			out[name] = v
		}
	}
	return out
}

func legacyFormat(f request.Format) map[string]any {
	switch f {
	case request.SDJWT:
		return map[string]any{"vc+sd-jwt": map[string]any{"sd-jwt_alg_values": algorithms(), "kb-jwt_alg_values": algorithms()}}
	case request.JWT:
		alg := map[string]any{"alg": append(algorithms(), "RS256")}
		return map[string]any{"jwt_vc": alg, "jwt_vp": alg, "jwt_vc_json": alg, "jwt_vp_json": alg}
	}
	kinds := map[string]any{"proof_type": []string{"DataIntegrityProof", "Ed25519Signature2020"}}
	return map[string]any{"ldp_vc": kinds, "ldp_vp": kinds}
}
