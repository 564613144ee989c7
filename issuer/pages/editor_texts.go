package pages

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// translationsForm bounds the languages on the form; of more, those that it does not show are kept as they are.
const translationsForm = 16

// TranslationFields are the texts in a further language.
type TranslationFields struct{ Number, Language, Name, Description, Criteria, Alt string }

func (t TranslationFields) empty() bool {
	return t.Language+t.Name+t.Description+t.Criteria+t.Alt == ""
}

// translationFields fills the form with the texts in further languages.
func translationFields(a catalog.Achievement) []TranslationFields {
	var out []TranslationFields
	for i, t := range a.Translations[:min(len(a.Translations), translationsForm)] {
		out = append(out, TranslationFields{strconv.Itoa(i + 1), t.Language, t.Name, t.Description, t.Criteria, t.ImageAlt})
	}
	return out
}

func readTranslations(v func(string) string) []TranslationFields {
	var out []TranslationFields
	for n := 1; n <= translationsForm; n++ {
		at := "-" + strconv.Itoa(n)
		t := TranslationFields{
			strconv.Itoa(len(out) + 1), v("tr-language" + at), v("tr-name" + at), v("tr-description" + at), v("tr-criteria" + at), v("tr-alt" + at),
		}
		if !t.empty() {
			out = append(out, t)
		}
	}
	return out
}

// translations are the texts in further languages that the form asks for. What the form does not show of a language stays.
func (f AchievementFields) translations(old *catalog.Achievement) []catalog.Translation {
	var out []catalog.Translation
	for _, t := range f.Translations {
		n := catalog.Translation{Language: t.Language, Name: t.Name, Description: t.Description, Criteria: t.Criteria, ImageAlt: t.Alt}
		if old != nil {
			if i := slices.IndexFunc(old.Translations, func(o catalog.Translation) bool { return o.Language == t.Language }); i >= 0 {
				n.Tags, n.FieldOfStudy, n.Results = old.Translations[i].Tags, old.Translations[i].FieldOfStudy, slices.Clone(old.Translations[i].Results)
			}
		}
		out = append(out, n)
	}
	if old != nil {
		out = append(out, old.Translations[min(len(old.Translations), translationsForm):]...)
	}
	return out
}

// hours puts the learning hours of the form among the results, named in every language that the pages speak.
func (p *Pages) hours(n *catalog.NewAchievement, hours string, old *catalog.Achievement) (problem string) {
	n.Results = slices.DeleteFunc(n.Results, func(r catalog.ResultDescription) bool { return r.Type == catalog.LearningHours && hours == "" })
	for i := range n.Translations {
		n.Translations[i].Results = slices.DeleteFunc(n.Translations[i].Results, func(r catalog.ResultName) bool {
			return !slices.ContainsFunc(n.Results, func(d catalog.ResultDescription) bool { return d.ID == r.ID })
		})
	}
	if hours == "" {
		return ""
	}
	number, ok := decimalOf(hours)
	if !ok || number < 0 {
		return "achievements.problem.hours"
	}
	required := strconv.FormatFloat(number, 'f', -1, 64)
	if i := slices.IndexFunc(n.Results, func(r catalog.ResultDescription) bool { return r.Type == catalog.LearningHours }); i >= 0 {
		n.Results[i].Required = required
		return ""
	}
	id := "hours"
	for slices.ContainsFunc(n.Results, func(r catalog.ResultDescription) bool { return r.ID == id }) {
		id += "-2"
	}
	own := n.Language
	if own == "" && old != nil {
		own = old.Language
	}
	n.Results = append(n.Results, catalog.ResultDescription{ID: id, Name: p.hoursIn(own), Type: catalog.LearningHours, Required: required})
	for i, t := range n.Translations {
		if l, known := i18n.Parse(t.Language); known {
			n.Translations[i].Results = append(n.Translations[i].Results, catalog.ResultName{ID: id, Name: p.hoursIn(l.Tag())})
		}
	}
	return ""
}

// hoursIn is what learning hours are called in a language.
func (p *Pages) hoursIn(language string) string {
	l, _ := i18n.Parse(language)
	tr, err := p.c.Site.Translator(l)
	if err != nil {
		return "Learning hours"
	}
	return tr.Text("badge.hours")
}

// decimalOf reads a number as people write it: with a point or comma, in the digits of their script.
func decimalOf(s string) (float64, bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r == ',' || r == '٫':
			return '.'
		}
		return r
	}, norm.NFKC.String(s))
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && n < 1e9
}

// LevelFields are the level in a framework of qualifications.
type LevelFields struct{ Name, URL, Framework string }

// levelOf is the first level of an achievement.
func levelOf(of catalog.Achievement) LevelFields {
	for _, a := range of.Levels() {
		return LevelFields{a.Name, a.URL, a.Framework}
	}
	return LevelFields{}
}

// alignmentsOf are the skills and the level of the form, with what it does not show of them.
func (f AchievementFields) alignmentsOf(old *catalog.Achievement) []catalog.Alignment {
	var known []catalog.Alignment
	if old != nil {
		known = old.Skills()
	}
	var out []catalog.Alignment
	for i, al := range f.Alignments {
		a := catalog.Alignment{Name: al.Name, URL: al.URL, Code: al.Code, Framework: al.Framework}
		if i < len(known) && known[i].URL == al.URL {
			a.Description, a.Type = known[i].Description, known[i].Type
		}
		out = append(out, a)
	}
	out = append(out, known[min(len(known), alignmentsForm):]...)
	if l := f.Level; l.Name+l.URL+l.Framework != "" {
		a := catalog.Alignment{Name: l.Name, URL: l.URL, Framework: l.Framework, Type: catalog.QualificationLevel}
		if old != nil {
			for _, was := range old.Levels() {
				if was.URL == a.URL {
					a.Code, a.Description = was.Code, was.Description
				}
			}
		}
		out = append(out, a)
	}
	return out
}

// PreviewText is how the badge page would show a further language.
type PreviewText struct{ Language, Name, Description, Criteria string }

func (f AchievementFields) previewTexts() []PreviewText {
	var out []PreviewText
	for _, t := range f.Translations {
		out = append(out, PreviewText{t.Language, t.Name, t.Description, t.Criteria})
	}
	return out
}

// form returns the trimmed value of a field of the form.
func form(c *gin.Context) func(string) string {
	return func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
}
