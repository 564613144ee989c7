package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// person makes and stores somebody.
func (f *Fixture) person(email string, roles ...access.Grant) access.Person {
	p := access.Person{ID: f.ID("per_"), Name: "Amina " + email, Email: email, Roles: roles, CreatedAt: Start()}
	f.must(f.Store.InsertPerson(f.ctx, p, f.Event("person.invited", "", p.ID)))
	return p
}

func (f *Fixture) setRole(p access.Person, g access.Grant) (access.Person, error) {
	return f.Store.SetRole(f.ctx, p.ID, g, Start().Add(time.Minute), f.Event("person.role_changed", g.IssuerID, p.ID))
}

func testPeople(t *testing.T, f *Fixture) {
	school := f.Issuer("school").ID
	owner := f.person("", access.Grant{Role: access.Owner})
	both := f.person("a@example.org", access.Grant{IssuerID: school, Role: access.Viewer}, access.Grant{IssuerID: "iss_zzz", Role: access.Awarder})
	all, err := f.Store.People(f.ctx)
	f.must(err)
	want := []access.Person{owner, both}
	if owner.ID > both.ID {
		want = []access.Person{both, owner}
	}
	if diff := cmp.Diff(rolesSorted(want), rolesSorted(all)); diff != "" {
		t.Errorf("people (-stored +read):\n%s", diff)
	}
	twin := access.Person{ID: f.ID("per_"), Name: "Twin", Email: "a@example.org", Roles: both.Roles, CreatedAt: Start()}
	f.wantCode("person.email_taken", f.Store.InsertPerson(f.ctx, twin, f.Event("person.invited", "", twin.ID)), "an address twice")
	_, err = f.Store.Person(f.ctx, twin.ID)
	f.want(fault.NotFound, err, "who was refused")
	f.wantCode("person.email_taken", f.Store.NamePerson(f.ctx, owner.ID, "O", "a@example.org", f.Event("person.renamed", "", owner.ID)),
		"the address of somebody else")
	f.must(f.Store.NamePerson(f.ctx, owner.ID, "Olga", "o@example.org", f.Event("person.renamed", "", owner.ID)))
	got, err := f.Store.PersonByEmail(f.ctx, "o@example.org")
	if err != nil || got.ID != owner.ID || got.Name != "Olga" {
		t.Errorf("by address: %+v, %v", got, err)
	}
	_, err = f.Store.PersonByEmail(f.ctx, "")
	f.want(fault.NotFound, err, "nobody's address")

	got, err = f.setRole(both, access.Grant{IssuerID: school, Role: access.Owner})
	f.must(err)
	if len(got.Roles) != 2 || !access.Allows(got, access.Admin, school) || !got.ChangedAt.Equal(Start().Add(time.Minute)) {
		t.Errorf("after a change: %+v", got)
	}
	for range 2 {
		f.must(f.Store.JoinPerson(f.ctx, both.ID, Start().Add(time.Hour)))
	}
	testRemoval(t, f, both, school)
}

