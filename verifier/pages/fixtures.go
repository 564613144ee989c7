package pages

import (
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/view"
	"github.com/openlaurel/laurel/web"
)

// Fixture is a page in one state, as web.Fixture.
type Fixture struct {
	Page  string
	State string
	Data  any
}

// Fixtures lists every page of this package in every state. text makes the strings that strangers write out of those
// given here: the identity to look at the pages, something hostile to test them.
func Fixtures(text func(string) string) []Fixture {
	out := []Fixture{
		{"verify", "empty", FormPage{Frame: web.Frame{Path: "/verify"}, Files: limits.VerifyFiles, Asks: true, Megabytes: 7}},
		{"verify", "with a link", FormPage{Frame: web.Frame{Path: "/verify", Query: "url=x"}, Files: limits.VerifyFiles,
			URL: text("https://badges.openschool.example/c/b7k2")}},
	}
	for _, problem := range [...]string{"none", "several", "too_large", "too_many", "date", "malformed"} {
		out = append(out, Fixture{"verify", problem, FormPage{Problem: problem, Text: text("eyJ"), Recipient: text("amina@example.org"),
			At: text("soon"), Refresh: problem == "date", Files: limits.VerifyFiles}})
	}
	for _, s := range [...]string{"valid", "invalid", "undecided", "all unknown", "revoked", "suspended", "expired",
		"record", "presentation", "endorsement", "closed",
		"delegated"} {
		r := result(text, s)
		page := ResultPage{Frame: frame(), State: view.State(r), CheckedAt: r.CheckedAt, Source: text("badge.png"), Result: r}
		page.Tone = view.Tone(page.State)
		out = append(out, Fixture{"result", s, page})
	}
	refused := verifier.Result{Verdict: verifier.Invalid, Form: proof.Unknown, CheckedAt: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)}
	for _, id := range verifier.CheckIDs() {
		refused.Checks = append(refused.Checks, verifier.Check{ID: id, Outcome: verifier.Skipped, Code: "form.unknown"})
	}
	refused.Checks[0] = verifier.Check{ID: verifier.CheckForm, Outcome: verifier.Fail, Code: "image.no_credential",
		Detail: text("There is no badge inside.")}
	out = append(out, refreshFixtures(text)...)
	out = append(out, Fixture{"results", "one of each", manyFixture(
		view.RowOf(text("first-aid.png"), result(text, "valid")), view.RowOf(text("care.pdf"), result(text, "revoked")),
		view.RowOf(text("nursing.json"), result(text, "undecided")), view.RowOf(text("holiday.jpg"), refused),
		view.RowOf(text("record.json"), result(text, "record")),
	)})
	out = append(out, receiptFixtures(text)...)
	out = append(out, requestFixtures(text)...)
	return append(out, Fixture{"result", "refused", ResultPage{Frame: frame(), State: view.State(refused), Tone: view.Tone(view.State(refused)),
		CheckedAt: refused.CheckedAt, Result: refused}})
}

func manyFixture(rows ...view.Row) view.ManyPage {
	for i := range rows {
		rows[i].Number = i + 1
	}
	page := view.Many(rows)
	page.Frame = frame()
	return page
}

// refreshFixtures are results of badges whose issuer may keep a newer edition.
func refreshFixtures(text func(string) string) []Fixture {
	var out []Fixture
	for _, f := range [...]struct{ state, code, link string }{
		{"newer edition", "refresh.newer", "https://badges.openschool.example/c/b7k2"},
		{"no newer edition", "refresh.failed", ""},
		{"a newer edition may be had", verifier.RefreshNotAsked, "https://badges.openschool.example/c/b7k2"},
		{"a newer edition of a file may be", verifier.RefreshNotAsked, ""},
	} {
		r := result(text, "valid")
		r.Refresh = &verifier.Refresh{Judged: verifier.CopyPresented, Code: f.code, URL: text("https://badges.openschool.example/refresh/1")}
		page := resultPage(Input{URL: f.link}, r)
		page.Draft, page.Ask = "e30.AA", "/request?achievement=x"
		out = append(out, Fixture{"result", f.state, page})
	}
	return out
}

