package pages

import (
	"time"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/web"
)

// console lists the console's pages in every state.
func (f fixtures) console() []Fixture {
	t := f.text
	frame := func(path, section string) web.Frame {
		return web.Frame{Path: path, NoIndex: true, Console: &web.Console{CSRF: "token", Section: section, Name: t("Olga"),
			MayAward: true, MayRevoke: true, MayManage: true}}
	}
	issuers := []IssuerView{{t("Open School Nairobi"), "badges.openschool.example", "did:web:badges.openschool.example"},
		{t("Library"), "", "did:key:z6Mk"}}
	choices := []Option{{"ach_1", t("First Aid"), t("Open School Nairobi")}, {"ach_2", t("Reading Circle"), t("Library")}}
	problems := []string{t("Give a name."), t("the address is not one")}
	rows := []AwardRow{
		{"awd_1", t("Amina Wanjiru Otieno"), t("First Aid"), "active", f.at}, {"awd_2", t("李小龙"), t("First Aid"), "revoked", f.at},
		{"awd_3", t("مريم العلي"), t("Reading Circle"), "expired", f.at},
	}
	award := AwardPage{
		Frame: frame("/console/awards/awd_1",
			"awards"), ID: "awd_1", Recipient: t("Amina Wanjiru Otieno"), Email: t("amina@example.org"), ExternalID: t("moodle-77"),
		Achievement: t("First Aid"), Issuer: t("Open School Nairobi"), State: "active", Visibility: "unlisted", CreatedBy: t("cli"), AwardedAt: f.at,
		ExpiresAt: f.at.AddDate(3, 0, 0), CreatedAt: f.at, Credentials: []CredentialRow{{"ob-jwt, ES256", "/c/b7k2", f.at}, {"vc-jwt, ES256", "", f.at}},
		Changeable: true, Further: []string{"jwt-vc-1.1, ES256", "data-integrity, eddsa-rdfc-2022, EdDSA"},
	}
	award.MayOffer, award.Offers = true, f.offers()
	fresh, revoked := award, award
	linked := award
	linked.ClaimURL, linked.TxCode, linked.Mail = "https://badges.openschool.example/claim/x", "493027", "data:message/rfc822;base64,eA=="
	revoked.MayOffer = false
	fresh.New, fresh.ClaimURL, fresh.Credentials, fresh.Visibility = true, "https://badges.openschool.example/claim/x", nil, "private"
	revoked.Further = nil
	revoked.State, revoked.Visibility, revoked.Revocation = "revoked", "public", &issuer.Revocation{At: f.at, Reason: t("Wrong person"), Code: "mistake"}
	late := revoked
	late.Overdue = &Overdue{Since: f.at, Code: "signer.unavailable"}
	suspended := revoked
	suspended.State, suspended.Revocation, suspended.Suspension = "suspended", nil, &issuer.Suspension{At: f.at, Reason: t("Under investigation")}
	revoke := RevokePage{Frame: frame("/console/awards/awd_1/revoke", "awards"), Action: "revoke", ID: "awd_1", Recipient: award.Recipient,
		Achievement: award.Achievement, Code: "mistake", Codes: codes()}
	again := revoke
	again.Problems, again.Reason = problems, t("Because")
	suspend, reinstate := revoke, revoke
	suspend.Action, reinstate.Action = "suspend", "reinstate"
	return append([]Fixture{
		{"overview", "in use", OverviewPage{frame("/console", "overview"), issuers, 12, rows, f.charts(), false,
			[]WishRow{{ID: "wsh_1", Kind: "link", AwardID: "awd_1", Recipient: t("Amina Wanjiru Otieno"), At: f.at}}, nil}},
		{"overview", "with overdue lists", OverviewPage{Frame: frame("/console", "overview"), Issuers: issuers, Overdue: &Overdue{3, f.at, "signer.unavailable"}}},
		{"overview", "empty", OverviewPage{Frame: frame("/console", "overview"), NoWayBack: true}},
		{"awards", "found", AwardsPage{Frame: frame("/console/awards", "awards"), Query: t("amina"), Selected: "ach_1", State: "active",
			Batch: t("b1"), Choices: choices, Awards: rows, Filtered: true, Next: "/console/awards?after=x"}},
		{"awards", "nothing found", AwardsPage{Frame: frame("/console/awards", "awards"), Query: t("nobody"), Filtered: true}},
		{"awards", "empty", AwardsPage{Frame: frame("/console/awards", "awards")}},
		{"award", "active", award}, {"award", "new", fresh}, {"award", "with a new link", linked}, {"award", "revoked", revoked},
		{"award", "suspended", suspended}, {"award", "revoked, with an overdue list", late}, {"revoke", "asked", revoke}, {"revoke", "wrong", again},
		{"revoke", "to suspend", suspend}, {"revoke", "to reinstate", reinstate},
		{"award-new", "empty", AwardFormPage{Frame: frame("/console/award", "awards"), Choices: choices, Key: "k",
			Visibility: "unlisted", Awarded: "2026-11-24"}},
		{"award-new", "wrong", AwardFormPage{Frame: frame("/console/award", "awards"), Choices: choices, Selected: "ach_2", Key: "k",
			Problems: problems, Name: t("A"), Email: t("b"), Awarded: t("c"), Expires: t("d"), Visibility: "private",
			Narrative: t("e"), Evidence: t("f"), ExternalID: t("g")}},
		{"award-new", "without achievements", AwardFormPage{Frame: frame("/console/award", "awards")}},
		{"achievements", "in use", AchievementsPage{frame("/console/achievements", "achievements"),
			[]AchievementRow{{"ach_1", t("First Aid"), "first-aid", t("Open School Nairobi"), 3, true}, {"ach_2", t("B"), "b", t("Library"), 1, false}}}},
		{"achievements", "empty", AchievementsPage{Frame: frame("/console/achievements", "achievements")}},
	}, append(f.changes(frame("/console/changes", "awards"), choices, rows, problems),
		append(f.batch(frame("/console/batch", "awards"), choices, problems), f.settings(problems)...)...)...)
}

