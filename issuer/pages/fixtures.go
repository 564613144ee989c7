package pages

import (
	"time"

	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/web"
)

// Fixture is a page in one state, as web.Fixture.
type Fixture struct {
	Page  string
	State string
	Data  any
}

// Fixtures lists every page of this package in every state. text makes the users' strings out of those given here: the
// identity to look at the pages, something hostile to test them.
func Fixtures(text func(string) string) []Fixture {
	f := fixtures{text: text, at: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)}
	out := []Fixture{
		{"home", "with an issuer", HomePage{Frame: web.Frame{Path: "/"},
			Issuers: []IssuerView{{text("Open School Nairobi"), "badges.openschool.example",
				"did:web:badges.openschool.example"}}, SignedIn: true}},
		{"home", "empty", HomePage{Frame: web.Frame{Path: "/"}}},
		{"claim", "unknown", ClaimPage{Over: "unknown"}},
		{"claim", "expired", ClaimPage{Over: "expired", Ask: "/claim/x/request"}},
		{"claim", "expired and asked", ClaimPage{Over: "expired", Asked: true}},
		{"claim", "withdrawn", ClaimPage{Over: "revoked", Ask: "/claim/x/request"}},
		{"claim", "guessed", ClaimPage{Over: "guessed", Ask: "/claim/x/request"}},
		{"claim", "with a transaction code", f.guarded()},
		{"claim", "private", f.claim("", "")},
		{"claim", "with a page", f.claim("/c/b7k2", "")},
		{"claim", "revoked", f.claim("/c/b7k2", "revoked")},
		{"claim", "suspended", f.claim("/c/b7k2", "suspended")},
		{"claim", "of an expired badge", f.claim("/c/b7k2", "expired")},
		{"claim", "with wallets", f.wallets("")},
		{"claim", "for a wallet", f.wallets("badge-sdjwt")},
		{"claim", "for another wallet", f.wallets(otherWallet)},
		{"claim", "used", f.used()},
		{"claim", "used, and the only copy that holds", f.superseded()},
		{"authorize", "for an app", f.authorize("", "", 0)},
		{"authorize", "for a website, with a code", f.authorize("wallet.example", "", 6)},
		{"authorize", "with a wrong code", f.authorize("wallet.example", "wrong", 6)},
		{"signin", "with a link", SignInPage{Action: "/console/sign-in/x", Name: text("Olga")}},
		{"signin", "without", SignInPage{}},
		{"signin", "with passkeys", SignInPage{Passkeys: true}},
		{"signin", "with a service", SignInPage{Passkeys: true, SignOn: text("School account")}},
		{"signin", "not let in by it", SignInPage{SignOn: text("School account"), Problem: "unknown"}},
	}
	for _, state := range [...]string{"valid", "invalid", "undecided", "revoked", "suspended", "expired", "superseded"} {
		out = append(out, Fixture{"badge", state, f.badge(state)})
	}
	out = append(out, Fixture{"badge", "bare", f.bare()})
	out = append(out, f.learners()...)
	return append(out, f.console()...)
}

type fixtures struct {
	text func(string) string
	at   time.Time
}

func (f fixtures) badge(state string) BadgePage {
	credits := 1234.5
	a := BadgePage{
		Frame: web.Frame{Path: "/c/b7k2", Canonical: "https://badges.openschool.example/c/b7k2"},
		State: state, Tone: tone(state), CheckedAt: f.at, Checks: f.checks(state),
		Name: f.text("Community Health Worker: First Aid"), Type: f.text("Certificate"), Tags: []string{f.text("first aid"),
			f.text("health")},
		Description: f.text("Recognises and treats the most frequent emergencies in the community until help arrives."),
		Picture:     "/c/b7k2/picture", PictureAlt: f.text("A white cross in a green laurel wreath"),
		Recipient: f.text("Amina Wanjiru Otieno"), IssuerName: f.text("Open School Nairobi"), IssuerDomain: "badges.openschool.example",
		AwardedAt: f.at.AddDate(0, -2, 0), ExpiresAt: f.at.AddDate(3, 0,
			0), Credits: &credits, Term: f.text("Autumn 2026"), Role: f.text("Volunteer"),
		Criteria:    f.text("Complete the course **and** pass both parts:\n\n1. a written test with at least 80 %\n2. a practical exercise in pairs"),
		CriteriaURL: "https://openschool.example/first-aid", Narrative: f.text("Amina led the exercise for her group."),
		Results: []ResultView{{f.text("Written test"), f.text("92 %"), "Completed"}, {"", f.text("Pass"), ""}},
		Evidence: []LinkView{{f.text("Report of the exercise"), "https://openschool.example/e/1",
			f.text("Two pages, by the trainer.")}, {f.text("Spoken examination"), "", ""}, {f.text("Trap"), f.text("javascript:alert(1)"), ""}},
		Alignments: []LinkView{{f.text("provide first aid"), "http://data.europa.eu/esco/skill/26ee6ee8", f.text("ESCO · S1.2")}},
		Hours:      "37.5", Levels: []LinkView{{f.text("EQF level 4"), "https://europass.example/eqf/4", f.text("European Qualifications Framework")}},
		VerifyURL: "/verify?url=https%3A%2F%2Fbadges.openschool.example%2Fc%2Fb7k2", PageURL: "https://badges.openschool.example/c/b7k2",
		Downloads: downloads("/c/b7k2", f.text("First Aid"), proof.OBJWT),
		LinkedIn:  "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME", QR: "/c/b7k2.qr.svg",
		ShortCode: "B7K2-Q9XW-3MTA", ShortURL: "https://badges.openschool.example/b/", Language: "en", Field: f.text("Health"),
		Warnings: []Warning{{Code: "image.id", Detail: f.text("The picture is not part of what was signed."),
			At: f.text("/credentialSubject/achievement/image")}},
	}
	a.Social = &web.Social{Title: a.Name, Description: a.Description, Image: a.PageURL + "/picture", ImageAlt: a.PictureAlt,
		Data: map[string]any{"name": a.Name}}
	switch state {
	case "revoked":
		a.Revocation = &issuer.Revocation{At: f.at, Reason: f.text("Awarded to the wrong person")}
	case "suspended":
		a.Suspension = &issuer.Suspension{At: f.at, Reason: f.text("Under investigation")}
	}
	return a
}