// receiptFixtures are saved receipts, with and without names.
func receiptFixtures(text func(string) string) []Fixture {
	var out []Fixture
	for _, s := range [...]string{"valid", "revoked", "undecided", "record"} {
		r := result(text, s)
		r.SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
		made, _ := receipt.Of(r, verifier.Policy{})
		detail := receipt.Names
		if s == "undecided" {
			detail = receipt.Plain
		}
		made = made.Keep(detail)
		made.Issuer, made.IssuedAt = "did:web:badges.openschool.example", r.CheckedAt.Unix()
		page := receiptPage(receipt.Saved{Code: "k3m5p7r2t4v6x2z4b6d2f4h6j2", Receipt: made, ExpiresAt: r.CheckedAt.AddDate(0, 3, 0)})
		page.Frame, page.Address = web.Frame{Path: "/receipts/k", NoIndex: true}, "https://badges.openschool.example/receipts/k3m5p7r2t4v6x2z4b6d2f4h6j2"
		out = append(out, Fixture{"receipt", s, page})
	}
	return out
}

// result is a result in which one check is as the state asks.
func result(text func(string) string, state string) verifier.Result {
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	from, until := at.AddDate(0, -2, 0), at.AddDate(3, 0, 0)
	r := verifier.Result{
		Verdict: verifier.Invalid, Form: proof.OBJWT, Version: "2.0", CheckedAt: at, ValidFrom: &from, ValidUntil: &until,
		Issuer: &verifier.Issuer{ID: text("did:web:badges.openschool.example"), Domain: text("badges.openschool.example"),
			Name: text("Open School Nairobi")},
		Achievement: &verifier.Achievement{
			AchievementText: verifier.AchievementText{
				Language: "en", Name: text("Community Health Worker: First Aid"), Description: text("Recognises and treats the most frequent emergencies."),
				Criteria: text("Pass **both** parts."),
			},
			Translations: []verifier.AchievementText{{
				Language: "ar", Name: text("عامل صحة مجتمعية: الإسعافات الأولية"), Description: text("يتعرف على أكثر حالات الطوارئ شيوعًا ويعالجها."),
			}},
		},
		Recipient: &verifier.Recipient{ID: text("urn:uuid:6b0ee3a6"), Name: text("Amina Wanjiru Otieno")},
		Warnings:  []verifier.Warning{{Code: "ob.context_old", Detail: text("The picture is not part of what was signed."), At: text("/image")}},
	}
	for _, id := range verifier.CheckIDs() {
		c := verifier.Check{ID: id, Outcome: verifier.Pass, Code: passed(id), Detail: text("Fine."), At: text("/" + string(id))}
		switch {
		case state == "invalid" && id == verifier.CheckBinding:
			c.Outcome, c.Code = verifier.Fail, "key.not_bound_to_issuer"
			r.Issuer.Domain = ""
		case state == "undecided" && id == verifier.CheckTrust:
			c.Outcome, c.Code, c.Detail = verifier.Unknown, "trust.unknown_issuer", text("Nobody vouches for the issuer.")
		case state == "undecided" && id == verifier.CheckStatus, state == "all unknown" && id != verifier.CheckForm:
			c.Outcome, c.Code, c.Detail = verifier.Unknown, "fetch.timeout", text("The server did not answer.")
		case (state == "revoked" || state == "suspended") && id == verifier.CheckStatus, state == "expired" && id == verifier.CheckTime:
			c.Outcome, c.Code = verifier.Fail, string(id)+"."+state
		case id == verifier.CheckHolder, id == verifier.CheckSubject:
			c.Outcome = verifier.Skipped
		}
		r.Checks = append(r.Checks, c)
	}
	switch state {
	case "valid":
		r.Verdict = verifier.Valid
		r.Trust = &verifier.Trusted{
			WhenIssued: true, Now: true, Name: text("Open School"), Names: map[string]string{"ar": text("المدرسة المفتوحة")}, By: text("Council of Schools"),
			List: text("https://ministry.example/trust-list.jwt"),
		}
	case "closed", "delegated":
		r.Verdict, r.Trust = verifier.Valid, trusted(text, state)
	case "record":
		r.Verdict, r.Achievement = verifier.Valid, nil
		record(text, &r)
	case "presentation":
		presented(text, &r)
	case "endorsement":
		r.Verdict, r.Achievement, r.Recipient = verifier.Valid, nil, nil
		r.Endorsement = &verifier.Endorsement{Of: text("https://badges.openschool.example/achievements/a/1"), Comment: text("We **hire** on this.")}
	case "undecided", "all unknown":
		r.Verdict = verifier.Undecided
		inner := verifier.Result{Verdict: verifier.Valid, Issuer: &verifier.Issuer{Domain: text("ministry.example")}}
		r.Nested = []verifier.Nested{{At: "/endorsement/0", Kind: verifier.NestedEndorsement, Result: inner},
			{At: "/endorsement/1", Kind: verifier.NestedUnproven, Result: verifier.Result{Verdict: verifier.Invalid}}}
	}
	return r
}

