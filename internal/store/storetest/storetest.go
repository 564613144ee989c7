// Package storetest owns the one suite that every database must pass: replays, conflicts, races, text that looks like
// SQL, cursors, foreign keys. It refuses nothing itself; whoever opens a database says which one.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Opener opens a new, empty database for one test, and closes it when the test ends.
type Opener func(t *testing.T) *store.Store

// Run runs the suite. Each part gets a database of its own, which Run migrates.
func Run(t *testing.T, open Opener) {
	t.Helper()
	parts := []struct {
		name string
		run  func(t *testing.T, f *Fixture)
	}{
		{"migrations", testMigrations},
		{"issuers", testIssuers},
		{"achievements", testAchievements},
		{"achievement locks", testLocks},
		{"keys", testKeys},
		{"rotations at once", testRotations},
		{"the issuance log", testLog},
		{"records and awards at once", testLogAtOnce},
		{"stops of issuing", testStops},
		{"a stop is exact", testStopIsExact},
		{"an issuer that closes", testClosing},
		{"tokens", testTokens},
		{"tickets", testTickets},
		{"people", testPeople},
		{"the last owners at once", testLastOwners},
		{"tickets of people", testPersonTickets},
		{"pages of events", testEventPages},
		{"passkeys", testPasskeys},
		{"logins", testLogins},
		{"settings", testSettings},
		{"uploads", testUploads},
		{"who works on an upload", testUploadLeases},
		{"old uploads", testUploadSweep},
		{"choices of columns", testHeadingMaps},
		{"awards of a batch", testBatchCounts},
		{"statistics", testStatistics},
		{"status lists", testLists},
		{"claims of many at once", testClaims},
		{"awards", testAwards},
		{"awards that contradict", testConflicts},
		{"one hundred awards under one key", testParallelAwards},
		{"good and bad awards at once", testMixed},
		{"pages of awards", testPages},
		{"credentials on pages", testPageCredentials},
		{"filters and search", testFilters},
		{"text that looks like SQL", testLiterals},
		{"text that no database takes", testRefusedText},
		{"ids that name nothing", testUnknown},
		{"foreign keys", testForeignKeys},
		{"revocation", testRevocation},
		{"revocations at once", testParallelRevocations},
		{"suspension", testSuspension},
		{"issued again", testReissue},
		{"what a verifier saw", testMemory},
		{"lists of a newer database", testRecovery},
		{"further forms", testForms},
		{"forms and a revocation at once", testFormsAtOnce},
		{"the same credential at once", testSameAtOnce},
		{"statements", testStatements},
		{"pages of statements", testStatementPages},
		{"revoked statements", testStatementRevocation},
		{"attachments", testAttachments},
		{"awards of one recipient", testRecipients},
		{"offers", testOffers},
		{"redemptions of one code", testRedemptions},
		{"tokens of a code that comes again", testEndedTokens},
		{"transaction codes", testTxCodes},
		{"offers of one holder", testBoundOffers},
		{"nonces", testNonces},
		{"deliveries", testDeliveries},
		{"orders that wait", testDeferrals},
		{"superseded credentials", testSuperseded},
		{"further offers", testOffersOfAnAward},
		{"revoked offers", testRevokedOffers},
		{"wishes for a new offer", testAskedOffers},
		{"links of learners", testLearnerLinks},
		{"wishes of learners", testWishes},
		{"erased awards", testErasedAwards},
		{"what an erasure reaches", testWhatAnErasureReaches},
		{"nothing comes after an erasure", testNothingComesAfterAnErasure},
		{"short codes", testShortCodes},
		{"events that mails follow", testMailEvents},
		{"the queue of mails", testMailQueue},
		{"mails taken at once", testMailTakenOnce},
		{"events", testEvents},
		{"addresses", testBaseURLs},
		{"trust lists", testTrustLists},
		{"questions to wallets", testRequests},
		{"questions that wait", testOpenRequests},
		{"questions of one asker that wait", testRequestsOfOne},
		{"answers at once", testRequestReplies},
		{"a request that was given up", testCancelled},
		{"receipts", testReceipts},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.run(t, NewFixture(t, open(t))) })
	}
}

// Start is the first moment of every fixture: whole microseconds, as databases keep them.
func Start() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC) }

// Fixture is a migrated database with short ways to fill it.
type Fixture struct {
	t     testing.TB
	Store *store.Store
	ctx   context.Context //nolint:containedctx // lives as long as the test

	mu    sync.Mutex
	index map[string]int // the next index by list
}

// NewFixture migrates s.
func NewFixture(t testing.TB, s *store.Store) *Fixture {
	t.Helper()
	f := &Fixture{t: t, Store: s, ctx: t.Context(), index: map[string]int{}}
	f.must(s.Migrate(f.ctx))
	return f
}

