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
	Form        string `json:"form" enum:"ob-jwt,vc-jwt,jwt-vc-1.1,data-integrity,sd-jwt,vc-sd-jwt,vc-cose" doc:"Securing form; see the operation."`
	Cryptosuite string `json:"cryptosuite,omitempty" enum:"eddsa-rdfc-2022,ecdsa-rdfc-2019,ecdsa-sd-2023,eddsa-jcs-2022,ecdsa-jcs-2019"`
	Alg         string `json:"alg,omitempty" enum:"ES256,RS256,EdDSA,ES384" doc:"Signature algorithm."`
}

func (a *API) registerCredentials() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/credentials", id: "issueCredential", tag: "Awards", scope: access.Award,
		summary: "Issue the award in another form", status: http.StatusCreated, errors: []int{404, 409, 415},
		description: "Makes a further credential of the award, for a wallet or verifier that does not take the first one: the same " +
			"content, an id and a status index of its own, revoked with the award. One that was made before is answered again. The forms: " +
			"`ob-jwt` Open Badges JWT; `vc-jwt` VC-JOSE-COSE; `jwt-vc-1.1` the older data model 1.1 as JWT, the only one for many wallets; " +
			"`data-integrity` an embedded proof, of the cryptosuite `eddsa-rdfc-2022` when none is said (with `ecdsa-sd-2023` the holder can " +
			"show parts); `sd-jwt` SD-JWT VC; `vc-sd-jwt` and `vc-cose` VC-JOSE-COSE as SD-JWT and COSE. Without `alg`, JWTs are signed as the issuer is set up, " +
			"everything else with the first algorithm that the form takes.",
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
