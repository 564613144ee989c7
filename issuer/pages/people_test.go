package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/issuer/access"
)

func (w *world) post(path, cookie, csrf string, fields ...string) (int, string) {
	rec := w.ask(http.MethodPost, path, form(append(fields, "csrf", csrf)...), "Cookie", cookie, "Content-Type", urlencoded)
	return rec.Code, rec.Body.String()
}

func TestSomebodyIsLetInByALinkThatWorksOnce(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	for name, wrong := range map[string][]string{
		"without a name":           {"issuer", "*", "role", "viewer"},
		"without an issuer":        {"name", "Ben", "role", "viewer"},
		"a role that there is not": {"name", "Ben", "issuer", "*", "role", "root"},
		"no role":                  {"name", "Ben", "issuer", "*"},
		"an address that is none":  {"name", "Ben", "issuer", "*", "role", "viewer", "email", "ben@"},
		"a name in two lines":      {"name", "Ben\nOwner", "issuer", "*", "role", "viewer"},
	} {
		if code, _ := w.post("/console/people", cookie, csrf, wrong...); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, code)
		}
	}
	code, page := w.post("/console/people", cookie, csrf, "name", "Ben", "issuer", "iss_1", "role", "viewer", "email", "Ben@Example.org")
	secret := regexp.MustCompile(base + `/console/sign-in/([a-z2-7]{32})`).FindStringSubmatch(page)
	if code != http.StatusCreated || secret == nil {
		t.Fatalf("%d %s", code, page)
	}
	if code, _ := w.post("/console/people", cookie, csrf, "name", "Twin", "issuer", "*", "role", "viewer", "email", "ben@example.org"); code != http.StatusUnprocessableEntity {
		t.Errorf("the same address again: %d", code)
	}
	if list := w.ask(http.MethodGet, "/console/people", nil, "Cookie", cookie).Body.String(); strings.Count(list, "/console/people/per_") != 2 ||
		strings.Contains(list, secret[1]) {
		t.Errorf("not two people, or a secret, in the list: %s", list)
	}
	ben, _ := w.enter(t, secret[1])
	if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", ben); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "/console/award\"") {
		t.Errorf("a viewer is offered to award: %d", rec.Code)
	}
	if rec := w.ask(http.MethodPost, "/console/sign-in/"+secret[1], nil); rec.Code != http.StatusUnauthorized {
		t.Errorf("the link again: %d", rec.Code)
	}
}

func TestALinkOfAnInvitationEnds(t *testing.T) {
	w := newWorld(t, base)
	_, secret, err := w.sessions.Invite(t.Context(), w.operator(t), access.Invitation{Name: "Ben", Grant: access.Grant{Role: access.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(7*24*time.Hour - time.Second)
	if rec := w.ask(http.MethodGet, "/console/sign-in/"+secret, nil); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Ben") {
		t.Errorf("a second before its end: %d", rec.Code)
	}
	w.now = w.now.Add(time.Second)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if rec := w.ask(method, "/console/sign-in/"+secret, nil); rec.Code != http.StatusUnauthorized {
			t.Errorf("%s at its end: %d", method, rec.Code)
		}
	}
}

func TestARoleIsChangedAndTakenAway(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	ben, bens, bensToken := w.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Viewer})
	at := "/console/people/" + ben.ID
	w.now = w.now.Add(time.Minute)
	if code, _ := w.post(at+"/role", cookie, csrf, "issuer", "iss_1", "role", "awarder"); code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	// The session of before goes on under another secret (W15).
	rec := w.ask(http.MethodGet, "/console/award", nil, "Cookie", bens)
	if rec.Code != http.StatusOK || len(rec.Result().Cookies()) != 1 {
		t.Fatalf("after a change of role: %d, %d cookies", rec.Code, len(rec.Result().Cookies()))
	}
	renewed := rec.Result().Cookies()[0].Name + "=" + rec.Result().Cookies()[0].Value
	for cookie, want := range map[string]int{bens: http.StatusUnauthorized, renewed: http.StatusOK} {
		if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", cookie); rec.Code != want || len(rec.Result().Cookies()) > 0 {
			t.Errorf("%d, not %d; %v", rec.Code, want, rec.Result().Cookies())
		}
	}
	if code, _ := w.post("/console/account/elsewhere", renewed, bensToken); code != http.StatusForbidden {
		t.Errorf("the form token of before: %d", code)
	}
	if code, _ := w.post(at+"/remove", cookie, csrf, "issuer", "iss_1"); code != http.StatusUnprocessableEntity {
		t.Errorf("removing without being sure: %d", code)
	}
	if code, _ := w.post(at+"/role", cookie, csrf, "issuer", "iss_1", "role", ""); code != http.StatusUnprocessableEntity {
		t.Errorf("an empty role: %d", code)
	}
	if code, _ := w.post(at+"/remove", cookie, csrf, "issuer", "iss_1", "sure", "yes"); code != http.StatusSeeOther {
		t.Errorf("removing: %d", code)
	}
	if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", renewed); rec.Code != http.StatusUnauthorized {
		t.Errorf("the session of who was removed: %d", rec.Code)
	}
	if rec := w.ask(http.MethodGet, at, nil, "Cookie", cookie); rec.Code != http.StatusNotFound {
		t.Errorf("the page of who was removed: %d", rec.Code)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	me := "/console/people/" + w.operator(t).ID
	for _, tt := range [][]string{{"/remove", "issuer", "*", "sure", "yes"}, {"/role", "issuer", "*", "role", "viewer"}} {
		if code, page := w.post(me+tt[0], cookie, csrf, tt[1:]...); code != http.StatusUnprocessableEntity || !strings.Contains(page, "last owner") {
			t.Errorf("%v: %d", tt, code)
		}
	}
	_, other, token := w.signInAs(t, access.Grant{Role: access.Owner})
	if code, _ := w.post(me+"/remove", other, token, "issuer", "*", "sure", "yes"); code != http.StatusSeeOther {
		t.Errorf("with another owner: %d", code)
	}
}

