package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/keyring"
)

type rotationRequest struct {
	Algorithms []string `json:"algorithms,omitempty" doc:"ES256, EdDSA, RS256, ES384; all that the issuer has when left out."`
	Now        bool     `json:"now,omitempty" doc:"Sign with the new keys at once. Readers that keep the DID document do not know them yet."`
}

type withdrawalRequest struct {
	Key  string `json:"key" doc:"The key's id."`
	From string `json:"from,omitempty" format:"date-time" doc:"Since when somebody else may have signed with it; now when left out."`

	DryRun bool `json:"dry_run,omitempty" doc:"Change nothing, and say on which side of the moment everything stands that the key signed."`
}

// withdrawalAnswer is the key, and of a plan what would become of what it signed.
type withdrawalAnswer struct {
	keyView

	Effect *withdrawalEffect `json:"effect,omitempty" doc:"Of a dry run."`
}

type withdrawalEffect struct {
	Lost       int      `json:"lost" doc:"Credentials that would hold no more, and could be issued again."`
	Believed   int      `json:"believed" doc:"Recorded before the moment: this deployment goes on believing them, strangers do not."`
	Revoked    int      `json:"revoked"`
	Suspended  int      `json:"suspended"`
	Expired    int      `json:"expired"`
	Statements []string `json:"statements" doc:"Records, endorsements and what platforms wrote that would hold no more."`
	More       bool     `json:"more,omitempty" doc:"The key signed more than is counted here; laurel keys withdraw --dry-run counts all."`
}

type keyView struct {
	ID            string `json:"id"`
	Algorithm     string `json:"algorithm"`
	State         string `json:"state" enum:"next,active,retired,withdrawn"`
	PublishedAt   string `json:"published_at" format:"date-time"`
	UsedFrom      string `json:"used_from" format:"date-time" doc:"Since when it signs; of a next key, from when it will."`
	RetiredAt     string `json:"retired_at,omitempty" format:"date-time"`
	WithdrawnAt   string `json:"withdrawn_at,omitempty" format:"date-time"`
	CompromisedAt string `json:"compromised_at,omitempty" format:"date-time"`
}

func (a *API) registerKeys() {
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/issuers/{id}/keys", id: "listKeys", tag: "Keys", scope: access.Read,
		summary: "List the keys of an issuer, newest first", status: http.StatusOK, errors: []int{404},
	}, a.keys)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuers/{id}/keys/rotation", id: "rotateKeys", tag: "Keys", scope: access.Admin,
		summary: "Publish new keys, which sign when their notice is over", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "Old keys retire then and stay published: what they signed stays valid. 409 while new keys wait for their time.",
		body:        `{"algorithms":["ES256"]}`,
	}, a.rotateKeys)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuers/{id}/keys/withdrawal", id: "withdrawKey", tag: "Keys", scope: access.Admin,
		summary: "Withdraw a key that was in the hands of somebody else", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "For good. What it signed is invalid from then on, but for what the issuance log places before the moment. dry_run counts what that would be.",
		body:        `{"key":"did:web:badges.example.org#es256-1","from":"2026-01-31T09:00:00Z"}`,
	}, a.withdrawKey)
}

func (a *API) keys(ctx context.Context, c call, _ empty) (reply[page[keyView]], error) {
	out := reply[page[keyView]]{body: page[keyView]{Items: []keyView{}}}
	i, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err != nil {
		return out, err
	}
	if err := c.permit(access.Read, i.ID); err != nil {
		return out, err
	}
	all, err := a.cfg.Keys.Keys(ctx, i.ID)
	out.body.Items = viewKeys(all)
	return out, err
}

func (a *API) rotateKeys(ctx context.Context, c call, in rotationRequest) (reply[page[keyView]], error) {
	i, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err != nil {
		return reply[page[keyView]]{}, err
	}
	if err := c.permit(access.Admin, i.ID); err != nil {
		return reply[page[keyView]]{}, err
	}
	r := keyring.Rotation{IssuerID: i.ID, DID: i.DID, Actor: c.token.ID}
	if in.Now {
		r.Pace = keyring.Unannounced
	}
	for n, name := range in.Algorithms {
		alg, ok := keys.ParseAlgorithm(name)
		if !ok {
			return reply[page[keyView]]{}, fault.New(fault.Invalid, nil, "%.20q is no algorithm of ours", name).Code("key.algorithm").
				At(ijson.Index("/algorithms", n)).Hint("choose among ES256, EdDSA, RS256, ES384, each once")
		}
		r.Algorithms = append(r.Algorithms, alg)
	}
	made, err := a.cfg.Keys.Rotate(ctx, r)
	return reply[page[keyView]]{body: page[keyView]{Items: viewKeys(made)}}, err
}

func (a *API) withdrawKey(ctx context.Context, c call, in withdrawalRequest) (reply[withdrawalAnswer], error) {
	var out reply[withdrawalAnswer]
	i, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err != nil {
		return out, err
	}
	if err := c.permit(access.Admin, i.ID); err != nil {
		return out, err
	}
	from, err := moment("from", in.From)
	if err != nil {
		return out, err
	}
	run := a.cfg.Keys.Withdraw
	if in.DryRun {
		run = a.cfg.Keys.PlanWithdraw
	}
	k, err := run(ctx, keyring.Withdrawal{IssuerID: i.ID, Key: in.Key, From: from, Actor: c.token.ID})
	if err != nil {
		return out, err
	}
	out.body.keyView = viewKey(k)
	if in.DryRun {
		out.body.Effect, err = a.effect(ctx, issuer.Reissue{IssuerID: i.ID, KeyID: k.ID, From: k.CompromisedAt, Upto: limits.KeyPlan})
	}
	return out, err
}

// effect counts what a withdrawal would do.
func (a *API) effect(ctx context.Context, r issuer.Reissue) (*withdrawalEffect, error) {
	plan, err := a.cfg.Awards.PlanReissue(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &withdrawalEffect{
		Lost: plan.Done, Believed: plan.Believed, Revoked: plan.Revoked, Suspended: plan.Suspended, Expired: plan.Expired,
		More: plan.Next != "", Statements: []string{},
	}
	lost, err := a.cfg.Awards.Unbelievable(ctx, r)
	for _, x := range lost {
		out.Statements = append(out.Statements, x.ID)
	}
	return out, err
}

func viewKeys(all []keyring.Key) []keyView {
	out := make([]keyView, len(all))
	for i, k := range all {
		out[i] = viewKey(k)
	}
	return out
}

func viewKey(k keyring.Key) keyView {
	return keyView{
		ID: k.ID, Algorithm: string(k.Alg), State: string(k.State), PublishedAt: written(k.CreatedAt), UsedFrom: written(k.UsedFrom),
		RetiredAt: written(k.RetiredAt), WithdrawnAt: written(k.WithdrawnAt), CompromisedAt: written(k.CompromisedAt),
	}
}
