package pages_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

func complete(more ...string) []string {
	return append([]string{"issuer", "iss_1", "name", "First Aid", "description", "Helps.", "criteria", "Pass **both** tests"}, more...)
}

func TestAnAchievementIsPreviewedWithoutBeingSaved(t *testing.T) {
	o := newOffice(t)
	rec := o.send("/console/achievements/new", complete("step", "preview", "way", "draw", "shape", "star", "letters", "fa", "background", "#ffffff",
		"foreground", "#fffffe", "tags", "a, b", "skill-1", "provide first aid", "skill-url-1", "javascript:alert(1)")...)
	page := words(rec)
	if rec.Code != http.StatusOK || len(o.added) > 0 {
		t.Fatalf("%d, %d saved", rec.Code, len(o.added))
	}
	for _, want := range []string{"<strong>both</strong>", "/console/achievements/design.svg?background=%23ffffff", `<span class="tag">a</span>`, "provide first aid"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview does not show %q: %s", want, page)
		}
	}
	if strings.Contains(page, `href="javascript:`) {
		t.Error("a link that runs (D08)")
	}
	drawn := o.get("/console/achievements/design.svg?shape=star&letters=fa&background=%23ffffff&foreground=%23fffffe")
	if drawn.Code != http.StatusOK || !strings.Contains(drawn.Body.String(), `stroke="#000000"`) ||
		!strings.Contains(drawn.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("white letters on white are not made readable: %d %s", drawn.Code, drawn.Body)
	}
	for _, bad := range []string{"shape=cube&letters=A", "shape=star&letters=%3Cscript%3E", "shape=star&letters=ABCD", "shape=star&background=red"} {
		if rec := o.get("/console/achievements/design.svg?" + bad); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, rec.Code)
		}
	}
}

