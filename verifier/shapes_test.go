package verifier_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// shaped is a badge with most members of Open Badges 3.0, every list a list and every text a plain text.
func shaped(w *verifiertest.World) verifiertest.Doc {
	b := w.School.Badge()
	for pointer, text := range map[string]string{
		"/description": `"A badge."`, "/image": `{"id":"https://school.example/i.png","type":"Image","caption":"A torch"}`,
		"/evidence":    `[{"id":"https://school.example/e/1","type":["Evidence"],"name":"Bench","description":"A bench.","narrative":"Welded.","genre":"Photo","audience":"All"}]`,
		"/termsOfUse":  `[{"type":"Terms"}]`,
		"/issuer/type": `["Profile"]`, "/issuer/description": `"A school."`, "/issuer/official": `"A. Head"`, "/issuer/familyName": `"Example"`,
		"/issuer/givenName": `"Ex"`, "/issuer/honorificPrefix": `"Dr"`, "/issuer/otherIdentifier": `[{"type":"IdentifierEntry","identifier":"1","identifierType":"sourcedId"}]`,
		"/issuer/address":                  `{"type":["Address"],"addressCountry":"France","addressRegion":"Bretagne","addressLocality":"Brest","streetAddress":"1 quai","postalCode":"29200","postOfficeBoxNumber":"1"}`,
		"/credentialSubject/licenseNumber": `"7"`, "/credentialSubject/narrative": `"Done."`, "/credentialSubject/role": `"Welder"`, "/credentialSubject/term": `"Spring"`,
		"/credentialSubject/identifier":                    `[{"type":"IdentityObject","hashed":false,"identityHash":"a@example.org","identityType":"emailAddress"}]`,
		"/credentialSubject/result":                        `[{"type":["Result"],"resultDescription":"urn:uuid:1","value":"A","alignment":[{"type":["Alignment"],"targetName":"Arc","targetUrl":"https://f.example/1"}]}]`,
		"/credentialSubject/achievement/fieldOfStudy":      `"Metal"`,
		"/credentialSubject/achievement/humanCode":         `"W1"`,
		"/credentialSubject/achievement/specialization":    `"Arc"`,
		"/credentialSubject/achievement/version":           `"1"`,
		"/credentialSubject/achievement/tag":               `["metal"]`,
		"/credentialSubject/achievement/creator":           `{"id":"https://school.example/p","type":["Profile"],"name":"School"}`,
		"/credentialSubject/achievement/otherIdentifier":   `[{"type":"IdentifierEntry","identifier":"1","identifierType":"sourcedId"}]`,
		"/credentialSubject/achievement/related":           `[{"id":"urn:uuid:2","type":["Related"],"version":"2"}]`,
		"/credentialSubject/achievement/alignment":         `[{"type":["Alignment"],"targetName":"Arc","targetUrl":"https://f.example/1","targetCode":"A","targetDescription":"Arcs","targetFramework":"F"}]`,
		"/credentialSubject/achievement/resultDescription": `[{"id":"urn:uuid:1","type":["ResultDescription"],"name":"Grade","resultType":"LetterGrade","allowedValue":["A"],"requiredValue":"A","valueMin":"A","valueMax":"A","rubricCriterionLevel":[{"id":"urn:uuid:3","type":["RubricCriterionLevel"],"name":"Top","description":"Best","level":"1","points":"9"}]}]`,
	} {
		b = b.With(pointer, verifiertest.Parse(`{"v":` + text + `}`)["v"])
	}
	return b
}

// TestAListOfOneMayStandAlone: the schemas of 2026 admit a bare value for every list of Open Badges, and one of another kind
// nowhere.
func TestAListOfOneMayStandAlone(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b := shaped(w)
	look(t, check(t, w, w.School.VCJWT(keys.EdDSA, b)), ok())
	tried := 0
	for _, pointer := range b.Pointers() {
		list, isList := valueAt(b, pointer).([]any)
		if !isList || len(list) != 1 {
			continue
		}
		tried++
		t.Run(pointer, func(t *testing.T) {
			look(t, check(t, w, w.School.VCJWT(keys.EdDSA, b.With(pointer, list[0]))), ok())
			if r := check(t, w, w.School.VCJWT(keys.EdDSA, b.With(pointer, 7))); r.Verdict != "invalid" {
				t.Errorf("a number: %s", summary(r))
			}
		})
	}
	if tried < 20 {
		t.Errorf("only %d lists", tried)
	}
}

