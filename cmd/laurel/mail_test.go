package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/mailing"
	"github.com/openlaurel/laurel/test/mailtest"
)

// posting is a deployment with a mail server, a clock that the test turns, and a log that it reads.
type posting struct {
	t      *testing.T
	app    *app
	server *mailtest.Server
	log    *bytes.Buffer
	mu     sync.Mutex
	ahead  time.Duration
}

func (p *posting) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

// wait turns the clock.
func (p *posting) wait(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
}

func newPosting(t *testing.T, s mailtest.Settings) *posting {
	t.Helper()
	s.Security, s.User, s.Password = "starttls", "laurel", "the password"
	p := &posting{t: t, server: mailtest.Start(t, s), log: &bytes.Buffer{}}
	cfg := config.Default()
	cfg.Data = t.TempDir()
	secret, ca := filepath.Join(cfg.Data, "password"), filepath.Join(cfg.Data, "ca.pem")
	for path, body := range map[string]string{secret: "the password\n", ca: string(p.server.CA)} {
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Mail.Server, cfg.Mail.User, cfg.Mail.Password, cfg.Mail.CA = p.server.Address, "laurel", secret, ca
	cfg.Mail.From = "Example School <badges@example.org>"
	var err error
	if p.app, err = openAt(t.Context(), cfg, slog.New(slog.NewTextHandler(p.log, nil)), working, p.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.app.close() })
	iss, err := p.app.newIssuer(t.Context(), catalog.NewIssuer{Name: "Example School", Slug: "school"})
	if err != nil {
		t.Fatal(err)
	}
	for slug, language := range map[string]string{"first-aid": "en", "arabic": "ar"} {
		if _, err := p.app.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
			Issuer: iss.ID, Slug: slug, Name: "First aid & <rescue>", Description: "x", Criteria: "x", Language: language, Minors: slug == "arabic",
		}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	p.run()
	return p
}

// run is what the server does every few seconds.
func (p *posting) run() {
	p.t.Helper()
	if err := p.app.mails.Run(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *posting) award(achievement string, to issuer.Recipient) issuer.Award {
	p.t.Helper()
	got, err := p.app.awards.Award(p.t.Context(), issuer.Request{AchievementRef: achievement, Recipient: to, Actor: "test"})
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Award
}

// states are the kinds and states of all mails, oldest first.
func (p *posting) states() string {
	p.t.Helper()
	all, err := p.app.mails.Mails(p.t.Context(), "", 100)
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		out = append([]string{strings.TrimSpace(string(m.Kind) + " " + string(m.State) + " " + m.Note)}, out...)
	}
	return strings.Join(out, ", ")
}

func (p *posting) none(what string) {
	p.t.Helper()
	p.run()
	if n := p.server.Waiting(); n != 0 {
		p.t.Errorf("%s: %d mails: %s", what, n, p.states())
	}
}

// next runs once and reads the mail that came of it.
func (p *posting) next() (subject, text, html string) {
	p.t.Helper()
	p.run()
	h, text, html := p.server.Taken().Read(p.t)
	return mailtest.Subject(p.t, h), text, html
}

func (p *posting) link(text string) string {
	p.t.Helper()
	m := regexp.MustCompile(`(?m)^` + p.app.base + `(/my/[a-z2-7]{26})$`).FindStringSubmatch(text)
	if m == nil {
		p.t.Fatalf("there is no link in %q", text)
	}
	return m[1]
}

