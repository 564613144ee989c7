package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/keyring"
)

type reissueRequest struct {
	Key    string `json:"key" doc:"Id of a key that is withdrawn."`
	Scope  string `json:"scope,omitempty" doc:"What nobody believes any more when left out; all for what the issuance log places before the theft, too."`
	DryRun bool   `json:"dry_run,omitempty" doc:"Change nothing, and say what would become of everything that the key signed."`
	Limit  int    `json:"limit,omitempty" doc:"Credentials that this call looks at, at most 1000."`
	Cursor string `json:"cursor,omitempty" doc:"next of the call before."`
}

type reissueAnswer struct {
	DryRun     bool     `json:"dry_run"`
	Done       int      `json:"done" doc:"Credentials that were issued again, or would be."`
	Believed   int      `json:"believed" doc:"Left alone: the issuance log places them before the theft."`
	Revoked    int      `json:"revoked" doc:"Left alone: the award is revoked."`
	Suspended  int      `json:"suspended" doc:"Left alone: reinstate the award, and call again."`
	Expired    int      `json:"expired" doc:"Left alone: the award has expired."`
	Next       string   `json:"next,omitempty" doc:"Call again with it as cursor; absent when everything was looked at."`
	Statements []string `json:"statements" doc:"Records, endorsements and what platforms wrote that hold no more: make each anew. Said at the end."`
}

func (a *API) registerReissue() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuers/{id}/keys/reissue", id: "reissueCredentials", tag: "Keys", scope: access.Admin,
		summary: "Issue again what a withdrawn key signed", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "Each credential gets the same content under its id, a later validFrom and a status index of its own, by the key that is " +
			"active now; its index of before is revoked, and an event is written. A call looks at no more than limit credentials; call again until next is absent.",
		body:   `{"key":"did:web:badges.example.org#es256-1","dry_run":true}`,
		answer: `{"dry_run":true,"done":212,"believed":1790,"revoked":3,"suspended":0,"expired":0,"statements":[]}`,
	}, a.reissue)
}

func (a *API) reissue(ctx context.Context, c call, in reissueRequest) (reply[reissueAnswer], error) {
	var none reply[reissueAnswer]
	i, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err != nil {
		return none, err
	}
	if err := c.permit(access.Admin, i.ID); err != nil {
		return none, err
	}
	all, err := a.cfg.Keys.Keys(ctx, i.ID)
	if err != nil {
		return none, err
	}
	k, err := keyring.Stolen(all, in.Key)
	if err != nil {
		return none, err
	}
	r := issuer.Reissue{IssuerID: i.ID, KeyID: k.ID, From: k.CompromisedAt, Scope: issuer.Scope(in.Scope), Cursor: in.Cursor, Most: in.Limit, Actor: c.token.ID}
	run := a.cfg.Awards.Reissue
	if in.DryRun {
		run = a.cfg.Awards.PlanReissue
	}
	done, err := run(ctx, r)
	if err != nil {
		return none, err
	}
	out := reissueAnswer{
		DryRun: in.DryRun, Done: done.Done, Believed: done.Believed, Revoked: done.Revoked, Suspended: done.Suspended, Expired: done.Expired,
		Next: done.Next, Statements: []string{},
	}
	if done.Next != "" {
		return reply[reissueAnswer]{body: out}, nil
	}
	lost, err := a.cfg.Awards.Unbelievable(ctx, r)
	for _, x := range lost {
		out.Statements = append(out.Statements, x.ID)
	}
	return reply[reissueAnswer]{body: out}, err
}
