package vcapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer/access"
)

// status revokes: {"credentialId": …, "credentialStatus": {"type": …, "statusPurpose": "revocation"}, "status": true}. A
// revocation is not taken back, and no other purpose is changed here.
func (a *API) status(g *gin.Context, who caller, body ijson.Value) error {
	id := body.Member("credentialId")
	if !id.IsString() || id.Text() == "" {
		return typed("/credentialId", "credentialId is the id of the credential")
	}
	entry, named := body.Get("credentialStatus")
	purpose := entry.Member("statusPurpose").Text()
	if named && purpose != "" && purpose != "revocation" || body.Member("statusPurpose").Text() != "" && body.Member("statusPurpose").Text() != "revocation" {
		return fault.New(fault.Invalid, nil, "only the purpose revocation can be set here").Code("status.purpose").At("/credentialStatus/statusPurpose")
	}
	if v, ok := body.Get("status"); ok && !v.True() {
		return fault.New(fault.Invalid, nil, "a revocation is not taken back").Code("status.value").At("/status")
	}
	owner, err := a.cfg.Statuses.Owner(g.Request.Context(), id.Text())
	if err != nil {
		return err
	}
	if err := who.may(access.Revoke, owner); err != nil {
		return err
	}
	if err := a.cfg.Statuses.Revoke(g.Request.Context(), id.Text(), who.actor()); err != nil {
		return err
	}
	return write(g, http.StatusOK, struct{}{})
}
