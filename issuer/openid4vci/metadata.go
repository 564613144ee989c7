package openid4vci

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	jwe "github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/wallet"
)

type display struct {
	Name   string `json:"name"`
	Locale string `json:"locale,omitempty"`
}

type claim struct {
	Path    []string  `json:"path"`
	Display []display `json:"display"`
}

type proofType struct {
	Algs []string `json:"proof_signing_alg_values_supported"`
}

type definition struct {
	Context []string `json:"@context,omitempty"`
	Type    []string `json:"type"`
}

type credentialMetadata struct {
	Display []display `json:"display"`
	Claims  []claim   `json:"claims"`
}

type configuration struct {
	Format     string               `json:"format"`
	Scope      string               `json:"scope"`
	VCT        string               `json:"vct,omitempty"`
	Definition *definition          `json:"credential_definition,omitempty"`
	Algs       []string             `json:"credential_signing_alg_values_supported"`
	Binding    []string             `json:"cryptographic_binding_methods_supported"`
	Proofs     map[string]proofType `json:"proof_types_supported"`
	Metadata   credentialMetadata   `json:"credential_metadata"`
}

type encryptionKeys struct {
	Keys []jwe.JSONWebKey `json:"keys"`
}

type requestEncryption struct {
	Keys     encryptionKeys          `json:"jwks"`
	Enc      []jwe.ContentEncryption `json:"enc_values_supported"`
	Required bool                    `json:"encryption_required"`
}

type responseEncryption struct {
	Algs     []jwe.KeyAlgorithm      `json:"alg_values_supported"`
	Enc      []jwe.ContentEncryption `json:"enc_values_supported"`
	Required bool                    `json:"encryption_required"`
}

type batch struct {
	Size int `json:"batch_size"`
}

type issuerMetadata struct {
	Issuer         string                   `json:"credential_issuer"`
	Endpoint       string                   `json:"credential_endpoint"`
	Nonce          string                   `json:"nonce_endpoint"`
	Deferred       string                   `json:"deferred_credential_endpoint"`
	Notification   string                   `json:"notification_endpoint"`
	Requests       *requestEncryption       `json:"credential_request_encryption,omitempty"`
	Responses      *responseEncryption      `json:"credential_response_encryption,omitempty"`
	Batch          batch                    `json:"batch_credential_issuance"`
	Display        []display                `json:"display"`
	Configurations map[string]configuration `json:"credential_configurations_supported"`
	// What some clients read here although it belongs to the authorisation server; others ignore it.
	ServerIssuer string   `json:"issuer"`
	Token        string   `json:"token_endpoint"`
	Details      []string `json:"authorization_details_types_supported"`
	// Claims of the signed form only (OpenID4VCI 1.0 §12.2.3).
	Subject  string `json:"sub,omitempty"`
	IssuedAt int64  `json:"iat,omitempty"`
	Ends     int64  `json:"exp,omitempty"`
}

type serverMetadata struct {
	Issuer      string           `json:"issuer"`
	Authorize   string           `json:"authorization_endpoint"`
	Push        string           `json:"pushed_authorization_request_endpoint"`
	PushOnly    bool             `json:"require_pushed_authorization_requests"`
	Token       string           `json:"token_endpoint"`
	Responses   []string         `json:"response_types_supported"`
	Modes       []string         `json:"response_modes_supported"`
	Grants      []string         `json:"grant_types_supported"`
	Challenges  []string         `json:"code_challenge_methods_supported"`
	SaysWho     bool             `json:"authorization_response_iss_parameter_supported"`
	AuthMethod  []string         `json:"token_endpoint_auth_methods_supported"`
	Attested    []keys.Algorithm `json:"client_attestation_signing_alg_values_supported,omitempty"`
	AttestedPoP []keys.Algorithm `json:"client_attestation_pop_signing_alg_values_supported,omitempty"`
	KeyProofs   []keys.Algorithm `json:"dpop_signing_alg_values_supported"`
	Anonymous   bool             `json:"pre-authorized_grant_anonymous_access_supported"`
	Details     []string         `json:"authorization_details_types_supported"`
	Scopes      []string         `json:"scopes_supported"`
}

// Configurations are those of the profile: HAIP knows no W3C formats.
func (a *API) Configurations() []wallet.Configuration {
	return slices.DeleteFunc(wallet.Configurations(), func(c wallet.Configuration) bool {
		return a.c.Profile == HAIP && c.Format != wallet.FormatSDJWT
	})
}

func (a *API) configuration(id string) (wallet.Configuration, bool) {
	for _, c := range a.Configurations() {
		if c.ID == id {
			return c, true
		}
	}
	return wallet.Configuration{}, false
}

func (a *API) describeIssuer() issuerMetadata {
	m := issuerMetadata{
		Issuer: a.c.BaseURL, Endpoint: a.c.BaseURL + CredentialPath, Nonce: a.c.BaseURL + NoncePath, Notification: a.c.BaseURL + NotificationPath,
		Deferred: a.c.BaseURL + DeferredPath, Batch: batch{limits.WalletBatch},
		Display: []display{{Name: a.c.Name}}, Configurations: map[string]configuration{},
		ServerIssuer: a.c.BaseURL, Token: a.c.BaseURL + TokenPath, Details: []string{detailsType},
	}
	if a.envelope.private != nil {
		m.Requests = &requestEncryption{Keys: encryptionKeys{[]jwe.JSONWebKey{a.envelope.public()}}, Enc: encryptions()}
		m.Responses = &responseEncryption{Algs: []jwe.KeyAlgorithm{jwe.ECDH_ES}, Enc: encryptions()}
	}
	for _, c := range a.Configurations() {
		m.Configurations[c.ID] = a.describe(c)
	}
	return m
}