// charts are numbers for the overview.
func (f fixtures) charts() *ChartView {
	return &ChartView{Since: f.at.AddDate(0, -6, 0), Awarded: 212, Claimed: 87, Verified: 1043,
		Weeks:        []issuer.Week{{Start: f.at, Awarded: 12, Claimed: 7, Verified: 43}, {Start: f.at.AddDate(0, 0, -7), Awarded: 200, Claimed: 80, Verified: 1000}},
		Achievements: []AchievementBar{{f.text("First Aid"), 200, 100}, {f.text("Reading Circle"), 12, 6}}}
}

// FixtureChart is the picture of half a year in which something happened, for the catalogue of pages.
func FixtureChart() string {
	weeks := make([]issuer.Week, weeksShown)
	for i := range weeks {
		weeks[i] = issuer.Week{Awarded: i * 7 % 23, Claimed: i * 5 % 17, Verified: i * 11 % 41}
	}
	return drawWeeks("Week by week", weeks)
}

func (f fixtures) changes(frame web.Frame, choices []Option, rows []AwardRow, problems []string) []Fixture {
	t := f.text
	fields := ChangeFields{Action: "revoke", Code: "mistake", Reason: t("Because"), Search: t("amina"), Selected: "ach_1", Batch: t("b1"), Since: "2026-01-01",
		Before: "2026-02-01", Expected: 212, Achievement: t("First Aid")}
	gentle, begun := fields, fields
	gentle.Action, gentle.Expected = "reinstate", 2
	begun.Done, begun.Expected = 200, 12
	suspended, undo := begun, ChangeFields{Action: "reinstate", Expected: 2, Change: "chg_x7n4q2k5m3p6r7s2t4u5v6w7y2"}
	suspended.Action, suspended.Done, suspended.Expected, suspended.Change = "suspend", 212, 0, undo.Change
	suspended.Version, suspended.Key = "2", "did:web:badges.openschool.example#es256-1"
	all := begun
	all.Done, all.Expected = 212, 0
	return []Fixture{
		{"changes", "empty", ChangesPage{Frame: frame, Actions: actions(), Codes: codes(), Choices: choices}},
		{"changes", "wrong", ChangesPage{Frame: frame, ChangeFields: fields, Problems: problems, Actions: actions(), Codes: codes(), Choices: choices}},
		{"changes-plan", "many", ChangesPlanPage{Frame: frame, ChangeFields: fields, Examples: rows, More: 209}},
		{"changes-plan", "few", ChangesPlanPage{Frame: frame, ChangeFields: gentle, Examples: rows[:2]}},
		{"changes-plan", "wrong", ChangesPlanPage{Frame: frame, ChangeFields: fields, Problems: problems, Examples: rows, More: 209}},
		{"changes-plan", "none", ChangesPlanPage{Frame: frame, ChangeFields: all}},
		{"changes-plan", "none in that state", ChangesPlanPage{Frame: frame, ChangeFields: all, Others: 12}},
		{"changes-plan", "an undo", ChangesPlanPage{Frame: frame, ChangeFields: undo, Examples: rows[:2], Others: 1}},
		{"changes-done", "to be undone", ChangesDonePage{Frame: frame, ChangeFields: suspended, Total: 212, Overdue: &Overdue{1, f.at, "signer.unavailable"}}},
		{"changes-done", "stuck", ChangesDonePage{Frame: frame, ChangeFields: begun, Left: 12, Total: 212, Stuck: true}},
		{"changes-done", "all", ChangesDonePage{Frame: frame, ChangeFields: all, Total: 212}},
		{"changes-done", "in part", ChangesDonePage{Frame: frame, ChangeFields: begun, Left: 12, Total: 212}},
		{"changes-done", "stopped", ChangesDonePage{Frame: frame, ChangeFields: begun, Problems: problems, Left: 12, Total: 212}},
	}
}

