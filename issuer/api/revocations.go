package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

type revocationRequest struct {
	Reason string `json:"reason" doc:"Why, in a sentence. The learner may read it."`
}

func (a *API) registerRevocations() {
	const path = "/api/v1/awards/{id}/revocation"
	add(a, operation{
		method: http.MethodPost, path: path, id: "revokeAward", tag: "Awards", scope: access.Revoke,
		summary: "Revoke an award", status: http.StatusOK, errors: []int{404, 415},
		description: "Revokes all credentials of the award and publishes their status before it answers. It is final. Again is " +
			"no error, and keeps the first reason.",
		body:   `{"reason":"Awarded to the wrong learner."}`,
		answer: `{"award":"awd_x7n4q2k5m3p6r7s2t4u5v6w7y2","revoked_at":"2026-02-03T10:00:00Z","reason":"Awarded to the wrong learner."}`,
	}, a.revoke)
	add(a, operation{
		method: http.MethodGet, path: path, id: "getRevocation", tag: "Awards", scope: access.Read,
		summary: "Read the revocation of an award", status: http.StatusOK, errors: []int{404},
	}, a.revocation)
	add(a, operation{
		method: http.MethodDelete, path: path, id: "deleteRevocation", tag: "Awards", scope: access.Revoke,
		summary: "Always refused: a revocation is final", status: http.StatusNoContent, errors: []int{404, 409},
	}, a.unrevoke)
}

func (a *API) revoke(ctx context.Context, c call, in revocationRequest) (reply[revocation], error) {
	before, err := a.find(ctx, c, access.Revoke)
	if err != nil {
		return reply[revocation]{}, err
	}
	done, err := a.cfg.Awards.Revoke(ctx, before.ID, in.Reason, c.token.ID)
	if err != nil {
		return reply[revocation]{}, err
	}
	if before.Revocation == nil {
		a.cfg.Counter.Revocation()
	}
	return viewRevocation(done)
}

func (a *API) revocation(ctx context.Context, c call, _ empty) (reply[revocation], error) {
	found, err := a.find(ctx, c, access.Read)
	if err != nil {
		return reply[revocation]{}, err
	}
	return viewRevocation(found)
}

func (a *API) unrevoke(ctx context.Context, c call, _ empty) (reply[empty], error) {
	found, err := a.find(ctx, c, access.Revoke)
	if err != nil {
		return reply[empty]{}, err
	}
	if _, err := viewRevocation(found); err != nil {
		return reply[empty]{}, err
	}
	return reply[empty]{}, fault.New(fault.Conflict, nil, "a revocation is final").Code("award.revocation_final").
		Hint("make a new award, under another external_id")
}

func viewRevocation(x issuer.Award) (reply[revocation], error) {
	if x.Revocation == nil {
		return reply[revocation]{}, fault.New(fault.NotFound, nil, "the award is not revoked").Code("award.not_revoked")
	}
	return reply[revocation]{body: revocation{Award: x.ID, RevokedAt: written(x.Revocation.At), Reason: x.Revocation.Reason}}, nil
}
