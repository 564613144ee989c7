package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// literals are texts that a careless statement would take for SQL, a pattern or a format.
func literals() []string {
	return []string{
		`'; DROP TABLE award; --`, `' OR '1'='1`, `"quoted"`, `\`, `\'`, `%_`, `$1`, `?1`, `:name`, `{{blob}}`, `NULL`, "line\nfeed", "𝔘nïcode 🎓",
		"e\u0301", "\u202eright to left", ` leading and trailing `,
	}
}

func testLiterals(t *testing.T, f *Fixture) {
	s := f.School("literals")
	for _, text := range literals() {
		a := f.Award(s)
		a.ExternalID, a.IdempotencyKey, a.Recipient = text, text, issuer.Recipient{Name: text, Email: text, ID: text}
		a.Narrative, a.Term, a.Role, a.BatchID, a.CreatedBy = text, text, text, text, text
		a.Evidence = []issuer.Evidence{{Name: text}}
		f.must(f.Insert(a))
		got, err := f.Store.Replay(f.ctx, s.Issuer.ID, text, "")
		if err != nil || !cmp.Equal(a, got) {
			t.Errorf("%q: %v\n%s", text, err, cmp.Diff(a, got))
		}
		page, _, err := f.Store.Awards(f.ctx, issuer.Filter{ExternalID: text, BatchID: text})
		if err != nil || len(page) != 1 || page[0].ID != a.ID {
			t.Errorf("%q: %d found by filter, %v", text, len(page), err)
		}
		page, _, err = f.Store.Awards(f.ctx, issuer.Filter{Query: text})
		found := false
		for _, p := range page {
			found = found || p.ID == a.ID
		}
		if err != nil || !found {
			t.Errorf("%q: not found by search, %v", text, err)
		}
	}
	f.must(f.Store.IntegrityCheck(f.ctx))
}

// testRefusedText is threat U06: what PostgreSQL cannot hold is refused by name, on both databases alike.
func testRefusedText(t *testing.T, f *Fixture) {
	s := f.School("text")
	for what, bad := range map[string]string{"a NUL": "a\x00b", "a broken character": "a\xc3\x28b", "half a surrogate pair": "\xed\xa0\x80"} {
		for field, spoil := range map[string]func(a *issuer.Award){
			"name":            func(a *issuer.Award) { a.Recipient.Name = bad },
			"external id":     func(a *issuer.Award) { a.ExternalID = bad },
			"idempotency key": func(a *issuer.Award) { a.IdempotencyKey = bad },
			"narrative":       func(a *issuer.Award) { a.Narrative = bad },
			"evidence":        func(a *issuer.Award) { a.Evidence = []issuer.Evidence{{Name: "fine"}, {Description: bad}} },
			"result":          func(a *issuer.Award) { a.Results = []issuer.Result{{Value: bad}} },
			"form":            func(a *issuer.Award) { a.Credentials[0].Form = proof.Form(bad) },
		} {
			a := f.Award(s)
			spoil(&a)
			f.want(fault.Invalid, f.Insert(a), what+" in "+field)
		}
		i := s.Issuer
		i.ID, i.Slug, i.DID, i.Name = f.ID("iss_"), "x", "did:web:x.example.org", bad
		f.want(fault.Invalid, f.Store.InsertIssuer(f.ctx, i, f.Event("x", i.ID, i.ID)), what+" in the name of an issuer")
		a := s.Achievement
		a.ID, a.Slug, a.Tags = f.ID("ach_"), "x", []string{"fine", bad}
		f.want(fault.Invalid, f.Store.InsertAchievement(f.ctx, a, f.Event("x", a.IssuerID, a.ID)), what+" in a tag")
		a.Tags, a.Image = nil, &catalog.Image{Type: "image/png", Alt: bad, Data: []byte{0}}
		f.want(fault.Invalid, f.Store.InsertAchievement(f.ctx, a, f.Event("x", a.IssuerID, a.ID)), what+" in the text of a picture")
		_, _, err := f.Store.Awards(f.ctx, issuer.Filter{Query: bad})
		f.want(fault.Invalid, err, what+" in a search")
	}
	harmless := f.Award(s) // six characters, of which none is a NUL
	harmless.Narrative = `\u0000 and \\u0000`
	f.must(f.Insert(harmless))
	if got, err := f.Store.Award(f.ctx, harmless.ID); err != nil || got.Narrative != harmless.Narrative {
		t.Errorf("the written escape became %q, %v", got.Narrative, err)
	}
}

func testUnknown(t *testing.T, f *Fixture) {
	s := f.School("unknown")
	f.Stored(s)
	ids := []string{"", "x", "awd_", f.ID("awd_"), f.ID("ach_"), f.ID(""), "../../etc/passwd", "awd_AAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --"}
	for _, id := range ids {
		for what, find := range map[string]func() error{
			"award":          func() error { _, err := f.Store.Award(f.ctx, id); return err },
			"credential":     func() error { _, err := f.Store.ByCredential(f.ctx, id); return err },
			"external id":    func() error { _, err := f.Store.Replay(f.ctx, s.Issuer.ID, id, ""); return err },
			"issuer's award": func() error { _, err := f.Store.Replay(f.ctx, id, "ext", "key"); return err },
			"revocation":     func() error { _, err := f.revoke(issuer.Award{ID: id}, "r"); return err },
			"achievement":    func() error { _, err := f.Store.Achievement(f.ctx, id, 0); return err },
			"version":        func() error { _, err := f.Store.Achievement(f.ctx, s.Achievement.ID, 7); return err },
			"slug":           func() error { _, err := f.Store.AchievementBySlug(f.ctx, s.Issuer.ID, id); return err },
			"list":           func() error { _, err := f.Store.List(f.ctx, id); return err },
			"changes":        func() error { _, err := f.Store.Changes(f.ctx, id, 0); return err },
			"stamp":          func() error { _, err := f.Store.Restamp(f.ctx, id, Start()); return err },
			"token":          func() error { _, err := f.Store.TokenByHash(f.ctx, []byte(id)); return err },
			"token's end":    func() error { return f.Store.RevokeToken(f.ctx, id, Start(), f.Event("x", "", id)) },
			"ticket":         func() error { _, err := f.Store.TicketByHash(f.ctx, "signin", []byte(id)); return err },
			"taken ticket":   func() error { _, err := f.Store.TakeTicket(f.ctx, "signin", []byte(id)); return err },
			"offer":          func() error { _, err := f.Store.OfferByHash(f.ctx, []byte(id)); return err },
			"used offer":     func() error { return f.Store.UseOffer(f.ctx, []byte(id), Start()) },
		} {
			f.want(fault.NotFound, find(), what+" "+id)
		}
	}
	if n := f.events("", "award.revoked") + f.events("", "x"); n != 0 {
		t.Errorf("%d events of what is not there", n)
	}
}
