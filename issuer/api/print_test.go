package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
)

// press prints names of what it was asked for, and keeps what learners ask.
type press struct {
	slips  []issuer.Filter
	wishes []learner.Wish
}

func (p *press) Certificate(_ context.Context, a issuer.Award, credentialID string, l i18n.Locale) ([]byte, error) {
	if a.State() != issuer.Active {
		return nil, fault.New(fault.Gone, nil, "over").Code("certificate.withdrawn")
	}
	return []byte("%PDF " + a.ID + " " + credentialID + " " + l.Tag()), nil
}

func (p *press) Slips(_ context.Context, f issuer.Filter, _ i18n.Locale, _ string) ([]byte, error) {
	p.slips = append(p.slips, f)
	return []byte("%PDF slips"), nil
}

func (p *press) Invite(_ context.Context, awardID string, _ time.Duration, actor string) (string, learner.Link, error) {
	return "secret-of-" + awardID, learner.Link{ExpiresAt: moment, CreatedBy: actor}, nil
}

func (p *press) Wishes(_ context.Context, issuerID string) ([]learner.Wish, error) {
	var out []learner.Wish
	for _, w := range p.wishes {
		if (issuerID == "" || w.IssuerID == issuerID) && w.ClosedAt.IsZero() {
			out = append(out, w)
		}
	}
	return out, nil
}

func (p *press) Wish(_ context.Context, id string) (learner.Wish, error) {
	for _, w := range p.wishes {
		if w.ID == id {
			return w, nil
		}
	}
	return learner.Wish{}, fault.New(fault.NotFound, nil, "no wish").Code("wish.not_found")
}

func (p *press) Close(_ context.Context, id, _ string) error {
	for i := range p.wishes {
		if p.wishes[i].ID == id {
			p.wishes[i].ClosedAt = moment
		}
	}
	return nil
}

func TestACertificateIsForThoseWhoMayReadTheAward(t *testing.T) {
	r := newRig(t)
	r.awards.find = func(string) (issuer.Award, error) { return sample(), nil }
	for _, tt := range []struct {
		name, token, query string
		status             int
		body               string
	}{
		{"in English", "read", "", 200, "%PDF awd_1 cred1 en"},
		{"in Arabic", "read", "?lang=ar", 200, "%PDF awd_1 cred1 ar"},
		{"in a language that is none", "read", "?lang=xx", 400, ""},
		{"of another issuer", "read-b", "", 404, ""},
		{"without a token", "", "", 401, ""},
	} {
		w := r.call(tt.token, http.MethodGet, "/api/v1/awards/awd_1/certificate"+tt.query, "")
		if w.Code != tt.status || tt.body != "" && (w.Body.String() != tt.body || w.Header().Get("Content-Type") != "application/pdf") {
			t.Errorf("%s: %d %s %s", tt.name, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
	r.awards.find = func(string) (issuer.Award, error) {
		a := sample()
		a.Suspension = &issuer.Suspension{At: moment}
		return a, nil
	}
	if w := r.call("read", http.MethodGet, "/api/v1/awards/awd_1/certificate", ""); w.Code != http.StatusGone {
		t.Errorf("of a suspended award: %d", w.Code)
	}
}

func TestSlipsAreOfTheIssuerOfTheToken(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		name, token, body string
		status            int
	}{
		{"a batch", "award-a", `{"batch":"bat_1","lang":"ar"}`, 200},
		{"another issuer", "award-a", `{"issuer":"b"}`, 403},
		{"an achievement that there is not", "award-a", `{"achievement":"zzz"}`, 400},
		{"a language that is none", "award-a", `{"lang":"xx"}`, 400},
		{"who may only read", "read", `{}`, 403},
	} {
		if w := r.call(tt.token, http.MethodPost, "/api/v1/slips", tt.body); w.Code != tt.status {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	if len(r.press.slips) != 1 || r.press.slips[0].IssuerID != "iss_a" || r.press.slips[0].BatchID != "bat_1" {
		t.Errorf("%+v", r.press.slips)
	}
}

func TestWhatLearnersAskIsForTheirIssuer(t *testing.T) {
	r := newRig(t)
	r.awards.find = func(string) (issuer.Award, error) { return sample(), nil }
	w := r.call("award-a", http.MethodPost, "/api/v1/awards/awd_1/learner-link", "")
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"https://a.example/my/secret-of-awd_1"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := r.call("read", http.MethodPost, "/api/v1/awards/awd_1/learner-link", ""); w.Code != http.StatusForbidden {
		t.Errorf("a link by who may only read: %d", w.Code)
	}
	r.press.wishes = []learner.Wish{
		{ID: "wsh_a", Kind: learner.Correction, IssuerID: "iss_a", AwardID: "awd_1", Text: "of a", At: moment},
		{ID: "wsh_b", Kind: learner.Correction, IssuerID: "iss_b", AwardID: "awd_2", Text: "of b", At: moment},
	}
	if got := r.call("read-b", http.MethodGet, "/api/v1/learner-requests", "").Body.String(); strings.Contains(got, "of a") || !strings.Contains(got, "of b") {
		t.Errorf("a token of one issuer sees %s", got)
	}
	if got := r.call("read", http.MethodGet, "/api/v1/learner-requests", "").Body.String(); !strings.Contains(got, "of a") || !strings.Contains(got, "of b") {
		t.Errorf("a token of all sees %s", got)
	}
	if w := r.call("award-a", http.MethodPost, "/api/v1/learner-requests/wsh_b/close", ""); w.Code != http.StatusNotFound || !r.press.wishes[1].ClosedAt.IsZero() {
		t.Errorf("closed for another issuer: %d", w.Code)
	}
	for range 2 {
		w := r.call("award-a", http.MethodPost, "/api/v1/learner-requests/wsh_a/close", "")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "closed_at") {
			t.Errorf("closed: %d %s", w.Code, w.Body)
		}
	}
	if w := r.call("award-a", http.MethodPost, "/api/v1/learner-requests/wsh_x/close", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown one: %d", w.Code)
	}
}
