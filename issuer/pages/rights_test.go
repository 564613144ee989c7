package pages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
)

// needs says for every address of the console which role is the least that may use it. Whoever adds a route adds a line.
func needs() map[string]access.Role {
	out := map[string]access.Role{
		"POST /console/sign-out":                        access.Viewer,
		"GET /console":                                  access.Viewer,
		"GET /console/charts/weeks.svg":                 access.Viewer,
		"GET /console/awards":                           access.Viewer,
		"GET /console/awards/:id":                       access.Viewer,
		"POST /console/awards/:id/credentials":          access.Awarder,
		"GET /console/changes":                          access.Awarder,
		"POST /console/changes":                         access.Awarder,
		"POST /console/changes/confirm":                 access.Awarder,
		"GET /console/award":                            access.Awarder,
		"POST /console/award":                           access.Awarder,
		"GET /console/achievements":                     access.Viewer,
		"GET /console/achievements/new":                 access.Owner,
		"GET /console/achievements/design.svg":          access.Owner,
		"GET /console/achievements/:id/edit":            access.Owner,
		"POST /console/achievements/:id/edit":           access.Owner,
		"POST /console/achievements/new":                access.Owner,
		"GET /console/achievements/:id/picture":         access.Viewer,
		"GET /console/batch":                            access.Awarder,
		"POST /console/batch":                           access.Awarder,
		"GET /console/batch/:id":                        access.Awarder,
		"GET /console/batch/:id/bad.csv":                access.Awarder,
		"POST /console/batch/:id/columns":               access.Awarder,
		"POST /console/batch/:id/repair":                access.Awarder,
		"POST /console/batch/:id/confirm":               access.Awarder,
		"POST /console/batch/:id/resume":                access.Awarder,
		"GET /console/batch/:id/undo":                   access.Awarder,
		"POST /console/batch/:id/undo":                  access.Awarder,
		"GET /console/settings":                         access.Viewer,
		"GET /console/account":                          access.Viewer,
		"POST /console/account/passkeys/begin":          access.Viewer,
		"POST /console/account/passkeys":                access.Viewer,
		"POST /console/account/passkeys/:id/rename":     access.Viewer,
		"POST /console/account/passkeys/:id/remove":     access.Viewer,
		"POST /console/account":                         access.Viewer,
		"POST /console/account/elsewhere":               access.Viewer,
		"GET /console/people":                           access.Owner,
		"POST /console/people":                          access.Owner,
		"GET /console/people/:id":                       access.Owner,
		"POST /console/people/:id/role":                 access.Owner,
		"POST /console/people/:id/remove":               access.Owner,
		"POST /console/people/:id/link":                 access.Owner,
		"POST /console/people/:id/unlink":               access.Owner,
		"GET /console/wallets":                          access.Owner,
		"POST /console/wallets":                         access.Owner,
		"GET /console/profile":                          access.Owner,
		"GET /console/profile/:id":                      access.Owner,
		"POST /console/profile/:id":                     access.Owner,
		"POST /console/profile/:id/picture":             access.Owner,
		"GET /console/log":                              access.Owner,
		"GET /console/trust":                            access.Owner,
		"GET /console/trust/export.json":                access.Owner,
		"POST /console/trust":                           access.Owner,
		"POST /console/trust/remove":                    access.Owner,
		"POST /console/trust/erase":                     access.Owner,
		"GET /console/keys":                             access.Viewer,
		"GET /console/keys/rotate":                      access.Owner,
		"POST /console/keys/rotate":                     access.Owner,
		"GET /console/keys/withdraw":                    access.Owner,
		"POST /console/keys/withdraw":                   access.Owner,
		"GET /console/keys/reissue":                     access.Owner,
		"POST /console/keys/reissue":                    access.Owner,
		"POST /console/keys/stop":                       access.Owner,
		"POST /console/keys/resume":                     access.Owner,
		"GET /console/tokens":                           access.Owner,
		"POST /console/tokens":                          access.Owner,
		"POST /console/tokens/:id/revoke":               access.Owner,
		"GET /console/wishes":                           access.Viewer,
		"POST /console/wishes/:id/close":                access.Awarder,
		"POST /console/awards/:id/learner":              access.Awarder,
		"POST /console/slips":                           access.Awarder,
		"POST /console/awards/:id/offers":               access.Awarder,
		"POST /console/awards/:id/offers/:offer/revoke": access.Awarder,
	}
	for _, action := range []string{"revoke", "suspend", "reinstate"} {
		out["GET /console/awards/:id/"+action], out["POST /console/awards/:id/"+action] = access.Awarder, access.Awarder
	}
	return out
}

