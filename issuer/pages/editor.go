package pages

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/web"
)

const (
	achievementsURL = "/console/achievements"
	newURL          = achievementsURL + "/new"
	designURL       = achievementsURL + "/design.svg"
)

// Bounds of the rows for skills on the form: three empty ones are offered, and more than these are kept as they are.
const (
	alignmentsFree = 3
	alignmentsForm = 16
)

// AchievementFormPage is the data of page "achievement-new": of a new achievement, and of one that is changed.
type AchievementFormPage struct {
	web.Frame
	AchievementFields
	Problems []string
	ID       string // of the one that is changed; empty for a new one
	Version  int
	Locked   bool   // somebody was awarded this version, so saving makes the next one
	Seen     string // the state that the form was filled in from
	Issuers  []Option
	Types    []string
	Pictures []string // ways to a picture
	Shapes   []string
	Preview  *AchievementPreview
}

// AchievementFields are what the form says, as it was filled in.
type AchievementFields struct {
	Issuer, Name, Description string
	Criteria, CriteriaURL     string
	Type, Tags, Alt, Language string
	Field, Code, Credits      string
	Hours                     string
	Level                     LevelFields
	Translations              []TranslationFields
	Alignments                []AlignmentFields
	Picture                   string // "keep", "draw", "upload" or "auto"
	Shape, Letters            string
	Background, Foreground    string
	Minors                    bool
}

// AlignmentFields are one row for a skill of a framework.
type AlignmentFields struct{ Number, Name, URL, Code, Framework string }

// AchievementPreview is what the badge page would show.
type AchievementPreview struct {
	Name, Description, Criteria string
	Picture, Alt                string // address of the picture; empty when it can be seen only after saving
	Tags                        []string
	Alignments                  []LinkView
	Translations                []PreviewText
}

func (p *Pages) registerAchievements(r gin.IRouter) {
	p.read(r, achievementsURL, p.inside(access.Read, p.achievements))
	p.read(r, newURL, p.inside(access.Admin, p.achievementForm))
	r.POST(newURL, p.change(access.Admin, p.achievementSave))
	p.read(r, designURL, p.inside(access.Admin, p.design))
	p.read(r, achievementsURL+"/:id/edit", p.inside(access.Admin, p.achievementEdit))
	r.POST(achievementsURL+"/:id/edit", p.change(access.Admin, p.achievementSave))
	p.read(r, achievementsURL+"/:id/picture", p.inside(access.Read, p.achievementPicture))
}

// pictureWays are the choices of the form; keeping is one where there is a picture.
func pictureWays(old *catalog.Achievement) []string {
	if old != nil && old.Image != nil {
		return []string{"keep", "draw", "upload", "auto"}
	}
	return []string{"auto", "draw", "upload"}
}

// formOf is the form for a new achievement, or (old is not nil) for a change of one.
func (p *Pages) formOf(c *gin.Context, s session, old *catalog.Achievement) (AchievementFormPage, error) {
	data := AchievementFormPage{Frame: s.frame(c, "achievements"), Types: catalog.AchievementTypes(), Pictures: pictureWays(old),
		Shapes: []string{string(picture.Circle), string(picture.Hexagon), string(picture.Shield), string(picture.Star)}}
	data.Path, data.Query = newURL, ""
	data.Picture = data.Pictures[0]
	data.Shape, data.Background, data.Foreground = data.Shapes[0], "#1d4e89", "#ffffff"
	issuers, err := s.issuers(c.Request.Context(), access.Admin)
	if err != nil {
		return data, err
	}
	for _, i := range issuers {
		if old == nil || i.ID == old.IssuerID {
			data.Issuers = append(data.Issuers, Option{Value: i.ID, Label: i.Name})
		}
	}
	if old != nil {
		data.ID, data.Version, data.Locked = old.ID, old.Version, old.Locked
		data.Path = achievementsURL + "/" + old.ID + "/edit"
		if data.Seen, err = old.State(); err != nil {
			return data, err
		}
	}
	return data, nil
}

// fieldsOf fills the form with what an achievement says now.
func fieldsOf(a catalog.Achievement) AchievementFields {
	f := AchievementFields{
		Issuer: a.IssuerID, Name: a.Name, Description: a.Description, Criteria: a.Criteria, CriteriaURL: a.CriteriaURL, Type: a.Type,
		Tags: strings.Join(a.Tags, ", "), Language: a.Language, Field: a.FieldOfStudy, Code: a.HumanCode, Minors: a.Minors,
	}
	if a.Image != nil {
		f.Alt = a.Image.Alt
	}
	if a.Credits != nil {
		f.Credits = strconv.FormatFloat(*a.Credits, 'f', -1, 64)
	}
	if d, ok := a.Hours(); ok {
		f.Hours = d.Required
	}
	f.Level, f.Translations = levelOf(a), translationFields(a)
	tied := a.Skills()
	for i, al := range tied[:min(len(tied), alignmentsForm)] {
		f.Alignments = append(f.Alignments, AlignmentFields{strconv.Itoa(i + 1), al.Name, al.URL, al.Code, al.Framework})
	}
	return f
}

