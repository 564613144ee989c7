package pages_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/passkey"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/issuer/signlog"
)

const token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"

// The ids have one length, so that answers can be compared by theirs.
const (
	publicID   = "publicpublicpublicpublicpu"
	unlistedID = "unlistedunlistedunlistedun"
	privateID  = "privateprivateprivatepriva"
	unknownID  = "unknownunknownunknownunkno"
)

// world is a deployment in memory. What a test wants to see of it is counted in its fields.
type world struct {
	now      time.Time
	awards   map[string]issuer.Award
	requests []issuer.Request
	revoked  []string
	issued   []string
	filters  []issuer.Filter
	bulks    []issuer.Bulk // what Plan was asked
	ran      []issuer.Bulk // what Run was asked
	selected int           // awards that a Bulk selects
	others   int           // and those that it selects in vain
	slow     time.Duration // that Run takes
	most     int           // awards that Run changes before it stops
	stop     error         // what Run answers
	looked   int
	typed    []string
	askedAt  map[string]time.Time
	consent  *consent
	offered  []string
	refuse   error // what Award and AddAchievement answer
	added    []catalog.NewAchievement
	rows     []batch.Ready
	refused  string // a name whose rows are refused
	undone   int    // rows whose awards were revoked
	undoneBy string
	checkErr error
	status   string // the code of a status check that fails
	events   []event.Event
	asked    []event.Filter
	sessions *access.Service
	desk     *batch.Desk
	draft    string // the id of an upload
	token    string // and of a token
	ring     *keyring.Service
	stopped  []signlog.Stop
	planned  []issuer.Reissue
	again    []issuer.Reissue
	believed []pages.TrustRow
	passkeys *passkey.Ceremonies
	service  *organisation
	revised  []string // achievements
	profiled []catalog.NewIssuer
	switched []string
	kept     *catalog.Achievement // what ach_1 says, where a test wants more of it
	summed   [][]string           // whose statistics were asked for
	router   *gin.Engine
}

func (w *world) Award(_ context.Context, r issuer.Request) (issuer.Awarded, error) {
	w.requests = append(w.requests, r)
	if w.refuse != nil {
		return issuer.Awarded{}, w.refuse
	}
	return issuer.Awarded{Award: w.awards[publicID], ClaimCode: "thecode"}, nil
}

func (w *world) IssueAs(_ context.Context, awardID string, as issuer.As, actor string) (issuer.Credential, error) {
	w.issued = append(w.issued, awardID+"|"+as.String()+"|"+actor)
	return issuer.Credential{}, nil
}

func (w *world) Apply(_ context.Context, id string, step issuer.Step) (issuer.Award, error) {
	w.revoked = append(w.revoked, string(step.Action)+"|"+id+"|"+step.Reason+"|"+string(step.Code)+"|"+strings.SplitN(step.Actor, ":", 2)[0])
	return issuer.Award{}, nil
}

func (w *world) Plan(_ context.Context, b issuer.Bulk) (issuer.BulkPlan, error) {
	w.bulks = append(w.bulks, b)
	return issuer.BulkPlan{Changes: w.selected, Others: w.others}, w.refuse
}

func (w *world) Run(_ context.Context, b issuer.Bulk) (issuer.BulkDone, error) {
	w.ran = append(w.ran, b)
	w.now = w.now.Add(w.slow)
	if b.Change == "" && b.Step.Action == issuer.Suspend {
		b.Change = "chg_x7n4q2k5m3p6r7s2t4u5v6w7y2"
	}
	done := min(b.Most, w.selected, w.most)
	w.selected -= done
	return issuer.BulkDone{Done: done, Left: w.selected, Change: b.Change}, w.stop
}

func (w *world) Find(_ context.Context, id string) (issuer.Award, error) {
	for _, a := range w.awards {
		if a.ID == id {
			return a, nil
		}
	}
	return issuer.Award{}, fault.New(fault.NotFound, nil, "no award")
}

func (w *world) ByCredential(_ context.Context, id string) (issuer.Award, error) {
	if a, ok := w.awards[id]; ok {
		return a, nil
	}
	return issuer.Award{}, fault.New(fault.NotFound, nil, "no credential")
}

