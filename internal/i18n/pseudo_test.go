package i18n_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/i18n"
)

func TestPseudoTextIsLongerInBracketsAndKeepsPlaceholders(t *testing.T) {
	for _, in := range []string{"Hello {name}", "", "x", "{a}{b}", "An open { stays", "Check a badge that anybody gave to you, {n} times"} {
		got := i18n.Pseudo(in)
		if !strings.HasPrefix(got, i18n.PseudoOpen) || !strings.HasSuffix(got, i18n.PseudoClose) {
			t.Errorf("%q has no brackets", got)
		}
		if n := utf8.RuneCountInString(in); utf8.RuneCountInString(got)*5 < n*7 {
			t.Errorf("%q is not 40 %% longer than %q", got, in)
		}
		if !slices.Equal(i18n.Placeholders(got), i18n.Placeholders(in)) {
			t.Errorf("%q lost a placeholder of %q", got, in)
		}
	}
	if got := i18n.Pseudo("Sign out"); strings.Contains(got, "Sign") {
		t.Errorf("%q has no accents", got)
	}
}

func TestAPseudoLocaleIsMadeOfEnglish(t *testing.T) {
	c, err := i18n.NewPseudo(files(), i18n.Arabic)
	if err != nil {
		t.Fatal(err)
	}
	arabic, err := c.Translator(i18n.Arabic)
	if err != nil {
		t.Fatal(err)
	}
	if got := arabic.Text("a.hello", "name", "Ana"); got != "⟦Ĥéļļö \u2068Ana\u2069 öñé ŧŵö⟧" {
		t.Errorf("text: %q", got)
	}
	if got, ok := arabic.LookupCount("a.badges", 2); !ok || !strings.Contains(got, "{n} ƀàđĝéš") {
		t.Errorf("plural: %q", got)
	}
	if english, err := c.Translator(i18n.English); err != nil || english.Text("a.only") != "only here" {
		t.Errorf("the other locales must stay what they are (%v)", err)
	}
	if _, err := i18n.NewPseudo(files(), "tlh"); err == nil {
		t.Error("a locale that does not exist was generated")
	}
}
