package catalog

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// How many of each an achievement can have: a credential must stay under limits.CredentialBytes.
const (
	tagsMax       = 64
	alignmentsMax = 64
	resultsMax    = 32
	allowedMax    = 64
	creditsMax    = 1e6
)

// lines are the control characters of texts that can have several lines.
const lines = "\n\r\t"

// checker collects mistakes.
type checker struct{ found Mistakes }

func (c *checker) wrong(at, code, format string, args ...any) {
	c.found = append(c.found, Mistake{At: at, Code: code, Sentence: fmt.Sprintf(format, args...)})
}

func (c *checker) text(at, s string, maximum int, controls string) {
	if bad := badText(s, maximum, controls); bad != "" {
		c.wrong(at, "text", "the text %s (at most %d bytes)", bad, maximum)
	}
}

func (c *checker) required(at, s string, maximum int, controls string) {
	if strings.TrimSpace(s) == "" {
		c.wrong(at, "required", "this is required")
		return
	}
	c.text(at, s, maximum, controls)
}

func (c *checker) slug(s string) {
	if s != "" && !isSlug(s) {
		c.wrong("/slug", "other", "a slug has 1 to %d lower-case letters, digits and inner hyphens", slugMax)
	}
}

func (c *checker) language(s string) {
	if !isLanguage(s) {
		c.wrong("/language", "language", "this is no language code such as \"en\", \"ar\" or \"zh-Hans\"")
	}
}

func (s *Service) checkIssuer(n *NewIssuer) (*Image, error) {
	var c checker
	c.required("/name", n.Name, nameMax, "")
	c.slug(n.Slug)
	c.text("/description", n.Description, textMax, lines)
	c.language(n.Language)
	if n.URL != "" && !isURL(n.URL, "https", "http") {
		c.wrong("/url", "url", "this is no https address")
	}
	if n.Email != "" && !ValidEmail(n.Email) {
		c.wrong("/email", "other", "this is no plain mail address")
	}
	switch n.Algorithm {
	case "ES256", "EdDSA", "RS256":
	default:
		c.wrong("/algorithm", "other", "the algorithm is ES256, EdDSA or RS256")
	}
	img := s.checkImage(&c, n.Image)
	return img, c.found.fault("issuer.invalid")
}

func (s *Service) checkAchievement(n *NewAchievement) (*Image, error) {
	var c checker
	c.required("/name", n.Name, nameMax, "")
	c.required("/description", n.Description, limits.TextBytes, lines)
	c.slug(n.Slug)
	c.language(n.Language)
	c.criteria(n)
	if n.Type != "" && !IsAchievementType(n.Type) {
		c.wrong("/type", "other", "%.60q is no AchievementType of Open Badges 3.0, and no extension such as \"ext:Workshop\"", n.Type)
	}
	c.text("/human_code", n.HumanCode, shortMax, "")
	c.text("/field_of_study", n.FieldOfStudy, shortMax, "")
	if f := n.Credits; f != nil && (math.IsNaN(*f) || *f < 0 || *f > creditsMax) {
		c.wrong("/credits", "number", "credits are a number from 0 to %d", int(creditsMax))
	}
	c.tags("/tags", n.Tags)
	c.alignments(n.Alignments)
	c.results(n.Results)
	c.translations(n)
	img := s.checkImage(&c, n.Image)
	return img, c.found.fault("achievement.invalid")
}

// criteria asks for at least one of narrative and address (OB 3.0 Criteria: SHOULD; the public validator: an error).
func (c *checker) criteria(n *NewAchievement) {
	if strings.TrimSpace(n.Criteria) == "" && n.CriteriaURL == "" {
		c.wrong("/criteria", "criteria", "say what must be done to earn it, as text or as an address")
	}
	c.text("/criteria", n.Criteria, limits.TextBytes, lines)
	if n.CriteriaURL != "" && !isURL(n.CriteriaURL, "https", "http") {
		c.wrong("/criteria_url", "url", "this is no https address")
	}
}

func (c *checker) tags(list string, tags []string) {
	if len(tags) > tagsMax {
		c.wrong(list, "many", "at most %d tags", tagsMax)
		return
	}
	seen := make(map[string]bool, len(tags))
	for i, t := range tags {
		at := ijson.Index(list, i)
		c.required(at, t, shortMax, "")
		if seen[t] {
			c.wrong(at, "twice", "the tag stands twice")
		}
		seen[t] = true
	}
}

