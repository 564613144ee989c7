package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/issuer/catalog"
)

func translated() catalog.NewAchievement {
	n := course()
	n.Language, n.Tags, n.FieldOfStudy = "en", []string{"health"}, "Health"
	n.Results = []catalog.ResultDescription{{ID: "score", Name: "Score", Type: "Percent"}, {ID: "level", Name: "Level", Type: "PerformanceLevel"}}
	n.Translations = []catalog.Translation{
		{Language: "zh-Hant", Name: "急救(繁體)", Description: "能施救。", Criteria: "通過課程。"},
		{Language: "ar", Name: "الإسعافات الأولية", Description: "يستطيع المساعدة.", Criteria: "اجتياز الدورة.", Tags: []string{"صحة"},
			FieldOfStudy: "الصحة", Results: []catalog.ResultName{{ID: "score", Name: "الدرجة"}}},
		{Language: "zh", Name: "急救", Description: "能施救。", Criteria: "通过课程。"},
	}
	return n
}

func TestAnAchievementIsReadInTheReadersLanguage(t *testing.T) {
	s, _, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "School"})
	a := add(t, s, translated())
	for reader, want := range map[string]string{
		"": "First aid", "en": "First aid", "en-GB": "First aid", "fr": "First aid", "ar": "الإسعافات الأولية", "ar-EG": "الإسعافات الأولية", "AR": "الإسعافات الأولية",
		"zh": "急救", "zh-Hant": "急救(繁體)", "zh-TW": "急救",
	} {
		if got := a.In(reader).Name; got != want {
			t.Errorf("%q reads %q, want %q", reader, got, want)
		}
	}
	got := a.In("ar")
	if got.Language != "ar" || got.Tags[0] != "صحة" || got.FieldOfStudy != "الصحة" || got.Results[0].Name != "الدرجة" || got.Results[1].Name != "Level" {
		t.Errorf("in Arabic: %+v", got)
	}
	if a.Results[0].Name != "Score" || got.ID != a.ID {
		t.Error("reading changed the achievement")
	}
	if diff := cmp.Diff([]string{"en", "ar", "zh", "zh-Hant"}, a.Languages()); diff != "" {
		t.Error(diff)
	}
}

func TestTranslationsMakeAVersion(t *testing.T) {
	s, m, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "School"})
	a := add(t, s, translated())
	m.lock(a.ID, 1)
	same := translated()
	same.Translations[0], same.Translations[2] = same.Translations[2], same.Translations[0]
	if got, err := s.ReviseAchievement(t.Context(), a.ID, same, "cli"); err != nil || got.Version != 1 {
		t.Errorf("the same in another order: version %d, %v", got.Version, err)
	}
	other := translated()
	other.Translations[1].Name = "إسعافات أولية"
	if got, err := s.ReviseAchievement(t.Context(), a.ID, other, "cli"); err != nil || got.Version != 2 || got.In("ar").Name != "إسعافات أولية" {
		t.Errorf("another text: version %d, %v", got.Version, err)
	}
}

func TestTranslationsThatAreRefused(t *testing.T) {
	s, m, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "School"})
	for name, row := range map[string]struct {
		at     string
		change func(*catalog.NewAchievement)
	}{
		"no language":                  {"/translations/0/language", func(n *catalog.NewAchievement) { n.Translations[0].Language = "" }},
		"a language that is none":      {"/translations/0/language", func(n *catalog.NewAchievement) { n.Translations[0].Language = "Arabic" }},
		"the achievement's own":        {"/translations/0/language", func(n *catalog.NewAchievement) { n.Translations[0].Language = "en" }},
		"the same twice":               {"/translations/2/language", func(n *catalog.NewAchievement) { n.Translations[2].Language = "ar" }},
		"no name":                      {"/translations/0/name", func(n *catalog.NewAchievement) { n.Translations[0].Name = " " }},
		"no description":               {"/translations/0/description", func(n *catalog.NewAchievement) { n.Translations[0].Description = "" }},
		"criteria left out":            {"/translations/0/criteria", func(n *catalog.NewAchievement) { n.Translations[0].Criteria = "" }},
		"criteria of none":             {"/translations/0/criteria", func(n *catalog.NewAchievement) { n.Criteria, n.CriteriaURL = "", "https://a.example/" }},
		"a control character":          {"/translations/0/name", func(n *catalog.NewAchievement) { n.Translations[0].Name = "a\x1bb" }},
		"a result that is not there":   {"/translations/1/results/0/id", func(n *catalog.NewAchievement) { n.Translations[1].Results[0].ID = "none" }},
		"a tag twice":                  {"/translations/1/tags/1", func(n *catalog.NewAchievement) { n.Translations[1].Tags = []string{"a", "a"} }},
		"more than fits in credential": {"/translations", func(n *catalog.NewAchievement) { n.Translations[0].Criteria = strings.Repeat("a", 64<<10) }},
		"too many": {"/translations", func(n *catalog.NewAchievement) {
			for len(n.Translations) <= 16 {
				n.Translations = append(n.Translations, n.Translations[0])
			}
		}},
	} {
		n := translated()
		row.change(&n)
		_, err := s.AddAchievement(t.Context(), n, "cli")
		var found catalog.Mistakes
		if !errors.As(err, &found) || found[0].At != row.at {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(m.all) != 0 {
		t.Error("something was stored")
	}
}
