package issuer_test

import (
	"testing"

	"github.com/openlaurel/laurel/issuer/catalog"
)

// TestTextsInSeveralLanguagesAreSigned: the achievement's own texts stay where every reader looks; the others stand beside them as
// related achievements, and the credential's name is in the learner's language.
func TestTextsInSeveralLanguagesAreSigned(t *testing.T) {
	w := newWorld(t)
	if _, err := w.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Slug: "cpr", Name: "CPR", Description: "Can resuscitate.", Criteria: "Passed.", CriteriaURL: "https://a.example/cpr", Language: "en",
		Results:      []catalog.ResultDescription{{ID: "grade", Name: "Grade", Type: "LetterGrade"}},
		Translations: []catalog.Translation{{Language: "ar", Name: "الإنعاش", Description: "يستطيع الإنعاش.", Criteria: "اجتاز الاختبار.", Results: []catalog.ResultName{{ID: "grade", Name: "الدرجة"}}}},
	}, "test"); err != nil {
		t.Fatal(err)
	}
	for language, name := range map[string]string{"": "CPR", "fr": "CPR", "ar": "الإنعاش", "ar-EG": "الإنعاش"} {
		r := request()
		r.AchievementRef, r.ExternalID, r.Recipient.Language = "cpr", "cpr/"+language, language
		got, err := w.awards.Award(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		c := content(t, got.Award.Credentials[0])
		a := c.Achievement()
		if c.Doc.Member("name").Text() != name || a.Member("name").Text() != "CPR" || a.Member("inLanguage").Text() != "en" {
			t.Errorf("%q: the credential is called %s, the achievement %s", language, c.Doc.Member("name").Text(), a.Member("name").Text())
		}
		related := a.Member("related").Items()
		if len(related) != 1 {
			t.Fatalf("%d related achievements", len(related))
		}
		ar, id := related[0], a.Member("id").Text()+"?lang=ar"
		for what, pair := range map[string][2]string{
			"id": {ar.Member("id").Text(), id}, "name": {ar.Member("name").Text(), "الإنعاش"}, "language": {ar.Member("inLanguage").Text(), "ar"},
			"criteria": {ar.Member("criteria").Member("narrative").Text(), "اجتاز الاختبار."}, "criteria page": {ar.Member("criteria").Member("id").Text(), ""},
			"result": {ar.Member("resultDescription").Elems()[0].Member("id").Text(), id + "#grade"}, "version": {ar.Member("version").Text(), "1"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
			}
		}
	}
}
