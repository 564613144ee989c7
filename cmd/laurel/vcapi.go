package main

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
	issuervcapi "github.com/openlaurel/laurel/issuer/vcapi"
	verifiervcapi "github.com/openlaurel/laurel/verifier/vcapi"
)

// vcAPI adds both halves of the VC-API, for those who have a token.
func (a *app) vcAPI(engine *gin.Engine, problems *problem.Writer) {
	services := platform{a}
	issuing := issuervcapi.New(issuervcapi.Config{
		Issuers: services, Statuses: services, Lists: services, Tokens: a.access, Errors: problems, Logger: a.log,
	})
	issuing.Register(engine)
	verifiervcapi.New(verifiervcapi.Config{
		Checker: a.verifier, Keys: a.resolver, Errors: problems, Logger: a.log,
	}).Register(engine.Group("", issuing.Admitted()))
}

// platform is the write side as the VC-API needs it.
type platform struct{ app *app }

// Owner implements vcapi.Issuers. An issuer is named by its DID alone.
func (p platform) Owner(ctx context.Context, id string) (string, error) {
	i, err := p.app.catalog.Issuer(ctx, id)
	if err == nil && i.DID != id {
		err = fault.New(fault.NotFound, nil, "%.120q is no issuer of this service", id).Code("issuer.not_found")
	}
	return i.ID, err
}

// Secure implements vcapi.Issuers.
func (p platform) Secure(ctx context.Context, doc ijson.Value, o issuervcapi.Order) ([]byte, error) {
	by := doc.Member("issuer")
	if by.Kind() == ijson.Object {
		by = by.Member("id")
	}
	x, _, err := p.app.awards.Write(ctx, issuer.WriteRequest{
		IssuerRef: by.Text(), Document: doc, As: issuer.As{Form: o.Form, Cryptosuite: o.Cryptosuite}, Mandatory: o.Mandatory, Actor: o.Actor,
	})
	if err != nil || x.Form == proof.DataIntegrity {
		return x.Signed, err
	}
	return json.Marshal(map[string]string{
		"@context": credential.ContextV2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + string(x.Signed),
	})
}

// Find implements vcapi.Statuses: what platforms wrote, by its id, and what Laurel wrote, by its address.
func (p platform) Find(ctx context.Context, credentialID string) ([]issuervcapi.Issued, error) {
	place, id, ours := strings.Cut(strings.TrimPrefix(credentialID, p.app.base+"/"), "/")
	ours = ours && strings.HasPrefix(credentialID, p.app.base+"/")
	switch {
	case ours && place == "c" && randid.Valid(id):
		a, err := p.app.awards.ByCredential(ctx, id)
		if err != nil {
			return nil, unlessMissing(err)
		}
		return []issuervcapi.Issued{{ID: a.ID, IssuerID: a.IssuerID}}, nil
	case ours && issuer.StatementID(place, id) != "":
		x, err := p.app.awards.Statement(ctx, issuer.StatementID(place, id))
		if err != nil {
			return nil, unlessMissing(err)
		}
		return []issuervcapi.Issued{{ID: x.ID, IssuerID: x.IssuerID}}, nil
	}
	found, err := p.app.awards.WrittenAs(ctx, credentialID)
	out := make([]issuervcapi.Issued, len(found))
	for i, x := range found {
		out[i] = issuervcapi.Issued{ID: x.ID, IssuerID: x.IssuerID}
	}
	return out, err
}

func unlessMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// throughVCAPI is the reason of a revocation whose protocol has no place for one.
const throughVCAPI = "Revoked by its issuer."

// Revoke implements vcapi.Statuses.
func (p platform) Revoke(ctx context.Context, x issuervcapi.Issued, actor string) error {
	step := issuer.Step{Action: issuer.Revoke, Reason: throughVCAPI, Actor: actor}
	var err error
	if strings.HasPrefix(x.ID, "awd_") {
		_, err = p.app.awards.Apply(ctx, x.ID, step)
	} else {
		_, err = p.app.awards.RevokeStatement(ctx, x.ID, step)
	}
	return err
}

// Open implements vcapi.Lists.
func (p platform) Open(ctx context.Context, issuerID string) (issuervcapi.List, bool, error) {
	l, made, err := p.app.lists.Open(ctx, issuerID, statuslist.Revocation)
	e := statuslist.Entry{ListID: l.ID, URL: l.URL}
	return issuervcapi.List{ID: l.ID, URL: e.In(statuslist.Embedded), Purpose: l.Purpose}, made, err
}

// Publish implements vcapi.Lists.
func (p platform) Publish(ctx context.Context, id string) ([]byte, error) {
	if !randid.Valid(id) {
		return nil, fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
	}
	l, err := p.app.lists.Publish(ctx, id, statuslist.Embedded)
	return l.Body, err
}
