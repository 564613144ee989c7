package pages

import (
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/web"
)

// learners are the pages of learners, and what they ask of the console.
func (f fixtures) learners() []Fixture {
	over := func(why string) MyPage { return MyPage{Frame: web.Frame{Path: "/", NoIndex: true}, Over: why} }
	expired, asked := over("expired"), over("expired")
	expired.Ask, asked.Asked = "/my/x/ask", true
	saved, wrong, child := f.my(), f.my(), f.my()
	saved.Done, wrong.Problem = "visibility", "text"
	child.Minor = true
	for i := range child.Badges {
		child.Badges[i].Choices, child.Badges[i].Visibility, child.Badges[i].PageURL = child.Badges[i].Choices[:2], "private", ""
	}
	unsure := f.my()
	unsure.Problem = "sure"
	console := web.Frame{Path: "/console/wishes", NoIndex: true, Console: &web.Console{CSRF: "x", Section: "awards"}}
	return []Fixture{
		{"my", "with badges", f.my()},
		{"my", "saved", saved},
		{"my", "with a problem", wrong},
		{"my", "of a child", child},
		{"my", "expired", expired},
		{"my", "expired and asked", asked},
		{"my", "unknown", over("unknown")},
		{"my", "erased", over("erased")},
		{"my-erase", "asked", f.my()},
		{"my-erase", "of a child", child},
		{"my-erase", "not sure", unsure},
		{"mail-stop", "asked", MailStopPage{Frame: web.Frame{NoIndex: true}, State: "ask", Action: "/mail/stop/awd_1/x"}},
		{"mail-stop", "done", MailStopPage{Frame: web.Frame{NoIndex: true}, State: "done"}},
		{"mail-stop", "unknown", MailStopPage{Frame: web.Frame{NoIndex: true}, State: "unknown"}},
		{"wishes", "none", WishesPage{Frame: console}},
		{"wishes", "of every kind", WishesPage{Frame: console, Wishes: []WishRow{
			{ID: "wsh_1", Kind: "correction", AwardID: "awd_1", Recipient: f.text("Amina Wanjiru Otieno"), Achievement: f.text("First Aid"),
				Text: f.text("My second name is written with j."), At: f.at, Closable: true},
			{ID: "wsh_2", Kind: "link", AwardID: "awd_2", Recipient: f.text("Omar"), Achievement: f.text("Reading Circle"), At: f.at, Closable: true},
			{ID: "wsh_3", Kind: "erasure", AwardID: "awd_3", Achievement: f.text("First Aid"), At: f.at},
		}}},
	}
}

func (f fixtures) my() MyPage {
	b := f.badge("valid")
	return MyPage{
		Frame: web.Frame{Path: "/my/x", NoIndex: true}, Root: "/my/x", Name: b.Recipient, IssuerName: b.IssuerName, IssuerDomain: b.IssuerDomain,
		Ends: f.at.AddDate(0, 6, 0), Zip: "badges.zip",
		Badges: []MyBadge{
			{ID: "awd_1", Name: b.Name, Picture: "/my/x/files/b7k2.picture", PictureAlt: b.PictureAlt, State: "active", AwardedAt: b.AwardedAt,
				ExpiresAt: b.ExpiresAt, Visibility: "unlisted", Choices: []string{"private", "unlisted", "public"}, PageURL: "/c/b7k2",
				Downloads: downloads("/my/x/files/b7k2", b.Name, proof.OBJWT)[:5], Wallet: true},
			{ID: "awd_2", Name: f.text("Reading Circle"), Picture: "/my/x/files/b7k3.picture", PictureAlt: f.text("Reading Circle"), State: "revoked",
				AwardedAt: f.at, Visibility: "private", Choices: []string{"private", "unlisted", "public"}},
		},
	}
}