// A link for somebody is as good as being that person: the owner of one issuer cannot make one for an owner of all.
func TestALinkForSomebodyWithMoreRightsIsRefused(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	_, owner, token := w.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Owner})
	ben, _, _ := w.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Viewer})
	if code, _ := w.post("/console/people/"+ben.ID+"/link", owner, token); code != http.StatusCreated {
		t.Errorf("for a viewer of the same issuer: %d", code)
	}
	if code, _ := w.post("/console/people/"+ben.ID+"/role", cookie, csrf, "issuer", "iss_2", "role", "owner"); code != http.StatusSeeOther {
		t.Fatalf("a further role: %d", code)
	}
	if code, _ := w.post("/console/people/"+ben.ID+"/link", owner, token); code != http.StatusForbidden {
		t.Errorf("for an owner of another issuer: %d", code)
	}
	if code, _ := w.post("/console/people/"+w.operator(t).ID+"/link", owner, token); code != http.StatusNotFound {
		t.Errorf("for the owner of all: %d", code)
	}
}

func TestSigningOutElsewhereKeepsThisSession(t *testing.T) {
	w := newWorld(t, base)
	here, csrf := w.signIn(t)
	elsewhere, _ := w.signIn(t)
	ben, bens, _ := w.signInAs(t, access.Grant{Role: access.Viewer})
	if code, _ := w.post("/console/account/elsewhere", here, csrf); code != http.StatusSeeOther {
		t.Fatalf("%d", code)
	}
	for cookie, want := range map[string]int{here: http.StatusOK, elsewhere: http.StatusUnauthorized, bens: http.StatusOK} {
		if rec := w.ask(http.MethodGet, "/console/account", nil, "Cookie", cookie); rec.Code != want {
			t.Errorf("%s: %d, not %d", ben.ID, rec.Code, want)
		}
	}
}

