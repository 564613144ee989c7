package access_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func newClock() *clock { return &clock{now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)} }

func service(c *clock) *access.Service { return access.New(access.Config{Clock: c.read}) }

func mustToken(t *testing.T, s *access.Service, n access.NewToken) (access.Token, string) {
	t.Helper()
	tok, secret, err := s.AddToken(context.Background(), n, "cli")
	if err != nil {
		t.Fatal(err)
	}
	return tok, secret
}

func platform() access.NewToken {
	return access.NewToken{Name: "Moodle", Scopes: []access.Scope{access.Read, access.Award, access.Read}}
}

func TestATokenAuthenticatesAndItsTwinsDoNot(t *testing.T) {
	s := service(newClock())
	tok, secret := mustToken(t, s, platform())
	if !strings.HasPrefix(secret, "laurel_") || len(secret) != len("laurel_")+32 {
		t.Errorf("secret %q does not have 160 bits in base32 behind the prefix", secret)
	}
	if bytes.Contains(tok.Hash, []byte(secret)) || len(tok.Hash) != 32 {
		t.Error("the stored hash is no SHA-256")
	}
	if d := cmp.Diff([]access.Scope{access.Award, access.Read}, tok.Scopes); d != "" {
		t.Error(d)
	}
	got, err := s.Authenticate(context.Background(), secret)
	if err != nil || got.ID != tok.ID {
		t.Fatalf("good secret: %v, %v", got, err)
	}
	for name, twin := range map[string]string{
		"empty": "", "no prefix": secret[len("laurel_"):], "one character less": secret[:len(secret)-1], "one more": secret + "a",
		"upper case": strings.ToUpper(secret), "another secret": "laurel_" + strings.Repeat("a", 32), "blank behind": secret + " ",
		"line feed inside": secret[:20] + "\n" + secret[21:], "the id": tok.ID, "very long": "laurel_" + strings.Repeat("a", 1<<16),
	} {
		if _, err := s.Authenticate(context.Background(), twin); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARevocationBitesAtOnceAlthoughTheTokenWasJustUsed(t *testing.T) {
	s, ctx := service(newClock()), context.Background()
	tok, secret := mustToken(t, s, platform())
	if _, err := s.Authenticate(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if !s.Recognised(secret) {
		t.Error("a secret that was just used is not recognised")
	}
	for range 2 { // revoking twice is no error
		if err := s.RevokeToken(ctx, tok.ID, "cli"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Authenticate(ctx, secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("revoked: %v", err)
	}
	if s.Recognised(secret) {
		t.Error("a revoked secret is recognised")
	}
	if err := s.RevokeToken(ctx, "tok_unknown", "cli"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown id: %v", err)
	}
}

func TestARevocationElsewhereBitesWithinSeconds(t *testing.T) {
	c, store := newClock(), &counting{}
	here := access.New(access.Config{Clock: c.read, Store: store})
	there := access.New(access.Config{Clock: c.read, Store: store})
	tok, secret := mustToken(t, here, platform())
	for range 10 {
		if _, err := here.Authenticate(context.Background(), secret); err != nil {
			t.Fatal(err)
		}
	}
	if store.asked != 1 {
		t.Errorf("the store was asked %d times, want 1", store.asked)
	}
	if err := there.RevokeToken(context.Background(), tok.ID, "cli"); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(3 * time.Second)
	if _, err := here.Authenticate(context.Background(), secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("after 3 s: %v", err)
	}
}

func TestATokenEndsAtItsMoment(t *testing.T) {
	c := newClock()
	s := service(c)
	n := platform()
	n.Expires = c.now.Add(2 * time.Second)
	_, secret := mustToken(t, s, n)
	c.now = c.now.Add(time.Second)
	if _, err := s.Authenticate(context.Background(), secret); err != nil {
		t.Errorf("a second before: %v", err)
	}
	c.now = c.now.Add(time.Second) // the cache still holds it
	if _, err := s.Authenticate(context.Background(), secret); fault.Describe(err).Code != "token.expired" {
		t.Errorf("at the moment: %v", err)
	}
}

func TestWhatCannotBeATokenIsRefused(t *testing.T) {
	c := newClock()
	for name, tt := range map[string]struct {
		change func(*access.NewToken)
		at     string
	}{
		"without a name":                {func(n *access.NewToken) { n.Name = " " }, "/name"},
		"with a line feed in its name":  {func(n *access.NewToken) { n.Name = "a\nb" }, "/name"},
		"with a NUL in its name":        {func(n *access.NewToken) { n.Name = "a\x00" }, "/name"},
		"with a name that is too long":  {func(n *access.NewToken) { n.Name = strings.Repeat("a", 201) }, "/name"},
		"without a scope":               {func(n *access.NewToken) { n.Scopes = nil }, "/scopes"},
		"with an unknown scope":         {func(n *access.NewToken) { n.Scopes = []access.Scope{"read", "root"} }, "/scopes/1"},
		"with a scope in another case":  {func(n *access.NewToken) { n.Scopes = []access.Scope{"Admin"} }, "/scopes/0"},
		"that ends at once":             {func(n *access.NewToken) { n.Expires = c.now }, "/expires_at"},
		"that ended before it was made": {func(n *access.NewToken) { n.Expires = c.now.Add(-time.Hour) }, "/expires_at"},
	} {
		n := platform()
		tt.change(&n)
		_, _, err := service(c).AddToken(context.Background(), n, "cli")
		if p := fault.Describe(err); p.Kind != fault.Invalid || p.Pointer != tt.at {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestAllowsAsksForScopeAndIssuer(t *testing.T) {
	reader := access.Token{Scopes: []access.Scope{access.Read}}
	bound := access.Token{Scopes: []access.Scope{access.Award}, IssuerID: "iss_a"}
	admin := access.Token{Scopes: []access.Scope{access.Admin}}
	boundAdmin := access.Token{Scopes: []access.Scope{access.Admin}, IssuerID: "iss_a"}
	for _, tt := range []struct {
		name   string
		token  access.Token
		scope  access.Scope
		issuer string
		want   bool
	}{
		{"a reader reads", reader, access.Read, "iss_a", true},
		{"a reader does not award", reader, access.Award, "iss_a", false},
		{"a bound token awards for its issuer", bound, access.Award, "iss_a", true},
		{"a bound token does not award for another", bound, access.Award, "iss_b", false},
		{"a bound token has nothing of the deployment", bound, access.Award, "", false},
		{"an admin revokes everywhere", admin, access.Revoke, "iss_b", true},
		{"an admin manages the deployment", admin, access.Admin, "", true},
		{"a bound admin does not manage the deployment", boundAdmin, access.Admin, "", false},
		{"no token does nothing", access.Token{}, access.Read, "", false},
	} {
		if got := access.Allows(tt.token, tt.scope, tt.issuer); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestASignInLinkWorksOnce(t *testing.T) {
	c, ctx := newClock(), context.Background()
	s := service(c)
	link, _, err := s.SignInLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	sessions := make([]string, 20)
	for i := range sessions {
		wg.Go(func() {
			got, _ := s.Redeem(ctx, link)
			sessions[i] = got.Secret
		})
	}
	wg.Wait()
	session := strings.Join(sessions, "")
	if len(session) != 32 {
		t.Fatalf("of 20 parallel calls not exactly one got a session: %q", session)
	}
	if session == link {
		t.Error("the session has the secret of the link")
	}
	if _, err := s.Session(ctx, session); err != nil {
		t.Errorf("session: %v", err)
	}
	if _, err := s.Session(ctx, link); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the link as a session: %v", err)
	}
	if _, err := s.Redeem(ctx, session); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the session as a link: %v", err)
	}
	for range 2 { // signing out twice is no error
		if err := s.SignOut(ctx, session); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Session(ctx, session); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("after sign-out: %v", err)
	}
}

func TestLinksAndSessionsEnd(t *testing.T) {
	c, ctx := newClock(), context.Background()
	s := service(c)
	first, _, _ := s.SignInLink(ctx)
	second, _, _ := s.SignInLink(ctx)
	got, err := s.Redeem(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	session, ticket := got.Secret, got.Ticket
	c.now = ticket.ExpiresAt.Add(-time.Second)
	if _, err := s.Session(ctx, session); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	c.now = ticket.ExpiresAt
	if _, err := s.Session(ctx, session); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("at its end: %v", err)
	}
	c.now = c.now.Add(24 * time.Hour)
	if _, err := s.Redeem(ctx, second); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("old link: %v", err)
	}
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestFailuresOfTheStoreAreNotSilent(t *testing.T) {
	s := access.New(access.Config{Store: broken{}})
	ctx, secret, link := context.Background(), "laurel_"+strings.Repeat("a", 32), strings.Repeat("a", 32)
	_, authErr := s.Authenticate(ctx, secret)
	_, _, addErr := s.AddToken(ctx, platform(), "cli")
	_, redeemErr := s.Redeem(ctx, link)
	_, sessionErr := s.Session(ctx, link)
	for i, err := range []error{authErr, addErr, redeemErr, sessionErr, s.SignOut(ctx, link), s.Sweep(ctx)} {
		if !errors.Is(err, errDisk) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	s := service(newClock())
	_, secret, err := s.AddToken(context.Background(), platform(), "cli")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(secret)
	f.Add("laurel_")
	f.Fuzz(func(t *testing.T, in string) {
		_, err := s.Authenticate(context.Background(), in)
		if (err == nil) != (in == secret) {
			t.Errorf("%q: %v", in, err)
		}
	})
}

func ExampleService_AddToken() {
	s := access.New(access.Config{})
	_, secret, _ := s.AddToken(context.Background(), access.NewToken{Name: "Moodle", Scopes: []access.Scope{access.Award}}, "cli")
	t, err := s.Authenticate(context.Background(), secret)
	fmt.Println(t.Name, access.Allows(t, access.Award, "iss_a"), access.Allows(t, access.Revoke, "iss_a"), err)
	// Output: Moodle true false <nil>
}

var errDisk = errors.New("disk")

// broken fails always.
type broken struct{ access.Store }

func (broken) TokenByHash(context.Context, []byte) (access.Token, error) {
	return access.Token{}, errDisk
}
func (broken) InsertToken(context.Context, access.Token, event.Event) error { return errDisk }
func (broken) DeleteExpiredTickets(context.Context, time.Time) error        { return errDisk }
func (broken) TakeTicket(context.Context, string, []byte) (access.Ticket, error) {
	return access.Ticket{}, errDisk
}
func (broken) TicketByHash(context.Context, string, []byte) (access.Ticket, error) {
	return access.Ticket{}, errDisk
}

// counting keeps one token and counts how often it is asked for.
type counting struct {
	access.Store
	token access.Token
	asked int
}

func (c *counting) InsertToken(_ context.Context, t access.Token, _ event.Event) error {
	c.token = t
	return nil
}

func (c *counting) TokenByHash(context.Context, []byte) (access.Token, error) {
	c.asked++
	return c.token, nil
}

func (c *counting) RevokeToken(_ context.Context, _ string, at time.Time, _ event.Event) error {
	c.token.RevokedAt = at
	return nil
}
