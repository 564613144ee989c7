package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

func testLogins(t *testing.T, f *Fixture) {
	const school, other = "https://login.school.example", "https://login.other.example"
	f.person("", access.Grant{Role: access.Owner})
	p, q := f.person("", access.Grant{Role: access.Viewer}), f.person("", access.Grant{Role: access.Viewer})
	e := func() event.Event { return f.Event("person.linked", "", p.ID) }
	first := access.Login{Issuer: school, Subject: "u-1", PersonID: p.ID, CreatedAt: Start(), UsedAt: Start()}
	second := access.Login{Issuer: other, Subject: "U-1", PersonID: p.ID, Follows: true, CreatedAt: Start().Add(time.Second), UsedAt: Start()}
	f.must(f.Store.LinkLogin(f.ctx, first, e()))
	f.must(f.Store.LinkLogin(f.ctx, second, e()))
	for name, l := range map[string]access.Login{
		"a login of two people":              {Issuer: school, Subject: "u-1", PersonID: q.ID},
		"two logins of one person":           {Issuer: school, Subject: "u-2", PersonID: p.ID},
		"the same login of the same person":  first,
		"a person's login taken by a switch": {Issuer: other, Subject: "u-1", PersonID: p.ID},
	} {
		f.want(fault.Conflict, f.Store.LinkLogin(f.ctx, l, e()), name)
	}
	f.must(f.Store.UseLogin(f.ctx, school, "u-1", Start().Add(time.Hour)))
	first.UsedAt = Start().Add(time.Hour)
	if got, err := f.Store.LoginsOf(f.ctx, p.ID); err != nil || !cmp.Equal([]access.Login{first, second}, got) {
		t.Errorf("logins: %v\n%s", err, cmp.Diff([]access.Login{first, second}, got))
	}
	for name, miss := range map[string][2]string{"another case": {school, "U-1"}, "another issuer": {school + "/", "u-1"}, "nothing": {"", ""}} {
		_, err := f.Store.Login(f.ctx, miss[0], miss[1])
		f.want(fault.NotFound, err, name)
		f.want(fault.NotFound, f.Store.UseLogin(f.ctx, miss[0], miss[1], Start()), "using "+name)
	}
	f.want(fault.NotFound, f.Store.UnlinkLogin(f.ctx, q.ID, school, e()), "parting somebody who has no login")
	if _, err := f.setRole(p, access.Grant{}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Store.Login(f.ctx, school, "u-1"); err != nil || got.PersonID != p.ID {
		t.Errorf("of who was removed: %+v, %v", got, err)
	}
	again := access.Login{Issuer: school, Subject: "u-1", PersonID: q.ID, CreatedAt: Start(), UsedAt: Start()}
	f.must(f.Store.LinkLogin(f.ctx, again, e()))
	if got, err := f.Store.Login(f.ctx, school, "u-1"); err != nil || !cmp.Equal(again, got) {
		t.Errorf("given to another person: %+v, %v", got, err)
	}
	f.must(f.Store.UnlinkLogin(f.ctx, q.ID, school, e()))
	_, err := f.Store.Login(f.ctx, school, "u-1")
	f.want(fault.NotFound, err, "after parting")
	if n := f.events("", "person.linked"); n != 4 {
		t.Errorf("%d events", n)
	}
}
