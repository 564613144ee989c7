package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	learning "github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/web/webtest"
)

// browser is somebody with one; cookie is what they are signed in with.
type browser struct {
	t      *testing.T
	h      http.Handler
	cookie string
}

func (b browser) as(cookie string) browser {
	b.cookie = cookie
	return b
}

// signedIn opens a sign-in link and returns the cookie and the token of forms.
func signedIn(t *testing.T, a *app, b browser) (cookie, csrf string) {
	t.Helper()
	link, err := a.signInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := b.post(strings.TrimPrefix(link, a.base))
	if w.Code != 303 || len(w.Result().Cookies()) == 0 {
		t.Fatalf("sign in: %d", w.Code)
	}
	c := w.Result().Cookies()[0]
	cookie = c.Name + "=" + c.Value
	m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(b.as(cookie).get("/console").Body.String())
	if m == nil {
		t.Fatal("no form token")
	}
	return cookie, m[1]
}

func browse(t *testing.T, a *app) browser {
	t.Helper()
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	return browser{t: t, h: srv.Handler()}
}

func (b browser) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", b.cookie)
	b.h.ServeHTTP(w, r)
	return w
}

func (b browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	return b.postFrom("same-origin", path, pairs...)
}

func (b browser) postFrom(site, path string, pairs ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", site)
	r.Header.Set("Cookie", b.cookie)
	b.h.ServeHTTP(w, r)
	return w
}

// hers is a learner with three badges, one of them of a programme for minors, and a stranger's badge beside them.
func hers(t *testing.T) (a *app, root string, own []issuer.Award, strangers issuer.Award) {
	t.Helper()
	a, first := awarded(t)
	if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Slug: "swimming", Name: "Swimming", Description: "Can swim.", Criteria: "Swam.", Language: "en", Minors: true,
	}, "test"); err != nil {
		t.Fatal(err)
	}
	give := func(achievement, name, email string) issuer.Award {
		got, err := a.awards.Award(t.Context(), issuer.Request{
			AchievementRef: achievement, Recipient: issuer.Recipient{Name: name, Email: email}, ExternalID: achievement + email, Actor: "test",
		})
		if err != nil {
			t.Fatal(err)
		}
		return got.Award
	}
	if first.Recipient.Email == "" {
		t.Fatal("the first award has no address")
	}
	own = []issuer.Award{first, give("swimming", "Ana Silva", first.Recipient.Email)}
	strangers = give("first-aid", "Bruno", "bruno@example.org")
	secret, _, err := a.learners.Invite(t.Context(), first.ID, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	return a, "/my/" + secret, own, strangers
}

