package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
)

// learner is a deployment with three awards of one learner and one of another; the last of the three is by another name.
func learner(t *testing.T) (*app, []issuer.Award) {
	t.Helper()
	a, first := awarded(t)
	for _, slug := range []string{"welding", "health-worker"} {
		if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
			Slug: slug, Name: "Course " + slug, Description: "All of it.", Criteria: "Finish it.", Language: "en",
		}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	out := []issuer.Award{first}
	for _, r := range []issuer.Request{
		{AchievementRef: "welding", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@EXAMPLE.org"}},
		{AchievementRef: "welding", Recipient: issuer.Recipient{Name: "A. Silva", Email: "ana@example.org", ID: "did:example:ana"}},
		{AchievementRef: "welding", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "other.ana@example.org"}},
	} {
		got, err := a.awards.Award(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, got.Award)
	}
	return a, out
}

func verified(t *testing.T, a *app, x issuer.Statement) verifier.Result {
	t.Helper()
	return a.verifier.Check(t.Context(), verifier.Input{File: x.Signed}, verifier.Policy{})
}

// Every way in which Laurel issues a learner record is one that its own verifier calls valid with all that is in it; a member
// that is revoked is seen in it, and so is the record's own revocation.
func TestEveryWayARecordIsIssued(t *testing.T) {
	a, awards := learner(t)
	var made []issuer.Statement
	for _, s := range issuer.Securings() {
		for _, alg := range s.Algs {
			as := issuer.As{Form: s.Form, Cryptosuite: s.Cryptosuite, Alg: alg}
			x, replayed, err := a.awards.Record(t.Context(), issuer.RecordRequest{
				Recipient: issuer.Recipient{Email: "ana@example.org"}, Name: "Transcript", Description: "All of it.", As: as, Actor: "test",
				Associations: []issuer.Association{
					{Type: "isPartOf", Source: awards[0].ID, Target: "health-worker"}, {Type: "precedes", Source: "first-aid", Target: "welding"},
				},
			})
			whole := s.Form == proof.OBJWT || s.Form == proof.VCJWT || s.Form == proof.DataIntegrity
			if !whole || s.Cryptosuite == dataintegrity.ECDSASD {
				if fault.Describe(err).Code != "credential.form" {
					t.Errorf("%+v: %v", as, err)
				}
				continue
			}
			if err != nil || replayed {
				t.Fatalf("%+v: %v, replayed %v", as, err, replayed)
			}
			r := verified(t, a, x)
			if r.Verdict != verifier.Valid || r.Record == nil || r.Record.Members != 3 || !r.Record.AllHold() || r.Record.Partial || len(r.Warnings) != 0 {
				t.Errorf("%+v: %s, %+v, %v", as, r.Verdict, r.Record, r.Warnings)
			}
			if len(r.Record.Associations) != 2 || r.Record.Associations[0].TargetName != "Course health-worker" || r.Record.Associations[1].SourceName == "" {
				t.Errorf("%+v: associations %+v", as, r.Record.Associations)
			}
			if n := r.Nested[0].Result.Achievement.Name; n != "First aid & <rescue>" {
				t.Errorf("the oldest award does not stand first: %s", n)
			}
			link := a.verifier.Check(t.Context(), verifier.Input{URL: a.awards.StatementURL(x)}, verifier.Policy{Recipient: "ana@example.org"})
			if link.Verdict != verifier.Valid || link.ID != a.awards.StatementURL(x) || !link.Record.AllHold() {
				t.Errorf("%+v: by its link: %s", as, link.Verdict)
			}
			if stranger := a.verifier.Check(t.Context(), verifier.Input{File: x.Signed}, verifier.Policy{Recipient: "zoe@example.org"}); stranger.Verdict != verifier.Invalid {
				t.Errorf("%+v: about somebody else: %s", as, stranger.Verdict)
			}
			made = append(made, x)
		}
	}
	if len(made) < 13 {
		t.Errorf("only %d ways", len(made))
	}
	if _, err := a.awards.Revoke(t.Context(), awards[1].ID, "a mistake", "test"); err != nil {
		t.Fatal(err)
	}
	later := process(t, a.cfg.Data) // a process that has seen no list yet
	for _, x := range made {
		if r := verified(t, later, x); r.Verdict != verifier.Valid || r.Record.Valid != 2 || r.Record.Invalid != 1 {
			t.Errorf("%s after an award in it was revoked: %s, %+v", x.Form, r.Verdict, r.Record)
		}
		if got, err := a.awards.RevokeStatement(t.Context(), x.ID, issuer.Step{Reason: "a mistake", Actor: "test"}); err != nil || got.Revocation == nil {
			t.Fatal(err)
		}
	}
	later = process(t, a.cfg.Data)
	for _, x := range made {
		if r := verified(t, later, x); r.Verdict != verifier.Invalid || r.Check(verifier.CheckStatus).Code != "status.revoked" {
			t.Errorf("%s after the record was revoked: %s", x.Form, r.Verdict)
		}
		if r := later.verifier.Check(t.Context(), verifier.Input{File: awards[0].Credentials[0].Signed}, verifier.Policy{}); r.Verdict != verifier.Valid {
			t.Errorf("an award in a revoked record: %s", r.Verdict)
		}
	}
}