func (w *world) ByShortCode(_ context.Context, typed string) (issuer.Award, string, error) {
	w.typed = append(w.typed, typed)
	prefix, ok := issuer.ParseShortCode(typed)
	for id, a := range w.awards {
		if ok && strings.HasPrefix(strings.ToLower(id), prefix) {
			return a, id, nil
		}
	}
	return issuer.Award{}, "", fault.New(fault.NotFound, nil, "no award")
}

func (w *world) Certificate(_ context.Context, a issuer.Award, credentialID string, l i18n.Locale) ([]byte, error) {
	if a.State() != issuer.Active {
		return nil, fault.New(fault.Gone, nil, "over")
	}
	return []byte("%PDF " + a.ID + " " + credentialID + " " + l.Tag()), nil
}

func (w *world) Slips(_ context.Context, f issuer.Filter, l i18n.Locale, actor string) ([]byte, error) {
	if f.BatchID == "none" {
		return nil, fault.New(fault.Invalid, nil, "none").Code("slips.none")
	}
	return []byte("%PDF slips " + f.BatchID + " " + l.Tag() + " " + strings.SplitN(actor, ":", 2)[0]), nil
}

func (w *world) List(_ context.Context, f issuer.Filter) ([]issuer.Award, string, error) {
	w.filters = append(w.filters, f)
	return []issuer.Award{w.awards[publicID]}, "cursor/+=", nil
}

func (w *world) Issuers(context.Context) ([]catalog.Issuer, error) {
	return []catalog.Issuer{{ID: "iss_1", Name: "Open School", DID: "did:web:badges.example%3A8443"}}, nil
}

func (w *world) Issuer(ctx context.Context, _ string) (catalog.Issuer, error) {
	all, err := w.Issuers(ctx)
	return all[0], err
}

func (w *world) Switches(context.Context) ([]pages.Switch, error) {
	return []pages.Switch{{Name: "unbound", Value: "keep", Choices: []string{"keep", "supersede"}}, {Name: "haip", Value: "off", Choices: []string{"off", "on"}, Fixed: true}}, nil
}

func (w *world) Switch(_ context.Context, name, value, actor string) error {
	if name != "unbound" {
		return fault.New(fault.Conflict, nil, "the configuration decides").Code("setting.fixed")
	}
	w.switched = append(w.switched, name+" "+value+" "+strings.SplitN(actor, ":", 2)[0])
	return nil
}

func (w *world) PlanIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error) {
	i, err := w.Issuer(ctx, ref)
	if n.Name == "" {
		return i, fault.New(fault.Invalid, catalog.Mistakes{{At: "/name", Sentence: "this is required"}}, "this is required").Code("issuer.invalid")
	}
	i.Name, i.URL, i.Email, i.Description, i.Language = n.Name, n.URL, n.Email, n.Description, n.Language
	return i, err
}

func (w *world) ReviseIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error) {
	i, err := w.PlanIssuer(ctx, ref, n)
	if err == nil {
		w.profiled = append(w.profiled, n)
	}
	return i, err
}

func (w *world) Achievement(_ context.Context, _, ref string, _ int) (catalog.Achievement, error) {
	if ref != "ach_1" {
		return catalog.Achievement{}, fault.New(fault.NotFound, nil, "no achievement")
	}
	if w.kept != nil {
		return *w.kept, nil
	}
	return catalog.Achievement{ID: "ach_1", IssuerID: "iss_1", Version: 1, Name: "First \"Aid\"\r\nX: y", Description: "Helps."}, nil
}

func (w *world) Achievements(ctx context.Context, _ string) ([]catalog.Achievement, error) {
	a, err := w.Achievement(ctx, "", "ach_1", 0)
	return []catalog.Achievement{a}, err
}

func (w *world) AddAchievement(_ context.Context, n catalog.NewAchievement, _ string) (catalog.Achievement, error) {
	w.added = append(w.added, n)
	return catalog.Achievement{}, w.refuse
}

func (w *world) ReviseAchievement(_ context.Context, ref string, n catalog.NewAchievement, _ string) (catalog.Achievement, error) {
	w.revised = append(w.revised, ref)
	w.added = append(w.added, n)
	return catalog.Achievement{}, w.refuse
}