func TestALearnersPageShowsAllBadgesOfTheLearnerAndNoOthers(t *testing.T) {
	a, root, own, strangers := hers(t)
	b := browse(t, a)
	w := b.get(root)
	body := w.Body.String()
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, body)
	}
	webtest.HTML(t, i18n.English, w.Body.Bytes())
	for _, want := range []string{own[0].ID, own[1].ID, "First aid", "Swimming"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, never := range []string{strangers.ID, strangers.Credentials[0].ID, "Bruno", own[0].Recipient.Email, "/c/" + own[1].Credentials[0].ID} {
		if strings.Contains(body, never) {
			t.Errorf("%s is shown", never)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !strings.Contains(body, "noindex") {
		t.Error("the page does not keep search engines out")
	}
	id := own[1].Credentials[0].ID
	for _, suffix := range []string{"jwt", "json", "png", "svg", "pdf", "picture"} {
		if f := b.get(root + "/files/" + id + "." + suffix); f.Code != 200 || f.Body.Len() == 0 || f.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s of a private badge: %d", suffix, f.Code)
		}
	}
	for _, path := range []string{
		"/files/" + strangers.Credentials[0].ID + ".jwt", "/files/" + id + ".exe", "/files/" + id + ".qr.svg", "/files/" + id, "/files/..%2fall.zip",
	} {
		if f := b.get(root + path); f.Code != 404 {
			t.Errorf("%s: %d", path, f.Code)
		}
	}
}

// A family has one address, or an address changed hands: another name is another learner (W25).
func TestAnAddressAloneMakesNobodyTheLearner(t *testing.T) {
	a, root, own, _ := hers(t)
	brother, err := a.awards.Award(t.Context(), issuer.Request{
		AchievementRef: "swimming", Recipient: issuer.Recipient{Name: "Ben Silva", Email: own[0].Recipient.Email}, Actor: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.awards.Award(t.Context(), issuer.Request{
		AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "  ana  SILVA ", Email: own[0].Recipient.Email}, Actor: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, a)
	if body := b.get(root).Body.String(); strings.Contains(body, brother.Award.ID) || !strings.Contains(body, again.Award.ID) {
		t.Error("the page has the brother's badge, or lacks one of hers")
	}
	if w := b.post(root+"/visibility", "award", brother.Award.ID, "visibility", "unlisted"); w.Code != 404 {
		t.Errorf("the brother's badge: %d", w.Code)
	}
	if w := b.post(root+"/erase", "sure", "yes"); w.Code != 200 {
		t.Fatalf("%d", w.Code)
	}
	if kept := find(t, a, brother.Award.ID); !kept.ErasedAt.IsZero() || kept.Recipient.Name != "Ben Silva" {
		t.Errorf("%+v", kept)
	}
}

// A whole class has the address of its teacher: everybody sees, and erases, their own badges, however many there are.
func TestALearnerIsFoundAmongAllWhoShareAnAddress(t *testing.T) {
	a, root, own, _ := hers(t)
	give := func(name string) issuer.Award {
		got, err := a.awards.Award(t.Context(), issuer.Request{
			AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: name, Email: own[0].Recipient.Email}, Actor: "test",
		})
		if err != nil {
			t.Fatal(err)
		}
		return got.Award
	}
	for range 201 {
		give("Ben Silva")
	}
	newest := give("Ana Silva")
	b := browse(t, a)
	body := b.get(root).Body.String()
	if !strings.Contains(body, own[0].ID) || !strings.Contains(body, newest.ID) {
		t.Error("the page lacks her first badge, or her last one")
	}
	if w := b.post(root+"/erase", "sure", "yes"); w.Code != 200 {
		t.Fatalf("%d", w.Code)
	}
	for _, id := range []string{own[0].ID, own[1].ID, newest.ID} {
		if find(t, a, id).ErasedAt.IsZero() {
			t.Errorf("%s was not erased", id)
		}
	}
}

func TestAStrangerLearnsNothingOfLearners(t *testing.T) {
	a, root, own, _ := hers(t)
	b := browse(t, a)
	unknown := b.get("/my/aaaaaaaaaaaaaaaaaaaaaaaaaa")
	junk := b.get("/my/x")
	if unknown.Code != 404 || junk.Code != 404 || unknown.Body.String() != junk.Body.String() {
		t.Errorf("%d, %d", unknown.Code, junk.Code)
	}
	for _, path := range []string{"/visibility", "/wallet", "/correction", "/renew", "/erase", "/ask"} {
		w := b.post("/my/aaaaaaaaaaaaaaaaaaaaaaaaaa"+path, "award", own[0].ID, "visibility", "public", "sure", "yes", "text", "x")
		if w.Code != 404 || w.Body.String() != unknown.Body.String() {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/visibility", "/wallet", "/correction", "/renew", "/erase", "/ask"} {
		if w := b.postFrom("cross-site", root+path, "award", own[0].ID, "visibility", "public", "sure", "yes", "text", "x"); w.Code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
	refused := 0
	for range 40 {
		if w := b.get("/my/aaaaaaaaaaaaaaaaaaaaaaaaaa"); w.Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d of 40 guesses were refused", refused)
	}
	if w := b.get(root); w.Code != 200 {
		t.Errorf("a good link, where somebody else of the same school guessed before: %d", w.Code)
	}
}

func TestTheLearnerDecidesWhoSeesABadge(t *testing.T) {
	a, root, own, strangers := hers(t)
	b := browse(t, a)
	page := func(x issuer.Award) int { return b.get("/c/" + x.Credentials[0].ID).Code }
	if page(own[0]) != 200 || page(own[1]) != 404 {
		t.Fatalf("%d, %d: a badge of a programme for minors is private", page(own[0]), page(own[1]))
	}
	set := func(x issuer.Award, v string) int {
		return b.post(root+"/visibility", "award", x.ID, "visibility", v).Code
	}
	if set(own[0], "private") != 303 || page(own[0]) != 404 {
		t.Errorf("hidden: %d", page(own[0]))
	}
	id := own[0].Credentials[0].ID
	for _, path := range []string{"/c/" + id + ".jwt", "/c/" + id + ".pdf", "/c/" + id + "/picture", "/c/" + id + ".png", "/b/" + issuer.ShortCode(id)} {
		if w := b.get(path); w.Code != 404 {
			t.Errorf("%s of a hidden badge: %d", path, w.Code)
		}
	}
	if r := a.verifier.Check(t.Context(), verifier.Input{URL: a.base + "/c/" + id}, verifier.Policy{}); r.Verdict == verifier.Valid {
		t.Error("a hidden badge verifies by its link")
	}
	if set(own[0], "public") != 303 || page(own[0]) != 200 {
		t.Errorf("shown: %d", page(own[0]))
	}
	if set(own[1], "public") != http.StatusForbidden || page(own[1]) != 404 {
		t.Errorf("a badge of a programme for minors was made public: %d", page(own[1]))
	}
	if set(own[1], "unlisted") != 303 || page(own[1]) != 200 {
		t.Errorf("by link: %d", page(own[1]))
	}
	if got := set(own[0], "everybody"); got != 400 && got != 422 {
		t.Errorf("an unknown choice: %d", got)
	}
	if set(strangers, "private") != 404 || page(strangers) != 200 {
		t.Error("another learner's badge was hidden")
	}
}

func TestALearnerTakesEverythingAlong(t *testing.T) {
	a, root, own, _ := hers(t)
	b := browse(t, a)
	w := b.get(root + "/files/all.zip")
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatalf("%d, %v", w.Code, err)
	}
	valid, names, evidence, badges := 0, "", []byte(nil), [][]byte(nil)
	for _, f := range z.File {
		names += f.Name + "\n"
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		switch f.Name {
		case "README.txt":
			if text := string(body); !strings.Contains(text, a.base+"/verify") || !strings.Contains(text, "did:web:") || !strings.Contains(text, "--pack verification.json") {
				t.Errorf("%s", body)
			}
			continue
		case "verification.json":
			evidence = body
			continue
		}
		badges = append(badges, body)
		if r := a.verifier.Check(t.Context(), verifier.Input{File: body, FileName: f.Name}, verifier.Policy{}); r.Verdict == verifier.Valid {
			valid++
		} else {
			t.Errorf("%s is %s", f.Name, r.Verdict)
		}
	}
	if valid != 5*len(own) {
		t.Errorf("%d files verify:\n%s", valid, names)
	}
	byEvidence(t, a, evidence, badges)
}

// byEvidence checks what a learner took along without this service: nothing is missing, and nothing is valid by the file alone.
func byEvidence(t *testing.T, a *app, evidence []byte, badges [][]byte) {
	t.Helper()
	pack, err := offline.Parse(evidence)
	if err != nil {
		t.Fatal(err)
	}
	list, err := trust.New(trust.Entry{ID: a.hostDID()})
	if err != nil {
		t.Fatal(err)
	}
	given, err := pack.Given(a.clock, list)
	if err != nil || len(badges) == 0 {
		t.Fatal(err, len(badges))
	}
	for _, body := range badges {
		r := given.Check(t.Context(), verifier.Input{File: body}, verifier.Policy{})
		if r.Verdict != verifier.Undecided || r.Issuer == nil || r.Issuer.Domain != "" {
			t.Errorf("%s, issuer %+v", r.Verdict, r.Issuer)
		}
		for _, c := range r.Checks {
			if c.ID == verifier.CheckBinding && c.Code != offline.CodeGiven || c.ID != verifier.CheckBinding && (c.Outcome == verifier.Unknown || c.Outcome == verifier.Fail) {
				t.Errorf("%s is %s (%s)", c.ID, c.Outcome, c.Code)
			}
		}
	}
}

func TestALearnerPutsABadgeIntoAWallet(t *testing.T) {
	a, root, own, strangers := hers(t)
	b := browse(t, a)
	w := b.post(root+"/wallet", "award", own[0].ID)
	to, _, _ := strings.Cut(w.Header().Get("Location"), "#")
	if w.Code != 303 || !strings.HasPrefix(to, "/claim/") || b.get(to).Code != 200 {
		t.Errorf("%d %s", w.Code, to)
	}
	if w := b.post(root+"/wallet", "award", strangers.ID); w.Code != 404 {
		t.Errorf("another's badge: %d", w.Code)
	}
}

func TestACorrectionReachesTheIssuer(t *testing.T) {
	a, root, own, strangers := hers(t)
	b := browse(t, a)
	if w := b.post(root+"/correction", "award", own[0].ID, "text", "My name is Ána <b>"); w.Code != 303 {
		t.Fatalf("%d", w.Code)
	}
	for name, pairs := range map[string][]string{
		"no text": {"award", own[0].ID, "text", "  "}, "a long text": {"award", own[0].ID, "text", strings.Repeat("a", 2001)},
		"a control character": {"award", own[0].ID, "text", "a\x00b"},
	} {
		if w := b.post(root+"/correction", pairs...); w.Code != 422 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := b.post(root+"/correction", "award", strangers.ID, "text", "x"); w.Code != 404 {
		t.Errorf("about another's badge: %d", w.Code)
	}
	open, err := a.learners.Wishes(t.Context(), own[0].IssuerID)
	if err != nil || len(open) != 1 || open[0].Text != "My name is Ána <b>" || open[0].AwardID != own[0].ID {
		t.Fatalf("%+v, %v", open, err)
	}
	cookie, csrf := signedIn(t, a, b)
	list := b.as(cookie).get("/console/wishes")
	if list.Code != 200 || !strings.Contains(list.Body.String(), "My name is Ána &lt;b&gt;") {
		t.Errorf("%d %s", list.Code, list.Body)
	}
	if w := b.post("/console/wishes/"+open[0].ID+"/close", "csrf", csrf); w.Code != http.StatusUnauthorized {
		t.Errorf("closed by a stranger: %d", w.Code)
	}
	if w := b.as(cookie).post("/console/wishes/"+open[0].ID+"/close", "csrf", csrf); w.Code != 303 {
		t.Errorf("closed: %d", w.Code)
	}
	if open, err = a.learners.Wishes(t.Context(), ""); err != nil || len(open) != 0 {
		t.Errorf("%+v, %v", open, err)
	}
}

func TestALinkEndsAndIsRenewed(t *testing.T) {
	a, root, own, _ := hers(t)
	b := browse(t, a)
	w := b.post(root + "/renew")
	to, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != 303 || to == root || b.get(to).Code != 200 {
		t.Fatalf("%d %s", w.Code, to)
	}
	old := b.get(root)
	if old.Code != http.StatusGone || strings.Contains(old.Body.String(), own[0].ID) || strings.Contains(old.Body.String(), "Ana") {
		t.Errorf("the earlier link: %d", old.Code)
	}
	if f := b.get(root + "/files/all.zip"); f.Code != http.StatusGone {
		t.Errorf("a file by the earlier link: %d", f.Code)
	}
	for range 2 {
		if w := b.post(root + "/ask"); w.Code != 303 {
			t.Errorf("asked: %d", w.Code)
		}
	}
	open, err := a.learners.Wishes(t.Context(), own[0].IssuerID)
	if err != nil || len(open) != 1 || open[0].Kind != "link" {
		t.Errorf("%+v, %v", open, err)
	}
	if w := b.get(root); !strings.Contains(w.Body.String(), "has been told") {
		t.Error("the page does not say that the issuer knows")
	}
}

func TestErasedDataAreGone(t *testing.T) {
	a, root, own, strangers := hers(t)
	b := browse(t, a)
	name := own[0].Recipient.Name
	kept := b.get(root + "/files/" + own[0].Credentials[0].ID + ".jwt").Body.Bytes()
	if w := b.get(root + "/erase"); w.Code != 200 || !strings.Contains(w.Body.String(), "Swimming") {
		t.Fatalf("%d", w.Code)
	}
	if w := b.post(root + "/erase"); w.Code != 422 || b.get(root).Code != 200 {
		t.Fatalf("erased without a tick: %d", w.Code)
	}
	if w := b.post(root+"/erase", "sure", "yes"); w.Code != 200 || strings.Contains(w.Body.String(), name) {
		t.Fatalf("%d", w.Code)
	}
	if w := b.get(root); w.Code != 404 {
		t.Errorf("the link of an erased learner: %d", w.Code)
	}
	for _, x := range own {
		for _, suffix := range []string{"", ".jwt", ".pdf", "/picture"} {
			if w := b.get("/c/" + x.Credentials[0].ID + suffix); w.Code != 404 {
				t.Errorf("/c/…%s: %d", suffix, w.Code)
			}
		}
		got := find(t, a, x.ID)
		if got.Recipient != (issuer.Recipient{}) || got.ErasedAt.IsZero() || got.ExternalID != "" || len(got.Credentials[0].Signed) != 0 {
			t.Errorf("%+v", got)
		}
		if _, err := a.awards.IssueAs(t.Context(), x.ID, issuer.As{Form: proof.VCJWT}, "test"); fault.Describe(err).Code != "award.erased" {
			t.Errorf("issued in another form: %v", err)
		}
	}
	if r := a.verifier.Check(t.Context(), verifier.Input{File: kept}, verifier.Policy{}); r.Verdict != verifier.Valid {
		t.Errorf("a copy that was kept is %s", r.Verdict)
	}
	if w := b.get("/c/" + strangers.Credentials[0].ID); w.Code != 200 {
		t.Errorf("another learner's badge: %d", w.Code)
	}
	if _, err := a.awards.Revoke(t.Context(), own[0].ID, "mistake", "test"); err != nil {
		t.Errorf("revoked afterwards: %v", err)
	}
	if r := a.verifier.Check(t.Context(), verifier.Input{File: kept}, verifier.Policy{}); r.Verdict != verifier.Invalid {
		t.Errorf("a revoked copy is %s", r.Verdict)
	}
	open, err := a.learners.Wishes(t.Context(), "")
	if err != nil || len(open) != 1 || open[0].Kind != "erasure" {
		t.Errorf("%+v, %v", open, err)
	}
	cookie, _ := signedIn(t, a, b)
	for _, path := range []string{"/console", "/console/awards", "/console/awards/" + own[0].ID, "/console/wishes"} {
		if w := b.as(cookie).get(path); w.Code != 200 || strings.Contains(w.Body.String(), name) {
			t.Errorf("%s: %d, or it names the learner", path, w.Code)
		}
	}
	report, err := a.signlog.Verify(t.Context(), a.stored)
	if err != nil || len(report.Faults) != 0 {
		t.Errorf("the issuance log: %+v, %v", report.Faults, err)
	}
}

func TestTheConsoleMakesALinkForTheLearner(t *testing.T) {
	a, _, own, _ := hers(t)
	b := browse(t, a)
	cookie, csrf := signedIn(t, a, b)
	w := b.as(cookie).post("/console/awards/"+own[0].ID+"/learner", "csrf", csrf)
	found := regexp.MustCompile(`href="` + a.base + `(/my/[a-z2-7]{26})"`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusCreated || found == nil || b.get(found[1]).Code != 200 {
		t.Errorf("%d %v", w.Code, found)
	}
	if again := b.as(cookie).get("/console/awards/" + own[0].ID); strings.Contains(again.Body.String(), "/my/") {
		t.Error("the link is shown a second time")
	}
	if w := b.post("/console/awards/"+own[0].ID+"/learner", "csrf", csrf); w.Code != http.StatusUnauthorized {
		t.Errorf("by a stranger: %d", w.Code)
	}
}

// TestAWishByAClaimLinkIsOneOfTheList: by whichever link it comes, it is one wish, and a new link of either kind closes it.
func TestAWishByAClaimLinkIsOneOfTheList(t *testing.T) {
	a, got := claimable(t)
	b := browse(t, a)
	open := func(want int, when string) {
		t.Helper()
		all, err := a.learners.Wishes(t.Context(), got.Award.IssuerID)
		if err != nil || len(all) != want || want > 0 && (all[0].Kind != learning.NewLink || all[0].AwardID != got.Award.ID) {
			t.Errorf("%s: %+v, %v, want %d", when, all, err, want)
		}
	}
	claim := "/claim/" + got.ClaimCode
	if w := b.post(claim + "/request"); w.Code != http.StatusSeeOther {
		t.Errorf("asking while the link is good: %d", w.Code)
	}
	open(0, "while the link is good")
	all, err := a.offers.Of(t.Context(), got.Award.ID)
	if err == nil {
		_, err = a.offers.Revoke(t.Context(), got.Award.ID, all[0].ID, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	if w := b.postFrom("cross-site", claim+"/request"); w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", w.Code)
	}
	if w := b.post("/claim/aaaaaaaaaaaaaaaaaaaaaaaaaa/request"); w.Code != http.StatusNotFound {
		t.Errorf("a link that nobody made: %d", w.Code)
	}
	open(0, "by who has no link")
	for range 2 {
		if w := b.post(claim + "/request"); w.Code != http.StatusSeeOther {
			t.Errorf("%d", w.Code)
		}
	}
	open(1, "by the claim page, twice")
	if body := b.get(claim).Body.String(); !strings.Contains(body, "has been told") || strings.Contains(body, claim+"/request") {
		t.Error("the page does not say that the issuer was told, or lets them ask again")
	}
	cookie, _ := signedIn(t, a, b)
	for _, path := range []string{"/console", "/console/wishes"} {
		if body := b.as(cookie).get(path).Body.String(); !strings.Contains(body, "/console/awards/"+got.Award.ID) || !strings.Contains(body, "Wishes of learners") {
			t.Errorf("%s does not show the wish", path)
		}
	}
	if _, err := a.offers.Create(t.Context(), got.Award.ID, offer.Order{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	open(0, "when a new link was made")
}
