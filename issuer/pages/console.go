package pages

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/web"
)

// latest is how many awards the overview shows, perPage how many the list.
const (
	latest  = 10
	perPage = 50
)

// OverviewPage is the data of page "overview".
type OverviewPage struct {
	web.Frame
	Issuers      []IssuerView
	Achievements int
	Awards       []AwardRow
	Charts       *ChartView // nil: nothing to see yet
	NoWayBack    bool       // who looks came by a link, and has no other way in
	Wishes       []WishRow  // the first of what learners ask
	Overdue      *Overdue   // nil: every status list is published
}

// AwardRow is one award in a list. State is "active", "suspended", "revoked" or "expired".
type AwardRow struct {
	ID, Recipient, Achievement, State string
	AwardedAt                         time.Time
}

// Option is one entry of a select.
type Option struct{ Value, Label, Group string }

// AwardsPage is the data of page "awards".
type AwardsPage struct {
	web.Frame
	Query, Selected, State, Batch string
	Since, Until                  string // days, of recording
	Problems                      []string
	Choices                       []Option
	Awards                        []AwardRow
	Filtered                      bool
	Next                          string // URL of the next page, or empty
	Slips                         bool   // slips can be printed
}

// AwardPage is the data of page "award".
type AwardPage struct {
	web.Frame
	ID, Recipient, Email, ExternalID string
	Achievement, Issuer, State       string
	Visibility, CreatedBy            string
	AwardedAt, ExpiresAt, CreatedAt  time.Time
	Revocation                       *issuer.Revocation
	Suspension                       *issuer.Suspension
	Credentials                      []CredentialRow
	Further                          []string     // names of the credentials that can still be made
	Changeable                       bool         // by who looks
	New                              bool         // was awarded a moment ago
	ClaimURL, TxCode                 string       // shown once
	Mail                             template.URL // a file: the mail that brings the link; empty: none can be written
	LearnerURL                       string       // the same: to all badges of this learner
	ErasedAt                         time.Time
	Invitable                        bool // the learner can have a page of their own
	Offers                           []OfferRow
	MayOffer                         bool
	Overdue                          *Overdue // of its status lists
}

// CredentialRow is one credential of an award; URL is empty when its page is private.
type CredentialRow struct {
	Form, URL string
	IssuedAt  time.Time
}

// RevokePage is the data of page "revoke": of every issuer.Action.
type RevokePage struct {
	web.Frame
	Action, ID, Recipient, Achievement, Reason string
	Code                                       string
	Codes                                      []string
	Problems                                   []string
}

func (p *Pages) overview(c *gin.Context, s session) error {
	data := OverviewPage{Frame: s.frame(c, "overview")}
	issuers, err := s.issuers(c.Request.Context(), access.Read)
	if err != nil {
		return err
	}
	data.Issuers = issuerViews(issuers)
	all, err := s.achievements(c.Request.Context(), access.Read)
	if err != nil {
		return err
	}
	data.Achievements = len(all)
	names := make(map[string]string, len(all))
	for _, a := range all {
		names[a.ID] = a.Name
	}
	if data.Charts, err = p.charts(c.Request.Context(), s, names); err != nil {
		return err
	}
	page, _, err := p.c.Awards.List(c.Request.Context(), s.filter(access.Read, issuer.Filter{Limit: latest}))
	if err != nil {
		return fmt.Errorf("awards of the overview: %w", err)
	}
	data.Awards = p.rows(page, all)
	if data.NoWayBack, err = p.noWayBack(c, s); err != nil {
		return err
	}
	if data.Wishes, err = p.openWishes(c.Request.Context(), s, latest); err != nil {
		return err
	}
	data.Overdue = p.overdue(func(o statuslist.Overdue) bool { return s.may(access.Read, o.IssuerID) })
	return p.show(c, http.StatusOK, "overview", data)
}

func (p *Pages) rows(page []issuer.Award, all []catalog.Achievement) []AwardRow {
	names := make(map[string]string, len(all))
	for _, a := range all {
		names[a.ID] = a.Name
	}
	rows := make([]AwardRow, len(page))
	for i, a := range page {
		rows[i] = AwardRow{ID: a.ID, Recipient: a.Recipient.Name, Achievement: first(names[a.AchievementID], a.AchievementID),
			State: p.stateOf(a), AwardedAt: a.AwardedAt}
	}
	return rows
}

func (p *Pages) stateOf(a issuer.Award) string {
	switch {
	case a.State() != issuer.Active:
		return string(a.State())
	case !a.ExpiresAt.IsZero() && !p.c.Clock().Before(a.ExpiresAt):
		return expired
	}
	return "active"
}