// issuerMetadata answers with the metadata, signed for those who would rather have that.
func (a *API) issuerMetadata(g *gin.Context) error {
	g.Header("Vary", "Accept")
	if a.c.Signer != nil && wantsSigned(g.GetHeader("Accept")) {
		signed, err := a.signed(g.Request.Context())
		if err != nil {
			return err
		}
		g.Data(http.StatusOK, "application/jwt", signed)
		return nil
	}
	return write(g, http.StatusOK, a.describeIssuer())
}

// wantsSigned reports whether the signed form is named, and JSON not before it.
func wantsSigned(accept string) bool {
	signed, plain := strings.Index(accept, "application/jwt"), strings.Index(accept, "application/json")
	return signed >= 0 && (plain < 0 || signed < plain)
}

// MetadataType is the typ of signed metadata (OpenID4VCI 1.0 §12.2.3).
const MetadataType = "openidvci-issuer-metadata+jwt"

// Signed metadata is made anew after signedFor and good for twice that, so that strangers cannot have it signed again and again.
const signedFor = time.Hour

// signed returns the metadata as a JWT.
func (a *API) signed(ctx context.Context) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.c.Clock()
	if len(a.kept) > 0 && now.Sub(a.keptAt) < signedFor && !now.Before(a.keptAt) {
		return a.kept, nil
	}
	m := a.describeIssuer()
	m.Subject, m.IssuedAt, m.Ends = a.c.BaseURL, now.Unix(), now.Add(2*signedFor).Unix()
	claims, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	signed, err := a.c.Signer.Sign(ctx, MetadataType, claims)
	if err == nil {
		a.kept, a.keptAt = signed, now
	}
	return signed, err
}

func (a *API) serverMetadata(g *gin.Context) error {
	m := serverMetadata{
		Issuer: a.c.BaseURL, Authorize: a.c.BaseURL + AuthorizePath, Push: a.c.BaseURL + PushPath, Token: a.c.BaseURL + TokenPath,
		Responses: []string{"code"}, Modes: []string{"query"}, Grants: []string{authorizationCode, preAuthorized}, Challenges: []string{"S256"}, SaysWho: true,
		AuthMethod: []string{"none"}, KeyProofs: a.proofAlgs(), Anonymous: true, Details: []string{detailsType},
	}
	if a.c.Providers != nil {
		m.AuthMethod = append(m.AuthMethod, "attest_jwt_client_auth")
		m.Attested, m.AttestedPoP = a.proofAlgs(), a.proofAlgs()
	}
	if a.c.Profile == HAIP {
		m.Grants, m.AuthMethod, m.PushOnly, m.Anonymous = m.Grants[:1], m.AuthMethod[1:], true, false
	}
	for _, c := range a.Configurations() {
		m.Scopes = append(m.Scopes, c.ID)
	}
	return write(g, http.StatusOK, m)
}

// proofTypes are the types of key proofs that a configuration takes, with their algorithms. A presentation proves a DID, so that
// it is for credentials that name one.
func (a *API) proofTypes(c wallet.Configuration) map[string]proofType {
	algs := make([]string, 0, 4)
	for _, alg := range a.proofAlgs() {
		algs = append(algs, string(alg))
	}
	out := map[string]proofType{proofJWT: {Algs: algs}}
	if a.c.Providers != nil {
		out[proofAttestation] = proofType{Algs: algs}
	}
	if c.Format == wallet.FormatLDP {
		if a.c.Presenter != nil {
			out[proofDIVP] = proofType{Algs: []string{dataintegrity.EdDSARDFC, dataintegrity.ECDSARDFC, "Ed25519Signature2020"}}
		}
		out[proofJWT] = proofType{Algs: append(algs, "Ed25519Signature2018")} // one library looks for the suites here
	}
	return out
}

// describe writes a configuration (OpenID4VCI 1.0 §12.2.4 and appendix A).
func (a *API) describe(c wallet.Configuration) configuration {
	out := configuration{
		Format: c.Format, Scope: c.ID, Algs: signedWith(c), Binding: []string{"jwk", "did:key", "did:jwk"},
		Proofs: a.proofTypes(c),
		Metadata: credentialMetadata{
			Display: []display{{Name: "Open Badge", Locale: "en"}},
			Claims: []claim{
				{[]string{"credentialSubject", "achievement", "name"}, []display{{Name: "Achievement", Locale: "en"}}},
				{[]string{"credentialSubject", "achievement", "description"}, []display{{Name: "Description", Locale: "en"}}},
			},
		},
	}
	types := []string{"VerifiableCredential", "OpenBadgeCredential"}
	switch c.Form {
	case proof.SDJWT:
		out.VCT = sdjwt.BadgeType
	case proof.DataIntegrity:
		out.Definition = &definition{Context: []string{credential.ContextV2, contexts.OpenBadges}, Type: types}
	default:
		out.Definition = &definition{Type: types}
	}
	return out
}

// signedWith lists the algorithms, or for embedded proofs the cryptosuites, as the formats call them (appendix A.1).
func signedWith(c wallet.Configuration) []string {
	if c.Cryptosuite != "" {
		return []string{c.Cryptosuite}
	}
	var out []string
	for _, s := range issuer.Securings() {
		if s.Form != c.Form {
			continue
		}
		for _, alg := range s.Algs {
			out = append(out, string(alg))
		}
	}
	return out
}
