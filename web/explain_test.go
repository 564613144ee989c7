package web_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/i18n"
)

// TestEveryCodeHasWordsInEveryLanguage: a code of the closed list without a text, or a text for no code, fails here.
func TestEveryCodeHasWordsInEveryLanguage(t *testing.T) {
	for _, l := range i18n.Locales() {
		tr := translator(t, l)
		wanted := map[string]bool{"explain.heading": true, "explain.next": true}
		for _, topic := range explain.Topics() {
			wanted["explain."+topic] = true
		}
		for _, a := range explain.Advices() {
			wanted["advice."+string(a)] = true
		}
		for key := range wanted {
			if !tr.Has(key) {
				t.Errorf("%s: %s has no text", l.Tag(), key)
			}
		}
		for _, key := range tr.Keys() {
			if (len(key) > 8 && key[:8] == "explain." || len(key) > 7 && key[:7] == "advice.") && !wanted[key] {
				t.Errorf("%s: %s explains nothing", l.Tag(), key)
			}
		}
	}
}
