package pages

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/web"
)

// usual is the choice of the visibility that the achievement asks for.
const usual = "usual"

// AwardFormPage is the data of page "award-new".
type AwardFormPage struct {
	web.Frame
	Problems                        []string
	Choices                         []Option
	Selected                        string
	Key                             string // makes sending the form twice one award
	Name, Email, Awarded, Expires   string
	Visibility, Narrative, Evidence string
	ExternalID, Language            string
}

func (p *Pages) awardForm(c *gin.Context, s session) error {
	choices, _, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return err
	}
	key, err := p.random()
	if err != nil {
		return err
	}
	data := AwardFormPage{
		Frame: s.frame(c, "awards"), Choices: choices, Selected: c.Query("achievement"), Key: key,
		Visibility: usual, Awarded: p.c.Clock().UTC().Format(time.DateOnly),
	}
	return p.show(c, http.StatusOK, "award-new", data)
}

func (p *Pages) random() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(p.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random key: %w", err)
	}
	return fmt.Sprintf("%x", b), nil
}

func (p *Pages) awardOne(c *gin.Context, s session) error {
	choices, all, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data := AwardFormPage{
		Frame: s.frame(c, "awards"), Choices: choices, Selected: v("achievement"), Key: v("key"), Name: v("name"), Email: v("email"),
		Awarded: v("awarded"), Expires: v("expires"), Visibility: v("visibility"), Narrative: v("narrative"), Evidence: v("evidence"),
		ExternalID: v("external_id"), Language: v("language"),
	}
	r, problems := p.request(c, data, all)
	if len(problems) == 0 {
		r.Actor = s.actor()
		done, err := p.c.Awards.Award(c.Request.Context(), r)
		if err == nil {
			return p.awarded(c, s, done)
		}
		if problems = p.correctable(c, err); problems == nil {
			return err
		}
	}
	data.Problems = problems
	return p.show(c, http.StatusUnprocessableEntity, "award-new", data)
}

// awarded shows the award with its claim link, which is known only now.
func (p *Pages) awarded(c *gin.Context, s session, done issuer.Awarded) error {
	page, err := p.awardPage(c, s, done.Award)
	if err != nil {
		return err
	}
	page.New = true
	page.Path, page.Query = "/console/awards/"+done.Award.ID, ""
	if done.ClaimCode != "" {
		first := offer.Fresh{Code: done.ClaimCode}
		if p.c.MailFiles != nil { // a mail says until when the link works
			if first.Offer, err = p.c.Offers.Look(c.Request.Context(), done.ClaimCode); err != nil && !fault.Is(err, fault.Gone) {
				return err
			}
		}
		if err := p.fillClaimLink(c, &page, done.Award, first); err != nil {
			return err
		}
	}
	return p.show(c, http.StatusCreated, "award", page)
}

// request makes a request of a form; problems are what the form itself shows to be wrong.
func (p *Pages) request(c *gin.Context, f AwardFormPage, all []catalog.Achievement) (r issuer.Request, problems []string) {
	wrong := func(key string) { problems = append(problems, p.say(c, "form.problem."+key)) }
	r = issuer.Request{
		AchievementRef: f.Selected, Recipient: issuer.Recipient{Name: f.Name, Email: f.Email, Language: f.Language}, ExternalID: f.ExternalID,
		Narrative: f.Narrative, Visibility: issuer.Visibility(f.Visibility),
	}
	if f.Visibility == usual {
		r.Visibility = "" // the core knows what is usual for the achievement
	}
	if f.Key != "" {
		r.IdempotencyKey = "console:" + f.Key
	}
	for _, a := range all {
		if a.ID == f.Selected {
			r.IssuerRef = a.IssuerID
		}
	}
	if r.IssuerRef == "" {
		wrong("achievement")
	}
	if f.Name == "" {
		wrong("name")
	}
	if f.Evidence != "" {
		r.Evidence = []issuer.Evidence{{URL: f.Evidence}}
	}
	var errA, errE error
	r.AwardedAt, errA = p.day(f.Awarded)
	r.ExpiresAt, errE = p.day(f.Expires)
	if errA != nil || errE != nil {
		wrong("date")
	}
	return r, problems
}

// day reads the value of a date field; empty is the zero time, and so is today, which means: now.
func (p *Pages) day(s string) (time.Time, error) {
	if s == "" || s == p.c.Clock().UTC().Format(time.DateOnly) {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("date %.20q: %w", s, err)
	}
	return t, nil
}

// mistakes returns the catalogue's list of mistakes in err with the fields that they are about, or nil.
func mistakes(tr *i18n.Translator, err error) []string {
	var m catalog.Mistakes
	if !errors.As(err, &m) {
		return nil
	}
	out := make([]string, len(m))
	for i, one := range m {
		out[i] = one.Sentence
		key := "mistake." + one.Code
		if one.Code == "picture" {
			key = "form.problem.picture"
		}
		if tr.Has(key) {
			out[i] = tr.Text(key)
		}
		if field := fieldAt(tr, one.At); field != "" {
			out[i] = tr.Text("row.about", "column", field, "problem", out[i])
		}
	}
	return out
}

// fieldAt names the field of the editor that a JSON pointer into an achievement leads to; "" for one that it does not show.
func fieldAt(tr *i18n.Translator, pointer string) string {
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	label := func(name string) string {
		for _, l := range [...]struct{ name, key string }{
			{"name", "field.title"}, {"description", "field.description"}, {"criteria", "badge.criteria"}, {"criteria_url", "achievements.criteria_url"},
			{"language", "field.language"}, {"type", "field.type"}, {"tags", "field.tags"}, {"credits", "badge.credits"}, {"url", "achievements.skill_url"},
			{"code", "achievements.code"}, {"human_code", "achievements.code"}, {"framework", "achievements.framework"}, {"alignments", "achievements.skills"},
			{"field_of_study", "achievements.field"}, {"alt", "field.alt"}, {"image_alt", "field.alt"}, {"data", "field.picture"}, {"image", "field.picture"},
			{"translations", "achievements.languages"},
		} {
			if l.name == name {
				return tr.Text(l.key)
			}
		}
		return ""
	}
	switch {
	case len(steps) == 3 && steps[0] == "translations":
		number := ""
		if n, err := strconv.Atoi(steps[1]); err == nil {
			number = tr.Number(n + 1)
		}
		return strings.Trim(tr.Text("achievements.further")+" "+number+" · "+label(steps[2]), " ·")
	case len(steps) == 3 && steps[0] == "alignments":
		return strings.Trim(label(steps[0])+" · "+label(steps[2]), " ·")
	}
	if inner := label(steps[len(steps)-1]); inner != "" {
		return inner
	}
	return label(steps[0])
}
