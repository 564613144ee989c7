package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/web"
)

// BadgePage is the data of page "badge".
type BadgePage struct {
	web.Frame
	State, Tone          string
	CheckedAt            time.Time
	Checks               []Check
	Warnings             []Warning
	Name, Description    string
	Type                 string
	Tags                 []string
	Picture, PictureAlt  string
	Recipient            string
	IssuerName           string
	IssuerDomain         string
	AwardedAt, ExpiresAt time.Time
	Revocation           *issuer.Revocation
	Suspension           *issuer.Suspension
	Credits              *float64
	Hours                string // of learning, as a number where it is one
	Levels               []LinkView
	Term, Role, Field    string
	Language             string // of the achievement's texts
	Criteria             string
	CriteriaURL          string
	Narrative            string
	Results              []ResultView
	Evidence             []LinkView
	Alignments           []LinkView
	VerifyURL, PageURL   string
	Downloads            []Download
	Forms                []Download // the badge in other forms, named by them
	LinkedIn             string
	QR                   string
	ShortCode, ShortURL  string // to type from paper: the code, and the address before it
}

// ResultView is one result of an award.
type ResultView struct{ Name, Value, Status string }

// LinkView is something with a title, perhaps an address, perhaps a text.
type LinkView struct{ Title, URL, Text string }

// Download is one file that is offered. Key names its text below badge.download. More: few people need it.
type Download struct {
	Key, URL, Name string
	More           bool
}

// shown is a credential with all that its page needs.
type shown struct {
	award       issuer.Award
	credential  issuer.Credential
	issuer      catalog.Issuer
	achievement catalog.Achievement
	file        string // the name that files of it have, in the achievement's own language
}

// in shows the texts in the reader's language, where they were signed in it.
func (s shown) in(l i18n.Locale) shown {
	s.achievement = s.achievement.In(l.Tag())
	return s
}

// find returns the credential of that id for whoever has the link; a private one is as unknown as one that is not there.
func (p *Pages) find(ctx context.Context, id string) (shown, error) {
	if !isID(id) {
		return shown{}, notHere()
	}
	a, err := p.c.Awards.ByCredential(ctx, id)
	if fault.Is(err, fault.NotFound) || (err == nil && a.Visibility != issuer.Public && a.Visibility != issuer.Unlisted) {
		return shown{}, notHere()
	}
	if err != nil {
		return shown{}, fmt.Errorf("badge page: %w", err)
	}
	for _, cred := range a.Credentials {
		if cred.ID == id {
			return p.complete(ctx, a, cred)
		}
	}
	return shown{}, notHere()
}

func (p *Pages) complete(ctx context.Context, a issuer.Award, cred issuer.Credential) (shown, error) {
	iss, err := p.c.Catalogue.Issuer(ctx, a.IssuerID)
	if err != nil {
		return shown{}, fmt.Errorf("issuer of award %s: %w", a.ID, err)
	}
	ach, err := p.c.Catalogue.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return shown{}, fmt.Errorf("achievement of award %s: %w", a.ID, err)
	}
	if cred.Signed, err = cred.Published(); err != nil {
		return shown{}, fmt.Errorf("credential %s: %w", cred.ID, err)
	}
	return shown{award: a, credential: cred, issuer: iss, achievement: ach, file: ach.Name}, nil
}

