package api

import (
	"context"
	"net/http"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/learner"
)

// Learners gives learners their pages and hears what they ask; *learner.Service satisfies it.
type Learners interface {
	Invite(ctx context.Context, awardID string, life time.Duration, actor string) (secret string, l learner.Link, err error)
	Wishes(ctx context.Context, issuerID string) ([]learner.Wish, error)
	Wish(ctx context.Context, id string) (learner.Wish, error)
	Close(ctx context.Context, id, actor string) error
}

type learnerLink struct {
	URL       string `json:"url" format:"uri" doc:"The learner's page. It is told once."`
	ExpiresAt string `json:"expires_at" format:"date-time"`
}

type wish struct {
	ID     string `json:"id"`
	Kind   string `json:"kind" enum:"correction,link,erasure"`
	Issuer string `json:"issuer" doc:"Id of the issuer."`
	Award  string `json:"award" doc:"Id of the award."`
	Text   string `json:"text,omitempty" doc:"What the learner wrote."`
	At     string `json:"at" format:"date-time"`
	Closed string `json:"closed_at,omitempty" format:"date-time"`
}

func (a *API) registerLearners() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/learner-link", id: "createLearnerLink", tag: "Awards", scope: access.Award,
		summary: "Make a link to all badges of an award's learner", status: http.StatusCreated, errors: []int{404},
		description: "For a mail or a letter to the learner alone: whoever has the link can hide badges, ask for corrections and erase data. " +
			"Badges belong to one learner when they have the same e-mail address and name, or without an address the same id. It lives 180 days.",
	}, a.learnerLink)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/learner-requests", id: "listLearnerRequests", tag: "Awards", scope: access.Read,
		summary: "List what learners ask, oldest first", status: http.StatusOK,
		description: "Open ones only: `correction` something is wrong, `link` their learner's page or claim link is over, which any new link to the award closes, " +
			"`erasure` they erased their data (to be known; " +
			"nothing is to be done).",
		params: []parameter{{name: "issuer", in: "query", kind: "string", about: "Id, slug or DID."}},
	}, a.wishes)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/learner-requests/{id}/close", id: "closeLearnerRequest", tag: "Awards", scope: access.Award,
		summary: "Close what a learner asked", status: http.StatusOK, errors: []int{404},
	}, a.closeWish)
}

func (a *API) learnerLink(ctx context.Context, c call, _ empty) (reply[learnerLink], error) {
	found, err := a.find(ctx, c, access.Award)
	if err != nil {
		return reply[learnerLink]{}, err
	}
	secret, l, err := a.cfg.Learners.Invite(ctx, found.ID, 0, c.token.ID)
	return reply[learnerLink]{body: learnerLink{URL: a.cfg.BaseURL + "/my/" + secret, ExpiresAt: written(l.ExpiresAt)}}, err
}

func (a *API) wishes(ctx context.Context, c call, _ empty) (reply[page[wish]], error) {
	issuerID, err := a.issuerAsked(ctx, c)
	if err != nil {
		return reply[page[wish]]{}, err
	}
	open, err := a.cfg.Learners.Wishes(ctx, issuerID)
	out := reply[page[wish]]{body: page[wish]{Items: []wish{}}}
	for _, w := range open {
		out.body.Items = append(out.body.Items, viewWish(w))
	}
	return out, err
}

func viewWish(w learner.Wish) wish {
	return wish{ID: w.ID, Kind: string(w.Kind), Issuer: w.IssuerID, Award: w.AwardID, Text: w.Text, At: written(w.At), Closed: written(w.ClosedAt)}
}

func (a *API) closeWish(ctx context.Context, c call, _ empty) (reply[wish], error) {
	w, err := a.cfg.Learners.Wish(ctx, c.id())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return reply[wish]{}, err
	}
	if err != nil || !access.Allows(c.token, access.Award, w.IssuerID) {
		return reply[wish]{}, fault.New(fault.NotFound, err, "there is no such wish").Code("wish.not_found")
	}
	if err := a.cfg.Learners.Close(ctx, w.ID, c.token.ID); err != nil {
		return reply[wish]{}, err
	}
	w, err = a.cfg.Learners.Wish(ctx, w.ID)
	return reply[wish]{body: viewWish(w)}, err
}
