package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// Issuing is the switch that stops all issuing; *signlog.Service satisfies it.
type Issuing interface {
	Stop(ctx context.Context, s signlog.Stop) error
	Resume(ctx context.Context, issuerID, actor string) error
	Stops(ctx context.Context) ([]signlog.Stop, error)
}

type stopRequest struct {
	Issuer string `json:"issuer,omitempty" doc:"Id, slug or DID; everybody when left out, which needs a token that is not bound to one issuer."`
	Reason string `json:"reason" doc:"One line that platforms read when they award."`
}

type resumeRequest struct {
	Issuer string `json:"issuer,omitempty" doc:"Id, slug or DID; the stop of everybody when left out."`
}

type stopView struct {
	Issuer string `json:"issuer" doc:"Empty for everybody."`
	Since  string `json:"since" format:"date-time"`
	Actor  string `json:"actor"`
	Reason string `json:"reason"`
	Until  string `json:"closed_until,omitempty" format:"date-time" doc:"Of one that has closed, and revokes nothing any more: until when its lists hold."`
}

func (a *API) registerIssuing() {
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/issuing", id: "listStops", tag: "Keys", scope: access.Read,
		summary: "List who has stopped issuing", status: http.StatusOK,
	}, a.stops)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuing/stop", id: "stopIssuing", tag: "Keys", scope: access.Admin,
		summary: "Stop issuing, for one issuer or everybody", status: http.StatusOK, errors: []int{415},
		description: "Awards answer 503 issuing.stopped from then on and store nothing. Revocations go on. Stopping twice keeps the first reason.",
		body:        `{"reason":"A key may be stolen."}`,
	}, a.stopIssuing)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuing/resume", id: "resumeIssuing", tag: "Keys", scope: access.Admin,
		summary: "Issue again", status: http.StatusOK, errors: []int{415}, body: `{}`,
	}, a.resumeIssuing)
}

func (a *API) stops(ctx context.Context, c call, _ empty) (reply[page[stopView]], error) {
	all, err := a.cfg.Issuing.Stops(ctx)
	out := reply[page[stopView]]{body: page[stopView]{Items: []stopView{}}}
	for _, s := range all {
		if s.IssuerID == "" || access.Allows(c.token, access.Read, s.IssuerID) {
			out.body.Items = append(out.body.Items, stopView{Issuer: s.IssuerID, Since: written(s.At), Actor: s.Actor, Reason: s.Reason, Until: written(s.Until)})
		}
	}
	return out, err
}

// whose is the issuer that a switch is about; "" for everybody, which a token of one issuer may not touch.
func (a *API) whose(ctx context.Context, c call, ref string) (string, error) {
	if ref == "" {
		return "", c.permit(access.Admin, "")
	}
	i, err := a.issuerFor(ctx, c, ref, access.Admin)
	return i.ID, err
}

func (a *API) stopIssuing(ctx context.Context, c call, in stopRequest) (reply[page[stopView]], error) {
	id, err := a.whose(ctx, c, in.Issuer)
	if err == nil {
		err = a.cfg.Issuing.Stop(ctx, signlog.Stop{IssuerID: id, Actor: c.token.ID, Reason: in.Reason})
	}
	if err != nil {
		return reply[page[stopView]]{}, err
	}
	return a.stops(ctx, c, empty{})
}

func (a *API) resumeIssuing(ctx context.Context, c call, in resumeRequest) (reply[page[stopView]], error) {
	id, err := a.whose(ctx, c, in.Issuer)
	if err == nil {
		err = a.cfg.Issuing.Resume(ctx, id, c.token.ID)
	}
	if err != nil {
		return reply[page[stopView]]{}, err
	}
	return a.stops(ctx, c, empty{})
}