func (w *world) Look(_ context.Context, code string) (offer.Offer, error) {
	w.looked++
	o := offer.Offer{ID: "off_1", AwardID: "awd_private", ExpiresAt: w.now.Add(time.Hour), AskedAt: w.askedAt[code]}
	over := func(code string) error { return fault.New(fault.Gone, nil, "over").Code(code) }
	switch code {
	case "good", "thecode":
		return o, nil
	case "guarded":
		o.TxHash = []byte{1}
		return o, nil
	case "late":
		o.ExpiresAt = w.now
		return o, nil
	case "gone":
		return o, over("offer.expired")
	case "revoked", "guessed":
		return o, over("offer." + code)
	case "used":
		o.UsedAt = w.now
		return o, over("offer.used")
	}
	return offer.Offer{}, fault.New(fault.NotFound, nil, "no offer")
}

// askers are learners who ask for a new claim link; of what else a Learners does, these tests need nothing.
type askers struct {
	pages.Learners
	w *world
}

func (a askers) AskByClaim(ctx context.Context, code string) error {
	if _, err := a.w.Look(ctx, code); !fault.Is(err, fault.Gone) {
		return err
	}
	a.w.askedAt[code] = a.w.now
	return nil
}

func (a askers) Wishes(_ context.Context, issuerID string) (out []learner.Wish, err error) {
	if at := a.w.askedAt["gone"]; !at.IsZero() && (issuerID == "" || issuerID == "iss_1") {
		out = append(out, learner.Wish{ID: "wsh_1", Kind: learner.NewLink, IssuerID: "iss_1", AwardID: "awd_private", At: at})
	}
	return out, nil
}

func (a askers) Wish(context.Context, string) (learner.Wish, error) {
	return learner.Wish{ID: "wsh_1", Kind: learner.NewLink, IssuerID: "iss_1", AwardID: "awd_private"}, nil
}

func (a askers) Close(context.Context, string, string) error { return nil }

func (a askers) Invite(context.Context, string, time.Duration, string) (string, learner.Link, error) {
	return "secret", learner.Link{}, nil
}

func (w *world) Create(_ context.Context, awardID string, o offer.Order) (offer.Fresh, error) {
	if w.refuse != nil {
		return offer.Fresh{}, w.refuse
	}
	w.offered = append(w.offered, fmt.Sprintf("%s|%d|%s|%s|%s", awardID, o.Guard, o.Note, strings.SplitN(o.Actor, ":", 2)[0], o.Unbound))
	f := offer.Fresh{Code: "fresh"}
	if o.Guard == offer.WithTxCode {
		f.TxCode = "493027"
	}
	return f, nil
}

func (w *world) Of(_ context.Context, awardID string) ([]offer.Offer, error) {
	return []offer.Offer{{ID: "off_1", AwardID: awardID, ExpiresAt: w.now, AskedAt: w.askedAt["gone"], Note: "sent <by> post"}}, nil
}

func (w *world) Revoke(_ context.Context, awardID, id, actor string) (offer.Offer, error) {
	w.offered = append(w.offered, "revoke|"+awardID+"|"+id+"|"+strings.SplitN(actor, ":", 2)[0])
	return offer.Offer{}, nil
}

