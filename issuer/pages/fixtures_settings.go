package pages

import (
	"slices"
	"time"

	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// settings lists the pages under Settings in every state.
func (f fixtures) settings(problems []string) []Fixture {
	return slices.Concat(f.people(problems), f.profiles(problems), f.switches(problems), f.events(problems),
		f.keys(problems), f.tokens(problems), f.trust(problems), f.editor(problems))
}

// managed is the frame of a page under Settings as an owner sees it.
func (f fixtures) managed(path, page string) web.Frame {
	return web.Frame{Path: path, NoIndex: true, Console: &web.Console{CSRF: "token", Section: "settings", Page: page, Name: f.text("Olga"),
		MayAward: true, MayRevoke: true, MayManage: true, MayAll: true}}
}

func (f fixtures) people(problems []string) []Fixture {
	t := f.text
	frame := f.managed(peopleURL, "people")
	every, school := RoleRow{everyIssuer, "", "owner"}, RoleRow{"iss_1", t("Open School Nairobi"), "awarder"}
	rows := []PersonRow{
		{ID: "per_1", Name: t("Olga"), Email: t("olga@example.org"), Roles: []RoleRow{every}, JoinedAt: f.at, Self: true},
		{ID: "per_2", Name: t("李小龙"), Roles: []RoleRow{school, {"iss_2", t("Library"), "viewer"}}},
	}
	issuers := []Option{{everyIssuer, "", ""}, {"iss_1", t("Open School Nairobi"), ""}}
	person := PersonPage{Frame: f.managed(peopleURL+"/per_2", "people"), PersonRow: rows[1], All: roleNames(), Others: issuers[:1],
		Logins: []LoginRow{{t("School account"), "https://login.school.example", true, f.at}, {"", "https://old.school.example", false, f.at}},
		Tokens: []TokenRow{{"tok_1", t("Moodle"), t("Open School Nairobi"), "active", []string{"award", "read"}, "", f.at, time.Time{}}}}
	wrong := person
	wrong.Problems, wrong.PersonRow, wrong.Others, wrong.Tokens, wrong.Logins = problems, rows[0], nil, nil, nil
	viewer := f.managed(accountURL, "account")
	viewer.Console = &web.Console{CSRF: "token", Section: "settings", Page: "account", Name: t("B")}
	return []Fixture{
		{"settings", "of an owner", SettingsPage{f.managed("/console/settings", ""),
			[]string{"account", "profile", "keys", "people", "tokens", "wallets", "trust", "log"}}},
		{"settings", "of a viewer", SettingsPage{viewer, []string{"account", "keys"}}},
		{"account", "of an owner", AccountPage{Frame: f.managed(accountURL, "account"), Name: t("Olga"), Email: t("o@example.org"), Roles: []RoleRow{every},
			MayPasskey: true, SignOn: true, Logins: []LoginRow{{t("School account"), "https://login.school.example", true, f.at}},
			Passkeys: []PasskeyRow{{"AQID", t("Laptop"), f.at, f.at}, {"BAUG", t("Phone"), f.at, time.Time{}}}}},
		{"account", "with a last passkey", AccountPage{Frame: viewer, Name: t("B"), Roles: []RoleRow{school}, MayPasskey: true,
			Passkeys: []PasskeyRow{{"AQID", t("Laptop"), f.at, f.at}}}},
		{"account", "saved", AccountPage{Frame: viewer, Name: t("B"), Roles: []RoleRow{school}, Saved: true}},
		{"account", "signed out elsewhere", AccountPage{Frame: viewer, Name: t("B"), Roles: []RoleRow{school}, Reckoned: true}},
		{"account", "wrong", AccountPage{Frame: viewer, Email: t("b"), Roles: []RoleRow{school}, Problems: problems}},
		{"people", "in use", PeoplePage{Frame: frame, People: rows, Issuers: issuers, Roles: roleNames(), Role: string(access.Awarder), SignOn: true}},
		{"people", "wrong", PeoplePage{Frame: frame, People: rows[:1], Issuers: issuers, Roles: roleNames(), Problems: problems, Name: t("A"), Email: t("b"),
			Role: "viewer", For: "iss_1"}},
		{"person", "invited", person}, {"person", "wrong", wrong},
		{"person-link", "new", PersonLinkPage{Frame: frame, Name: t("李小龙"), Link: "https://badges.openschool.example/console/sign-in/x", New: true, Ends: f.at}},
		{"person-link", "again", PersonLinkPage{Frame: frame, Name: t("B"), Link: "https://badges.openschool.example/console/sign-in/x", Ends: f.at}},
	}
}

func (f fixtures) profiles(problems []string) []Fixture {
	t := f.text
	frame := f.managed(profileURL+"/iss_1", "profile")
	fields := ProfileFields{t("Open School Nairobi"), "https://school.example", "office@school.example", t("Teaches whoever comes."), "en"}
	form := ProfilePage{Frame: frame, ProfileFields: fields, ID: "iss_1", DID: "did:web:badges.openschool.example"}
	pictured, wrong := form, form
	pictured.Picture, pictured.Alt, pictured.Saved = "/issuers/open-school/image.svg", t("An owl"), true
	wrong.Problems, wrong.ProfileFields = problems, ProfileFields{Name: t("A"), URL: t("b"), Email: t("c"), Description: t("d"), Language: t("e")}
	plan := ProfilePlanPage{Frame: frame, ProfileFields: fields, ID: "iss_1", Awards: 12,
		Changes: []ProfileChange{{"people.name", t("Open School"), t("Open School Nairobi")}, {"profile.url", "", "https://school.example"},
			{"field.description", t("Old."), ""}}}
	return []Fixture{
		{"profile", "in use", form}, {"profile", "with a picture", pictured}, {"profile", "wrong", wrong},
		{"profile", "several issuers", ProfilePage{Frame: f.managed(profileURL, "profile"), Issuers: []Option{
			{"iss_1", t("Open School Nairobi"), "badges.openschool.example"}, {"iss_2", t("Library"), ""}}}},
		{"profile", "no issuer", ProfilePage{Frame: f.managed(profileURL, "profile")}},
		{"profile-plan", "asked", plan}, {"profile-plan", "nothing changes", ProfilePlanPage{Frame: frame, ID: "iss_1"}},
	}
}

func (f fixtures) switches(problems []string) []Fixture {
	frame := f.managed(switchesURL, "wallets")
	all := []Switch{
		{Name: "unbound", Value: "keep", Choices: []string{"keep", "supersede"}},
		{Name: "wallet_compat", Value: "digital-bazaar", Choices: []string{"none", "digital-bazaar"}},
		{Name: "haip", Value: "off", Choices: []string{"off", "on"}, Fixed: true},
	}
	return []Fixture{
		{"wallets", "in use", SwitchesPage{Frame: frame, Switches: all}}, {"wallets", "saved", SwitchesPage{Frame: frame, Switches: all, Saved: true}},
		{"wallets", "wrong", SwitchesPage{Frame: frame, Switches: all, Problems: problems}},
	}
}

func (f fixtures) events(problems []string) []Fixture {
	t := f.text
	frame := f.managed(logURL, "log")
	rows := []EventRow{
		{At: f.at, Actor: "console:per_1", Who: t("Olga"), Action: "award.revoked", Text: t("Award revoked"), Subject: "awd_1", Detail: t("key_compromise"),
			Issuer: t("Open School Nairobi"), URL: "/console/awards/awd_1"},
		{At: f.at, Actor: "cli", Who: "cli", Action: "status.recovered", Subject: "lst_1"},
	}
	issuers := []Option{{"iss_1", t("Open School Nairobi"), ""}}
	return []Fixture{
		{"log", "in use", LogPage{Frame: frame, Kinds: kindsOfEvents(), Issuers: issuers, Events: rows, Next: logURL + "?after=x"}},
		{"log", "wrong", LogPage{Frame: frame, Kinds: kindsOfEvents(), Issuers: issuers, Problems: problems, Filtered: true, What: "award", Who: t("a"),
			About: t("b"), Since: t("c"), Until: t("d"), Issuer: "iss_1"}},
		{"log", "nothing found", LogPage{Frame: frame, Kinds: kindsOfEvents(), Filtered: true}},
		{"log", "empty", LogPage{Frame: frame, Kinds: kindsOfEvents()}},
	}
}