// TestATextMayBeALanguageMap: so do they for every text, with languages for names.
func TestATextMayBeALanguageMap(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b := shaped(w)
	texts := " name description narrative caption genre audience official familyName givenName honorificPrefix addressCountry addressRegion addressLocality" +
		" streetAddress postalCode postOfficeBoxNumber licenseNumber role term value targetName targetCode targetDescription targetFramework fieldOfStudy" +
		" humanCode specialization version requiredValue valueMin valueMax level points "
	tried := 0
	for _, pointer := range b.Pointers() {
		parent, last := pointer[:strings.LastIndexByte(pointer, '/')], pointer[strings.LastIndexByte(pointer, '/')+1:]
		_, isText := valueAt(b, pointer).(string)
		inList := strings.HasSuffix(parent, "/tag") || strings.HasSuffix(parent, "/allowedValue")
		if !isText || !inList && !strings.Contains(texts, " "+last+" ") {
			continue
		}
		tried++
		t.Run(pointer, func(t *testing.T) {
			good, bad := map[string]any{"en": "A", "fr-CA": "B"}, map[string]any{"English": "A"}
			look(t, check(t, w, w.School.VCJWT(keys.EdDSA, b.With(pointer, good))), ok())
			for _, v := range []any{bad, map[string]any{"en": 7}, 7, nil} {
				if r := check(t, w, w.School.VCJWT(keys.EdDSA, b.With(pointer, v))); r.Verdict != "invalid" {
					t.Errorf("%v: %s", v, summary(r))
				}
			}
		})
	}
	if tried < 40 {
		t.Errorf("only %d texts", tried)
	}
}

// valueAt follows a JSON pointer without escapes.
func valueAt(doc verifiertest.Doc, pointer string) any {
	var v any = map[string]any(doc)
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch node := v.(type) {
		case map[string]any:
			v = node[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		}
	}
	return v
}

// TestAnAchievementIsShownInTheReadersLanguage: whatever way of saying it in several languages an issuer chose, and only where it is
// the same achievement.
func TestAnAchievementIsShownInTheReadersLanguage(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const at = "/credentialSubject/achievement"
	b := w.School.Badge().With(at+"/inLanguage", "en").With(at+"/name", "Welding")
	id, _ := valueAt(b, at+"/id").(string)
	related := func(id, types, language string) any {
		return verifiertest.Parse(`{"v":[{"id":"` + id + `","type":[` + types + `],"inLanguage":"` + language + `","name":"لحام","description":"د","criteria":{"narrative":"م"}}]}`)["v"]
	}
	for name, row := range map[string]struct {
		doc    verifiertest.Doc
		arabic string
	}{
		"a related achievement at the same address": {b.With(at+"/related", related(id+"?lang=ar", `"Achievement","Related"`, "ar")), "لحام"},
		"one of a region":                       {b.With(at+"/related", related(id+"?lang=ar", `"Achievement","Related"`, "ar-EG")), "لحام"},
		"one at another address":                {b.With(at+"/related", related("https://school.example/other?lang=ar", `"Achievement","Related"`, "ar")), "Welding"},
		"one that is a longer address":          {b.With(at+"/related", related(id+"2?lang=ar", `"Achievement","Related"`, "ar")), "Welding"},
		"one in the achievement's own language": {b.With(at+"/related", related(id+"?lang=ar", `"Achievement","Related"`, "en")), "Welding"},
		"a reference":                           {b.With(at+"/related", related(id+"?lang=ar", `"Related"`, "ar")), "Welding"},
		"a language map":                        {b.With(at+"/name", verifiertest.Parse(`{"v":{"en":"Welding","ar":"لحام"}}`)["v"]), "لحام"},
		"a language map without the language":   {b.With(at+"/name", verifiertest.Parse(`{"v":{"fr":"Soudure","en":"Welding"}}`)["v"]), "Welding"},
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, w, w.School.VCJWT(keys.EdDSA, row.doc))
			if r.Achievement == nil {
				t.Fatal(summary(r))
			}
			if got := r.Achievement.In("ar").Name; got != row.arabic {
				t.Errorf("in Arabic %q", got)
			}
			for _, language := range []string{"", "en", "en-GB"} {
				if got := r.Achievement.In(language).Name; got != "Welding" {
					t.Errorf("in %q: %q", language, got)
				}
			}
		})
	}
}
