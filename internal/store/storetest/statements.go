package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// statement makes a record of that school, without storing it.
func (f *Fixture) statement(s School, index int) issuer.Statement {
	return issuer.Statement{
		ID: f.ID("rec_"), Kind: issuer.LearnerRecord, IssuerID: s.Issuer.ID, Name: "Transcript", About: "urn:uuid:1",
		Awards:        []string{f.Stored(s).ID, f.Stored(s).ID},
		RequestDigest: []byte{1, 2}, Form: proof.OBJWT, Alg: keys.ES256, KeyID: s.Issuer.DID + "#key-1", StatusList: s.List.ID, StatusIndex: index,
		Signed: []byte("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"), ExpiresAt: Start().AddDate(1, 0, 0), CreatedAt: Start(), CreatedBy: "cli",
	}
}

func (f *Fixture) insertStatement(x issuer.Statement) error {
	return f.Store.InsertStatement(f.ctx, x, f.Event("record.created", x.IssuerID, x.ID))
}

// testStatements: a record is found again as it was stored, and what contradicts it is refused and leaves nothing behind.
func testStatements(t *testing.T, f *Fixture) {
	s, other := f.School("statements"), f.School("other")
	x := f.statement(s, 9000)
	x.ExternalID = "transcript-1"
	f.must(f.insertStatement(x))
	for what, read := range map[string]func() (issuer.Statement, error){
		"by id": func() (issuer.Statement, error) { return f.Store.Statement(f.ctx, x.ID) },
		"by external id": func() (issuer.Statement, error) {
			return f.Store.ReplayStatement(f.ctx, x.Kind, x.IssuerID, x.ExternalID)
		},
	} {
		got, err := read()
		if diff := cmp.Diff(x, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	for what, change := range map[string]func(*issuer.Statement){
		"statement.external_id_taken": func(y *issuer.Statement) { y.ExternalID = x.ExternalID },
		"status.index_taken":          func(y *issuer.Statement) { y.StatusIndex = x.StatusIndex },
	} {
		y := f.statement(s, 9001)
		change(&y)
		f.wantCode(what, f.insertStatement(y), what)
	}
	award := f.Stored(s)
	taken := f.statement(s, award.Credentials[0].StatusIndex)
	f.wantCode("status.index_taken", f.insertStatement(taken), "the index of an award's credential")
	bad := f.statement(s, 9002)
	bad.Name = "a\x00b"
	f.want(fault.Invalid, f.insertStatement(bad), "a NUL in a name")
	_, err := f.Store.Statement(f.ctx, bad.ID)
	f.want(fault.NotFound, err, "what was refused")
	_, err = f.Store.ReplayStatement(f.ctx, x.Kind, other.Issuer.ID, x.ExternalID)
	f.want(fault.NotFound, err, "the external id at another issuer")
	_, err = f.Store.ReplayStatement(f.ctx, issuer.Endorsement, x.IssuerID, x.ExternalID)
	f.want(fault.NotFound, err, "the external id of another kind")
	if n := f.events("", "record.created"); n != 1 {
		t.Errorf("%d events for one record", n)
	}
	var signed []store.Signed
	f.must(f.Store.EachSigned(f.ctx, func(y store.Signed) error {
		if y.Kind == signlog.Statement {
			signed = append(signed, y)
		}
		return nil
	}))
	want := store.Signed{Kind: signlog.Statement, Seq: 1, ID: x.ID, Form: x.Form, KeyID: x.KeyID, At: x.CreatedAt, Bytes: x.Signed}
	if diff := cmp.Diff([]store.Signed{want}, signed, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Seq" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
}

// testStatementPages: pages hold each once, newest first, and filters select.
func testStatementPages(t *testing.T, f *Fixture) {
	s := f.School("pages of statements")
	var want []string
	for i := range 7 {
		x := f.statement(s, 9100+i)
		if i == 6 {
			x.ID, x.Kind, x.About = f.ID("end_"), issuer.Endorsement, "did:web:endorsed.example"
		} else {
			want = append([]string{x.ID}, want...)
		}
		f.must(f.insertStatement(x))
	}
	var got []string
	in := issuer.StatementFilter{Kind: issuer.LearnerRecord, IssuerID: s.Issuer.ID, Limit: 2}
	for {
		page, next, err := f.Store.Statements(f.ctx, in)
		f.must(err)
		for _, x := range page {
			if x.Signed != nil {
				t.Error("a page carries signed bytes")
			}
			got = append(got, x.ID)
		}
		if in.Cursor = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages: %v, want %v", got, want)
	}
	about, _, err := f.Store.Statements(f.ctx, issuer.StatementFilter{About: "did:web:endorsed.example"})
	if err != nil || len(about) != 1 || about[0].Kind != issuer.Endorsement {
		t.Errorf("by what it is about: %v, %v", about, err)
	}
	other := f.School("the same id elsewhere")
	for _, school := range []School{s, other} { // two issuers may use one id, and one of them twice may not
		x := f.statement(school, 9110)
		x.ID, x.Kind, x.ExternalID, x.About = f.ID("vcr_"), issuer.Written, "urn:example:1", "urn:example:1"
		f.must(f.insertStatement(x))
		x.ID, x.StatusIndex = f.ID("vcr_"), 9111
		f.wantCode("statement.external_id_taken", f.insertStatement(x), "an id of a credential again")
	}
	written, _, err := f.Store.Statements(f.ctx, issuer.StatementFilter{Kind: issuer.Written, About: "urn:example:1"})
	if err != nil || len(written) != 2 || written[0].IssuerID != other.Issuer.ID || written[1].IssuerID != s.Issuer.ID {
		t.Errorf("by the id of a credential: %v, %v", written, err)
	}
	for _, bad := range []issuer.StatementFilter{{Limit: 201}, {Limit: -1}, {Cursor: "x"}} {
		_, _, err := f.Store.Statements(f.ctx, bad)
		f.want(fault.Invalid, err, fmt.Sprintf("%+v", bad))
	}
}

// testStatementRevocation: the bit of a record is set beside those of awards, once, and its attachments are gone with it.
func testStatementRevocation(t *testing.T, f *Fixture) {
	s := f.School("revoked statements")
	x, bystander := f.statement(s, 9200), f.statement(s, 9201)
	f.must(f.insertStatement(x))
	f.must(f.insertStatement(bystander))
	a := f.attachment(s, x.ID)
	f.must(f.insertAttachment(a))
	award := f.Stored(s)
	if _, err := f.revoke(award, "a mistake"); err != nil {
		t.Fatal(err)
	}
	_, version := f.changes(s.List, 0)
	for _, reason := range []string{"first", "second"} {
		got, err := f.Store.RevokeStatement(f.ctx, x.ID, issuer.Revocation{At: Start(), Reason: reason, By: "cli"}, f.Event("statement.revoked", "", x.ID))
		if err != nil || got.Revocation == nil || got.Revocation.Reason != "first" {
			t.Errorf("revoked: %+v, %v", got.Revocation, err)
		}
	}
	if indexes, _ := f.changes(s.List, version); !slices.Equal(indexes, []int{9200}) {
		t.Errorf("changed since the award was revoked: %v", indexes)
	}
	if indexes, _ := f.changes(s.List, 0); len(indexes) != 2 {
		t.Errorf("all bits: %v", indexes)
	}
	f.statementHistory(s, bystander)
	if left, err := f.Store.Attachments(f.ctx, a.Target); err != nil || len(left) != 0 {
		t.Errorf("attached after the revocation: %v, %v", left, err)
	}
	again := f.attachment(s, x.ID)
	f.wantCode("attachment.revoked", f.insertAttachment(again), "a revoked endorsement")
	if n := f.events(s.Issuer.ID, "statement.revoked"); n != 2 {
		t.Errorf("%d events for two revocations", n)
	}
	_, err := f.Store.RevokeStatement(f.ctx, "rec_none", issuer.Revocation{At: Start()}, f.Event("statement.revoked", "", "rec_none"))
	f.want(fault.NotFound, err, "a record that is not there")
}

// statementHistory revokes x an hour after everything else: the list as it was knows when (threat S21).
func (f *Fixture) statementHistory(s School, x issuer.Statement) {
	f.t.Helper()
	late := Start().Add(time.Hour)
	_, err := f.Store.RevokeStatement(f.ctx, x.ID, issuer.Revocation{At: late, Reason: "late", By: "cli"}, f.Event("statement.revoked", "", x.ID))
	f.must(err)
	for at, want := range map[time.Time]bool{late.Add(-time.Second): false, late: true, late.Add(time.Hour): true} {
		got, err := f.Store.At(f.ctx, s.List.ID, at)
		set := slices.Contains(got.Bits, statuslist.Bit{Index: x.StatusIndex, Value: statuslist.Invalid})
		if err != nil || set != want || want && !got.From.Equal(late) || !want && !got.Until.Equal(late) {
			f.t.Errorf("the list at %s: %+v, %v", at, got, err)
		}
	}
}

// attachment makes an attachment to the issuer of that school, without storing it.
func (f *Fixture) attachment(s School, statement string) issuer.Attachment {
	id := f.ID("att_")
	sum := sha256.Sum256([]byte(id))
	return issuer.Attachment{
		ID: id, IssuerID: s.Issuer.ID, Target: s.Issuer.DID, By: "did:web:chamber.example", Name: "Endorsement", Statement: statement,
		Signed: []byte("eyJ.e30.c2ln"), Digest: sum[:], ExpiresAt: Start().Add(time.Hour), CreatedAt: Start(), CreatedBy: "cli",
	}
}

// attachmentsMost is the bound that the tests set.
const attachmentsMost = 8

func (f *Fixture) insertAttachment(a issuer.Attachment) error {
	return f.Store.InsertAttachment(f.ctx, a, attachmentsMost, f.Event("endorsement.attached", a.IssuerID, a.ID))
}

// testAttachments: what is attached is found at its target in order, up to a bound that holds for many at once.
func testAttachments(t *testing.T, f *Fixture) {
	s := f.School("attachments")
	a, b := f.attachment(s, ""), f.attachment(s, "")
	b.Embedded, b.ExpiresAt = true, time.Time{}
	f.must(f.insertAttachment(a))
	f.must(f.insertAttachment(b))
	got, err := f.Store.Attachments(f.ctx, s.Issuer.DID)
	if diff := cmp.Diff([]issuer.Attachment{a, b}, got); err != nil || diff != "" {
		t.Errorf("attached: %v\n%s", err, diff)
	}
	one, err := f.Store.Attachment(f.ctx, b.ID)
	if diff := cmp.Diff(b, one); err != nil || diff != "" {
		t.Errorf("one: %v\n%s", err, diff)
	}
	twice := f.attachment(s, "")
	twice.Digest = a.Digest
	f.wantCode("attachment.exists", f.insertAttachment(twice), "the same endorsement twice")
	stored := f.atOnce(12, fault.Conflict, func(int) error { return f.insertAttachment(f.attachment(s, "")) })
	if got, err = f.Store.Attachments(f.ctx, s.Issuer.DID); err != nil || stored != 6 || len(got) != 8 {
		t.Errorf("%d of 12 were stored beside 2, %d are there, %v", stored, len(got), err)
	}
	f.must(f.Store.DeleteAttachment(f.ctx, a.ID, f.Event("endorsement.detached", "", a.ID)))
	f.want(fault.NotFound, f.Store.DeleteAttachment(f.ctx, a.ID, f.Event("endorsement.detached", "", a.ID)), "one that is gone")
	_, err = f.Store.Attachment(f.ctx, a.ID)
	f.want(fault.NotFound, err, "one that is gone")
	if n := f.events(s.Issuer.ID, "endorsement.detached"); n != 1 {
		t.Errorf("%d events of the issuer for one that was taken off", n)
	}
	if elsewhere, err := f.Store.Attachments(f.ctx, "did:web:elsewhere.example"); err != nil || len(elsewhere) != 0 {
		t.Errorf("elsewhere: %v, %v", elsewhere, err)
	}
}

// testRecipients: awards are found by exactly the e-mail address or id of their recipient.
func testRecipients(t *testing.T, f *Fixture) {
	s := f.School("recipients")
	for _, r := range []issuer.Recipient{
		{Name: "Ada", Email: "ada@example.org"}, {Name: "Ada", Email: "ada@example.org.evil.example"},
		{Name: "Ada", ID: "did:example:ada"}, {Name: "ada@example.org"},
	} {
		a := f.Award(s)
		a.Recipient = r
		f.must(f.Insert(a))
	}
	for _, in := range []issuer.Filter{{RecipientEmail: "ada@example.org"}, {RecipientID: "did:example:ada"}} {
		page, _, err := f.Store.Awards(f.ctx, in)
		if err != nil || len(page) != 1 || page[0].Recipient.Email != in.RecipientEmail || page[0].Recipient.ID != in.RecipientID {
			t.Errorf("%+v: %d awards, %v", in, len(page), err)
		}
	}
}
