package verifier

import (
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

// text returns a string, or of a language map or language value the English or first text.
func text(v ijson.Value) string { return textIn(v, "en") }

// textIn returns a string, or of a language map (Open Badges schemas of 2026-01) or of language values (VCDM 2.0 §11.1) the
// text in that language, else the English or the first one.
func textIn(v ijson.Value, language string) string {
	switch v.Kind() {
	case ijson.String:
		return v.Text()
	case ijson.Object, ijson.Array:
		found := ""
		each(v, func(tag, s string) bool {
			switch {
			case sameLanguage(tag, language):
				found = s
				return false
			case found == "" || tag == "en":
				found = s
			}
			return true
		})
		return found
	}
	return ""
}

// each calls fn with every text in v and its language ("" when it says none), until fn has enough.
func each(v ijson.Value, fn func(language, text string) bool) {
	for _, item := range v.Items() {
		if item.IsString() {
			if !fn("", item.Text()) {
				return
			}
			continue
		}
		if s := item.Member("@value"); s.IsString() {
			if !fn(item.Member("@language").Text(), s.Text()) {
				return
			}
			continue
		}
		for _, m := range item.Members() {
			if m.Value.IsString() && !strings.HasPrefix(m.Name, "@") && !fn(m.Name, m.Value.Text()) {
				return
			}
		}
	}
}

// languagesMaximum bounds how many further languages of one achievement are shown.
const languagesMaximum = 32

// achievementOf is what a subject says was earned, in the languages in which it says it.
func achievementOf(a ijson.Value) *Achievement {
	if len(a.Members()) == 0 {
		return nil
	}
	own := a.Member("inLanguage").Text()
	out := &Achievement{ID: a.Member("id").Text(), AchievementText: textsOf(a, own)}
	out.Language = own
	for _, tag := range languagesOf(a) {
		if !sameLanguage(tag, own) {
			out.add(textsOf(a, tag), tag)
		}
	}
	for _, r := range a.Member("related").Items() {
		if isTranslation(out.ID, r) {
			tag := r.Member("inLanguage").Text()
			out.add(textsOf(r, tag), tag)
		}
	}
	return out
}

func textsOf(a ijson.Value, language string) AchievementText {
	return AchievementText{
		Language: language, Name: textIn(a.Member("name"), language), Description: textIn(a.Member("description"), language),
		Criteria: textIn(a.Member("criteria").Member("narrative"), language), ImageAlt: textIn(a.Member("image").Member("caption"), language),
	}
}

// languagesOf lists the languages of a name that is a language map or several language values.
func languagesOf(a ijson.Value) []string {
	var out []string
	each(a.Member("name"), func(tag, _ string) bool {
		if tag != "" {
			out = append(out, tag)
		}
		return len(out) < languagesMaximum
	})
	return out
}

// isTranslation reports whether a related achievement (Open Badges 3.0 §Related) is the achievement with that id in another
// language: it is an achievement with a language, at the same address with a query. Any other one is another achievement,
// whatever it says of itself.
func isTranslation(id string, r ijson.Value) bool {
	rest, ok := strings.CutPrefix(r.Member("id").Text(), id)
	if id == "" || !ok || !strings.HasPrefix(rest, "?") || r.Member("inLanguage").Text() == "" {
		return false
	}
	for _, t := range r.Member("type").Items() {
		if t.Text() == "Achievement" {
			return true
		}
	}
	return false
}

// add adds texts in a further language, once for each.
func (a *Achievement) add(t AchievementText, language string) {
	if t.Name == "" || len(a.Translations) >= languagesMaximum || sameLanguage(language, a.Language) {
		return
	}
	for _, known := range a.Translations {
		if sameLanguage(known.Language, language) {
			return
		}
	}
	a.Translations = append(a.Translations, t)
}

// In returns the achievement with its texts in that language (a BCP 47 tag, or another of the same base language), where they
// were signed in it; else as it is.
func (a Achievement) In(language string) Achievement {
	if sameLanguage(a.Language, language) {
		return a
	}
	for _, exact := range [...]bool{true, false} {
		if !exact && baseOf(a.Language) == baseOf(language) {
			return a
		}
		for _, t := range a.Translations {
			if sameLanguage(t.Language, language) || !exact && baseOf(t.Language) == baseOf(language) {
				a.AchievementText = t
				return a
			}
		}
	}
	return a
}

// sameLanguage compares tags as BCP 47 does, without case.
func sameLanguage(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

func baseOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return base
}