func (p *Pages) awards(c *gin.Context, s session) error {
	q := c.Request.URL.Query()
	data := AwardsPage{Frame: s.frame(c, "awards"), Query: q.Get("q"), Selected: q.Get("achievement"), State: q.Get("state"),
		Batch: q.Get("batch"), Since: q.Get("since"), Until: q.Get("until"), Slips: p.c.Printer != nil && p.c.Learners != nil}
	data.Filtered = data.Query+data.Selected+data.State+data.Batch+data.Since+data.Until != ""
	all, err := s.achievements(c.Request.Context(), access.Read)
	if err != nil {
		return err
	}
	f, ok := p.listed(q.Get)
	if !ok {
		data.Problems = []string{p.say(c, "form.problem.date")}
		data.Choices = options(all, nil)
		return p.show(c, http.StatusUnprocessableEntity, "awards", data)
	}
	f.Cursor, f.Limit = q.Get("after"), perPage
	page, next, err := p.c.Awards.List(c.Request.Context(), s.filter(access.Read, f))
	if err != nil {
		return err
	}
	data.Awards, data.Choices = p.rows(page, all), options(all, nil)
	if next != "" {
		q.Set("after", next)
		q.Del("lang")
		data.Next = (&url.URL{Path: "/console/awards", RawQuery: q.Encode()}).String()
	}
	return p.show(c, http.StatusOK, "awards", data)
}

// expired is a state on pages alone: the award is active, and its end has come.
const expired = "expired"

// listed is the filter of a list of awards, as its address says it; ok is false when a day is none.
func (p *Pages) listed(v func(string) string) (f issuer.Filter, ok bool) {
	f = issuer.Filter{Query: v("q"), AchievementID: v("achievement"), BatchID: v("batch")}
	switch state := v("state"); state {
	case string(issuer.Active):
		f.State, f.UnexpiredAt = issuer.Active, p.c.Clock()
	case expired:
		f.State, f.ExpiredAt = issuer.Active, p.c.Clock()
	case string(issuer.Suspended), string(issuer.Revoked):
		f.State = issuer.State(state)
	}
	var errS, errU error
	f.Since, errS = midnight(v("since"))
	if f.Before, errU = midnight(v("until")); !f.Before.IsZero() {
		f.Before = f.Before.AddDate(0, 0, 1)
	}
	return f, errS == nil && errU == nil
}

// options lists achievements for a select; issuers, when given, are named beside them.
func options(all []catalog.Achievement, issuers []catalog.Issuer) []Option {
	names := map[string]string{}
	if len(issuers) > 1 {
		for _, i := range issuers {
			names[i.ID] = i.Name
		}
	}
	out := make([]Option, len(all))
	for i, a := range all {
		out[i] = Option{Value: a.ID, Label: a.Name, Group: names[a.IssuerID]}
	}
	return out
}

func (p *Pages) award(c *gin.Context, s session) error {
	a, err := s.award(c.Request.Context(), access.Read, c.Param("id"))
	if err != nil {
		return err
	}
	data, err := p.awardPage(c, s, a)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "award", data)
}

func (p *Pages) awardPage(c *gin.Context, s session, a issuer.Award) (AwardPage, error) {
	full, err := p.complete(c.Request.Context(), a, issuer.Credential{})
	if err != nil {
		return AwardPage{}, err
	}
	data := AwardPage{
		Frame: s.frame(c, "awards"), ID: a.ID, Recipient: a.Recipient.Name, Email: a.Recipient.Email, ExternalID: a.ExternalID,
		Achievement: full.achievement.Name, Issuer: full.issuer.Name, State: p.stateOf(a), Visibility: string(a.Visibility),
		CreatedBy: a.CreatedBy, AwardedAt: a.AwardedAt, ExpiresAt: a.ExpiresAt, CreatedAt: a.CreatedAt, Revocation: a.Revocation,
		Suspension: a.Suspension, ErasedAt: a.ErasedAt,
	}
	for _, cred := range a.Credentials {
		row := CredentialRow{Form: cred.Secured(), IssuedAt: cred.IssuedAt}
		if a.Visibility != issuer.Private {
			row.URL = "/c/" + cred.ID
		}
		data.Credentials = append(data.Credentials, row)
	}
	alive := a.ErasedAt.IsZero() && s.may(access.Award, a.IssuerID)
	if data.State == "active" && alive {
		data.Further = further(a)
	}
	data.Invitable = alive && p.c.Learners != nil
	data.Changeable = s.may(access.Revoke, a.IssuerID)
	if data.Overdue = p.overdue(of(a.Lists())); data.Overdue != nil {
		data.Overdue.Lists = 0 // which of them, says nothing here
	}
	return data, p.fillOffers(c, s, a, &data)
}

