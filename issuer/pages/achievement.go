package pages

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer/access"
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
	MayChange              bool
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
			Version: a.Version, MayChange: s.may(access.Admin, a.IssuerID)})
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
