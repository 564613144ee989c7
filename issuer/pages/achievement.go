package pages

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/web"
)

// AchievementsPage is the data of page "achievements".
type AchievementsPage struct {
	web.Frame
	Achievements []AchievementRow
}

// AchievementRow is one achievement of the list.
type AchievementRow struct {
	ID, Name, Slug, Issuer string
	Version                int
}

// AchievementFormPage is the data of page "achievement-new".
type AchievementFormPage struct {
	web.Frame
	Problems                  []string
	Issuers                   []Option
	Types                     []string
	Issuer, Name, Description string
	Criteria, Type, Tags, Alt string
	Language                  string
}

func (p *Pages) achievements(c *gin.Context, s session) error {
	all, err := s.achievements(c.Request.Context(), access.Read)
	if err != nil {
		return err
	}
	issuers, err := s.issuers(c.Request.Context(), access.Read)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, i := range issuers {
		names[i.ID] = i.Name
	}
	data := AchievementsPage{Frame: s.frame(c, "achievements")}
	for _, a := range all {
		data.Achievements = append(data.Achievements, AchievementRow{ID: a.ID, Name: a.Name, Slug: a.Slug, Issuer: names[a.IssuerID],
			Version: a.Version})
	}
	return p.show(c, http.StatusOK, "achievements", data)
}

func (p *Pages) achievementPicture(c *gin.Context, s session) error {
	a, err := s.achievement(c.Request.Context(), access.Read, c.Param("id"))
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Cache-Control", "private, no-cache")
	return p.picture(c, shown{achievement: a})
}

func (p *Pages) achievementPage(c *gin.Context, s session) (AchievementFormPage, error) {
	data := AchievementFormPage{Frame: s.frame(c, "achievements"), Types: catalog.AchievementTypes()}
	issuers, err := s.issuers(c.Request.Context(), access.Admin)
	if err != nil {
		return data, err
	}
	for _, i := range issuers {
		data.Issuers = append(data.Issuers, Option{Value: i.ID, Label: i.Name})
	}
	return data, nil
}

func (p *Pages) achievementForm(c *gin.Context, s session) error {
	data, err := p.achievementPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "achievement-new", data)
}

func (p *Pages) achievementAdd(c *gin.Context, s session) error {
	data, err := p.achievementPage(c, s)
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data.Issuer, data.Name, data.Description, data.Criteria = v("issuer"), v("name"), v("description"), v("criteria")
	data.Type, data.Tags, data.Alt, data.Language = v("type"), v("tags"), v("alt"), v("language")
	n := catalog.NewAchievement{
		Issuer: data.Issuer, Name: data.Name, Description: data.Description, Criteria: data.Criteria, Type: data.Type,
		Tags: tags(data.Tags), Language: data.Language,
	}
	data.Problems = p.achievementProblems(c, data)
	picture, err := upload(c, "picture", limits.ImageBytes)
	switch {
	case errors.Is(err, errTooLarge):
		data.Problems = append(data.Problems, p.say(c, "form.problem.picture"))
	case err != nil:
		return err
	case picture != nil:
		n.Image = &catalog.Image{Type: pictureType(picture), Alt: data.Alt, Data: picture}
		if data.Alt == "" {
			data.Problems = append(data.Problems, p.say(c, "form.problem.alt"))
		}
	}
	if data.Issuer != "" {
		if err := s.permit(access.Admin, data.Issuer); err != nil {
			return err
		}
	}
	if len(data.Problems) == 0 {
		_, err := p.c.Catalogue.AddAchievement(c.Request.Context(), n, s.actor())
		if err == nil {
			return seeOther(c, "/console/achievements")
		}
		if data.Problems = correctable(err); data.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "achievement-new", data)
}

func (p *Pages) achievementProblems(c *gin.Context, data AchievementFormPage) (problems []string) {
	for _, f := range [...]struct{ key, value string }{
		{"issuer", data.Issuer}, {"name", data.Name}, {"description", data.Description}, {"criteria", data.Criteria},
	} {
		if f.value == "" {
			problems = append(problems, p.say(c, "form.problem."+f.key))
		}
	}
	return problems
}

func tags(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ',' || c == '،' || c == '，' || c == ';' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// pictureType tells PNG by its signature; everything else is left to the catalogue to judge as a drawing.
func pictureType(data []byte) string {
	if strings.HasPrefix(string(data[:min(len(data), 8)]), "\x89PNG\r\n\x1a\n") {
		return mediaPNG
	}
	return mediaSVG
}

var errTooLarge = errors.New("file too large")

// upload returns the bytes of a file field, nil when no file was chosen, or errTooLarge.
func upload(c *gin.Context, field string, bound int64) ([]byte, error) {
	f, header, err := c.Request.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("file %s of a form: %w", field, err)
	}
	return readUpload(f, header, bound)
}

func readUpload(f multipart.File, header *multipart.FileHeader, bound int64) (data []byte, err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	if header.Size == 0 {
		return nil, nil
	}
	if header.Size > bound {
		return nil, errTooLarge
	}
	data, err = io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("file of a form: %w", err)
	}
	return data, nil
}