func (w *world) Picture(_ context.Context, _ catalog.Achievement, media string) ([]byte, error) {
	if media == "image/svg+xml" {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>x</title></svg>`), nil
	}
	return nil, errors.New("no PNG in this world")
}

func (w *world) Shown(ctx context.Context, a catalog.Achievement) ([]byte, string, error) {
	body, err := w.Picture(ctx, a, "image/svg+xml")
	return body, "image/svg+xml", err
}

func (w *world) Check(context.Context, []byte) (pages.Report, error) {
	if w.checkErr != nil {
		return pages.Report{}, w.checkErr
	}
	if w.status != "" {
		return pages.Report{Verdict: "invalid", CheckedAt: w.now, Checks: []pages.Check{{ID: "status", Outcome: "fail", Code: w.status}}}, nil
	}
	return pages.Report{Verdict: "valid", Domain: "badges.example", CheckedAt: w.now,
		Checks: []pages.Check{{ID: "proof", Outcome: "pass", Code: "proof.ok"}}}, nil
}

// awarder awards rows for somebody, as a batch.
type awarder struct {
	*world
	actor, id string
}

func (w awarder) AwardRow(_ context.Context, r batch.Ready) (string, bool, error) {
	if r.Name == w.refused {
		return "", false, fault.New(fault.Invalid, nil, "this one is refused").Code("award.recipient")
	}
	w.rows = append(w.rows, r)
	return "awd_1", false, nil
}

func (w *world) CountBatch(context.Context, string) (standing, all int, err error) {
	return len(w.rows) - w.undone, len(w.rows), nil
}

func (w *world) RevokeBatch(_ context.Context, _, _, actor string) (done, left int, err error) {
	w.undone, w.undoneBy = len(w.rows), actor
	return w.undone, 0, nil
}

func newWorld(t *testing.T, base string) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC), awards: map[string]issuer.Award{}, most: issuer.BulkMost}
	clock := func() time.Time { return w.now }
	for id, v := range map[string]issuer.Visibility{publicID: issuer.Public, unlistedID: issuer.Unlisted, privateID: issuer.Private} {
		w.awards[id] = issuer.Award{
			ID: "awd_" + string(v), IssuerID: "iss_1", AchievementID: "ach_1", Version: 1, Recipient: issuer.Recipient{Name: "Amina"}, AwardedAt: w.now,
			Visibility: v, Credentials: []issuer.Credential{{ID: id, Form: proof.OBJWT, Signed: []byte(token)}},
		}
	}
	w.askedAt, w.consent = map[string]time.Time{}, &consent{}
	w.sessions = access.New(access.Config{Clock: clock})
	w.desk = batch.NewDesk(batch.DeskConfig{Awards: w, Clock: clock, Importer: func(actor, id string) *batch.Importer {
		return batch.New(batch.Config{Awarder: awarder{w, actor, id}, Clock: clock})
	}})
	w.ring = keyring.New(keyring.Config{Clock: clock})
	w.passkeys, _ = passkey.New(base, "Laurel") // nil where browsers have none
	w.service = &organisation{}
	gin.SetMode(gin.TestMode)
	w.router = gin.New()
	pages.New(pages.Config{
		Authorizations: w.consent,
		BaseURL:        base, Clock: clock, Catalogue: w, Awards: w, Checker: w, Offers: w, Learners: askers{w: w}, Pictures: w, Printer: w, Sessions: w.sessions,
		People: w.sessions, Log: w,
		Desk: w.desk, Keys: w.ring, Issuing: w, Effects: w, Tokens: w.sessions, Passkeys: w.passkeys, Keychain: w.sessions, SignOn: w.service, Logins: w.sessions, Profiles: w, Counts: w, Switches: w, Trust: w, Statistics: w,
	}).Register(w.router)
	return w
}

// ask sends a request; header are names and values in turn.
func (w *world) ask(method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Host = "badges.example"
	r.Header.Set("Accept", "text/html")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r)
	return rec
}

func (w *world) Stop(_ context.Context, st signlog.Stop) error {
	if st.Reason == "" {
		return fault.New(fault.Invalid, nil, "a stop needs a reason").Code("issuing.reason")
	}
	w.stopped = append(w.stopped, st)
	return nil
}

func (w *world) Resume(_ context.Context, issuerID, _ string) error {
	w.stopped = slices.DeleteFunc(w.stopped, func(st signlog.Stop) bool { return st.IssuerID == issuerID })
	return nil
}

func (w *world) CountAwards(context.Context, issuer.Filter) (int, error) { return 12, nil }

func (w *world) Stops(context.Context) ([]signlog.Stop, error) { return w.stopped, nil }

func (w *world) PlanReissue(_ context.Context, r issuer.Reissue) (issuer.Reissued, error) {
	w.planned = append(w.planned, r)
	return issuer.Reissued{Done: 2, Suspended: 1, Believed: 9, Next: "more"}, nil
}

func (w *world) Reissue(_ context.Context, r issuer.Reissue) (issuer.Reissued, error) {
	w.again = append(w.again, r)
	if r.Cursor == "" {
		return issuer.Reissued{Done: 2, Next: "200"}, w.refuse
	}
	return issuer.Reissued{Done: 1}, w.refuse
}

func (w *world) Unbelievable(context.Context, issuer.Reissue) ([]issuer.Statement, error) {
	return []issuer.Statement{{ID: "rec_1"}}, nil
}

func (w *world) Statistics(_ context.Context, issuers []string, since, until time.Time) (issuer.Statistics, error) {
	w.summed = append(w.summed, issuers)
	out := issuer.Statistics{ByAchievement: []issuer.AchievementCount{{ID: "ach_1", N: 7}}}
	for at := issuer.WeekOf(since); at.Before(until); at = at.AddDate(0, 0, 7) {
		out.Weeks = append(out.Weeks, issuer.Week{Start: at, Awarded: w.selected})
	}
	return out, nil
}

func (w *world) Show(context.Context) (pages.TrustView, error) {
	return pages.TrustView{Configured: true, Editable: true, Issuers: w.believed}, nil
}

func (w *world) Add(_ context.Context, e pages.TrustRow, _ string) error {
	w.believed = append(w.believed, e)
	return w.refuse
}

// Doubts is a look-alike of whoever is believed under another case.
func (w *world) Doubts(_ context.Context, e pages.TrustRow) ([]pages.TrustDoubt, error) {
	for _, o := range w.believed {
		if o.ID != e.ID && strings.EqualFold(o.ID, e.ID) {
			return []pages.TrustDoubt{{Word: "lookalike", Other: o.ID, Grave: true}}, nil
		}
	}
	return []pages.TrustDoubt{{Word: "type_unknown"}}, nil
}

func (w *world) Remove(_ context.Context, id, _ string) error {
	i := slices.IndexFunc(w.believed, func(e pages.TrustRow) bool { return e.ID == id && !e.Ended })
	if i < 0 {
		return fault.New(fault.NotFound, nil, "no such issuer")
	}
	w.believed[i].Ended, w.believed[i].Until = true, "2026-01-31T09:00:00Z"
	return nil
}

func (w *world) Erase(_ context.Context, id, _ string) error {
	before := len(w.believed)
	w.believed = slices.DeleteFunc(w.believed, func(e pages.TrustRow) bool { return e.ID == id })
	if len(w.believed) == before {
		return fault.New(fault.NotFound, nil, "no such issuer")
	}
	return nil
}

func (w *world) Export(context.Context) ([]byte, error) { return []byte(`{"issuers":[]}`), nil }

func (w *world) EventPage(_ context.Context, f event.Filter) ([]event.Event, string, error) {
	w.asked = append(w.asked, f)
	return w.events, "", nil
}

// signIn returns the Cookie header of a new session of the operator and its form token.
func (w *world) signIn(t *testing.T) (cookie, csrf string) {
	t.Helper()
	secret, _, err := w.sessions.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w.enter(t, secret)
}

// operator is the first owner of every issuer.
func (w *world) operator(t *testing.T) access.Person {
	t.Helper()
	secret, _, err := w.sessions.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.sessions.Invited(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// signInAs lets somebody in with one role, and signs them in.
func (w *world) signInAs(t *testing.T, g access.Grant) (p access.Person, cookie, csrf string) {
	t.Helper()
	p, secret, err := w.sessions.Invite(t.Context(), w.operator(t), access.Invitation{Name: "B", Grant: g})
	if err != nil {
		t.Fatal(err)
	}
	cookie, csrf = w.enter(t, secret)
	return p, cookie, csrf
}

// enter uses a sign-in secret.
func (w *world) enter(t *testing.T, secret string) (cookie, csrf string) {
	t.Helper()
	rec := w.ask(http.MethodPost, "/console/sign-in/"+secret, nil)
	if rec.Code != http.StatusSeeOther || len(rec.Result().Cookies()) == 0 {
		t.Fatalf("sign in: %d", rec.Code)
	}
	c := rec.Result().Cookies()[0]
	cookie = c.Name + "=" + c.Value
	page := w.ask(http.MethodGet, "/console", nil, "Cookie", cookie)
	m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page.Body.String())
	if m == nil {
		t.Fatalf("no form token: %d %s", page.Code, page.Body)
	}
	return cookie, m[1]
}

func form(pairs ...string) *strings.Reader {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return strings.NewReader(v.Encode())
}

const urlencoded = "application/x-www-form-urlencoded"
