package catalog_test

import (
	"testing"

	"github.com/openlaurel/laurel/issuer/catalog"
)

// TestTheStateOfAnAchievementIsWhatItSays: whoever changes one is warned of every change, and of nothing else.
func TestTheStateOfAnAchievementIsWhatItSays(t *testing.T) {
	state := func(change func(*catalog.Achievement)) string {
		a := catalog.Achievement{
			ID: "ach_1", Version: 2, Name: "First aid", Description: "d", Criteria: "c", Language: "en",
			Image: &catalog.Image{Type: "image/png", Alt: "a cross", Data: []byte("x")},
		}
		change(&a)
		s, err := a.State()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state(func(*catalog.Achievement) {})
	for name, change := range map[string]func(*catalog.Achievement){
		"a word":                    func(a *catalog.Achievement) { a.Name = "First Aid" },
		"the version":               func(a *catalog.Achievement) { a.Version = 3 },
		"the picture":               func(a *catalog.Achievement) { a.Image.Data = []byte("y") },
		"the words for the picture": func(a *catalog.Achievement) { a.Image.Alt = "a red cross" },
		"no picture":                func(a *catalog.Achievement) { a.Image = nil },
		"a result":                  func(a *catalog.Achievement) { a.Results = []catalog.ResultDescription{{ID: "score"}} },
		"the texts in French": func(a *catalog.Achievement) {
			a.Translations = []catalog.Translation{{Language: "fr", Name: "Secours"}}
		},
		"that learners are children": func(a *catalog.Achievement) { a.Minors = true },
	} {
		if state(change) == before {
			t.Errorf("%s changes nothing", name)
		}
	}
	for name, same := range map[string]func(*catalog.Achievement){
		"a first award": func(a *catalog.Achievement) { a.Locked = true },
		"an empty list": func(a *catalog.Achievement) { a.Tags = []string{} },
	} {
		if state(same) != before {
			t.Errorf("%s changes it", name)
		}
	}
}