// trusted is the trust in an issuer that has closed, or for whom another vouches.
func trusted(text func(string) string, state string) *verifier.Trusted {
	if state == "closed" {
		return &verifier.Trusted{WhenIssued: true, Successor: text("did:web:heir.example")}
	}
	return &verifier.Trusted{
		WhenIssued: true, Now: true, Chain: []string{text("did:web:university.example"), text("did:web:badges.openschool.example")},
	}
}

// passed is the code of a check that found nothing wrong, or nothing to look at.
func passed(id verifier.CheckID) string {
	switch id {
	case verifier.CheckForm:
		return "form.ob-jwt"
	case verifier.CheckHolder, verifier.CheckSubject:
		return string(id) + ".not_asked"
	case verifier.CheckStatus:
		return "status.clear"
	case verifier.CheckNested:
		return "nested.none"
	}
	return string(id) + ".ok"
}

// presented makes r the result of what a wallet presents, unasked, with a good badge in it and one that was revoked.
func presented(text func(string) string, r *verifier.Result) {
	r.Verdict, r.Issuer, r.Achievement, r.Recipient = verifier.Invalid, nil, nil, nil
	r.Presentation = &verifier.Presentation{Credentials: 2}
	for i, v := range [...]verifier.Verdict{verifier.Valid, verifier.Invalid} {
		in := verifier.Result{
			Verdict: v, Issuer: &verifier.Issuer{Name: text("Open School Nairobi")},
			Achievement: &verifier.Achievement{AchievementText: verifier.AchievementText{Name: text("First aid")}},
		}
		if i == 1 {
			in.Checks = []verifier.Check{{ID: verifier.CheckStatus, Outcome: verifier.Fail, Code: "status.revoked"}}
		}
		r.Nested = append(r.Nested, verifier.Nested{At: text("/verifiableCredential/0"), Kind: verifier.NestedPresented, Result: in})
	}
}

// record makes r the result of a learner record in which not everything holds.
func record(text func(string) string, r *verifier.Result) {
	r.Record = &verifier.Record{Name: text("Record of learning"), Members: 3, Valid: 1, Invalid: 1, Undecided: 1, Partial: true}
	for i, t := range credential.AssociationTypes() {
		a := verifier.Association{Type: string(t), Source: text("urn:uuid:1"), Target: text("urn:uuid:2"), SourceName: text("First aid")}
		if i > 0 {
			a.TargetName = text("Community health")
		}
		r.Record.Associations = append(r.Record.Associations, a)
	}
	r.Record.Associations = append(r.Record.Associations, verifier.Association{Type: text("isBetterThan"), Source: text("a"), Target: text("b")})
	for i, v := range [...]verifier.Verdict{verifier.Valid, verifier.Invalid, verifier.Undecided} {
		in := verifier.Result{
			Verdict: v, Issuer: &verifier.Issuer{Name: text("Open School Nairobi")},
			Achievement: &verifier.Achievement{AchievementText: verifier.AchievementText{Name: text("First aid")}},
		}
		if i == 1 {
			in.Checks = []verifier.Check{{ID: verifier.CheckStatus, Outcome: verifier.Fail, Code: "status.revoked"}}
		}
		r.Nested = append(r.Nested, verifier.Nested{At: text("/credentialSubject/verifiableCredential/0"), Kind: verifier.NestedCredential, Result: in})
	}
}