// isID reports whether s can be the id of a credential; it keeps junk from the database.
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func (p *Pages) badge(c *gin.Context) error {
	id, suffix, dot := strings.Cut(c.Param("id"), ".")
	s, err := p.find(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if dot && suffix == "" {
		return notHere()
	}
	c.Writer.Header().Set("Cache-Control", s.caching())
	if s.award.Visibility != issuer.Public {
		c.Writer.Header().Set("X-Robots-Tag", "noindex, nofollow")
	}
	if suffix != "" {
		return p.deliver(c, s, suffix)
	}
	if media := negotiate(c.Request.Header.Get("Accept")); media != mediaHTML {
		return p.deliverAs(c, s, media)
	}
	return p.show(c, http.StatusOK, "badge", p.badgePage(c.Request, s.in(web.Locale(c.Writer, c.Request)), p.check(c.Request.Context(), s.credential.Signed)))
}

// caching lets nobody keep an answer without asking again: a badge can be hidden at any time.
func (s shown) caching() string {
	if s.award.Visibility == issuer.Public {
		return "public, no-cache"
	}
	return "private, no-cache"
}

func (p *Pages) badgePage(r *http.Request, s shown, report Report) BadgePage {
	a, ach := s.award, s.achievement
	path := "/c/" + s.credential.ID
	data := BadgePage{
		Frame: web.NewFrame(r), State: report.state(a), CheckedAt: report.CheckedAt, Checks: report.checks(a), Warnings: report.Warnings,
		Name: ach.Name, Description: ach.Description, Type: strings.TrimPrefix(ach.Type, "ext:"), Tags: ach.Tags,
		Picture: path + "/picture", PictureAlt: alt(ach), Recipient: a.Recipient.Name,
		IssuerName: s.issuer.Name, IssuerDomain: report.Domain, AwardedAt: a.AwardedAt, ExpiresAt: a.ExpiresAt, Revocation: a.Revocation,
		Suspension: a.Suspension,
		Credits:    a.CreditsOf(ach), Term: a.Term, Role: a.Role, Field: ach.FieldOfStudy, Language: ach.Language,
		Criteria: ach.Criteria, CriteriaURL: ach.CriteriaURL, Narrative: a.Narrative,
		Results: results(a, ach), Evidence: evidence(a.Evidence), Alignments: alignments(ach.Skills()),
		Hours: a.LearningHours(ach), Levels: alignments(ach.Levels()),
		PageURL: p.url(path), VerifyURL: "/verify?" + url.Values{"url": {p.url(path)}}.Encode(),
		Downloads: downloads(path, s.file, s.credential.Form), QR: path + ".qr.svg",
		ShortCode: issuer.ShortCode(s.credential.ID), ShortURL: p.url("/b/"),
	}
	data.Forms = otherForms(s, func(id, suffix string) string { return "/c/" + id + "." + suffix })
	if !s.credential.SupersededAt.IsZero() && data.State == "revoked" && a.Revocation == nil {
		data.State = "superseded"
	}
	data.Tone = tone(data.State)
	if data.Tone != "invalid" {
		data.LinkedIn = p.linkedIn(s)
	}
	data.NoIndex = a.Visibility != issuer.Public
	if !data.NoIndex {
		data.Canonical = data.PageURL
		data.Social = p.social(s, data)
	}
	return data
}

// alt is the text that stands in for the picture: the signed one, or the name on a picture that is drawn from it.
func alt(a catalog.Achievement) string {
	if a.Image != nil && a.Image.Alt != "" {
		return a.Image.Alt
	}
	return a.Name
}

// results are the results of an award but for its learning hours, which stand among the facts.
func results(a issuer.Award, ach catalog.Achievement) []ResultView {
	known := map[string]catalog.ResultDescription{}
	for _, d := range ach.Results {
		known[d.ID] = d
	}
	var out []ResultView
	for _, r := range a.Results {
		if d := known[r.Description]; d.Type != catalog.LearningHours {
			out = append(out, ResultView{Name: d.Name, Value: r.Value, Status: r.Status})
		}
	}
	return out
}

func evidence(all []issuer.Evidence) []LinkView {
	out := make([]LinkView, len(all))
	for i, e := range all {
		text := e.Description
		if text == "" {
			text = e.Narrative
		}
		out[i] = LinkView{Title: first(e.Name, e.URL, e.Genre), URL: e.URL, Text: text}
	}
	return out
}

func alignments(all []catalog.Alignment) []LinkView {
	out := make([]LinkView, len(all))
	for i, a := range all {
		text := a.Framework
		if text != "" && a.Code != "" {
			text += " · "
		}
		out[i] = LinkView{Title: first(a.Name, a.URL), URL: a.URL, Text: text + a.Code}
	}
	return out
}

func first(choices ...string) string {
	for _, s := range choices {
		if s != "" {
			return s
		}
	}
	return ""
}

// downloads lists the files of a badge. A credential with an embedded proof is no JWT, and an SD-JWT no document; one as COSE is
// no JWT either, and no picture carries it (Open Badges 3.0 §5.3).
func downloads(path, name string, form proof.Form) []Download {
	out := make([]Download, 0, 7)
	for _, f := range [...]struct{ key, ext string }{
		{"pdf", "pdf"}, {"png", "png"}, {"svg", "svg"}, {"jwt", "jwt"}, {"json", "json"}, {"qrpng", "qr.png"}, {"qrsvg", "qr.svg"},
	} {
		picture := f.key == "png" || f.key == "svg"
		if f.key == "jwt" && ownSuffix(form) != "jwt" || selective(form) && (picture || f.key == "json") || form == proof.VCCOSE && (picture || f.key == "pdf") {
			continue
		}
		few := len(out) > 0 && f.key != "png"
		out = append(out, Download{Key: f.key, URL: path + "." + f.ext, Name: fileName(name, f.ext), More: few})
	}
	return out
}

// linkedIn is the address that opens LinkedIn's form with the badge filled in. It is a plain link: nothing is sent
// before somebody follows it.
func (p *Pages) linkedIn(s shown) string {
	page := p.url("/c/" + s.credential.ID)
	q := url.Values{
		"startTask": {"CERTIFICATION_NAME"}, "name": {s.achievement.Name}, "organizationName": {s.issuer.Name},
		"issueYear": {strconv.Itoa(s.award.AwardedAt.UTC().Year())}, "issueMonth": {strconv.Itoa(int(s.award.AwardedAt.UTC().Month()))},
		"certUrl": {page}, "certId": {s.credential.ID},
	}
	if end := s.award.ExpiresAt.UTC(); !s.award.ExpiresAt.IsZero() {
		q.Set("expirationYear", strconv.Itoa(end.Year()))
		q.Set("expirationMonth", strconv.Itoa(int(end.Month())))
	}
	return "https://www.linkedin.com/profile/add?" + q.Encode()
}

// social describes a public badge to those who show links and to search engines. The recipient's name is left out: a
// public page may be read, but need not be listed by name.
func (p *Pages) social(s shown, data BadgePage) *web.Social {
	picture := p.url(data.Picture)
	org := map[string]any{"@type": "Organization", "name": s.issuer.Name}
	if web.Linkable(s.issuer.URL) {
		org["url"] = s.issuer.URL
	}
	doc := map[string]any{
		"@context": "https://schema.org", "@type": "EducationalOccupationalCredential", "credentialCategory": "badge",
		"name": data.Name, "description": data.Description, "url": data.PageURL, "image": picture,
		"identifier": s.credential.ID, "recognizedBy": org, "dateCreated": data.AwardedAt.UTC().Format(time.DateOnly),
	}
	if !data.ExpiresAt.IsZero() {
		doc["expires"] = data.ExpiresAt.UTC().Format(time.DateOnly)
	}
	return &web.Social{Title: data.Name, Description: data.Description, Image: picture, ImageAlt: data.PictureAlt, Data: doc}
}