func ana() issuer.Recipient { return issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org"} }

func TestAnAwardIsToldOnceAndItsLinkOpensTheLearnersPage(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	p.award("first-aid", ana())
	p.award("first-aid", issuer.Recipient{Name: "without an address"})
	subject, text, html := p.next()
	if subject != "Your badge: First aid & <rescue>" || !strings.Contains(text, "Ana Silva") || !strings.Contains(text, "Example School") {
		t.Errorf("%s\n%s", subject, text)
	}
	if !strings.Contains(html, "First aid &amp; &lt;rescue&gt;") || !strings.Contains(html, `dir="ltr"`) || strings.Contains(html, "<img") {
		t.Errorf("%s", html)
	}
	link := p.link(text)
	if !strings.Contains(html, p.app.base+link) {
		t.Error("the HTML has another link")
	}
	b := browse(t, p.app)
	if w := b.get(link); w.Code != 200 {
		t.Errorf("the link: %d", w.Code)
	}
	p.none("a second run")
	other := newPostingOn(p)
	if err := other.mails.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.none("another process on the same database")
	if got, want := p.states(), "awarded sent, reminder waiting, awarded dropped mail.no_address, reminder waiting"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, secret := range []string{"ana@example.org", "Ana", link[4:], "the password"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// newPostingOn is another process on the same database.
func newPostingOn(p *posting) *app {
	p.t.Helper()
	a, err := openAt(p.t.Context(), p.app.cfg, slog.New(slog.DiscardHandler), working, p.now)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = a.close() })
	return a
}

func TestMailIsInTheLanguageOfItsReader(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	p.award("arabic", issuer.Recipient{Name: "Amina", Email: "amina@example.org"})
	subject, text, html := p.next()
	if !strings.HasPrefix(subject, "شارتك") || !strings.Contains(text, "افتحه مع والديك") ||
		!strings.Contains(html, `<html lang="ar" dir="rtl">`) {
		t.Errorf("%s\n%s\n%s", subject, text, html)
	}
	p.award("arabic", issuer.Recipient{Name: "Ivan", Email: "ivan@example.org", Language: "ru"})
	if subject, _, _ = p.next(); !strings.HasPrefix(subject, "Ваш значок") {
		t.Error(subject)
	}
	klingon := issuer.Recipient{Name: "x", Language: "tlh"}
	if _, err := p.app.awards.Award(t.Context(), issuer.Request{AchievementRef: "arabic", Recipient: klingon}); fault.Describe(err).Code != "award.language" {
		t.Errorf("a language without words: %v", err)
	}
}

func TestALearnerIsRemindedUnlessAWalletTookTheBadge(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	p.award("first-aid", ana())
	claimed := p.award("first-aid", issuer.Recipient{Name: "Bruno", Email: "bruno@example.org"})
	p.next()
	p.server.Taken()
	offers, err := p.app.offers.Of(t.Context(), claimed.ID)
	if err != nil || len(offers) != 1 {
		t.Fatalf("%v, %v", offers, err)
	}
	if err := p.app.store.UseOffer(t.Context(), offers[0].Hash, time.Now()); err != nil {
		t.Fatal(err)
	}
	p.wait(6 * 24 * time.Hour)
	p.none("before its time")
	p.wait(25 * time.Hour)
	if subject, _, _ := p.next(); !strings.Contains(subject, "is waiting for you") {
		t.Error(subject)
	}
	p.none("reminded twice")
	if got, want := p.states(), "awarded sent, reminder sent, awarded sent, reminder dropped mail.claimed"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatBecomesOfABadgeIsTold(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	a := p.award("first-aid", ana())
	p.next()
	apply(t, p.app, a.ID, issuer.Step{Action: issuer.Suspend, Reason: "under <investigation>", Actor: "test"})
	subject, text, html := p.next()
	if !strings.Contains(subject, "set aside") || !strings.Contains(text, "under <investigation>") || !strings.Contains(html, "under &lt;investigation&gt;") {
		t.Errorf("%s\n%s", subject, text)
	}
	apply(t, p.app, a.ID, issuer.Step{Action: issuer.Reinstate, Actor: "test"})
	if subject, _, _ = p.next(); !strings.Contains(subject, "valid again") {
		t.Error(subject)
	}
	for range 2 {
		apply(t, p.app, a.ID, issuer.Step{Action: issuer.Revoke, Reason: "a mistake", Actor: "test"})
	}
	if subject, text, _ = p.next(); !strings.Contains(subject, "was revoked") || !strings.Contains(text, "a mistake") {
		t.Errorf("%s\n%s", subject, text)
	}
	p.none("revoked twice")
	overtaken := p.award("first-aid", ana())
	apply(t, p.app, overtaken.ID, issuer.Step{Action: issuer.Suspend, Reason: "x", Actor: "test"})
	apply(t, p.app, overtaken.ID, issuer.Step{Action: issuer.Revoke, Reason: "x", Actor: "test"})
	if subject, _, _ = p.next(); !strings.Contains(subject, "was revoked") {
		t.Error(subject)
	}
	p.none("what was overtaken")
}

func TestALearnerWhoseLinkIsOverGetsANewOne(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	p.award("first-aid", ana())
	_, text, _ := p.next()
	old := p.link(text)
	p.wait(181 * 24 * time.Hour)
	p.run()
	for p.server.Waiting() > 0 {
		p.server.Taken() // the reminder
	}
	b := browse(t, p.app)
	if w := b.get(old); w.Code != http.StatusGone {
		t.Fatalf("%d", w.Code)
	}
	for range 3 {
		if w := b.post(old + "/ask"); w.Code != http.StatusSeeOther {
			t.Fatalf("%d", w.Code)
		}
	}
	subject, text, _ := p.next()
	if !strings.Contains(subject, "new link") || b.get(p.link(text)).Code != 200 {
		t.Errorf("%s\n%s", subject, text)
	}
	p.none("asked three times")
	if open, err := p.app.learners.Wishes(t.Context(), ""); err != nil || len(open) != 0 {
		t.Errorf("the wish that was fulfilled is open: %v, %v", open, err)
	}
}

// A scanner that opens the link ends nothing (W24).
func TestNobodyIsWrittenToWhoWantsNoMailOrErasedTheirData(t *testing.T) {
	p := newPosting(t, mailtest.Settings{})
	p.award("first-aid", ana())
	_, text, _ := p.next()
	m := regexp.MustCompile(p.app.base + `(/mail/stop/awd_[a-z2-7]{26}/)([a-z2-7]{26})`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no way to end mail in %s", text)
	}
	b := browse(t, p.app)
	if w := b.get(m[1] + m[2]); w.Code != 200 || !strings.Contains(w.Body.String(), "<button") {
		t.Errorf("%d", w.Code)
	}
	if w := b.post(m[1] + "aaaaaaaaaaaaaaaaaaaaaaaaaa"); w.Code != 404 {
		t.Errorf("another key: %d", w.Code)
	}
	p.award("first-aid", ana())
	if subject, _, _ := p.next(); subject == "" {
		t.Error("looking at the page ended mail")
	}
	for range 2 {
		if w := b.postFrom("cross-site", m[1]+m[2], "List-Unsubscribe", "One-Click"); w.Code != 200 {
			t.Errorf("one click: %d", w.Code)
		}
	}
	p.award("first-aid", ana())
	p.none("after mail was ended")
	p.award("first-aid", issuer.Recipient{Name: "Bruno", Email: "bruno@example.org"})
	_, text, _ = p.next()
	if w := b.post(p.link(text)+"/erase", "sure", "yes"); w.Code != 200 {
		t.Fatalf("%d", w.Code)
	}
	p.wait(8 * 24 * time.Hour)
	p.none("after the data were erased")
}

func TestMailThatIsPutOffIsTriedAgainAndThatIsRefusedIsNot(t *testing.T) {
	p := newPosting(t, mailtest.Settings{RefuseFirst: 2})
	p.award("first-aid", ana())
	p.none("put off")
	p.none("before its time")
	p.wait(61 * time.Second)
	p.none("put off again")
	p.wait(61 * time.Second)
	p.none("sooner than three minutes")
	p.wait(2 * time.Minute)
	if subject, _, _ := p.next(); !strings.Contains(subject, "Your badge") {
		t.Error(subject)
	}
	p.award("first-aid", issuer.Recipient{Name: "x", Email: "nobody@example.org"})
	p.none("refused")
	if got := p.states(); !strings.Contains(got, "awarded failed smtp.550") {
		t.Error(got)
	}
	if strings.Contains(p.log.String(), "nobody@") {
		t.Error("the log has the address")
	}
	failed, err := p.app.mails.Mails(t.Context(), mailing.Failed, 10)
	if err != nil || len(failed) != 1 {
		t.Fatalf("%v, %v", failed, err)
	}
	if _, err := p.app.mails.Retry(t.Context(), failed[0].ID); err != nil {
		t.Error(err)
	}
	p.none("refused again")
}

func TestMailOfWhichNobodyKnowsIsNotSentTwice(t *testing.T) {
	p := newPosting(t, mailtest.Settings{HangUp: true})
	p.award("first-aid", ana())
	p.run()
	p.server.Taken()
	if got := p.states(); !strings.Contains(got, "awarded unclear mail.unclear") {
		t.Error(got)
	}
	p.wait(24 * time.Hour)
	p.none("the next day")
}

func TestMailTestSaysWhetherTheSettingsAreRight(t *testing.T) {
	s := mailtest.Start(t, mailtest.Settings{Security: "tls", User: "laurel", Password: "right"})
	dir := t.TempDir()
	for name, body := range map[string]string{"right": "right\n", "wrong": "wrong", "ca.pem": string(s.CA)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	try := func(password string, more ...string) (int, string) {
		var out, errs bytes.Buffer
		args := append([]string{"mail", "test", "ana@example.org", "--data", dir, "--mail-server", s.Address, "--mail-security", "tls", "--mail-user", "laurel",
			"--mail-password-file", filepath.Join(dir, password), "--mail-from", "badges@example.org", "--mail-ca", filepath.Join(dir, "ca.pem")}, more...)
		code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, args)
		return code, out.String() + errs.String()
	}
	if code, said := try("right"); code != exitGood || s.Taken().To[0] != "ana@example.org" {
		t.Errorf("%d %s", code, said)
	}
	if code, said := try("wrong"); code != exitOurs || !strings.Contains(said, "was not sent") {
		t.Errorf("a wrong password: %d %s", code, said)
	}
	if code, said := try("missing"); code != exitOurs || !strings.Contains(said, "password") {
		t.Errorf("no file: %d %s", code, said)
	}
	var out, errs bytes.Buffer
	args := []string{"mail", "test", "a@example.org", "--data", dir}
	if code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, args); code != exitBad {
		t.Errorf("without a server: %d %s", code, errs.String())
	}
}