// offered adds empty rows for skills and one for a further language.
func (f *AchievementFields) offered() {
	for n, until := len(f.Alignments), min(len(f.Alignments)+alignmentsFree, alignmentsForm); n < until; n++ {
		f.Alignments = append(f.Alignments, AlignmentFields{Number: strconv.Itoa(n + 1)})
	}
	if n := len(f.Translations); n < translationsForm {
		f.Translations = append(f.Translations, TranslationFields{Number: strconv.Itoa(n + 1)})
	}
}

func (p *Pages) achievementForm(c *gin.Context, s session) error {
	data, err := p.formOf(c, s, nil)
	if err != nil {
		return err
	}
	if len(data.Issuers) == 1 {
		data.Issuer = data.Issuers[0].Value
	}
	data.offered()
	return p.show(c, http.StatusOK, "achievement-new", data)
}

func (p *Pages) achievementEdit(c *gin.Context, s session) error {
	old, err := s.achievement(c.Request.Context(), access.Admin, c.Param("id"))
	if err != nil {
		return err
	}
	data, err := p.formOf(c, s, &old)
	if err != nil {
		return err
	}
	shape, background, foreground, way := data.Shape, data.Background, data.Foreground, data.Picture
	data.AchievementFields = fieldsOf(old)
	data.Shape, data.Background, data.Foreground, data.Picture = shape, background, foreground, way
	data.offered()
	return p.show(c, http.StatusOK, "achievement-new", data)
}

// readFields reads the form.
func (data *AchievementFormPage) readFields(c *gin.Context) {
	v := form(c)
	f := AchievementFields{
		Issuer: v("issuer"), Name: v("name"), Description: v("description"), Criteria: v("criteria"), CriteriaURL: v("criteria_url"), Type: v("type"),
		Tags: v("tags"), Alt: v("alt"), Language: v("language"), Field: v("field"), Code: v("code"), Credits: v("credits"),
		Picture: first(v("way"), data.Picture), Shape: first(v("shape"), data.Shape), Letters: v("letters"),
		Background: first(v("background"), data.Background), Foreground: first(v("foreground"), data.Foreground), Minors: v("minors") == "yes",
		Hours: v("hours"), Level: LevelFields{v("level"), v("level-url"), v("level-framework")}, Translations: readTranslations(v),
	}
	if _, file, err := c.Request.FormFile("picture"); err == nil && file.Size > 0 && v("way") == "" {
		f.Picture = "upload" // a form of before, or of a program, that only sends a file
	}
	for n := 1; n <= alignmentsForm; n++ {
		number := strconv.Itoa(n)
		row := AlignmentFields{number, v("skill-" + number), v("skill-url-" + number), v("skill-code-" + number), v("skill-framework-" + number)}
		if row.Name+row.URL+row.Code+row.Framework != "" {
			row.Number = strconv.Itoa(len(f.Alignments) + 1)
			f.Alignments = append(f.Alignments, row)
		}
	}
	data.AchievementFields = f
}

// wanted makes of the form what the catalogue takes. What the form does not show of an achievement stays as it is.
func (p *Pages) wanted(f AchievementFields, old *catalog.Achievement) (n catalog.NewAchievement, problem string) {
	n = catalog.NewAchievement{
		Issuer: f.Issuer, Name: f.Name, Description: f.Description, Criteria: f.Criteria, CriteriaURL: f.CriteriaURL, Type: f.Type, Tags: tags(f.Tags),
		Language: f.Language, HumanCode: f.Code, FieldOfStudy: f.Field, Minors: f.Minors,
		Alignments: f.alignmentsOf(old), Translations: f.translations(old),
	}
	if old != nil {
		n.Results = slices.Clone(old.Results)
	}
	if f.Credits != "" {
		credits, ok := decimalOf(f.Credits)
		if !ok {
			return n, "achievements.problem.credits"
		}
		n.Credits = &credits
	}
	return n, p.hours(&n, f.Hours, old)
}

// drawn is the picture that the form describes.
func (f AchievementFields) drawn() ([]byte, error) {
	return picture.Generate(picture.Design{Shape: picture.Shape(f.Shape), Background: f.Background, Foreground: f.Foreground, Letters: f.Letters})
}

// image settles the picture of an achievement; problem is what the person can correct.
func (p *Pages) image(c *gin.Context, f AchievementFields) (img *catalog.Image, problem string, err error) {
	switch f.Picture {
	case "keep":
		if f.Alt == "" {
			return nil, p.say(c, "form.problem.alt"), nil
		}
		return &catalog.Image{Alt: f.Alt}, "", nil
	case "auto":
		return &catalog.Image{}, "", nil
	case "draw":
		drawn, err := f.drawn()
		if err != nil {
			return nil, p.say(c, "achievements.problem.design"), nil
		}
		return &catalog.Image{Type: mediaSVG, Alt: first(f.Alt, f.Name), Data: drawn}, "", nil
	}
	data, err := upload(c, "picture", limits.ImageBytes)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, p.say(c, "form.problem.picture"), nil
	case err != nil:
		return nil, "", err
	case data == nil:
		return nil, p.say(c, "form.problem.file"), nil
	case f.Alt == "":
		return nil, p.say(c, "form.problem.alt"), nil
	}
	return &catalog.Image{Type: pictureType(data), Alt: f.Alt, Data: data}, "", nil
}

