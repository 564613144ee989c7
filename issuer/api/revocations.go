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
	Code   string `json:"code,omitempty" doc:"Why, for programs: mistake, fraud, superseded, requirements, investigation, requested, key or other."`
}

type reinstatementRequest struct {
	Reason string `json:"reason,omitempty" doc:"Why, in a sentence; for the record only."`
	Code   string `json:"code,omitempty" doc:"Why, for programs."`
}

func (a *API) registerRevocations() {
	const path = "/api/v1/awards/{id}/revocation"
	add(a, operation{
		method: http.MethodPost, path: path, id: "revokeAward", tag: "Awards", scope: access.Revoke,
		summary: "Revoke an award", status: http.StatusOK, errors: []int{404, 415},
		description: "Revokes all credentials of the award and publishes their status before it answers; list_overdue says when that cannot be " +
			"done now. It is final. Again is no error, and keeps the first reason.",
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

// registerSteps adds one address for each action on an award.
func (a *API) registerSteps() {
	const answer = `{"id":"awd_x7n4q2k5m3p6r7s2t4u5v6w7y2","status":"suspended",` +
		`"suspension":{"suspended_at":"2026-02-03T10:00:00Z","reason":"Under investigation.","code":"investigation"}}`
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/revoke", id: "revokeAwardNow", tag: "Awards", scope: access.Revoke,
		summary: "Revoke an award", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "What POST …/revocation does, answered with the award.",
		body:        `{"reason":"Awarded to the wrong learner.","code":"mistake"}`,
	}, stepper(a, issuer.Revoke, func(in revocationRequest) (string, string) { return in.Reason, in.Code }))
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/suspend", id: "suspendAward", tag: "Awards", scope: access.Revoke,
		summary: "Suspend an award", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "Until it is reinstated or revoked, no credential of the award holds. A credential whose one status entry is " +
			"in a list of revocations is revoked by it and is signed anew when the award is reinstated. Again is no error, and keeps the first reason.",
		body: `{"reason":"Under investigation.","code":"investigation"}`, answer: answer,
	}, stepper(a, issuer.Suspend, func(in revocationRequest) (string, string) { return in.Reason, in.Code }))
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/reinstate", id: "reinstateAward", tag: "Awards", scope: access.Revoke,
		summary: "Reinstate a suspended award", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "Ends a suspension. A credential that was signed anew keeps its id and address; the learner takes it again.",
		body:        `{}`,
	}, stepper(a, issuer.Reinstate, func(in reinstatementRequest) (string, string) { return in.Reason, in.Code }))
}

// stepper is the handler of one action.
func stepper[In any](a *API, action issuer.Action, why func(In) (reason, code string)) func(context.Context, call, In) (reply[award], error) {
	return func(ctx context.Context, c call, in In) (reply[award], error) {
		before, err := a.find(ctx, c, access.Revoke)
		if err != nil {
			return reply[award]{}, err
		}
		reason, code := why(in)
		done, err := a.take(ctx, before, issuer.Step{Action: action, Reason: reason, Code: issuer.ReasonCode(code), Actor: c.token.ID})
		if err != nil {
			return reply[award]{}, err
		}
		return reply[award]{body: a.viewAward(done)}, nil
	}
}

// take takes a step with an award, and counts a revocation once.
func (a *API) take(ctx context.Context, before issuer.Award, step issuer.Step) (issuer.Award, error) {
	done, err := a.cfg.Awards.Apply(ctx, before.ID, step)
	if err == nil && before.Revocation == nil && done.Revocation != nil {
		a.cfg.Counter.Revocation()
	}
	return done, err
}

func (a *API) revoke(ctx context.Context, c call, in revocationRequest) (reply[revocation], error) {
	before, err := a.find(ctx, c, access.Revoke)
	if err != nil {
		return reply[revocation]{}, err
	}
	done, err := a.take(ctx, before, issuer.Step{Action: issuer.Revoke, Reason: in.Reason, Code: issuer.ReasonCode(in.Code), Actor: c.token.ID})
	if err != nil {
		return reply[revocation]{}, err
	}
	return a.viewRevocation(done)
}

func (a *API) revocation(ctx context.Context, c call, _ empty) (reply[revocation], error) {
	found, err := a.find(ctx, c, access.Read)
	if err != nil {
		return reply[revocation]{}, err
	}
	return a.viewRevocation(found)
}

func (a *API) unrevoke(ctx context.Context, c call, _ empty) (reply[empty], error) {
	found, err := a.find(ctx, c, access.Revoke)
	if err != nil {
		return reply[empty]{}, err
	}
	if _, err := a.viewRevocation(found); err != nil {
		return reply[empty]{}, err
	}
	return reply[empty]{}, fault.New(fault.Conflict, nil, "a revocation is final").Code("award.revocation_final").
		Hint("make a new award, under another external_id")
}

func (a *API) viewRevocation(x issuer.Award) (reply[revocation], error) {
	if x.Revocation == nil {
		return reply[revocation]{}, fault.New(fault.NotFound, nil, "the award is not revoked").Code("award.not_revoked")
	}
	return reply[revocation]{body: revocation{
		Award: x.ID, RevokedAt: written(x.Revocation.At), Reason: x.Revocation.Reason, Code: string(x.Revocation.Code), ListOverdue: a.overdueAward(x),
	}}, nil
}