// routes lists the console's routes but for those of sign-in; HEAD goes with GET.
func (w *world) routes(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, r := range w.router.Routes() {
		if r.Method != http.MethodHead && strings.HasPrefix(r.Path, "/console") && !strings.HasPrefix(r.Path, "/console/sign-in") {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d routes", len(out))
	}
	return out
}

// school brings a draft of iss_1, for the routes that are about one.
func (w *world) school(t *testing.T) {
	t.Helper()
	u, err := w.desk.Bring(t.Context(), batch.Upload{IssuerID: "iss_1", AchievementID: "ach_1"}, []byte(people))
	if err != nil {
		t.Fatal(err)
	}
	w.draft = u.ID
	k, _, err := w.sessions.AddToken(t.Context(), access.NewToken{Name: "Moodle", IssuerID: "iss_1", Scopes: []access.Scope{access.Award}}, "cli")
	if err != nil {
		t.Fatal(err)
	}
	w.token = k.ID
}

// try sends a request to a route as somebody with a session. Ids are those of things of iss_1.
func (w *world) try(route, person, cookie, csrf string) int {
	method, path, _ := strings.Cut(route, " ")
	id := "awd_public"
	switch {
	case strings.Contains(path, "/achievements/"):
		id = "ach_1"
	case strings.Contains(path, "/wishes/"):
		id = "wsh_1"
	case strings.Contains(path, "/profile/"):
		id = "iss_1"
	case strings.Contains(path, "/people/"):
		id = person
	case strings.Contains(path, "/tokens/"):
		id = w.token
	case strings.Contains(path, "/batch/"):
		id = w.draft
	}
	path = strings.NewReplacer(":id", id, ":offer", "off_1").Replace(path)
	if method == http.MethodGet {
		return w.ask(method, path, nil, "Cookie", cookie).Code
	}
	return w.ask(method, path, form("csrf", csrf), "Cookie", cookie, "Content-Type", urlencoded).Code
}

func TestEveryRouteForEveryRole(t *testing.T) { // W06, W07
	table := needs()
	order := []access.Role{access.Viewer, access.Awarder, access.Owner}
	for _, role := range order {
		for _, of := range []string{"", "iss_1"} {
			w := newWorld(t, base)
			w.school(t)
			for _, route := range w.routes(t) {
				least, ok := table[route]
				if !ok {
					t.Fatalf("%s has no line in the table", route)
				}
				me, cookie, csrf := w.signInAs(t, access.Grant{IssuerID: of, Role: role})
				allowed := slices.Index(order, role) >= slices.Index(order, least)
				if (strings.Contains(route, "/console/trust") || strings.Contains(route, "/console/wallets")) && of != "" {
					allowed = false // they are of the whole deployment
				}
				got := w.try(route, me.ID, cookie, csrf)
				if refused := got == http.StatusForbidden; refused == allowed || got == http.StatusUnauthorized || got >= 500 {
					t.Errorf("%s of %q: %s: %d, allowed: %v", role, of, route, got, allowed)
				}
			}
			if len(w.requests)+len(w.revoked)+len(w.added)+len(w.rows)+len(w.ran) > 0 {
				t.Errorf("%s: an empty form changed something", role)
			}
		}
	}
}

// Who has every right for another issuer sees and changes nothing of this one: it is as if it were not there.
func TestTheOwnerOfAnotherIssuerSeesNothing(t *testing.T) {
	w := newWorld(t, base)
	w.school(t)
	w.events = []event.Event{}
	victim, _, _ := w.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Viewer})
	for _, route := range w.routes(t) {
		_, cookie, csrf := w.signInAs(t, access.Grant{IssuerID: "iss_2", Role: access.Owner})
		got := w.try(route, victim.ID, cookie, csrf)
		switch {
		case strings.Contains(route, ":id"):
			if want := http.StatusNotFound; got != want && !(strings.HasSuffix(route, "/credentials") && got == http.StatusBadRequest) {
				t.Errorf("%s: %d", route, got)
			}
		case got >= 500 || got == http.StatusUnauthorized:
			t.Errorf("%s: %d", route, got)
		}
	}
	_, cookie, csrf := w.signInAs(t, access.Grant{IssuerID: "iss_2", Role: access.Owner})
	for path, fields := range map[string][]string{
		"/console/award":            {"achievement", "ach_1", "name", "Amina"},
		"/console/achievements/new": {"issuer", "iss_1", "name", "n", "description", "d", "criteria", "c"},
		"/console/people":           {"issuer", "iss_1", "name", "n", "role", "owner"},
		"/console/changes":          {"action", "revoke", "reason", "r", "achievement", "ach_1"},
		"/console/batch":            {"achievement", "ach_1"},
		"/console/keys/rotate":      {"issuer", "iss_1", "pace", "announced"},
		"/console/keys/withdraw":    {"issuer", "iss_1", "key", "k", "from", "2026-01-01T00:00", "step", "withdraw", "sure", "yes"},
		"/console/keys/reissue":     {"issuer", "iss_1", "key", "k", "sure", "yes"},
		"/console/keys/stop":        {"issuer", "iss_1", "reason", "r"},
		"/console/keys/resume":      {"issuer", "iss_1"},
		"/console/tokens":           {"issuer", "iss_1", "name", "n", "scope", "admin"},
	} {
		rec := w.ask(http.MethodPost, path, form(append(fields, "csrf", csrf)...), "Cookie", cookie, "Content-Type", urlencoded)
		if rec.Code != http.StatusNotFound && rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	for _, path := range []string{"/console/people", "/console/tokens", "/console/keys/stop", "/console/keys/resume"} {
		if rec := w.ask(http.MethodPost, path, form("issuer", "*", "name", "n", "role", "owner", "scope", "admin", "reason", "r", "csrf", csrf), "Cookie", cookie,
			"Content-Type", urlencoded); rec.Code != http.StatusForbidden {
			t.Errorf("%s for every issuer: %d", path, rec.Code)
		}
	}
	if len(w.requests)+len(w.revoked)+len(w.issued)+len(w.added)+len(w.bulks)+len(w.stopped) > 0 {
		t.Error("something of another issuer was changed")
	}
	for _, path := range []string{"/console/awards", "/console", "/console/log", "/console/log?issuer=iss_1"} {
		w.filters, w.asked = nil, nil
		w.ask(http.MethodGet, path, nil, "Cookie", cookie)
		for _, f := range w.filters {
			if f.Issuers == nil || slices.Contains(f.Issuers, "iss_1") {
				t.Errorf("%s lists awards of %v", path, f.Issuers)
			}
		}
		for _, f := range w.asked {
			if f.Issuers == nil || slices.Contains(f.Issuers, "iss_1") {
				t.Errorf("%s lists events of %v", path, f.Issuers)
			}
		}
	}
}
