package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

type credentialRequest struct {
	Form        string `json:"form" enum:"ob-jwt,vc-jwt,jwt-vc-1.1,data-integrity,vc-sd-jwt,vc-cose" doc:"Securing form: Open Badges JWT, VC-JOSE-COSE, the older data model 1.1 as JWT (many wallets take nothing else), an embedded proof, or VC-JOSE-COSE as SD-JWT or COSE."`
	Cryptosuite string `json:"cryptosuite,omitempty" enum:"eddsa-rdfc-2022,ecdsa-rdfc-2019,ecdsa-sd-2023,eddsa-jcs-2022,ecdsa-jcs-2019" doc:"Of data-integrity. Default eddsa-rdfc-2022, which Open Badges names; of ecdsa-sd-2023 its holder can show parts."`
	Alg         string `json:"alg,omitempty" enum:"ES256,RS256,EdDSA,ES384" doc:"Signature algorithm; default the issuer's own for JWTs, else the first that the form takes."`
}

func (a *API) registerCredentials() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/credentials", id: "issueCredential", tag: "Awards", scope: access.Award,
		summary: "Issue the award in another form", status: http.StatusCreated, errors: []int{404, 409, 415},
		description: "Makes a further credential of the award, for a wallet or verifier that does not take the first one: the same " +
			"content, an id and a status index of its own, revoked with the award. A form that was made before is answered again.",
		body: `{"form":"data-integrity"}`,
	}, a.issueAs)
}

func (a *API) issueAs(ctx context.Context, c call, in credentialRequest) (reply[awardCredential], error) {
	found, err := a.find(ctx, c, access.Award)
	if err != nil {
		return reply[awardCredential]{}, err
	}
	made, err := a.cfg.Awards.IssueAs(ctx, found.ID, issuer.As{
		Form: proof.Form(in.Form), Cryptosuite: in.Cryptosuite, Alg: keys.Algorithm(in.Alg),
	}, c.token.ID)
	if err != nil {
		return reply[awardCredential]{}, err
	}
	return reply[awardCredential]{body: a.viewCredential(made), header: map[string]string{"Location": a.credentialURL(made.ID)}}, nil
}
