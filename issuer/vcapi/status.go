package vcapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer/access"
)

// revocation is the one purpose that is set here.
const revocation = "revocation"

// status revokes: {"credentialId": …, "credentialStatus": {"type": …, "statusPurpose": "revocation"}, "status": true}. A
// revocation is not taken back, and no other purpose is changed here. A credential of an issuer that is not the caller's answers
// as an unknown one.
func (a *API) status(g *gin.Context, who caller, body ijson.Value) error {
	if err := who.has(access.Revoke); err != nil {
		return err
	}
	id, err := statusOrder(body)
	if err != nil {
		return err
	}
	found, err := a.cfg.Statuses.Find(g.Request.Context(), id)
	if err != nil {
		return err
	}
	var own []Issued
	for _, x := range found {
		if who.allowed(access.Revoke, x.IssuerID) {
			own = append(own, x)
		}
	}
	switch {
	case len(own) == 0:
		return errNoCredential()
	case len(own) > 1:
		return fault.New(fault.Conflict, nil, "several issuers have issued a credential of that id").Code("credential.ambiguous").
			Hint("use a token of the issuer that is meant")
	}
	if err := a.cfg.Statuses.Revoke(g.Request.Context(), own[0], who.actor()); err != nil {
		return err
	}
	return write(g, http.StatusOK, struct{}{})
}

// statusOrder reads which credential is to be revoked, and refuses what asks for anything else.
func statusOrder(body ijson.Value) (id string, err error) {
	credential := body.Member("credentialId")
	if !credential.IsString() || credential.Text() == "" {
		return "", typed("/credentialId", "credentialId is the id of the credential")
	}
	entry, has := body.Get("credentialStatus")
	if has && entry.Kind() != ijson.Object {
		return "", typed("/credentialStatus", "credentialStatus is an object")
	}
	for at, v := range map[string]ijson.Value{
		"/credentialStatus/statusPurpose": entry.Member("statusPurpose"), "/statusPurpose": body.Member("statusPurpose"),
	} {
		if v.Kind() != ijson.Null && v.Text() != revocation {
			return "", fault.New(fault.Invalid, nil, "only the purpose revocation can be set here").Code("status.purpose").At(at)
		}
	}
	if v, ok := body.Get("status"); ok && v.Kind() != ijson.Bool {
		return "", typed("/status", "status is true")
	} else if ok && !v.True() {
		return "", fault.New(fault.Invalid, nil, "a revocation is not taken back").Code("status.value").At("/status")
	}
	return credential.Text(), nil
}

// listed describes a list that was asked for.
type listed struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Purpose string `json:"statusPurpose"`
}

// open answers with the list from which an issuer's next credentials get their entries: 201 when it was made now, 200 otherwise.
// There is one at a time, because the more credentials a list has, the less looking at it tells (Bitstring Status List §5).
func (a *API) open(g *gin.Context, who caller, body ijson.Value) error {
	if err := who.has(access.Issue); err != nil {
		return err
	}
	did := body.Member("issuer")
	if !did.IsString() {
		return typed("/issuer", "issuer is the DID of the issuer")
	}
	if v, has := body.Get("statusPurpose"); has && v.Text() != revocation {
		return fault.New(fault.Invalid, nil, "lists are of the purpose revocation").Code("status.purpose").At("/statusPurpose")
	}
	owner, err := a.owner(g.Request.Context(), did.Text(), "/issuer")
	if err != nil {
		return err
	}
	if err := who.may(access.Issue, owner); err != nil {
		return err
	}
	l, made, err := a.cfg.Lists.Open(g.Request.Context(), owner)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	g.Header("Location", ListsPath+"/"+l.ID)
	return write(g, status, listed{ID: l.URL, Issuer: did.Text(), Purpose: l.Purpose})
}

// list answers anybody with a signed list, as every verifier needs it.
func (a *API) list(g *gin.Context) {
	body, err := a.cfg.Lists.Publish(g.Request.Context(), g.Param("id"))
	if err != nil {
		g.Header("Cache-Control", "no-store")
		a.fail(g, err)
		return
	}
	g.Header("Cache-Control", "public, max-age=1")
	g.Data(http.StatusOK, "application/json", body)
}
