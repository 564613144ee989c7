package openid4vp

import (
	"context"
	"maps"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/verifier/request"
)

// The protocols of the Digital Credentials API (OpenID4VP 1.0 appendix A.1).
const (
	protocolUnsigned = "openid4vp-v1-unsigned"
	protocolSigned   = "openid4vp-v1-signed"
)

// ByBrowser reports whether a request can go by the Digital Credentials API: where an SD-JWT is an answer, and it comes encrypted.
func (a *API) ByBrowser(r request.Request) bool {
	return r.Dialect == request.OpenID4VP && a.c.Secret != nil && slices.Contains(asking(r), request.SDJWT)
}

// BrowserRequests are the requests for the browser of the session that asks, the signed one first. There are none where ByBrowser
// is false.
func (a *API) BrowserRequests(ctx context.Context, r request.Request) ([]request.BrowserRequest, error) {
	if !a.ByBrowser(r) {
		return nil, nil
	}
	key, err := a.encryptionKey(r.ID)
	if err != nil {
		return nil, err
	}
	only := r
	only.Formats, only.Client = []request.Format{request.SDJWT}, request.DID // there is room for the algorithms
	m := map[string]any{
		"response_type": "vp_token", "response_mode": "dc_api.jwt", "nonce": r.NonceFor(request.Browser), "dcql_query": query(only),
		"client_metadata": map[string]any{
			"vp_formats_supported": supported(only), "jwks": map[string]any{"keys": []any{key.public()}},
			"encrypted_response_enc_values_supported": encryptions(),
		},
	}
	out := []request.BrowserRequest{{Protocol: protocolUnsigned, Data: m}} // without client_id: the browser says who asks (A.2)
	if r.Client == request.RedirectURI {
		return out, nil
	}
	claims := maps.Clone(m)
	if claims["client_id"], err = a.clientID(ctx, r, request.Browser); err != nil {
		return nil, err
	}
	claims["expected_origins"] = []string{a.c.BaseURL}
	signed, err := a.seal(ctx, r, claims)
	return append([]request.BrowserRequest{{Protocol: protocolSigned, Data: map[string]any{"request": string(signed)}}}, out...), err
}

// BrowserAnswer takes what navigator.credentials.get gave the page, {"protocol", "data"}. The page must be that of the session that asked.
// The audience is our origin, whether the request was signed or not (A.4): an answer that another page got does not count here.
func (a *API) BrowserAnswer(ctx context.Context, r request.Request, message []byte) (request.Receipt, error) {
	doc, err := object(message)
	if err != nil {
		return request.Receipt{}, err
	}
	signed := doc.Member("protocol").Text() == protocolSigned && r.Client != request.RedirectURI
	if !a.ByBrowser(r) || !signed && doc.Member("protocol").Text() != protocolUnsigned {
		return request.Receipt{}, fault.New(fault.Invalid, nil, "this request was not made in that protocol").Code("request.protocol").At("/protocol")
	}
	p, err := a.browserParameters(r, doc.Member("data"))
	if err != nil {
		return request.Receipt{}, err
	}
	if p.failure != "" {
		return a.c.Requests.Decline(ctx, r, request.Browser, p.failure)
	}
	only := r
	only.Formats = []request.Format{request.SDJWT}
	shown, unmet, err := p.presented(only)
	if err != nil {
		return request.Receipt{}, err
	}
	return a.c.Requests.Answer(ctx, r, request.Answer{Flow: request.Browser, Audience: "origin:" + a.c.BaseURL, Presented: shown, Unmet: unmet})
}

// browserParameters reads the answer, which is encrypted or an error.
func (a *API) browserParameters(r request.Request, data ijson.Value) (parameters, error) {
	if code := data.Member("error").Text(); code != "" {
		return parameters{failure: failure(code)}, nil
	}
	response := data.Member("response")
	if response.Kind() != ijson.String || len(data.Members()) != 1 {
		return parameters{}, fault.New(fault.Invalid, nil, "the answer is not sent in the way that was asked for").Code("request.response_mode").At("/data")
	}
	return a.decrypted(r, response.Text())
}
