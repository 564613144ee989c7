package api_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/offer"
)

// desk keeps offers in memory.
type desk struct {
	offer.Store
	offers []offer.Offer
	events []event.Event
}

func newDesk() *desk { return &desk{} }

func (d *desk) service() *offer.Service {
	return offer.New(offer.Config{Store: d, Secret: bytes.Repeat([]byte{1}, 32), Clock: func() time.Time { return moment }})
}

func (d *desk) InsertOffer(_ context.Context, o offer.Offer, _ int, e event.Event) error {
	d.offers, d.events = append(d.offers, o), append(d.events, e)
	return nil
}

func (d *desk) Offers(_ context.Context, awardID string) (out []offer.Offer, err error) {
	for _, o := range slices.Backward(d.offers) {
		if o.AwardID == awardID {
			out = append(out, o)
		}
	}
	return out, nil
}

func (d *desk) RevokeOffer(_ context.Context, awardID, id string, at time.Time, e event.Event) (offer.Offer, error) {
	for i, o := range d.offers {
		if o.ID == id && o.AwardID == awardID {
			d.offers[i].RevokedAt, d.events = at, append(d.events, e)
			return d.offers[i], nil
		}
	}
	return offer.Offer{}, fault.New(fault.NotFound, nil, "there is no such offer").Code("offer.not_found")
}

func TestAClaimLinkIsShownOnce(t *testing.T) {
	r := newRig(t)
	r.awards.find = found
	const path = "/api/v1/awards/awd_x/offers"
	made := object(t, r.call("award", http.MethodPost, path, `{"tx_code":true,"expires_at":"2026-02-07T09:00:02Z","note":"by post"}`), http.StatusCreated)
	url, _ := made["claim_url"].(string)
	code, _ := made["tx_code"].(string)
	if !strings.HasPrefix(url, "https://a.example/claim/") || len(code) != offer.TxDigits || made["state"] != "open" || made["expires_at"] != "2026-02-07T09:00:02Z" {
		t.Fatalf("%v", made)
	}
	plain := object(t, r.call("award", http.MethodPost, path, `{}`), http.StatusCreated)
	if plain["tx_code"] != nil || plain["guarded"] != false || plain["claim_url"] == url {
		t.Errorf("%v", plain)
	}
	list := r.call("read", http.MethodGet, path, "")
	items, _ := object(t, list, http.StatusOK)["items"].([]any)
	if len(items) != 2 || strings.Contains(list.Body.String(), code) || strings.Contains(list.Body.String(), "claim_url") || !strings.Contains(list.Body.String(), "by post") {
		t.Errorf("%s", list.Body)
	}
	id, _ := made["id"].(string)
	for range 2 {
		if gone := object(t, r.call("award", http.MethodPost, path+"/"+id+"/revocation", ""), http.StatusOK); gone["state"] != "dead" || gone["revoked_at"] == "" {
			t.Errorf("%v", gone)
		}
	}
	if e := r.desk.events[0]; e.Action != "offer.created" || e.Actor != r.ids["award"] || e.Detail != id {
		t.Errorf("%+v", e)
	}
}

func TestClaimLinksThatAreRefused(t *testing.T) {
	r := newRig(t)
	r.awards.find = found
	for _, tt := range []struct {
		name, token, method, path, body string
		status                          int
		code, pointer                   string
	}{
		{"by a reader", "read", http.MethodPost, "awards/awd_x/offers", `{}`, 403, "token.scope", ""},
		{"of another issuer's award", "read-b", http.MethodGet, "awards/awd_x/offers", "", 404, "award.not_found", ""},
		{"a life in the past", "award", http.MethodPost, "awards/awd_x/offers", `{"expires_at":"2026-01-31T09:00:00Z"}`, 400, "offer.expires_at", "/expires_at"},
		{"no time", "award", http.MethodPost, "awards/awd_x/offers", `{"expires_at":"soon"}`, 400, "time.syntax", "/expires_at"},
		{"a note of two lines", "award", http.MethodPost, "awards/awd_x/offers", `{"note":"a\nb"}`, 400, "offer.note", "/note"},
		{"files that are burnt", "award", http.MethodPost, "awards/awd_x/offers", `{"unbound":"burn"}`, 400, "json.value", "/unbound"},
		{"a code of one's own", "award", http.MethodPost, "awards/awd_x/offers", `{"tx_code":"123456"}`, 400, "json.type", "/tx_code"},
		{"revoking what is not there", "award", http.MethodPost, "awards/awd_x/offers/off_x/revocation", "", 404, "offer.not_found", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantProblem(t, r.call(tt.token, tt.method, "/api/v1/"+tt.path, tt.body), tt.status, tt.code, tt.pointer)
		})
	}
	if len(r.desk.offers)+len(r.desk.events) > 0 {
		t.Error("something was stored or asked for")
	}
}
