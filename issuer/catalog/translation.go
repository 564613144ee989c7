package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// Bounds of the translations of one achievement: all of them stand in every credential of it.
const (
	translationsMax     = 16
	translationBytesMax = 64 << 10 // of all texts in further languages together
)

// Translation is the texts of an achievement in one further language. What it leaves out is shown in the achievement's own
// language.
type Translation struct {
	Language     string       `json:"language"` // BCP 47 as OB 3.0 LanguageCode, another one than the achievement's
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Criteria     string       `json:"criteria,omitempty"` // Markdown; required where the achievement has Criteria
	Tags         []string     `json:"tags,omitempty"`
	FieldOfStudy string       `json:"field_of_study,omitempty"`
	ImageAlt     string       `json:"image_alt,omitempty"`
	Results      []ResultName `json:"results,omitempty"`
}

// ResultName is the name of a result description in a further language.
type ResultName struct {
	ID   string `json:"id"` // of the result description
	Name string `json:"name"`
}

// In returns the achievement with the texts of that language (a BCP 47 tag): of exactly it, else of its base language, else
// a as it is. Language of what is returned says which one it is; identity and everything that is no text stay.
func (a Achievement) In(language string) Achievement {
	i := a.translation(language)
	if i < 0 {
		return a
	}
	t := a.Translations[i]
	a.Language, a.Name, a.Description = t.Language, t.Name, t.Description
	a.Criteria, a.FieldOfStudy = cmp.Or(t.Criteria, a.Criteria), cmp.Or(t.FieldOfStudy, a.FieldOfStudy)
	if len(t.Tags) > 0 {
		a.Tags = t.Tags
	}
	if a.Image != nil && t.ImageAlt != "" {
		a.Image = &Image{Type: a.Image.Type, Alt: t.ImageAlt, Data: a.Image.Data}
	}
	if len(t.Results) > 0 {
		a.Results = slices.Clone(a.Results)
		for i, r := range a.Results {
			if j := slices.IndexFunc(t.Results, func(n ResultName) bool { return n.ID == r.ID }); j >= 0 {
				a.Results[i].Name = t.Results[j].Name
			}
		}
	}
	return a
}

// Languages lists the languages of the achievement's texts, its own first.
func (a Achievement) Languages() []string {
	out := []string{a.Language}
	for _, t := range a.Translations {
		out = append(out, t.Language)
	}
	return out
}

// translation is the index of the translation for a language; -1 for the achievement's own texts.
func (a Achievement) translation(language string) int {
	if language == "" || strings.EqualFold(language, a.Language) {
		return -1
	}
	if i := slices.IndexFunc(a.Translations, func(t Translation) bool { return strings.EqualFold(t.Language, language) }); i >= 0 {
		return i
	}
	base := baseLanguage(language)
	if base == baseLanguage(a.Language) {
		return -1
	}
	return slices.IndexFunc(a.Translations, func(t Translation) bool { return baseLanguage(t.Language) == base })
}

func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(base)
}

// translations puts the translations in the order of their languages and checks them against n, which they translate.
func (c *checker) translations(n *NewAchievement) {
	if len(n.Translations) > translationsMax {
		c.wrong("/translations", "many", "at most %d further languages", translationsMax)
		return
	}
	seen, size := map[string]bool{n.Language: true}, 0
	for i, t := range n.Translations {
		at := ijson.Index("/translations", i)
		switch {
		case !isLanguage(t.Language):
			c.wrong(at+"/language", "language", "this is no language code such as \"en\", \"ar\" or \"zh-Hans\"")
		case seen[t.Language]:
			c.wrong(at+"/language", "twice", "the texts in %.16q stand twice", t.Language)
		}
		seen[t.Language] = true
		c.translation(at, n, t)
		size += t.size()
	}
	if size > translationBytesMax {
		c.wrong("/translations", "many", "the texts in further languages have %d bytes, at most %d are taken", size, translationBytesMax)
	}
	n.Translations = slices.Clone(n.Translations)
	slices.SortStableFunc(n.Translations, func(a, b Translation) int { return strings.Compare(a.Language, b.Language) })
}

func (c *checker) translation(at string, n *NewAchievement, t Translation) {
	c.required(at+"/name", t.Name, nameMax, "")
	c.required(at+"/description", t.Description, limits.TextBytes, lines)
	if strings.TrimSpace(n.Criteria) != "" {
		c.required(at+"/criteria", t.Criteria, limits.TextBytes, lines)
	} else if t.Criteria != "" {
		c.wrong(at+"/criteria", "other", "the achievement has no criteria that this could translate")
	}
	c.text(at+"/field_of_study", t.FieldOfStudy, shortMax, "")
	c.text(at+"/image_alt", t.ImageAlt, textMax, "")
	c.tags(at+"/tags", t.Tags)
	seen := map[string]bool{}
	for i, named := range t.Results {
		here := ijson.Index(at+"/results", i)
		switch {
		case !slices.ContainsFunc(n.Results, func(r ResultDescription) bool { return r.ID == named.ID }):
			c.wrong(here+"/id", "other", "the achievement describes no result %.60q", named.ID)
		case seen[named.ID]:
			c.wrong(here+"/id", "twice", "the id stands twice")
		}
		seen[named.ID] = true
		c.required(here+"/name", named.Name, nameMax, "")
	}
}

// size is the length of all texts.
func (t Translation) size() int {
	n := len(t.Name) + len(t.Description) + len(t.Criteria) + len(t.FieldOfStudy) + len(t.ImageAlt)
	for _, tag := range t.Tags {
		n += len(tag)
	}
	for _, named := range t.Results {
		n += len(named.Name)
	}
	return n
}