func (c *checker) alignments(as []Alignment) {
	if len(as) > alignmentsMax {
		c.wrong("/alignments", "many", "at most %d alignments", alignmentsMax)
		return
	}
	for i, a := range as {
		at := ijson.Index("/alignments", i)
		c.required(at+"/name", a.Name, nameMax, "")
		if !isURL(a.URL, "https") {
			c.wrong(at+"/url", "url", "this is no https address")
		}
		c.text(at+"/code", a.Code, shortMax, "")
		c.text(at+"/framework", a.Framework, shortMax, "")
		c.text(at+"/description", a.Description, textMax, lines)
		if a.Type != "" && !isTerm(a.Type, AlignmentTypes()) {
			c.wrong(at+"/type", "other", "%.60q is no AlignmentTargetType of Open Badges 3.0", a.Type)
		}
	}
}

func (c *checker) results(rs []ResultDescription) {
	if len(rs) > resultsMax {
		c.wrong("/results", "many", "at most %d result descriptions", resultsMax)
		return
	}
	seen := make(map[string]bool, len(rs))
	for i, r := range rs {
		at := ijson.Index("/results", i)
		if !isSlug(r.ID) {
			c.wrong(at+"/id", "other", "an id has 1 to %d lower-case letters, digits and inner hyphens", slugMax)
		} else if seen[r.ID] {
			c.wrong(at+"/id", "twice", "the id stands twice")
		}
		seen[r.ID] = true
		c.required(at+"/name", r.Name, nameMax, "")
		if !isTerm(r.Type, ResultTypes()) {
			c.wrong(at+"/type", "other", "%.60q is no ResultType of Open Badges 3.0", r.Type)
		}
		c.values(at, r)
	}
}

// values checks the values of one result description against one another.
func (c *checker) values(at string, r ResultDescription) {
	if len(r.AllowedValues) > allowedMax {
		c.wrong(at+"/allowed_values", "many", "at most %d values", allowedMax)
		return
	}
	seen := make(map[string]bool, len(r.AllowedValues))
	for i, v := range r.AllowedValues {
		c.required(ijson.Index(at+"/allowed_values", i), v, shortMax, "")
		if seen[v] {
			c.wrong(ijson.Index(at+"/allowed_values", i), "twice", "the value stands twice")
		}
		seen[v] = true
	}
	c.text(at+"/min", r.Min, shortMax, "")
	c.text(at+"/max", r.Max, shortMax, "")
	c.text(at+"/required", r.Required, shortMax, "")
	if r.Required != "" && len(seen) > 0 && !seen[r.Required] {
		c.wrong(at+"/required", "other", "the required value is none of the allowed ones")
	}
	low, err1 := strconv.ParseFloat(r.Min, 64)
	high, err2 := strconv.ParseFloat(r.Max, 64)
	if err1 == nil && err2 == nil && low > high {
		c.wrong(at+"/min", "other", "the minimum is above the maximum")
	}
}

// checkImage returns the sanitised picture, or nil when there is none or it is wrong.
func (s *Service) checkImage(c *checker, img *Image) *Image {
	if img == nil || len(img.Data) == 0 && img.Alt == "" {
		return nil
	}
	c.required("/image/alt", img.Alt, textMax, "")
	if len(img.Data) == 0 {
		c.wrong("/image/data", "picture", "there is a text for a picture, and no picture")
		return nil
	}
	if len(img.Data) > limits.ImageBytes {
		c.wrong("/image/data", "picture", "the picture has %d bytes, at most %d are taken", len(img.Data), limits.ImageBytes)
		return nil
	}
	clean, kind, err := s.pictures.Sanitise(img.Data)
	if err != nil {
		c.wrong("/image/data", "picture", "%s", pictureSentence(err))
		return nil
	}
	switch kind {
	case "png":
		kind = "image/png"
	case "svg":
		kind = "image/svg+xml"
	}
	if kind != "image/png" && kind != "image/svg+xml" {
		c.wrong("/image/data", "picture", "the picture is neither PNG nor SVG")
		return nil
	}
	return &Image{Type: kind, Alt: img.Alt, Data: clean}
}

func pictureSentence(err error) string {
	if p := fault.Describe(err); p.Kind != fault.Internal {
		return strings.TrimSpace(p.Sentence + " " + p.Hint)
	}
	if d := fault.AsDefect(err); d.Code != "internal" {
		return d.Detail
	}
	return "the picture cannot be read as PNG or SVG"
}

// onlyPNG stands in for a sanitiser: it knows a PNG by its signature and refuses everything else.
type onlyPNG struct{}

// Sanitise implements Pictures.
func (onlyPNG) Sanitise(data []byte) ([]byte, string, error) {
	if !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		return nil, "", fault.New(fault.Unsupported, nil, "the picture is no PNG").Code("image.type")
	}
	return data, "image/png", nil
}