// bare is a badge with nothing but what must be there.
func (f fixtures) bare() BadgePage {
	return BadgePage{
		Frame: web.Frame{Path: "/c/b7k3",
			NoIndex: true}, State: "undecided", Tone: "undecided", CheckedAt: f.at, Checks: undecided(f.at).Checks,
		Name: f.text("Reading Circle"), Picture: "/c/b7k3/picture", PictureAlt: f.text("Reading Circle"), IssuerName: f.text("Library"),
		AwardedAt: f.at, VerifyURL: "/verify?url=x", PageURL: "http://localhost:8080/c/b7k3", QR: "/c/b7k3.qr.svg",
	}
}

// checks lists all checks, one of them as the state asks.
func (f fixtures) checks(state string) []Check {
	out := make([]Check, 0, 10)
	for _, id := range [...]string{"form", "proof", "binding", "holder", "time", "schema", "status", "trust", "subject", "nested"} {
		c := Check{ID: id, Outcome: "pass", Code: id + ".ok", Detail: f.text("Fine."), At: f.text("/" + id)}
		if id == "holder" || id == "subject" || id == "nested" {
			c.Outcome, c.Code = "skipped", id+".none"
		}
		switch {
		case state == "invalid" && id == "proof":
			c.Outcome, c.Code = "fail", "jose.signature"
		case state == "invalid" && id == "schema":
			c.Outcome, c.Code, c.Detail = "fail", "schema.required", f.text("The member issuer is missing.")
		case state == "undecided" && (id == "trust" || id == "status"):
			c.Outcome, c.Code, c.Detail = "unknown", id+".unreachable", f.text("The list did not answer in time.")
		case (state == "revoked" || state == "suspended") && id == "status", state == "expired" && id == "time":
			c.Outcome, c.Code = "fail", id+"."+state
		}
		out = append(out, c)
	}
	return out
}

func (f fixtures) claim(page, standing string) ClaimPage {
	b := f.badge("valid")
	return ClaimPage{
		Frame: web.Frame{Path: "/claim/x",
			NoIndex: true}, Name: b.Name, Description: b.Description, Picture: "/claim/x/picture", PictureAlt: b.PictureAlt,
		Recipient: b.Recipient, IssuerName: b.IssuerName, IssuerDomain: b.IssuerDomain, AwardedAt: b.AwardedAt, Standing: standing, PageURL: page,
		Downloads: downloads("/claim/x/badge", b.Name, proof.OBJWT), OfferEnds: f.at.AddDate(0, 1, 0),
	}
}

func (f fixtures) wallets(chosen string) ClaimPage {
	p := f.claim("", "")
	p.CHAPI = "/claim/x?iuv=1"
	for _, w := range walletChoices() {
		w.URL, w.Chosen = "/claim/x?wallet="+w.Key+"#wallet", w.Key == chosen
		p.Wallets = append(p.Wallets, w)
		if w.Chosen {
			p.Taking = &Taking{Names: w.Names, QR: "/claim/x/wallet-" + w.Key + ".svg"}
			if w.Names != "" {
				p.Taking.Button = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fbadges.openschool.example%2Fx"
			} else {
				p.Taking.Link = "https://badges.openschool.example/claim/nbqjm5olohbjed2tilnn657jhm?iuv=1"
			}
		}
	}
	return p
}

func (f fixtures) used() ClaimPage {
	p := f.claim("", "")
	p.Used, p.Ask = true, "/claim/x/request"
	return p
}

func (f fixtures) guarded() ClaimPage {
	p := f.wallets("badge-sdjwt")
	p.Wallets, p.Digits, p.Downloads, p.CHAPI = p.Wallets[1:len(p.Wallets)-1], 6, nil, ""
	return p
}

func (f fixtures) authorize(host, state string, digits int) AuthorizePage {
	b := f.badge("valid")
	p := AuthorizePage{
		Frame: web.Frame{Path: authorizePath, NoIndex: true}, Name: b.Name, Recipient: b.Recipient, IssuerName: b.IssuerName, IssuerDomain: b.IssuerDomain,
		Client: f.text("Good Wallet"), Host: host, Digits: digits, Wrong: state != "", Action: authorizePath + "?client_id=x&request_uri=y",
	}
	if host == "" {
		p.App = "goodwallet"
	}
	return p
}

func (f fixtures) superseded() ClaimPage {
	p := f.used()
	p.Superseded, p.Downloads = true, nil
	return p
}