func (f *Fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// want fails the test unless err is a fault of that kind.
func (f *Fixture) want(kind fault.Kind, err error, what string) {
	f.t.Helper()
	if !fault.Is(err, kind) {
		f.t.Errorf("%s: %v (kind %d), want kind %d", what, err, fault.KindOf(err), kind)
	}
}

// wantCode fails the test unless err is a conflict with that code.
func (f *Fixture) wantCode(code string, err error, what string) {
	f.t.Helper()
	if p := fault.Describe(err); p.Kind != fault.Conflict || p.Code != code {
		f.t.Errorf("%s: %v (code %q), want the conflict %s", what, err, p.Code, code)
	}
}

// ID makes an identifier with that prefix.
func (f *Fixture) ID(prefix string) string {
	f.t.Helper()
	id, err := randid.New(rand.Reader)
	f.must(err)
	return prefix + id
}

// Event makes an event.
func (f *Fixture) Event(action, issuerID, subject string) event.Event {
	return event.Event{ID: f.ID("evt_"), At: Start(), Actor: "cli", Action: action, IssuerID: issuerID, Subject: subject}
}

// Issuer stores an issuer with that slug.
func (f *Fixture) Issuer(slug string) catalog.Issuer {
	f.t.Helper()
	i := catalog.Issuer{
		ID: f.ID("iss_"), Slug: slug, DID: "did:web:badges.example.org:issuers:" + slug, Name: "School of " + slug, Language: "en",
		Algorithm: "ES256", CreatedAt: Start(),
	}
	f.must(f.Store.InsertIssuer(f.ctx, i, f.Event("issuer.created", i.ID, i.ID)))
	return i
}

// Achievement stores the first version of an achievement.
func (f *Fixture) Achievement(i catalog.Issuer, slug string) catalog.Achievement {
	f.t.Helper()
	a := catalog.Achievement{
		ID: f.ID("ach_"), IssuerID: i.ID, Version: 1, Slug: slug, Name: "Course " + slug, Description: "All of " + slug,
		Criteria: "Finish it.", Type: "Course", Language: "en", CreatedAt: Start(),
	}
	f.must(f.Store.InsertAchievement(f.ctx, a, f.Event("achievement.created", i.ID, a.ID)))
	return a
}

// List stores an open status list of the least size.
func (f *Fixture) List(i catalog.Issuer) statuslist.List {
	f.t.Helper()
	return f.SizedList(i, limits.StatusListMinimum)
}

// SizedList stores an open status list.
func (f *Fixture) SizedList(i catalog.Issuer, size int) statuslist.List {
	f.t.Helper()
	l := statuslist.List{
		ID: f.ID(""), IssuerID: i.ID, Purpose: "revocation", URL: "https://badges.example.org/status/" + i.Slug, Size: size, Seed: make([]byte, 32),
		Stamp: Start(), CreatedAt: Start(),
	}
	f.must(f.Store.InsertList(f.ctx, l))
	return l
}

// School is what an award needs.
type School struct {
	Issuer      catalog.Issuer
	Achievement catalog.Achievement
	List        statuslist.List
}

// School stores an issuer, an achievement and a list.
func (f *Fixture) School(slug string) School {
	f.t.Helper()
	i := f.Issuer(slug)
	return School{Issuer: i, Achievement: f.Achievement(i, "go"), List: f.List(i)}
}

// Award makes an award with one credential, without storing it.
func (f *Fixture) Award(s School) issuer.Award {
	f.t.Helper()
	f.mu.Lock()
	f.index[s.List.ID]++
	n := f.index[s.List.ID]
	f.mu.Unlock()
	id := f.ID("awd_")
	digest := sha256.Sum256([]byte(id))
	return issuer.Award{
		ID: id, IssuerID: s.Issuer.ID, AchievementID: s.Achievement.ID, Version: 1, Recipient: issuer.Recipient{Name: "Ada Lovelace"},
		AwardedAt: Start(), Visibility: issuer.Unlisted, CreatedAt: Start().Add(time.Duration(n) * time.Second), CreatedBy: "cli",
		RequestDigest: digest[:],
		Credentials: []issuer.Credential{{
			ID: f.ID(""), AwardID: id, Form: proof.OBJWT, KeyID: s.Issuer.DID + "#key-1", StatusList: s.List.ID, StatusIndex: n,
			Signed: []byte("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"), IssuedAt: Start(),
		}},
	}
}

// Offer makes the offer of an award, without storing it.
func (f *Fixture) Offer(a issuer.Award) offer.Offer {
	f.t.Helper()
	hash := sha256.Sum256([]byte(f.ID("code ")))
	return offer.Offer{ID: f.ID("off_"), AwardID: a.ID, Hash: hash[:], CreatedAt: Start(), ExpiresAt: Start().Add(limits.OfferLife)}
}

// Insert stores an award with an offer and an event.
func (f *Fixture) Insert(a issuer.Award) error {
	f.t.Helper()
	return f.Store.InsertAward(f.ctx, a, f.Offer(a), f.Event("award.created", a.IssuerID, a.ID))
}

// Stored makes an award and stores it.
func (f *Fixture) Stored(s School) issuer.Award {
	f.t.Helper()
	a := f.Award(s)
	f.must(f.Insert(a))
	return a
}

// events counts the events of an action.
func (f *Fixture) events(issuerID, action string) int {
	f.t.Helper()
	all, err := f.Store.Events(f.ctx, issuerID, 1000)
	f.must(err)
	n := 0
	for _, e := range all {
		if e.Action == action {
			n++
		}
	}
	return n
}

// atOnce runs do n times at the same moment and returns how many calls succeeded. Every other call must be a fault of kind.
func (f *Fixture) atOnce(n int, kind fault.Kind, do func(i int) error) int {
	f.t.Helper()
	start := make(chan struct{})
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		f.want(kind, err, "a call that lost")
	}
	return won
}
