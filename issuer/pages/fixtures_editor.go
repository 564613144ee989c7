package pages

import "github.com/openlaurel/laurel/web"

// editor lists the editor of achievements in every state.
func (f fixtures) editor(problems []string) []Fixture {
	t := f.text
	frame := web.Frame{Path: newURL, NoIndex: true, Console: &web.Console{CSRF: "token", Section: "achievements", Name: t("Olga"), MayAward: true,
		MayRevoke: true, MayManage: true}}
	issuers := []Option{{"iss_1", t("Open School Nairobi"), ""}, {"iss_2", t("Library"), ""}}
	empty := AchievementFormPage{Frame: frame, Issuers: issuers[:1], Types: []string{"Badge", "Course"}, Pictures: pictureWays(nil),
		Shapes: []string{"circle", "star"}}
	empty.Picture, empty.Shape, empty.Background, empty.Foreground = "auto", "circle", "#1d4e89", "#ffffff"
	empty.offered()
	full := empty
	full.Issuers = issuers
	full.AchievementFields = AchievementFields{Issuer: "iss_1", Name: t("A"), Description: t("b"), Criteria: t("c"), CriteriaURL: t("x"), Type: "Course",
		Tags: t("d"), Alt: t("e"), Language: t("f"), Field: t("g"), Code: t("h"), Credits: t("3.5"), Picture: "draw", Shape: "star", Letters: t("FA"),
		Background: "#1d4e89", Foreground: "#ffffff", Minors: true, Alignments: []AlignmentFields{{"1", t("provide first aid"), t("y"), t("S1.2"), t("ESCO")}},
		Hours: t("40"), Level: LevelFields{t("EQF level 4"), t("z"), t("European Qualifications Framework")}, Translations: []TranslationFields{
			{"1", "ar", t("الإسعافات الأولية"), t("يساعد حتى تصل النجدة."), t("أكمل الدورة **والاختبار**"), t("ختم")}}}
	full.offered()
	wrong, seen, locked := full, full, full
	wrong.Problems = problems
	seen.Preview = &AchievementPreview{Name: t("First Aid"), Description: t("Helps until help arrives."), Criteria: t("Complete the course **and** the test"),
		Picture: designAddress("star", "FA", "#1d4e89", "#ffffff"), Alt: t("A seal"), Tags: []string{t("health")},
		Alignments:   []LinkView{{t("provide first aid"), "http://data.europa.eu/esco/skill/26ee6ee8", t("ESCO · S1.2")}, {t("Trap"), t("javascript:alert(1)"), ""}},
		Translations: []PreviewText{{"ar", t("الإسعافات الأولية"), t("يساعد حتى تصل النجدة."), t("أكمل الدورة **والاختبار**")}}}
	locked.ID, locked.Version, locked.Locked, locked.Issuers, locked.Pictures = "ach_1", 3, true, issuers[:1], []string{"keep", "draw", "upload", "auto"}
	unlocked := locked
	unlocked.Locked, unlocked.Picture = false, "upload"
	unlocked.Preview = &AchievementPreview{Name: t("First Aid")}
	without := empty
	without.Issuers = nil
	return []Fixture{
		{"achievement-new", "empty", empty}, {"achievement-new", "wrong", wrong}, {"achievement-new", "with a preview", seen},
		{"achievement-new", "of a version that was awarded", locked}, {"achievement-new", "of a version that was not", unlocked},
		{"achievement-new", "without issuers", without},
	}
}
