package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// operator signs in by the link of the terminal.
func operator(t *testing.T, s *access.Service) access.Session {
	t.Helper()
	secret, _, err := s.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Redeem(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func invited(t *testing.T, s *access.Service, by access.Person, g access.Grant) (access.Person, string) {
	t.Helper()
	p, secret, err := s.Invite(t.Context(), by, access.Invitation{Name: "Ben", Grant: g})
	if err != nil {
		t.Fatal(err)
	}
	return p, secret
}

// Tokens and people are asked by the same function: what a role may do is what a token with its scopes may do.
func TestRolesAndScopesMeanTheSame(t *testing.T) {
	want := map[access.Role]map[access.Scope]bool{
		access.Owner:   {access.Award: true, access.Read: true, access.Revoke: true, access.Issue: true, access.Admin: true},
		access.Awarder: {access.Award: true, access.Read: true, access.Revoke: true},
		access.Viewer:  {access.Read: true},
		"root":         {},
	}
	for role, may := range want {
		for _, of := range []string{"", "iss_a"} {
			p := access.Person{Roles: []access.Grant{{IssuerID: of, Role: role}}}
			k := access.Token{IssuerID: of, Scopes: role.Scopes()}
			for _, scope := range access.Scopes() {
				for _, asked := range []string{"", "iss_a", "iss_b"} {
					expect := may[scope] && (of == "" || of == asked)
					if access.Allows(p, scope, asked) != expect || access.Allows(k, scope, asked) != expect {
						t.Errorf("%s of %q: %s for %q is not %v", role, of, scope, asked, expect)
					}
					if (access.Permit(p, scope, asked) == nil) != expect {
						t.Errorf("Permit: %s of %q: %s for %q", role, of, scope, asked)
					}
				}
				if access.Has(p, scope) != may[scope] {
					t.Errorf("Has: %s of %q: %s", role, of, scope)
				}
			}
		}
	}
	gone := access.Person{Roles: []access.Grant{{Role: access.Owner}}, RemovedAt: time.Unix(1, 0)}
	if access.Has(gone, access.Read) {
		t.Error("somebody who was removed may read")
	}
}

func TestPermitTellsForbiddenFromUnknown(t *testing.T) {
	viewer := access.Person{Roles: []access.Grant{{IssuerID: "iss_a", Role: access.Viewer}}}
	if err := access.Permit(viewer, access.Award, "iss_a"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("what a viewer sees and may not: %v", err)
	}
	if err := access.Permit(viewer, access.Award, "iss_b"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what a viewer does not see: %v", err)
	}
	if ids, all := access.Issuers(viewer, access.Read); all || len(ids) != 1 || ids[0] != "iss_a" {
		t.Errorf("%v %v", ids, all)
	}
	if ids, all := access.Issuers(viewer, access.Award); all || len(ids) != 0 {
		t.Errorf("%v %v", ids, all)
	}
	if _, all := access.Issuers(access.Token{Scopes: []access.Scope{access.Admin}}, access.Award); !all {
		t.Error("an administrator of every issuer")
	}
}

func TestTheOperatorIsOnePersonHoweverManyLinksThereAre(t *testing.T) {
	s := service(newClock())
	a, b := operator(t, s), operator(t, s)
	if a.Person.ID == "" || a.Person.ID != b.Person.ID || !access.Allows(a.Person, access.Admin, "") || a.Person.JoinedAt.IsZero() {
		t.Errorf("%+v %+v", a.Person, b.Person)
	}
}

func TestWhoMayLetWhomIn(t *testing.T) {
	s := service(newClock())
	op := operator(t, s).Person
	school, _ := invited(t, s, op, access.Grant{IssuerID: "iss_a", Role: access.Owner})
	viewer, _ := invited(t, s, op, access.Grant{IssuerID: "iss_a", Role: access.Viewer})
	for _, tt := range []struct {
		name string
		by   access.Person
		g    access.Grant
		kind fault.Kind
	}{
		{"an owner of one issuer for every issuer", school, access.Grant{Role: access.Viewer}, fault.Forbidden},
		{"an owner of one issuer for another", school, access.Grant{IssuerID: "iss_b", Role: access.Viewer}, fault.NotFound},
		{"a viewer", viewer, access.Grant{IssuerID: "iss_a", Role: access.Viewer}, fault.Forbidden},
		{"a role that there is not", op, access.Grant{Role: "admin"}, fault.Invalid},
		{"no role", op, access.Grant{}, fault.Invalid},
	} {
		if _, _, err := s.Invite(t.Context(), tt.by, access.Invitation{Name: "X", Grant: tt.g}); !fault.Is(err, tt.kind) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := s.SetRole(t.Context(), school, op.ID, access.Grant{IssuerID: "iss_a", Role: access.Viewer}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an owner of one issuer changes the owner of all: %v", err)
	}
	all, err := s.People(t.Context(), school)
	if err != nil || len(all) != 2 {
		t.Errorf("the owner of one issuer sees %d people, %v", len(all), err)
	}
	if none, err := s.People(t.Context(), viewer); err != nil || len(none) != 0 {
		t.Errorf("a viewer sees %d people, %v", len(none), err)
	}
}

func TestOneAddressIsOnePerson(t *testing.T) { // U11, W25
	s := service(newClock())
	op := operator(t, s).Person
	if _, _, err := s.Invite(t.Context(), op, access.Invitation{Name: "A", Email: "Amina@Example.org", Grant: access.Grant{Role: access.Viewer}}); err != nil {
		t.Fatal(err)
	}
	for email, kind := range map[string]fault.Kind{
		"amina@example.org": fault.Conflict, "AMINA@EXAMPLE.ORG": fault.Conflict, "ａmina@example.org": fault.Invalid, "amina": fault.Invalid,
	} {
		if err := s.Rename(t.Context(), op, "Olga", email); !fault.Is(err, kind) {
			t.Errorf("%s: %v", email, err)
		}
	}
	if err := s.Rename(t.Context(), op, "Olga", "Olga@example.org"); err != nil {
		t.Error(err)
	}
	if names, err := s.Names(t.Context(), []string{op.Actor(), "cli", "console:per_nobody", "console:tkt_x"}); err != nil || len(names) != 1 ||
		names[op.Actor()] != "Olga" {
		t.Errorf("%v %v", names, err)
	}
}

func TestASessionIsRotatedWhenRolesChange(t *testing.T) { // W15
	c := newClock()
	s, ctx := service(c), context.Background()
	op := operator(t, s).Person
	ben, link := invited(t, s, op, access.Grant{IssuerID: "iss_a", Role: access.Viewer})
	before, err := s.Redeem(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := s.Session(ctx, before.Secret); err != nil || same.Secret != before.Secret {
		t.Fatalf("without a change: %v", err)
	}
	c.now = c.now.Add(time.Hour)
	if _, err := s.SetRole(ctx, op, ben.ID, access.Grant{IssuerID: "iss_b", Role: access.Owner}); err != nil {
		t.Fatal(err)
	}
	stale, err := s.Session(ctx, before.Secret)
	if err != nil || !stale.Stale() || before.Stale() {
		t.Fatalf("%+v, %v", stale, err)
	}
	after, err := s.Rotate(ctx, stale)
	if err != nil || after.Stale() || after.Secret == before.Secret || !after.ExpiresAt.Equal(before.ExpiresAt) || !access.Allows(after.Person, access.Admin, "iss_b") {
		t.Fatalf("after a change: %+v, %v", after, err)
	}
	if _, err := s.Session(ctx, before.Secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the secret of before: %v", err)
	}
	if _, err := s.Rotate(ctx, stale); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("rotated twice: %v", err)
	}
	if again, err := s.Session(ctx, after.Secret); err != nil || again.Stale() {
		t.Errorf("it is rotated once only: %v", err)
	}
	for _, of := range []string{"iss_a", "iss_b"} {
		if _, err := s.SetRole(ctx, op, ben.ID, access.Grant{IssuerID: of}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Session(ctx, after.Secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the session of who was removed: %v", err)
	}
	if _, _, err := s.Link(ctx, op, ben.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a link for who was removed: %v", err)
	}
}

// An address that somebody typed says nothing: who took the account of another's address is out as soon as the other comes by the
// sign-in service (W15). What the account gets afterwards stays.
func TestWhoeverHadAnAccountBeforeItsOwnerCameIsOut(t *testing.T) {
	s, ctx := service(newClock()), context.Background()
	op := operator(t, s).Person
	mallory, link := invited(t, s, op, access.Grant{IssuerID: "iss_a", Role: access.Viewer})
	inside, err := s.Redeem(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Rename(ctx, inside.Person, "The head", "head@school.example"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddPasskey(ctx, inside.Person, access.Passkey{ID: []byte("mallory"), Name: "phone"}); err != nil {
		t.Fatal(err)
	}
	_, waiting, err := s.Link(ctx, op, mallory.ID)
	if err != nil {
		t.Fatal(err)
	}
	head := access.Identity{Issuer: "https://id.school.example", Subject: "1", Name: "The head", Email: "head@school.example", Verified: true}
	owner, err := s.EnterByIdentity(ctx, head)
	if err != nil || owner.Person.ID != mallory.ID {
		t.Fatalf("%+v, %v", owner.Person, err)
	}
	if _, err := s.Session(ctx, inside.Secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a session of before: %v", err)
	}
	if _, err := s.Redeem(ctx, waiting); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a link of before: %v", err)
	}
	if _, err := s.EnterByPasskey(ctx, mallory.ID, []byte("mallory"), nil); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a passkey of before: %v", err)
	}
	if err := s.AddPasskey(ctx, owner.Person, access.Passkey{ID: []byte("head"), Name: "key"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.EnterByIdentity(ctx, head); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, owner.Secret); err != nil {
		t.Errorf("the owner's session after another sign-in: %v", err)
	}
	if _, err := s.EnterByPasskey(ctx, mallory.ID, []byte("head"), nil); err != nil {
		t.Errorf("the owner's passkey: %v", err)
	}
}