// achievementSave shows how the achievement would look, or saves it.
func (p *Pages) achievementSave(c *gin.Context, s session) error {
	var old *catalog.Achievement
	if id := c.Param("id"); id != "" {
		a, err := s.achievement(c.Request.Context(), access.Admin, id)
		if err != nil {
			return err
		}
		old = &a
	}
	data, err := p.formOf(c, s, old)
	if err != nil {
		return err
	}
	data.readFields(c)
	data.Seen = first(c.Request.PostFormValue("seen"), data.Seen)
	if old != nil {
		data.Issuer = old.IssuerID
	} else if data.Issuer != "" {
		if err := s.permit(access.Admin, data.Issuer); err != nil {
			return err
		}
	}
	if c.Request.PostFormValue("step") == "preview" {
		data.Preview = p.preview(data)
		data.offered()
		return p.show(c, http.StatusOK, "achievement-new", data)
	}
	done, err := p.store(c, s, old, &data)
	if err != nil || done {
		return err
	}
	data.offered()
	return p.show(c, http.StatusUnprocessableEntity, "achievement-new", data)
}

// store saves what the form says and leads to the list, or puts what is wrong with it into data.
func (p *Pages) store(c *gin.Context, s session, old *catalog.Achievement, data *AchievementFormPage) (done bool, err error) {
	data.Problems = p.achievementProblems(c, *data)
	if old != nil {
		state, err := old.State()
		if err != nil {
			return false, err
		}
		if data.Seen != state {
			data.Problems = append(data.Problems, p.say(c, "achievements.problem.changed"))
			data.Seen = state // sent once more, it is meant
		}
	}
	n, problem := p.wanted(data.AchievementFields, old)
	if problem != "" {
		data.Problems = append(data.Problems, p.say(c, problem))
	}
	img, problem, err := p.image(c, data.AchievementFields)
	if err != nil {
		return false, err
	}
	if problem != "" {
		data.Problems = append(data.Problems, problem)
	}
	if len(data.Problems) > 0 {
		return false, nil
	}
	if n.Image = img; old == nil {
		if len(img.Data) == 0 {
			n.Image = nil
		}
		_, err = p.c.Catalogue.AddAchievement(c.Request.Context(), n, s.actor())
	} else {
		_, err = p.c.Catalogue.ReviseAchievement(c.Request.Context(), old.ID, n, s.actor())
	}
	if err == nil {
		return true, seeOther(c, achievementsURL)
	}
	if data.Problems = p.correctable(c, err); data.Problems == nil {
		return false, err
	}
	return false, nil
}

func (p *Pages) achievementProblems(c *gin.Context, data AchievementFormPage) (problems []string) {
	for _, f := range [...]struct{ key, value string }{
		{"issuer", data.Issuer}, {"name", data.Name}, {"description", data.Description}, {"criteria", data.Criteria + data.CriteriaURL},
	} {
		if f.value == "" {
			problems = append(problems, p.say(c, "form.problem."+f.key))
		}
	}
	return problems
}

// preview is what the badge page would show of the form.
func (p *Pages) preview(data AchievementFormPage) *AchievementPreview {
	f := data.AchievementFields
	v := &AchievementPreview{
		Name: f.Name, Description: f.Description, Criteria: f.Criteria, Alt: first(f.Alt, f.Name), Tags: tags(f.Tags), Translations: f.previewTexts(),
	}
	switch {
	case f.Picture == "draw":
		v.Picture = designAddress(f.Shape, f.Letters, f.Background, f.Foreground)
	case f.Picture == "keep" && data.ID != "":
		v.Picture = achievementsURL + "/" + url.PathEscape(data.ID) + "/picture"
	case f.Picture == "auto":
		d := picture.DesignFor(f.Name)
		v.Picture = designAddress(string(d.Shape), d.Letters, d.Background, d.Foreground)
	}
	for _, al := range f.Alignments {
		if al.Name != "" {
			v.Alignments = append(v.Alignments, LinkView{Title: al.Name, URL: al.URL, Text: strings.Trim(al.Framework+" · "+al.Code, " ·")})
		}
	}
	return v
}

func designAddress(shape, letters, background, foreground string) string {
	return designURL + "?" + url.Values{"shape": {shape}, "letters": {letters}, "background": {background}, "foreground": {foreground}}.Encode()
}

// design draws the picture that its address describes, for a preview. A design that cannot be is not found.
func (p *Pages) design(c *gin.Context, _ session) error {
	f := AchievementFields{Shape: c.Query("shape"), Letters: c.Query("letters"), Background: c.Query("background"), Foreground: c.Query("foreground")}
	drawn, err := f.drawn()
	if err != nil {
		return notHere()
	}
	c.Writer.Header().Set("Cache-Control", "private, no-cache")
	if err := send(c, file{media: mediaSVG, body: drawn}); err != nil {
		return fmt.Errorf("drawing of a design: %w", err)
	}
	return nil
}
