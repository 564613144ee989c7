package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

func testAwards(t *testing.T, f *Fixture) {
	s := f.School("awards")
	credits := 0.5
	a := f.Award(s)
	a.ExternalID, a.IdempotencyKey, a.BatchID = "moodle:42/7", "key-1", f.ID("bat_")
	a.Recipient = issuer.Recipient{Name: "Zoë 李", Email: "zoe@example.org", ID: "did:example:zoe"}
	a.AwardedAt = time.Date(1969, 7, 20, 20, 17, 40, 0, time.UTC)
	a.ExpiresAt = time.Date(9998, 12, 31, 23, 59, 59, 0, time.UTC)
	a.Narrative, a.Term, a.Role, a.Credits = "wrote <b> & \"quotes\"\nand lines", "2026", "author", &credits
	a.Evidence = []issuer.Evidence{{URL: "https://example.org/e", Name: "n", Description: "d", Narrative: "x", Genre: "g", Audience: "a"}, {Name: "two"}}
	a.Results = []issuer.Result{{Description: "score", Value: "97"}, {Status: "Completed"}}
	a.ActivityStart, a.ActivityEnd, a.Visibility = Start().Add(-48*time.Hour), Start(), issuer.Private
	a.Credentials[0].Signed = []byte{0, 1, 2, 255}
	f.must(f.Insert(a))
	plain := f.Stored(s)

	for name, find := range map[string]func() (issuer.Award, error){
		"id":              func() (issuer.Award, error) { return f.Store.Award(f.ctx, a.ID) },
		"credential":      func() (issuer.Award, error) { return f.Store.ByCredential(f.ctx, a.Credentials[0].ID) },
		"external id":     func() (issuer.Award, error) { return f.Store.Replay(f.ctx, s.Issuer.ID, a.ExternalID, "") },
		"idempotency key": func() (issuer.Award, error) { return f.Store.Replay(f.ctx, s.Issuer.ID, "", a.IdempotencyKey) },
		"both": func() (issuer.Award, error) {
			return f.Store.Replay(f.ctx, s.Issuer.ID, a.ExternalID, a.IdempotencyKey)
		},
	} {
		got, err := find()
		if err != nil {
			t.Errorf("by %s: %v", name, err)
		} else if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("by %s (-stored +read):\n%s", name, diff)
		}
	}
	if got, err := f.Store.Award(f.ctx, plain.ID); err != nil || !cmp.Equal(plain, got) {
		t.Errorf("an award with the least: %v\n%s", err, cmp.Diff(plain, got))
	}
	if n := f.events(s.Issuer.ID, "award.created"); n != 2 {
		t.Errorf("%d events for two awards", n)
	}
}

func testConflicts(t *testing.T, f *Fixture) {
	s, other := f.School("one"), f.School("two")
	first := f.Award(s)
	first.ExternalID, first.IdempotencyKey = "ext", "key"
	f.must(f.Insert(first))

	a := f.Award(s)
	a.ExternalID = "ext"
	f.wantCode("award.external_id_taken", f.Insert(a), "an external id twice")
	a.ExternalID, a.IdempotencyKey = "", "key"
	f.wantCode("award.idempotency_key_taken", f.Insert(a), "an idempotency key twice")
	a.IdempotencyKey = ""
	index := a.Credentials[0].StatusIndex
	a.Credentials[0].StatusIndex = first.Credentials[0].StatusIndex
	f.wantCode("status.index_taken", f.Insert(a), "a status index twice")
	if _, err := f.Store.Award(f.ctx, a.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("something of a refused award was stored: %v", err)
	}
	if n := f.events("", "award.created"); n != 1 {
		t.Errorf("%d events for one award", n)
	}
	a.Credentials[0].StatusIndex = index
	f.must(f.Insert(a)) // the same award without a contradiction
	f.want(fault.Conflict, f.Insert(a), "an award twice")

	elsewhere := f.Award(other)
	elsewhere.ExternalID, elsewhere.IdempotencyKey = "ext", "key"
	f.must(f.Insert(elsewhere)) // ids of platforms are the issuer's
	got, err := f.Store.Replay(f.ctx, other.Issuer.ID, "ext", "")
	if err != nil || got.ID != elsewhere.ID {
		t.Errorf("the other issuer's award: %s, %v", got.ID, err)
	}
}