func (f fixtures) batch(frame web.Frame, choices []Option, problems []string) []Fixture {
	t := f.text
	rows := []RowView{
		{2, t("Amina"), t("amina@example.org"), "ready", "valid", nil}, {3, t("B"), t("b@"), "problem", "invalid",
			[]string{t("this is no e-mail address")}},
		{4, t("C"), "", "duplicate", "undecided", []string{t("twice")}}, {5, t("D"), "", "known", "undecided", nil}, {6, t("E"), "",
			"skipped", "undecided", nil},
	}
	return append([]Fixture{
		{"batch", "empty", BatchPage{Frame: frame, Choices: choices}},
		{"batch", "in use", BatchPage{Frame: frame, Choices: choices, Uploads: []UploadRow{{"bat_1", t("course.csv"), t("First Aid"), "done", f.at, 120},
			{"bat_2", "", t("Reading Circle"), "draft", f.at, 0}}}},
		{"batch", "wrong", BatchPage{Frame: frame, Choices: choices, Selected: "ach_1", Problems: problems}},
		{"batch", "without achievements", BatchPage{Frame: frame}},
	}, f.uploads(frame, rows, problems)...)
}

// uploads lists the pages of an upload in every state.
func (f fixtures) uploads(frame web.Frame, rows []RowView, problems []string) []Fixture {
	t := f.text
	facts := UploadFacts{ID: "bat_1", FileName: t("course.csv"), Achievement: t("First Aid"), Issuer: t("Open School Nairobi")}
	fields := []string{"name", "email", "awarded_at"}
	columns := []ColumnRow{{0, 1, t("Name"), "name", t("Amina")}, {1, 2, t("Email address"), "email", t("amina@example.org")}, {2, 3, t("Group"), "", ""}}
	repairs := []RepairRow{{1, 3, []string{t("this is no e-mail address")}, []RepairCell{{"cell-1-0", t("Name"), t("B"), "name"},
		{"cell-1-1", t("Email address"), t("b@"), "email"}}}}
	good := PlanPage{Frame: frame, UploadFacts: facts, Columns: columns, Fields: fields, Planned: true, Good: 120, Rows: rows[:1], Cut: 119}
	mixed := good
	mixed.Good, mixed.Skipped, mixed.Undated, mixed.Bad, mixed.Known, mixed.Rows, mixed.Repairs, mixed.More = 1, 2, true, 2, 1, rows, repairs, 40
	mixed.Private, mixed.Mails = true, 120
	nothing, unread := good, good
	nothing.Good, nothing.Bad, nothing.Rows, nothing.Cut = 0, 1, nil, 0
	unread.Planned, unread.Good, unread.Rows, unread.Problems = false, 0, nil, problems
	done := ProgressPage{Frame: frame, UploadFacts: facts, State: "done", Total: 120, Awarded: 120, Known: 3, AwardsURL: "/console/awards", UndoUntil: f.at,
		MayUndo: true}
	running, stopped, undoing, undone := done, done, done, done
	running.State, running.Awarded, running.Share, running.UndoUntil = "running", 40, 33, time.Time{}
	stopped.State, stopped.Awarded = "stopped", 40
	stopped.Failed, stopped.Bad = 1, true
	stopped.Rows = []RowView{{3, "", "", "failed", "invalid", []string{t("the award was refused")}}}
	undoing.State, undoing.Revoked, undoing.Share, undoing.UndoUntil = "undoing", 60, 50, time.Time{}
	undone.State, undone.Revoked, undone.UndoUntil = "undone", 120, time.Time{}
	undo := UndoPage{Frame: frame, UploadFacts: facts, Standing: 120, Until: f.at}
	wrong, late, none := undo, undo, undo
	wrong.Problems, late.Until, none.Standing = problems, time.Time{}, 0
	return []Fixture{
		{"batch-plan", "good", good}, {"batch-plan", "mixed", mixed}, {"batch-plan", "nothing", nothing}, {"batch-plan", "not understood", unread},
		{"batch-done", "running", running}, {"batch-done", "done", done}, {"batch-done", "stopped", stopped}, {"batch-done", "being undone", undoing},
		{"batch-done", "undone", undone},
		{"batch-undo", "asked", undo}, {"batch-undo", "wrong", wrong}, {"batch-undo", "too late", late}, {"batch-undo", "nothing left", none},
	}
}

// offers lists claim links in every state.
func (f fixtures) offers() []OfferRow {
	return []OfferRow{
		{ID: "off_4", State: "open", CreatedAt: f.at, EndsAt: f.at.AddDate(0, 1, 0), Note: f.text("sent by post"), Guarded: true, Revocable: true},
		{ID: "off_3", State: "dead", CreatedAt: f.at, EndsAt: f.at.AddDate(0, 1, 0)},
		{ID: "off_2", State: "used", CreatedAt: f.at, EndsAt: f.at.AddDate(0, 1, 0), Revocable: true},
		{ID: "off_1", State: "expired", CreatedAt: f.at, EndsAt: f.at, AskedAt: f.at, Revocable: true, Waiting: true},
	}
}
