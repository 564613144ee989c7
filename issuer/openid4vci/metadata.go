package openid4vci

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
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
	Algs []keys.Algorithm `json:"proof_signing_alg_values_supported"`
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

type issuerMetadata struct {
	Issuer         string                   `json:"credential_issuer"`
	Endpoint       string                   `json:"credential_endpoint"`
	Nonce          string                   `json:"nonce_endpoint"`
	Notification   string                   `json:"notification_endpoint"`
	Display        []display                `json:"display"`
	Configurations map[string]configuration `json:"credential_configurations_supported"`
	// What some clients read here although it belongs to the authorisation server; others ignore it.
	ServerIssuer string `json:"issuer"`
	Token        string `json:"token_endpoint"`
}

type serverMetadata struct {
	Issuer     string   `json:"issuer"`
	Token      string   `json:"token_endpoint"`
	Grants     []string `json:"grant_types_supported"`
	AuthMethod []string `json:"token_endpoint_auth_methods_supported"`
	Anonymous  bool     `json:"pre-authorized_grant_anonymous_access_supported"`
	Details    []string `json:"authorization_details_types_supported"`
}

// proofAlgs are what key proofs may be signed with.
func proofAlgs() []keys.Algorithm {
	return []keys.Algorithm{keys.ES256, keys.EdDSA, keys.ES384}
}

func (a *API) issuerMetadata(g *gin.Context) error {
	m := issuerMetadata{
		Issuer: a.c.BaseURL, Endpoint: a.c.BaseURL + CredentialPath, Nonce: a.c.BaseURL + NoncePath, Notification: a.c.BaseURL + NotificationPath,
		Display: []display{{Name: a.c.Name}}, Configurations: map[string]configuration{},
		ServerIssuer: a.c.BaseURL, Token: a.c.BaseURL + TokenPath,
	}
	for _, c := range wallet.Configurations() {
		m.Configurations[c.ID] = describe(c)
	}
	return write(g, http.StatusOK, m)
}

func (a *API) serverMetadata(g *gin.Context) error {
	return write(g, http.StatusOK, serverMetadata{
		Issuer: a.c.BaseURL, Token: a.c.BaseURL + TokenPath, Grants: []string{preAuthorized}, AuthMethod: []string{"none"},
		Anonymous: true, Details: []string{detailsType},
	})
}

// describe writes a configuration (OpenID4VCI 1.0 §12.2.4 and appendix A).
func describe(c wallet.Configuration) configuration {
	out := configuration{
		Format: c.Format, Scope: c.ID, Algs: signedWith(c), Binding: []string{"jwk", "did:key", "did:jwk"},
		Proofs: map[string]proofType{"jwt": {Algs: proofAlgs()}},
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