// further names the ways in which the award has not been issued to nobody in particular.
func further(a issuer.Award) []string {
	var out []string
	for _, as := range issuer.Choices() {
		if !slices.ContainsFunc(a.Credentials, func(c issuer.Credential) bool { return c.Holder == "" && c.Secured() == as.String() }) {
			out = append(out, as.String())
		}
	}
	return out
}

// issueAs makes the further credential that was chosen by its name.
func (p *Pages) issueAs(c *gin.Context, s session) error {
	chosen, id := c.Request.PostFormValue("as"), c.Param("id")
	for _, as := range issuer.Choices() {
		if as.String() != chosen {
			continue
		}
		if _, err := s.award(c.Request.Context(), access.Award, id); err != nil {
			return err
		}
		if _, err := p.c.Awards.IssueAs(c.Request.Context(), id, as, s.actor()); err != nil {
			return err
		}
		return seeOther(c, "/console/awards/"+url.PathEscape(id))
	}
	return fault.New(fault.Invalid, nil, "there is no such form of a credential").Code("credential.form")
}

func (p *Pages) stepForm(action issuer.Action) func(*gin.Context, session) error {
	return func(c *gin.Context, s session) error {
		data, err := p.stepPage(c, s, action)
		if err != nil {
			return err
		}
		return p.show(c, http.StatusOK, "revoke", data)
	}
}

func (p *Pages) stepPage(c *gin.Context, s session, action issuer.Action) (RevokePage, error) {
	ctx := c.Request.Context()
	a, err := s.award(ctx, access.Revoke, c.Param("id"))
	if err != nil {
		return RevokePage{}, err
	}
	ach, err := p.achievementOf(ctx, a)
	if err != nil {
		return RevokePage{}, err
	}
	return RevokePage{Frame: s.frame(c, "awards"), Action: string(action), ID: a.ID, Recipient: a.Recipient.Name, Achievement: ach.Name,
		Code: string(issuer.Other), Codes: codes()}, nil
}

// codes are the kinds of reasons, as the forms offer them.
func codes() []string {
	out := make([]string, 0, len(issuer.ReasonCodes()))
	for _, c := range issuer.ReasonCodes() {
		out = append(out, string(c))
	}
	return out
}

func (p *Pages) achievementOf(ctx context.Context, a issuer.Award) (catalog.Achievement, error) {
	ach, err := p.c.Catalogue.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return ach, fmt.Errorf("achievement of award %s: %w", a.ID, err)
	}
	return ach, nil
}

func (p *Pages) step(action issuer.Action) func(*gin.Context, session) error {
	return func(c *gin.Context, s session) error {
		data, err := p.stepPage(c, s, action)
		if err != nil {
			return err
		}
		data.Reason, data.Code = c.Request.PostFormValue("reason"), cmp.Or(c.Request.PostFormValue("code"), data.Code)
		if data.Reason == "" && action != issuer.Reinstate {
			data.Problems = append(data.Problems, p.say(c, "form.problem.reason"))
		}
		if c.Request.PostFormValue("sure") != "yes" {
			data.Problems = append(data.Problems, p.say(c, "form.problem.sure"))
		}
		if len(data.Problems) == 0 {
			_, err := p.c.Awards.Apply(c.Request.Context(), data.ID, issuer.Step{
				Action: action, Reason: data.Reason, Code: issuer.ReasonCode(data.Code), Actor: s.actor(),
			})
			if err == nil {
				return seeOther(c, "/console/awards/"+url.PathEscape(data.ID))
			}
			if data.Problems = p.correctable(c, err); data.Problems == nil {
				return err
			}
		}
		return p.show(c, http.StatusUnprocessableEntity, "revoke", data)
	}
}

// say returns a text of the page in the visitor's language.
func (p *Pages) say(c *gin.Context, key string) string {
	tr, err := p.words(c)
	if err != nil {
		return key
	}
	return tr.Text(key)
}

// words are the texts in the visitor's language. An error is one of our own build.
func (p *Pages) words(c *gin.Context) (*i18n.Translator, error) {
	return p.c.Site.Translator(web.Locale(c.Writer, c.Request))
}

// correctable returns what a person can correct in a form, in their language where there are words for it, or nil when err is
// nothing of that kind.
func (p *Pages) correctable(c *gin.Context, err error) []string {
	d := fault.Describe(err)
	switch d.Kind {
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.Unsupported, fault.Gone:
		tr, missing := p.words(c)
		if missing != nil {
			break
		}
		if told := mistakes(tr, err); told != nil {
			return told
		}
		if tr.Has("told." + d.Code) {
			return []string{tr.Text("told." + d.Code)}
		}
		if d.Hint != "" {
			return []string{d.Sentence + " – " + d.Hint}
		}
		return []string{d.Sentence}
	}
	return nil
}