// For each record that is made, the nearest that is refused: nothing is stored then.
func TestRecordsRefused(t *testing.T) {
	a, awards := learner(t)
	ids := []string{awards[0].ID, awards[1].ID}
	other, err := a.newIssuer(t.Context(), catalog.NewIssuer{Name: "Other School"})
	if err != nil {
		t.Fatal(err)
	}
	revoked, err := a.awards.Award(t.Context(), issuer.Request{IssuerRef: "school", AchievementRef: "welding", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.awards.Revoke(t.Context(), revoked.Award.ID, "x", "test"); err != nil {
		t.Fatal(err)
	}
	associated := func(kind, source, target string) issuer.RecordRequest {
		return issuer.RecordRequest{Awards: ids, Associations: []issuer.Association{{Type: kind, Source: source, Target: target}}}
	}
	ana := issuer.Recipient{Email: "ana@example.org"}
	for what, row := range map[string]struct {
		r    issuer.RecordRequest
		code string
	}{
		"two awards of one learner":        {issuer.RecordRequest{Awards: ids}, ""},
		"all of a learner":                 {issuer.RecordRequest{Recipient: ana}, ""},
		"all of a learner by id":           {issuer.RecordRequest{Recipient: issuer.Recipient{ID: "did:example:ana"}}, ""},
		"nothing":                          {issuer.RecordRequest{}, "record.empty"},
		"awards and whose":                 {issuer.RecordRequest{Awards: ids, Recipient: ana}, "record.both"},
		"all of a learner who has none":    {issuer.RecordRequest{Recipient: issuer.Recipient{Email: "zoe@example.org"}}, "record.nobody"},
		"all of a name":                    {issuer.RecordRequest{Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org"}}, "record.by_name"},
		"two learners of one name":         {issuer.RecordRequest{Awards: []string{ids[0], awards[3].ID}}, "record.recipients"},
		"an award twice":                   {issuer.RecordRequest{Awards: []string{ids[0], ids[0]}}, "record.twice"},
		"a revoked award":                  {issuer.RecordRequest{Awards: []string{ids[0], revoked.Award.ID}}, "record.not_valid"},
		"an award that is not there":       {issuer.RecordRequest{Awards: []string{ids[0], "awd_none"}}, "award.unknown"},
		"an award of another issuer":       {issuer.RecordRequest{IssuerRef: other.Slug, Awards: ids}, "award.unknown"},
		"a NUL in the name":                {issuer.RecordRequest{Awards: ids, Name: "a\x00"}, "text.control"},
		"bound to a wallet":                {issuer.RecordRequest{Awards: ids, As: issuer.As{Holder: issuer.Holder{ID: "did:example:w"}}}, "statement.holder"},
		"a form that is not issued":        {issuer.RecordRequest{Awards: ids, As: issuer.As{Form: "sd-jwt"}}, "credential.form"},
		"an association":                   {associated("isPartOf", "welding", "health-worker"), ""},
		"an association of no kind":        {associated("isBetterThan", "welding", "health-worker"), "record.association_type"},
		"an association with what is not":  {associated("isPartOf", "welding", "painting"), "record.association_unknown"},
		"an association with a foreign id": {associated("isPartOf", "welding", "https://elsewhere.example/a/1"), "record.association_unknown"},
		"an association with itself":       {associated("isPartOf", "welding", awards[1].ID), "record.association_self"},
	} {
		t.Run(what, func(t *testing.T) {
			if row.r.IssuerRef == "" {
				row.r.IssuerRef = "school"
			}
			before, _, err := a.awards.Statements(t.Context(), issuer.StatementFilter{})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = a.awards.Record(t.Context(), row.r)
			if code := fault.Describe(err).Code; (err == nil) != (row.code == "") || err != nil && code != row.code {
				t.Errorf("%v, want %q", err, row.code)
			}
			after, _, err := a.awards.Statements(t.Context(), issuer.StatementFilter{})
			if err != nil || (len(after) > len(before)) != (row.code == "") {
				t.Errorf("%d records before, %d after, %v", len(before), len(after), err)
			}
		})
	}
}

// A record of some of the awards says that there are more, unless its maker says otherwise; the same request under the same
// external id is one record, also when many come at once.
func TestRecordsPartialAndRepeated(t *testing.T) {
	a, awards := learner(t)
	no := false
	for what, row := range map[string]struct {
		r       issuer.RecordRequest
		partial bool
	}{
		"some":                 {issuer.RecordRequest{Awards: []string{awards[0].ID, awards[1].ID}}, true},
		"some, said to be all": {issuer.RecordRequest{Awards: []string{awards[0].ID, awards[1].ID}, Partial: &no}, false},
		"all":                  {issuer.RecordRequest{Awards: []string{awards[0].ID, awards[1].ID, awards[2].ID}}, false},
	} {
		x, _, err := a.awards.Record(t.Context(), row.r)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if r := verified(t, a, x); r.Verdict != verifier.Valid || r.Record.Partial != row.partial {
			t.Errorf("%s: %s, partial %v", what, r.Verdict, r.Record.Partial)
		}
	}
	r := issuer.RecordRequest{Recipient: issuer.Recipient{Email: "ana@example.org"}, ExternalID: "transcript-7"}
	ids := make([]string, 12)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			x, _, err := a.awards.Record(context.Background(), r)
			if err != nil {
				t.Error(err)
			}
			ids[i] = x.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("two records under one external id: %s and %s", id, ids[0])
		}
	}
	r.Name = "Another"
	if _, _, err := a.awards.Record(t.Context(), r); fault.Describe(err).Code != "statement.conflict" {
		t.Errorf("another record under the same external id: %v", err)
	}
}

// chamber is an issuer elsewhere, known by its key alone.
type chamber struct {
	id  string
	key keys.Private
}

func newChamber(t *testing.T) chamber {
	t.Helper()
	k, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := "did:key:" + k.Public().Multikey()
	return chamber{id, k.WithID(id + "#" + k.Public().Multikey())}
}

func (c chamber) document(of string) string {
	return fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:%x","type":["VerifiableCredential","EndorsementCredential"],"issuer":{"id":%q,"type":["Profile"],"name":"Chamber"},
"validFrom":"2026-01-31T09:00:00Z","name":"Endorsement","credentialSubject":{"id":%q,"type":["EndorsementSubject"],"endorsementComment":"Good."}}`,
		time.Now().UnixNano(), c.id, of)
}

// token signs an endorsement as a compact JWS, embedded with a proof inside.
func (c chamber) token(t *testing.T, of string) []byte {
	t.Helper()
	s, err := jose.NewSigner(proof.VCJWT, c.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign([]byte(c.document(of)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c chamber) embedded(t *testing.T, of string) []byte {
	t.Helper()
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, c.key)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ijson.Parse([]byte(c.document(of)), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(doc, dataintegrity.Statement{VerificationMethod: c.key.Public().ID, Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// trusting is the deployment with a trust list that names id.
func trusting(t *testing.T, a *app, id string) {
	t.Helper()
	list, err := trust.New(trust.Entry{ID: id, Name: "Chamber"})
	if err != nil {
		t.Fatal(err)
	}
	a.trust.mu.Lock()
	defer a.trust.mu.Unlock()
	a.trust.list = list
}

// An endorsement that is attached, ours or one that was received, stands in what is awarded from then on, in every form of an
// award that has a place for it, and holds there; it is gone from what is awarded after it was revoked or taken off.
func TestAttachedEndorsements(t *testing.T) {
	a, awards := learner(t)
	c := newChamber(t)
	trusting(t, a, c.id)
	welding := a.catalog.AchievementURL(awards[1].AchievementID, awards[1].Version)
	ours, _, err := a.awards.Endorse(t.Context(), issuer.EndorseRequest{Achievement: "welding", Comment: "We **hire** on this.", Actor: "test"})
	if err != nil || ours.About != welding {
		t.Fatalf("%v: about %s", err, ours.About)
	}
	profile, _, err := a.awards.Endorse(t.Context(), issuer.EndorseRequest{Profile: "school", As: issuer.As{Form: proof.DataIntegrity}})
	if err != nil {
		t.Fatal(err)
	}
	var attached []issuer.Attachment
	for _, signed := range [][]byte{ours.Signed, profile.Signed, c.token(t, welding), c.embedded(t, welding)} {
		at, err := a.awards.Attach(t.Context(), signed, "test", everyIssuer)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := a.awards.Attach(t.Context(), signed, "test", everyIssuer); err != nil || again.ID != at.ID {
			t.Errorf("again: %s, %v", again.ID, err)
		}
		attached = append(attached, at)
	}
	inside := func(want int) {
		t.Helper()
		got, err := a.awards.Award(t.Context(), issuer.Request{AchievementRef: "welding", Recipient: issuer.Recipient{Name: "Zoe"}})
		if err != nil {
			t.Fatal(err)
		}
		if r := a.verifier.Check(t.Context(), verifier.Input{File: got.Award.Credentials[0].Signed}, verifier.Policy{}); r.Verdict != verifier.Valid || hold(r) != want || len(r.Nested) != want {
			t.Errorf("%s: %d of %d endorsements hold, want %d", r.Verdict, hold(r), len(r.Nested), want)
		}
		if want != 4 {
			return
		}
		for _, s := range issuer.Securings() {
			credential, err := a.awards.IssueAs(t.Context(), got.Award.ID, issuer.As{Form: s.Form, Cryptosuite: s.Cryptosuite}, "test")
			if err != nil {
				t.Fatalf("%s %s: %v", s.Form, s.Cryptosuite, err)
			}
			body, err := credential.Published()
			if err != nil {
				t.Fatal(err)
			}
			fits := map[proof.Form]int{proof.DataIntegrity: 2, proof.JWTVC11: 2}[s.Form]
			if fits == 0 {
				fits = 4
			}
			if r := a.verifier.Check(t.Context(), verifier.Input{File: body}, verifier.Policy{}); r.Verdict != verifier.Valid || hold(r) != fits || len(r.Nested) != fits {
				t.Errorf("%s %s: %s, %d of %d endorsements hold, want %d", s.Form, s.Cryptosuite, r.Verdict, hold(r), len(r.Nested), fits)
			}
		}
	}
	inside(4)
	if _, err := a.awards.RevokeStatement(t.Context(), ours.ID, issuer.Step{Reason: "no more", Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	inside(3)
	if err := a.awards.Detach(t.Context(), attached[3].ID, "test"); err != nil {
		t.Fatal(err)
	}
	inside(2)
	// The verifier sees it in the list; where a cache still holds an older one, the store refuses it (attachment.revoked).
	if _, err := a.awards.Attach(t.Context(), ours.Signed, "test", everyIssuer); fault.Describe(err).Code != "status.revoked" {
		t.Errorf("a revoked endorsement is attached: %v", err)
	}
}

// hold counts the endorsements that hold.
func hold(r verifier.Result) int {
	n := 0
	for _, x := range r.Nested {
		if x.Kind == verifier.NestedEndorsement && x.Result.Verdict == verifier.Valid {
			n++
		}
	}
	return n
}

// What does not hold, or is about something else, is not attached.
func TestEndorsementsRefused(t *testing.T) {
	a, awards := learner(t)
	c := newChamber(t)
	trusting(t, a, c.id)
	school, err := a.catalog.Issuer(t.Context(), "school")
	if err != nil {
		t.Fatal(err)
	}
	good := c.token(t, school.DID)
	changed := []byte(string(good[:len(good)-4]) + "AAAA")
	for what, row := range map[string]struct {
		signed []byte
		code   string
	}{
		"a good one":                       {good, ""},
		"a good one, embedded":             {c.embedded(t, school.DID), ""},
		"a changed one":                    {changed, "jose.signature"},
		"a changed one, embedded":          {[]byte(strings.Replace(string(c.embedded(t, school.DID)), "Good.", "Best.", 1)), "di.signature"},
		"one that is not signed":           {[]byte(c.document(school.DID)), "proof.missing"},
		"one of nobody that is trusted":    {newChamber(t).token(t, school.DID), "trust.unknown_issuer"},
		"about somebody else":              {c.token(t, "did:web:elsewhere.example"), "attachment.target"},
		"about a version that is not":      {c.token(t, a.catalog.AchievementURL(awards[0].AchievementID, 7)), "achievement.unknown"},
		"about an address beside the last": {c.token(t, a.catalog.AchievementURL(awards[0].AchievementID, 1)+"/"), "attachment.target"},
		"a badge":                          {awards[0].Credentials[0].Signed, "attachment.type"},
		"nothing":                          {nil, "attachment.size"},
		"words":                            {[]byte("good work"), "jose.structure"},
		"too long":                         {[]byte("ey" + strings.Repeat("a", 20_000)), "attachment.size"},
	} {
		_, err := a.awards.Attach(t.Context(), row.signed, "test", everyIssuer)
		if code := fault.Describe(err).Code; (err == nil) != (row.code == "") || err != nil && (code != row.code || !fault.Is(err, fault.Invalid)) {
			t.Errorf("%s: %v (%s), want %q", what, err, code, row.code)
		}
	}
	if _, err := a.awards.Attach(t.Context(), c.token(t, school.DID), "test", func(string) error { return fault.New(fault.Forbidden, nil, "no") }); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody else attaches: %v", err)
	}
	for what, row := range map[string]struct {
		r    issuer.EndorseRequest
		code string
	}{
		"an achievement":              {issuer.EndorseRequest{Achievement: "welding"}, ""},
		"a credential":                {issuer.EndorseRequest{Credential: a.awards.CredentialURL(awards[0].Credentials[0].ID)}, ""},
		"something foreign":           {issuer.EndorseRequest{Of: "did:web:elsewhere.example"}, ""},
		"nothing":                     {issuer.EndorseRequest{}, "endorsement.what"},
		"two things":                  {issuer.EndorseRequest{Achievement: "welding", Profile: "school"}, "endorsement.what"},
		"a mail address":              {issuer.EndorseRequest{Of: "mailto:a@example.org"}, "endorsement.of"},
		"an achievement that is not":  {issuer.EndorseRequest{Achievement: "painting"}, "achievement.unknown"},
		"a profile that is not":       {issuer.EndorseRequest{Profile: "nobody"}, "issuer.unknown"},
		"a credential that is not":    {issuer.EndorseRequest{Credential: "x"}, "credential.not_found"},
		"until yesterday":             {issuer.EndorseRequest{Achievement: "welding", ExpiresAt: time.Now().Add(-time.Hour)}, "award.expired"},
		"a version of no achievement": {issuer.EndorseRequest{Profile: "school", Version: 2}, "endorsement.version"},
		"a NUL in the comment":        {issuer.EndorseRequest{Achievement: "welding", Comment: "\x00"}, "text.control"},
	} {
		x, _, err := a.awards.Endorse(t.Context(), row.r)
		if code := fault.Describe(err).Code; (err == nil) != (row.code == "") || err != nil && code != row.code {
			t.Errorf("%s: %v (%s), want %q", what, err, code, row.code)
		}
		if err == nil && verified(t, a, x).Verdict != verifier.Valid {
			t.Errorf("%s: the endorsement does not hold", what)
		}
	}
}

// The command line: a record into a picture, verified with a member that was revoked since; an endorsement that is attached.
func TestRecordCommands(t *testing.T) {
	dir := t.TempDir()
	command := func(want int, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		got := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, append([]string{"--data", filepath.Join(dir, "data")}, args...))
		if got != want {
			t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
		}
		return out.String()
	}
	command(0, "issuer", "add", "--name", "Open School")
	for _, name := range []string{"First Aid", "Welding"} {
		command(0, "achievement", "add", "--name", name, "--description", "All of it.", "--criteria", "Finish it.")
	}
	var award struct{ ID, Page string }
	for _, slug := range []string{"first-aid", "welding"} {
		text := command(0, "award", "--achievement", slug, "--name", "Ana", "--email", "ana@example.org", "--json")
		if err := json.Unmarshal([]byte(text), &award); err != nil {
			t.Fatal(err)
		}
	}
	picture := filepath.Join(dir, "record.png")
	var record struct{ ID string }
	text := command(0, "record", "--email", "ana@example.org", "--associate", "first-aid:precedes:welding", "--out", picture, "--json")
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(picture); err != nil || !strings.Contains(string(data), "iTXtclrcredential\x00") {
		t.Errorf("the picture has no record in its place: %v", err)
	}
	if said := command(0, "verify", picture); !strings.Contains(said, "all 2 credentials") || !strings.Contains(said, "First Aid precedes Welding") {
		t.Error(said)
	}
	command(0, "revoke", award.ID, "--reason", "a mistake")
	if said := command(1, "verify", picture); !strings.Contains(said, "only 1 of the 2") {
		t.Error(said)
	}
	command(0, "revoke", record.ID, "--reason", "a mistake")
	if said := command(1, "verify", picture); !strings.Contains(said, "NOT VALID") {
		t.Error(said)
	}
	command(0, "endorse", "--achievement", "welding", "--comment", "We hire on this.", "--attach", "--out", filepath.Join(dir, "endorsement.jwt"))
	command(0, "endorse", "--attach-file", filepath.Join(dir, "endorsement.jwt"))
	text = command(0, "award", "--achievement", "welding", "--name", "Zoe", "--json")
	if err := json.Unmarshal([]byte(text), &award); err != nil {
		t.Fatal(err)
	}
	if said := command(0, "verify", award.Page); strings.Count(said, "We hire on this.") != 1 {
		t.Error(said)
	}
	for _, bad := range [][]string{
		{"record"}, {"record", "--email", "nobody@example.org"}, {"record", "--email", "ana@example.org", "--associate", "a"},
		{"record", "--email", "ana@example.org", "--partial", "maybe"}, {"endorse"}, {"endorse", "--of", "x", "--expires-at", "soon"},
	} {
		command(1, bad...)
	}
}
