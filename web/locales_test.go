package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/web"
)

func translator(t *testing.T, l i18n.Locale) *i18n.Translator {
	t.Helper()
	tr, err := web.New().Translator(l)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestEveryLocaleHasEveryTextAndNoOther(t *testing.T) {
	english := translator(t, i18n.English)
	if len(english.Keys()) < 100 {
		t.Fatalf("only %d keys", len(english.Keys()))
	}
	for _, l := range i18n.Locales() {
		t.Run(l.Tag(), func(t *testing.T) {
			tr := translator(t, l)
			if d := cmp.Diff(english.Keys(), tr.Keys()); d != "" {
				t.Fatal(d)
			}
			for _, key := range tr.Keys() {
				sameShape(t, key, english, tr)
			}
		})
	}
}

// sameShape: a translation has the placeholders of the English text, and all plural forms of its own language.
func sameShape(t *testing.T, key string, english, tr *i18n.Translator) {
	t.Helper()
	forms := tr.Forms(key)
	other, plural := forms["other"]
	if _, want := english.Forms(key)["other"]; want != plural {
		t.Errorf("%s: one is a plural and the other is not", key)
		return
	}
	source := english.Forms(key)[""] + english.Forms(key)["other"]
	if d := cmp.Diff(i18n.Placeholders(source), i18n.Placeholders(forms[""]+other)); d != "" {
		t.Errorf("%s: %s", key, d)
	}
	for _, category := range tr.Categories() {
		if plural && forms[category] == "" {
			t.Errorf("%s: no form for %q", key, category)
		}
	}
	for name, text := range forms {
		if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "<>\u202e") {
			t.Errorf("%s %s: %q", key, name, text)
		}
	}
}

// usedKeys reads the string literals of templates and of the Go files that call for texts. A literal that ends with a
// dot stands for all keys below it.
func usedKeys(t *testing.T) (keys map[string]bool, families []string) {
	t.Helper()
	keys = map[string]bool{}
	files := 0
	literal := regexp.MustCompile("[\"`]([a-z_]+(?:\\.[a-z0-9_-]*)+)(?:%v[^\"`]*)?[\"`]")
	for _, pattern := range []string{"templates/*/*.html", "*.go", "../internal/i18n/*.go", "../issuer/pages/*.go",
		"../verifier/pages/*.go", "../issuer/certificate/*.go", "../issuer/mailing/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files++
			for _, m := range literal.FindAllStringSubmatch(string(raw), -1) {
				if strings.HasSuffix(m[1], ".") {
					families = append(families, m[1])
				} else {
					keys[m[1]] = true
				}
			}
		}
	}
	if files < 30 {
		t.Fatalf("only %d files were read", files)
	}
	return keys, families
}

func TestEveryTextIsUsed(t *testing.T) {
	keys, families := usedKeys(t)
	for _, key := range translator(t, i18n.English).Keys() {
		if !keys[key] && !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) }) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestEveryKeyOfATemplateHasAText(t *testing.T) {
	english := translator(t, i18n.English)
	names, err := filepath.Glob("templates/*/*.html")
	if err != nil || len(names) < 15 {
		t.Fatalf("%d templates, %v", len(names), err)
	}
	call := regexp.MustCompile(`(?:\bt|\btn|\bplain) "([a-z0-9_.]+)"`)
	found := 0
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(raw), -1) {
			found++
			if !english.Has(m[1]) {
				t.Errorf("%s: %s has no text", name, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d calls were found", found)
	}
}

func TestDatesAndNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	at := time.Date(2026, 11, 4, 9, 5, 0, 0, time.UTC)
	tests := []struct {
		locale                       i18n.Locale
		date, minute, whole, decimal string
	}{
		{i18n.Arabic, "٤ نوفمبر ٢٠٢٦", "٤ نوفمبر ٢٠٢٦، ٠٩:٠٥ بالتوقيت العالمي", "١٬٢٣٤٬٥٦٧", "١٬٢٣٤٫٥"},
		{i18n.English, "4 November 2026", "4 November 2026, 09:05 UTC", "1,234,567", "1,234.5"},
		{i18n.Spanish, "4 de noviembre de 2026", "4 de noviembre de 2026, 09:05 UTC", "1.234.567", "1.234,5"},
		{i18n.French, "4 novembre 2026", "4 novembre 2026 à 09:05 UTC", "1\u00a0234\u00a0567", "1\u00a0234,5"},
		{i18n.Russian, "4 ноября 2026\u00a0г.", "4 ноября 2026\u00a0г., 09:05 UTC", "1\u00a0234\u00a0567", "1\u00a0234,5"},
		{i18n.Chinese, "2026年11月4日", "2026年11月4日 09:05（UTC）", "1,234,567", "1,234.5"},
	}
	for _, tt := range tests {
		t.Run(tt.locale.Tag(), func(t *testing.T) {
			tr := translator(t, tt.locale)
			got := []string{tr.Date(at), tr.DateTime(at), tr.Number(1_234_567), tr.Decimal(1234.5)}
			if d := cmp.Diff([]string{tt.date, tt.minute, tt.whole, tt.decimal}, got); d != "" {
				t.Error(d)
			}
		})
	}
}
