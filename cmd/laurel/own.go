package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/publish"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
)

// own answers from the deployment's own store what the verifier would else fetch from the deployment's own address: a
// server that asks itself over the network would be refused by its own address filter.
type own struct {
	bases  []string // the present address and earlier ones
	awards *issuer.Service
	lists  *statuslist.Service
	fetch  verifier.Fetcher // everything else
}

// Get implements verifier.Fetcher.
func (o own) Get(ctx context.Context, link, accept string) (*fetch.Response, error) {
	rest, ours := "", false
	for _, b := range o.bases {
		if rest, ours = strings.CutPrefix(link, b+"/"); ours {
			break
		}
	}
	if !ours {
		return o.fetch.Get(ctx, link, accept)
	}
	rest, _, _ = strings.Cut(rest, "?")
	if u, err := url.Parse(link); err != nil || u.Path != "/"+rest || u.RawQuery != "" && !strings.HasPrefix(rest, "status/") {
		return nil, fault.Unclear("fetch.status", link, nil, "there is nothing to verify at this address")
	}
	kind, id, _ := strings.Cut(rest, "/")
	switch kind {
	case "status":
		return o.list(ctx, link, id)
	case "records", "endorsements":
		x, err := o.awards.Statement(ctx, issuer.StatementID(kind, strings.TrimSuffix(strings.TrimSuffix(id, ".jwt"), ".json")))
		if err == nil {
			return &fetch.Response{URL: link, Status: 200, ContentType: "application/jwt", Body: x.Signed}, nil
		}
	case "c":
		id = strings.TrimSuffix(id, ".jwt")
		a, err := o.awards.ByCredential(ctx, id)
		if err != nil || a.Visibility == issuer.Private {
			break
		}
		for _, c := range a.Credentials {
			if c.ID != id {
				continue
			}
			body, err := c.Published()
			if err != nil {
				return nil, err
			}
			return &fetch.Response{URL: link, Status: 200, ContentType: "application/jwt", Body: body}, nil
		}
	}
	return nil, fault.Unclear("fetch.status", link, nil, "there is no public credential at this address")
}

// trusted is the operator's trust list with those that it follows, and before them the deployment's own issuers.
type trusted struct {
	own  func(ctx context.Context, id string) bool
	book *trust.Book
}

// Decide implements verifier.Trust.
func (t trusted) Decide(ctx context.Context, q trust.Question) trust.Decision {
	if t.own(ctx, q.Issuer) {
		return trust.Decide([]trust.Entry{{ID: q.Issuer, Own: true, Name: "this service"}}, q)
	}
	return t.book.Decide(ctx, q)
}

// Delegators implements verifier.Delegator.
func (t trusted) Delegators(ctx context.Context) bool { return t.book.Delegators(ctx) }

// MayKeepStatus implements verifier.Delegates. Our own issuers keep their lists themselves.
func (t trusted) MayKeepStatus(ctx context.Context, issuerID, keeperID string, at time.Time) bool {
	return !t.own(ctx, issuerID) && t.book.MayKeepStatus(ctx, issuerID, keeperID, at)
}

// list is a status list of our own, as it is or as it was.
func (o own) list(ctx context.Context, link, place string) (*fetch.Response, error) {
	id, form, _ := strings.Cut(place, "/")
	p, err := o.published(ctx, link, id, statuslist.At(form))
	if err != nil {
		return nil, fault.Unclear("fetch.status", link, err, "there is no status list at this address")
	}
	return &fetch.Response{URL: link, Status: 200, ContentType: publish.MediaType(p.Form, ""), Body: p.Body, MaxAge: time.Second}, nil
}

func (o own) published(ctx context.Context, link, id string, f statuslist.Form) (statuslist.Published, error) {
	u, err := url.Parse(link)
	if err != nil || u.RawQuery == "" {
		return o.lists.Publish(ctx, id, f)
	}
	at, _, err := publish.Moment(u.Query())
	if err != nil {
		return statuslist.Published{}, err
	}
	return o.lists.PublishAt(ctx, id, f, at)
}