func TestAnAchievementTakesAllThatTheFormSays(t *testing.T) {
	o := newOffice(t)
	for name, fields := range map[string][]string{
		"credits that are none":        complete("credits", "many"),
		"letters that cannot be drawn": complete("way", "draw", "shape", "star", "letters", "Ж"),
		"a shape that there is not":    complete("way", "draw", "shape", "cube"),
		"an upload without a file":     complete("way", "upload", "alt", "a cross"),
		"nothing about how to earn it": {"issuer", "iss_1", "name", "n", "description", "d"},
	} {
		if rec := o.send("/console/achievements/new", fields...); rec.Code != http.StatusUnprocessableEntity || len(o.added) > 0 {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	rec := o.send("/console/achievements/new", complete("way", "draw", "shape", "shield", "letters", "FA", "background", "#123456", "foreground", "#ffffff",
		"credits", "3,5", "field", "Health", "code", "FA-1", "minors", "yes", "criteria_url", "https://example.org/c", "tags", "a, b",
		"skill-2", "provide first aid", "skill-url-2", "https://example.org/s", "skill-framework-2", "ESCO", "skill-code-2", "S1")...)
	if rec.Code != http.StatusSeeOther || len(o.added) != 1 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	n := o.added[0]
	if n.Image == nil || n.Image.Type != "image/svg+xml" || n.Image.Alt != "First Aid" || !strings.HasPrefix(string(n.Image.Data), "<svg") {
		t.Errorf("picture: %+v", n.Image)
	}
	if n.Credits == nil || *n.Credits != 3.5 || n.FieldOfStudy != "Health" || n.HumanCode != "FA-1" || !n.Minors || n.CriteriaURL == "" || len(n.Tags) != 2 ||
		len(n.Alignments) != 1 || n.Alignments[0] != (catalog.Alignment{Name: "provide first aid", URL: "https://example.org/s", Code: "S1", Framework: "ESCO"}) {
		t.Errorf("%+v", n)
	}
}

// A change keeps what the form does not show, and says what saving means for those who have the badge.
// Two people change one achievement: who saves last is told before anything of the first is lost, also after a preview, and may
// mean it.
func TestWhoSavesLastIsToldOfTheFirst(t *testing.T) {
	o := newOffice(t)
	o.kept = &catalog.Achievement{ID: "ach_1", IssuerID: "iss_1", Version: 1, Name: "First Aid", Description: "d", Criteria: "c", Language: "en"}
	at := "/console/achievements/ach_1/edit"
	seen := func(rec *httptest.ResponseRecorder) string {
		m := regexp.MustCompile(`name="seen" value="([0-9a-f]{32})"`).FindStringSubmatch(rec.Body.String())
		if m == nil {
			t.Fatal("the form does not say from what it was filled in")
		}
		return m[1]
	}
	mine := seen(o.get(at))
	changed := *o.kept
	changed.Description = "what somebody else wrote"
	o.kept = &changed
	if previewed := seen(o.send(at, complete("step", "preview", "seen", mine)...)); previewed != mine {
		t.Error("a preview forgets from what the form was filled in")
	}
	rec := o.send(at, complete("seen", mine)...)
	if rec.Code != http.StatusUnprocessableEntity || len(o.revised) > 0 || !strings.Contains(words(rec), "Somebody else has changed") {
		t.Fatalf("%d, %v", rec.Code, o.revised)
	}
	if rec := o.send(at, complete("seen", seen(rec))...); rec.Code != http.StatusSeeOther || len(o.revised) != 1 {
		t.Errorf("sent once more: %d, %v", rec.Code, o.revised)
	}
}

func TestAnAchievementIsChanged(t *testing.T) {
	o := newOffice(t)
	o.kept = &catalog.Achievement{ID: "ach_1", IssuerID: "iss_1", Version: 3, Locked: true, Name: "First Aid", Description: "d", Criteria: "c", Language: "en",
		Results:    []catalog.ResultDescription{{ID: "score", Name: "Score", Type: "Percent"}},
		Alignments: []catalog.Alignment{{Name: "s", URL: "https://example.org/s", Description: "long", Type: "ceasn:Competency"}},
		Image:      &catalog.Image{Type: "image/png", Alt: "a cross", Data: []byte("x")}}
	at := "/console/achievements/ach_1/edit"
	page := words(o.get(at))
	for _, want := range []string{"becomes the next version", `value="First Aid"`, `value="https://example.org/s"`, `value="keep" checked`} {
		if !strings.Contains(page, want) {
			t.Errorf("the form does not say %q: %s", want, page)
		}
	}
	if rec := o.send(at, complete("way", "keep")...); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a picture without words: %d", rec.Code)
	}
	if rec := o.send(at, complete("issuer", "iss_9", "way", "keep", "alt", "a red cross", "skill-1", "s", "skill-url-1", "https://example.org/s")...); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	n := o.added[0]
	if o.revised[0] != "ach_1" || n.Issuer != "iss_1" || len(n.Results) != 1 || n.Alignments[0].Type != "ceasn:Competency" || n.Alignments[0].Description != "long" ||
		n.Image == nil || n.Image.Data != nil || n.Image.Alt != "a red cross" {
		t.Errorf("%+v", n)
	}
	if len(n.Translations) != 0 {
		t.Errorf("languages that nobody wrote: %+v", n.Translations)
	}
	o.kept.Locked = false
	if page := words(o.get(at)); !strings.Contains(page, "Nobody has been awarded this version yet") {
		t.Error("the form speaks of a version that was awarded")
	}
	o.kept = nil
	if rec := o.get("/console/achievements/ach_9/edit"); rec.Code != http.StatusNotFound {
		t.Errorf("one that there is not: %d", rec.Code)
	}
}

// Further languages, hours and level are written on the form; what it does not show of them stays.
func TestAnAchievementHasLanguagesHoursAndALevel(t *testing.T) {
	o := newOffice(t)
	french := []string{"language", "en", "tr-language-3", "fr", "tr-name-3", "Premiers secours", "tr-description-3", "Aide.", "tr-criteria-3", "Réussir.", "tr-alt-3", "Croix"}
	if rec := o.send("/console/achievements/new", complete(append(french, "hours", "٣٧٫٥", "level", "EQF level 4", "level-url", "https://example.org/eqf/4",
		"level-framework", "EQF")...)...); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	n := o.added[0]
	if len(n.Translations) != 1 || n.Translations[0].Name != "Premiers secours" || n.Translations[0].ImageAlt != "Croix" ||
		n.Translations[0].Results[0] != (catalog.ResultName{ID: "hours", Name: "Heures d’apprentissage"}) {
		t.Errorf("in French: %+v", n.Translations)
	}
	if r := n.Results; len(r) != 1 || r[0].ID != "hours" || r[0].Required != "37.5" || r[0].Type != catalog.LearningHours || r[0].Name != "Learning hours" {
		t.Errorf("hours: %+v", r)
	}
	if len(n.Alignments) != 1 || n.Alignments[0] != (catalog.Alignment{Name: "EQF level 4", URL: "https://example.org/eqf/4", Framework: "EQF", Type: catalog.QualificationLevel}) {
		t.Errorf("level: %+v", n.Alignments)
	}
	o.kept = &catalog.Achievement{ID: "ach_1", IssuerID: "iss_1", Version: 1, Name: n.Name, Description: n.Description, Criteria: n.Criteria, Language: "en",
		Results: n.Results, Alignments: n.Alignments, Translations: n.Translations}
	o.kept.Translations[0].Tags = []string{"santé"}
	at := "/console/achievements/ach_1/edit"
	page := words(o.get(at))
	for _, want := range []string{`value="37.5"`, `value="EQF level 4"`, `value="Premiers secours"`, `id="tr-name-2"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the form does not say %q", want)
		}
	}
	if rec := o.send(at, complete(append(french, "hours", "40")...)...); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if n = o.added[1]; n.Results[0].Required != "40" || len(n.Alignments) != 0 || n.Translations[0].Tags[0] != "santé" || len(n.Translations[0].Results) != 1 {
		t.Errorf("changed: %+v", n)
	}
	if rec := o.send(at, complete(french...)...); rec.Code != http.StatusSeeOther || len(o.added[2].Results) != 0 || len(o.added[2].Translations[0].Results) != 0 {
		t.Errorf("without hours: %d %+v", rec.Code, o.added[len(o.added)-1])
	}
	if rec := o.send(at, complete("hours", "forty")...); rec.Code != http.StatusUnprocessableEntity || len(o.added) != 3 {
		t.Errorf("hours that are none: %d", rec.Code)
	}
}

// What the catalogue finds wrong is said in the visitor's language, with the field that it is about.
func TestMistakesOfAnAchievementAreSaidWithTheirFields(t *testing.T) {
	o := newOffice(t)
	o.refuse = fault.New(fault.Invalid, catalog.Mistakes{
		{At: "/translations/1/name", Code: "required", Sentence: "this is required"}, {At: "/alignments/0/url", Code: "url", Sentence: "this is no https address"},
		{At: "/tags/2", Code: "twice", Sentence: "the tag stands twice"}, {At: "/image/data", Code: "picture", Sentence: "the picture is neither"},
		{At: "/slug", Code: "other", Sentence: "a slug has letters"},
	}, "all of them")
	page := words(o.send("/console/achievements/new?lang=zh", complete("way", "auto")...))
	for _, want := range []string{"另一种语言 2 · 名称：此项必填。", "框架中的技能 · 网址（https）：这不是 https 网址。", "标签：此项重复。", "图片：图片须为 PNG 或 SVG", "a slug has letters"} {
		if !strings.Contains(page, want) {
			t.Errorf("the form does not say %q", want)
		}
	}
	if strings.Contains(page, "this is required") {
		t.Error("a mistake is told in English")
	}
}