func testParallelAwards(t *testing.T, f *Fixture) {
	s := f.School("race")
	awards := make([]issuer.Award, 100)
	for n := range awards {
		awards[n] = f.Award(s)
		awards[n].IdempotencyKey = "the same"
	}
	won := f.atOnce(len(awards), fault.Conflict, func(n int) error { return f.Insert(awards[n]) })
	first, err := f.Store.Replay(f.ctx, s.Issuer.ID, "", "the same")
	if won != 1 || err != nil {
		t.Errorf("%d of 100 were stored, %v", won, err)
	}
	left := 0
	for _, a := range awards {
		if _, err := f.Store.ByCredential(f.ctx, a.Credentials[0].ID); err == nil {
			left++
		}
	}
	if left != 1 || len(first.Credentials) != 1 || f.events(s.Issuer.ID, "award.created") != 1 {
		t.Errorf("%d credentials and %d events of one award", left, f.events(s.Issuer.ID, "award.created"))
	}
}

func testPages(t *testing.T, f *Fixture) {
	s := f.School("pages")
	const n = 23
	want := make([]string, n) // newest first
	for i := range n {
		want[n-1-i] = f.Stored(s).ID
	}
	var got []string
	cursor := ""
	for {
		page, next, err := f.Store.Awards(f.ctx, issuer.Filter{IssuerID: s.Issuer.ID, Limit: 5, Cursor: cursor})
		f.must(err)
		for _, a := range page {
			if len(a.Credentials) > 0 && len(a.Credentials[0].Signed) > 0 {
				t.Error("a page carries signed bytes")
			}
			got = append(got, a.ID)
		}
		f.Stored(s) // what is added meanwhile stands before the first page and moves nothing
		if cursor = next; next == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for name, in := range map[string]issuer.Filter{
		"a cursor of our own making": {Cursor: "AAAA"}, "a cursor that is no base64url": {Cursor: "%%%"}, "a cursor with SQL": {Cursor: "1 OR 1=1"},
		"a limit over the bound": {Limit: 201}, "a negative limit": {Limit: -1},
	} {
		_, _, err := f.Store.Awards(f.ctx, in)
		f.want(fault.Invalid, err, name)
	}
	page, next, err := f.Store.Awards(f.ctx, issuer.Filter{Limit: 200})
	if err != nil || next != "" || len(page) != n+5 {
		t.Errorf("all on one page: %d, %q, %v", len(page), next, err)
	}
}

func testFilters(t *testing.T, f *Fixture) {
	s, other := f.School("one"), f.School("two")
	named := func(s School, name, email, external, batch string) issuer.Award {
		a := f.Award(s)
		a.Recipient, a.ExternalID, a.BatchID = issuer.Recipient{Name: name, Email: email}, external, batch
		f.must(f.Insert(a))
		return a
	}
	zoe := named(s, "ZOË Müller", "zoe@example.org", "e-1", "bat_1")
	percent := named(s, "100% Ada_B", "ada@example.org", "e-2", "bat_1")
	foreign := named(other, "Иван Петров", "", "e-1", "")
	ended := f.Award(other)
	ended.ExpiresAt = ended.CreatedAt.Add(time.Hour)
	f.must(f.Insert(ended))
	if _, err := f.revoke(percent, "gone"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   issuer.Filter
		want []string
	}{
		"an issuer":                   {issuer.Filter{IssuerID: s.Issuer.ID}, []string{percent.ID, zoe.ID}},
		"an achievement":              {issuer.Filter{AchievementID: other.Achievement.ID}, []string{ended.ID, foreign.ID}},
		"expired by then":             {issuer.Filter{ExpiredAt: ended.ExpiresAt}, []string{ended.ID}},
		"not yet expired":             {issuer.Filter{ExpiredAt: ended.ExpiresAt.Add(-time.Second)}, nil},
		"not expired, in force":       {issuer.Filter{UnexpiredAt: ended.ExpiresAt, State: issuer.Active}, []string{foreign.ID, zoe.ID}},
		"not expired until then":      {issuer.Filter{UnexpiredAt: ended.ExpiresAt.Add(-time.Second), IssuerID: other.Issuer.ID}, []string{ended.ID, foreign.ID}},
		"an external id":              {issuer.Filter{ExternalID: "e-1"}, []string{foreign.ID, zoe.ID}},
		"a batch":                     {issuer.Filter{BatchID: "bat_1"}, []string{percent.ID, zoe.ID}},
		"the revoked":                 {issuer.Filter{State: issuer.Revoked}, []string{percent.ID}},
		"the others":                  {issuer.Filter{State: issuer.Active}, []string{ended.ID, foreign.ID, zoe.ID}},
		"a part of a name, any case":  {issuer.Filter{Query: "zoë mÜL"}, []string{zoe.ID}},
		"a name in Cyrillic":          {issuer.Filter{Query: "ПЕТРОВ"}, []string{foreign.ID}},
		"a part of an address":        {issuer.Filter{Query: "@EXAMPLE"}, []string{percent.ID, zoe.ID}},
		"a part of an external id":    {issuer.Filter{Query: "e-2"}, []string{percent.ID}},
		"a percent sign as such":      {issuer.Filter{Query: "%"}, []string{percent.ID}},
		"an underscore as such":       {issuer.Filter{Query: "a_b"}, []string{percent.ID}},
		"a backslash as such":         {issuer.Filter{Query: `\`}, nil},
		"since":                       {issuer.Filter{IssuerID: s.Issuer.ID, Since: percent.CreatedAt}, []string{percent.ID}},
		"before":                      {issuer.Filter{IssuerID: s.Issuer.ID, Before: percent.CreatedAt}, []string{zoe.ID}},
		"everything at once":          {issuer.Filter{IssuerID: s.Issuer.ID, BatchID: "bat_1", State: issuer.Active, Query: "zoe"}, []string{zoe.ID}},
		"a batch of no award":         {issuer.Filter{BatchID: "bat_2"}, nil},
		"an issuer that is not there": {issuer.Filter{IssuerID: "iss_x"}, nil},
	} {
		page, next, err := f.Store.Awards(f.ctx, c.in)
		var got []string
		for _, a := range page {
			got = append(got, a.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil || next != "" {
			t.Errorf("%s: %v, %q (-want +got):\n%s", name, err, next, diff)
		}
	}
}

func testEvents(t *testing.T, f *Fixture) {
	s, other := f.School("one"), f.School("two")
	f.Stored(s)
	f.Stored(other)
	last := f.Stored(s)
	all, err := f.Store.Events(f.ctx, "", 2)
	f.must(err)
	if len(all) != 2 || all[0].Subject != last.ID || all[1].IssuerID != other.Issuer.ID || !all[0].At.Equal(Start()) {
		t.Errorf("the newest two: %+v", all)
	}
	one, err := f.Store.Events(f.ctx, other.Issuer.ID, 100)
	f.must(err)
	for _, e := range one {
		if e.IssuerID != other.Issuer.ID {
			t.Errorf("an event of another issuer: %+v", e)
		}
	}
	a := f.Award(s)
	if err := f.Store.InsertAward(f.ctx, a, f.Offer(a), event.Event{Action: "award.created"}); err == nil {
		t.Error("an event without an id is taken")
	}
	_, err = f.Store.Award(f.ctx, a.ID)
	f.want(fault.NotFound, err, "the award of an event that was refused")
	for n := range 3 {
		if got, err := f.Store.Events(f.ctx, "", n); err != nil || len(got) != n {
			t.Errorf("%d events: %d, %v", n, len(got), err)
		}
	}
}

func testForeignKeys(t *testing.T, f *Fixture) {
	s := f.School("keys")
	for name, spoil := range map[string]func(a *issuer.Award){
		"an issuer that is not there":         func(a *issuer.Award) { a.IssuerID = f.ID("iss_") },
		"an achievement that is not there":    func(a *issuer.Award) { a.AchievementID = f.ID("ach_") },
		"a version that is not there":         func(a *issuer.Award) { a.Version = 2 },
		"a status list that is not there":     func(a *issuer.Award) { a.Credentials[0].StatusList = f.ID("") },
		"a credential whose id is not random": func(a *issuer.Award) { a.Credentials[0].ID = "short" },
	} {
		a := f.Award(s)
		spoil(&a)
		if err := f.Insert(a); err == nil {
			t.Errorf("%s is taken", name)
		}
		if _, err := f.Store.Award(f.ctx, a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: something was stored: %v", name, err)
		}
	}
	a := f.Award(s)
	if err := f.Store.InsertOffer(f.ctx, f.Offer(a), 9, f.Event("offer.created", "", a.ID)); err == nil {
		t.Error("an offer of no award is taken")
	}
	if n := f.events("", "award.created"); n != 0 {
		t.Errorf("%d events of awards that were refused", n)
	}
}

func testCancelled(t *testing.T, f *Fixture) {
	s := f.School("cancelled")
	a := f.Award(s)
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if err := f.Store.InsertAward(ctx, a, f.Offer(a), f.Event("award.created", a.IssuerID, a.ID)); err == nil {
		t.Error("an award of a request that was given up is stored")
	}
	_, err := f.Store.Award(f.ctx, a.ID)
	f.want(fault.NotFound, err, "its award")
	for n := range 3 { // the connections still serve
		if err := f.Insert(f.Award(s)); err != nil {
			t.Errorf("afterwards, award %d: %v", n, err)
		}
	}
}