// testRemoval: who loses the last role is removed with their sessions, and their address is free again.
func testRemoval(t *testing.T, f *Fixture, p access.Person, school string) {
	k := access.Ticket{ID: f.ID("tkt_"), Kind: "session", PersonID: p.ID, Hash: hashOf("s"), CreatedAt: Start(), ExpiresAt: Start().Add(time.Hour)}
	f.must(f.Store.InsertTicket(f.ctx, k, f.Event("session.started", "", p.ID)))
	for _, issuerID := range []string{school, "iss_zzz"} {
		if _, err := f.Store.TicketByHash(f.ctx, "session", k.Hash); err != nil {
			t.Errorf("before the last role is gone: %v", err)
		}
		if _, err := f.setRole(p, access.Grant{IssuerID: issuerID}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := f.Store.TicketByHash(f.ctx, "session", k.Hash)
	f.want(fault.NotFound, err, "the session of who was removed")
	got, err := f.Store.Person(f.ctx, p.ID)
	if err != nil || got.RemovedAt.IsZero() || !got.JoinedAt.Equal(Start().Add(time.Hour)) || len(got.Roles) != 0 {
		t.Errorf("removed: %+v, %v", got, err)
	}
	_, err = f.setRole(p, access.Grant{Role: access.Owner})
	f.want(fault.NotFound, err, "a role for who was removed")
	_, err = f.Store.PersonByEmail(f.ctx, p.Email)
	f.want(fault.NotFound, err, "the address of who was removed")
	f.person(p.Email, access.Grant{Role: access.Viewer})
}

func rolesSorted(all []access.Person) map[string]access.Person {
	out := map[string]access.Person{}
	for _, p := range all {
		out[p.ID] = p
	}
	return out
}

func testLastOwners(t *testing.T, f *Fixture) {
	only := f.person("", access.Grant{Role: access.Owner})
	_, err := f.setRole(only, access.Grant{})
	f.wantCode("person.last_owner", err, "removing the last owner")
	_, err = f.setRole(only, access.Grant{Role: access.Awarder})
	f.wantCode("person.last_owner", err, "making the last owner an awarder")
	if got, err := f.Store.Person(f.ctx, only.ID); err != nil || !got.ChangedAt.IsZero() || !access.Allows(got, access.Admin, "") {
		t.Errorf("something of the refusal was stored: %+v, %v", got, err)
	}
	owners := []access.Person{only}
	for range 9 {
		owners = append(owners, f.person("", access.Grant{Role: access.Owner}))
	}
	if won := f.atOnce(len(owners), fault.Conflict, func(i int) error {
		_, err := f.setRole(owners[i], access.Grant{})
		return err
	}); won != len(owners)-1 {
		t.Errorf("of %d owners %d were removed", len(owners), won)
	}
}

func testPersonTickets(t *testing.T, f *Fixture) {
	a, b := f.person("", access.Grant{Role: access.Owner}), f.person("", access.Grant{Role: access.Viewer})
	ticket := func(kind, secret string, p access.Person) access.Ticket {
		k := access.Ticket{ID: f.ID("tkt_"), Kind: kind, PersonID: p.ID, Hash: hashOf(secret), CreatedAt: Start(), ExpiresAt: Start().Add(time.Hour)}
		f.must(f.Store.InsertTicket(f.ctx, k, event.Event{}))
		return k
	}
	here, elsewhere, link, other := ticket("session", "1", a), ticket("session", "2", a), ticket("invite", "3", a), ticket("session", "4", b)
	f.must(f.Store.DeleteTickets(f.ctx, a.ID, here.Hash, f.Event("session.ended_elsewhere", "", a.ID)))
	for _, k := range []access.Ticket{here, other} {
		got, err := f.Store.TicketByHash(f.ctx, k.Kind, k.Hash)
		if diff := cmp.Diff(k, got); err != nil || diff != "" {
			t.Errorf("a session that stays: %v %s", err, diff)
		}
	}
	for _, k := range []access.Ticket{elsewhere, link} {
		_, err := f.Store.TicketByHash(f.ctx, k.Kind, k.Hash)
		f.want(fault.NotFound, err, "a session elsewhere")
	}
}

func testEventPages(t *testing.T, f *Fixture) {
	s, other := f.School("one"), f.School("two")
	for range 7 {
		f.Stored(s)
	}
	f.Stored(other)
	e := f.Event("person.invited", "", "per_x")
	e.At, e.Actor = Start().Add(time.Hour), "console:per_y"
	f.must(f.Store.InsertPerson(f.ctx, access.Person{ID: f.ID("per_"), Name: "x", CreatedAt: Start()}, e))
	for _, tt := range []struct {
		name   string
		filter event.Filter
		want   int
	}{
		{"one issuer", event.Filter{Issuers: []string{s.Issuer.ID}, Action: "award.created"}, 7},
		{"both issuers", event.Filter{Issuers: []string{s.Issuer.ID, other.Issuer.ID}, Action: "award."}, 8},
		{"no issuer", event.Filter{Issuers: []string{}}, 0},
		{"an actor", event.Filter{Actor: "console:per_y"}, 1},
		{"a subject", event.Filter{Subject: "per_x"}, 1},
		{"since", event.Filter{Since: Start().Add(time.Hour)}, 1},
		{"before", event.Filter{Before: Start().Add(time.Hour), Action: "person."}, 0},
		{"a prefix stands for itself", event.Filter{Action: "perso_."}, 0},
		{"half a word is no action", event.Filter{Action: "person"}, 0},
	} {
		got, next, err := f.Store.EventPage(f.ctx, tt.filter)
		if err != nil || len(got) != tt.want || next != "" {
			t.Errorf("%s: %d events, %q, %v", tt.name, len(got), next, err)
		}
	}
	seen, cursor := map[string]bool{}, ""
	for range 4 {
		page, next, err := f.Store.EventPage(f.ctx, event.Filter{Action: "award.created", Limit: 3, Cursor: cursor})
		f.must(err)
		for _, e := range page {
			seen[e.ID] = true
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if len(seen) != 8 || cursor != "" {
		t.Errorf("page by page: %d events, then %q", len(seen), cursor)
	}
	for _, bad := range []event.Filter{{Limit: -1}, {Limit: 201}, {Cursor: "x"}, {Action: strconv.Itoa(1) + string(make([]byte, 2000)) + "."}} {
		_, _, err := f.Store.EventPage(f.ctx, bad)
		f.want(fault.Invalid, err, "a filter that cannot be")
	}
	for issuers, want := range map[string]int{s.Issuer.ID: 7, other.Issuer.ID: 1, "iss_nobody": 0} {
		if n, err := f.Store.CountAwards(f.ctx, issuer.Filter{Issuers: []string{issuers}}); err != nil || n != want {
			t.Errorf("awards of %s: %d, %v", issuers, n, err)
		}
	}
	if n, err := f.Store.CountAwards(f.ctx, issuer.Filter{Issuers: []string{}}); err != nil || n != 0 {
		t.Errorf("awards of no issuer: %d, %v", n, err)
	}
}