func TestTheLogTakesItsFiltersFromTheURL(t *testing.T) {
	w := newWorld(t, base)
	cookie, _ := w.signIn(t)
	me := w.operator(t)
	w.events = []event.Event{
		{ID: "evt_1", At: w.now, Actor: me.Actor(), Action: "award.revoked", IssuerID: "iss_1", Subject: "awd_public", Detail: "<b>"},
		{ID: "evt_2", At: w.now, Actor: "cli", Action: "some.thing", Subject: "x"},
	}
	rec := w.ask(http.MethodGet, "/console/log?what=award&who="+me.ID+"&about=awd_public&since=2026-01-02&until=2026-01-03&issuer=iss_1&after=c", nil, "Cookie", cookie)
	page := words(rec)
	for _, want := range []string{">" + me.Name + "</a>", "Award revoked", "some.thing", "&lt;b&gt;", "/console/awards/awd_public", "Open School"} {
		if !strings.Contains(page, want) {
			t.Errorf("%d, without %q: %s", rec.Code, want, page)
		}
	}
	f := w.asked[len(w.asked)-1]
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	if f.Action != "award." || f.Actor != me.Actor() || f.Subject != "awd_public" || !f.Since.Equal(day) || !f.Before.Equal(day.AddDate(0, 0, 2)) ||
		f.Cursor != "c" || len(f.Issuers) != 1 {
		t.Errorf("%+v", f)
	}
	asked := len(w.asked)
	if rec := w.ask(http.MethodGet, "/console/log?since=yesterday", nil, "Cookie", cookie); rec.Code != http.StatusUnprocessableEntity || len(w.asked) != asked {
		t.Errorf("a day that is none: %d", rec.Code)
	}
	w.ask(http.MethodGet, "/console/log?what=drop", nil, "Cookie", cookie)
	if f := w.asked[len(w.asked)-1]; f.Action != "" || f.Issuers != nil {
		t.Errorf("a kind that there is not: %+v", f)
	}
}

// An error page of the console says where it happened and leads back; elsewhere addresses can be secrets and are not repeated.
func TestErrorPagesOfTheConsoleLeadBack(t *testing.T) {
	w := newWorld(t, base)
	_, cookie, _ := w.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Viewer})
	page := words(w.ask(http.MethodGet, "/console/people", nil, "Cookie", cookie))
	for _, want := range []string{"Where:", "/console/people", `href="/console"`, "Your role does not include this.", "an owner can change your role"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	secret := strings.Repeat("a", 32)
	if page := w.ask(http.MethodGet, "/console/sign-in/"+secret, nil).Body.String(); strings.Contains(page, "Where:") {
		t.Errorf("a secret is repeated: %s", page)
	}
}

func TestTokensOfSomebodyWhoGoesAreShownAndEndWhenAsked(t *testing.T) {
	tests := []struct {
		name   string
		fields []string // beside issuer and sure
		path   string
		left   int // of the three that she made, one of them by a token of hers
	}{
		{"the box is ticked", []string{"tokens", "revoke"}, "/remove", 0},
		{"the box is not ticked", nil, "/remove", 3},
		{"a role that is only changed ends no token", []string{"role", "viewer", "tokens", "revoke"}, "/role", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, base)
			cookie, csrf := w.signIn(t)
			ann, anns, annsToken := w.signInAs(t, access.Grant{Role: access.Owner})
			for _, who := range []struct{ cookie, csrf, name string }{{anns, annsToken, "Ann's"}, {anns, annsToken, "Parent"}, {cookie, csrf, "Another's"}} {
				if code, _ := w.post("/console/tokens", who.cookie, who.csrf, "name", who.name, "issuer", "*", "scope", "admin"); code != http.StatusCreated {
					t.Fatal(code)
				}
			}
			all, err := w.sessions.Tokens(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := w.sessions.AddToken(t.Context(), access.NewToken{Name: "Child", Scopes: []access.Scope{access.Read}}, all[1].ID); err != nil {
				t.Fatal(err)
			}
			at := "/console/people/" + ann.ID
			page := w.ask(http.MethodGet, at, nil, "Cookie", cookie).Body.String()
			for name, want := range map[string]bool{"Ann&#39;s": true, "Parent": true, "Child": true, "Another&#39;s": false} {
				if strings.Contains(page, name) != want {
					t.Errorf("%s on her page: %v", name, !want)
				}
			}
			if code, _ := w.post(at+tt.path, cookie, csrf, append(tt.fields, "issuer", "*", "sure", "yes")...); code != http.StatusSeeOther {
				t.Fatal(code)
			}
			if made, err := w.sessions.TokensBy(t.Context(), ann); err != nil || len(made) != tt.left {
				t.Errorf("%d tokens of hers are left, not %d: %v", len(made), tt.left, err)
			}
			if list := w.ask(http.MethodGet, "/console/tokens", nil, "Cookie", cookie).Body.String(); strings.Count(list, "made by") != 4 {
				t.Errorf("the list does not say who made them: %s", list)
			}
			if made, err := w.sessions.TokensBy(t.Context(), w.operator(t)); err != nil || len(made) != 1 {
				t.Errorf("the other owner's token: %d, %v", len(made), err)
			}
		})
	}
}