// requestFixtures are the pages that ask a wallet.
func requestFixtures(text func(string) string) []Fixture {
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	who, why := text("Clinic Nairobi"), text("Application as a nurse")
	asked := Asked{Asker: who, Purpose: why, Achievement: text("https://a.example/achievements/1"),
		Issuers: []string{text("a.example"), text("did:web:b.example")},
		Since:   at,
		Claims:  request.AllClaims()}
	out := []Fixture{
		{"ask", "empty", AskPage{Frame: web.Frame{Path: "/request"}, Claims: claimChoices(nil)}},
		{"ask", "after a request was deleted", AskPage{Frame: web.Frame{Path: "/request"}, Erased: true}},
		{"ask", "everything", AskPage{
			Asker: who, Purpose: why, Achievement: text("https://a.example/achievements/1"), Issuers: text("a.example"), Since: text("2026-01-31"),
			Dialect: "openid4vp-draft", Certified: true, Claims: claimChoices([]string{"name"}),
		}},
	}
	for _, problem := range [...]string{"asker", "purpose", "achievement", "issuers", "since", "other"} {
		out = append(out, Fixture{"ask", problem, AskPage{Problem: problem, Asker: who}})
	}
	for _, s := range [...]string{"open", "expired", "elsewhere"} {
		out = append(out, Fixture{"wait", s, WaitPage{
			Frame: web.Frame{Path: "/request/k", NoIndex: true}, ID: "k", State: s, Asked: asked, ExpiresAt: at,
		}})
	}
	out = append(out, Fixture{"wait", "of a wallet that leads nobody back", WaitPage{
		Frame: web.Frame{Path: "/request/k", NoIndex: true}, ID: "k", State: "open", Asked: Asked{Asker: who, Purpose: why}, ExpiresAt: at,
		OneWay: true, Link: "https://lcw.app/request?request=x",
	}}, Fixture{"invite", "open", InvitePage{
		Frame: web.Frame{Path: "/request/k", NoIndex: true}, Asked: Asked{Asker: who, Purpose: why}, Host: text("badges.openschool.example"), ExpiresAt: at,
		Link: "openid4vp://?client_id=x",
	}}, Fixture{"invite", "by somebody known", InvitePage{
		Frame: web.Frame{Path: "/request/k", NoIndex: true}, Asked: asked, Known: true, Host: text("badges.openschool.example"), ExpiresAt: at,
		Link: "openid4vp://?client_id=x",
	}})
	page := func(state string, o request.Outcome) Fixture {
		data := AnswerPage{
			Frame: web.Frame{Path: "/request/k"}, ID: "k", State: state, Tone: view.Tone(state), Asked: asked, CheckedAt: at,
			KeptUntil: at.Add(40 * time.Minute), Outcome: o, Draft: "e30.AA",
			CrossDevice: state != "valid",
			OlderProof:  state == "undecided",
		}
		data.Presented = presentedChecks(o.Result)
		if state == "declined" {
			data.Tone, data.CrossDevice, data.Draft, data.Declined = "undecided", false, "", "access_denied"
		}
		return Fixture{"answer", state, data}
	}
	for _, s := range [...]string{"valid", "invalid", "undecided", "revoked"} {
		in := result(text, s)
		whole := verifier.Result{Verdict: in.Verdict, CheckedAt: at, Checks: in.Checks[:5], Presentation: &verifier.Presentation{Credentials: 1},
			Nested: []verifier.Nested{{Kind: verifier.NestedPresented, Result: in}}}
		o := request.Outcome{Verdict: in.Verdict, Result: &whole}
		out = append(out, page(s, o))
		if s == "valid" {
			o.Unmet = []verifier.Warning{{Code: "request.issuer", Detail: text("The badge was issued by somebody else."), At: text("/issuer")}}
			out = append(out, page("unmet", o))
		}
	}
	out = append(out, page("declined", request.Outcome{Verdict: verifier.Undecided, Error: text("access_denied")}))
	for _, code := range [...]string{"vp_formats_not_supported", "wallet_unavailable", "not_understood", "other"} {
		f := page("declined", request.Outcome{Verdict: verifier.Undecided, Error: text("code_of_a_wallet")})
		data, _ := f.Data.(AnswerPage)
		data.Declined = code
		out = append(out, Fixture{f.Page, "declined, " + code, data})
	}
	return out
}
