package i18n_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/i18n"
)

func TestMatchChoosesALocale(t *testing.T) {
	tests := []struct {
		name                  string
		header, cookie, query string
		want                  i18n.Locale
	}{
		{"nothing is English", "", "", "", i18n.English},
		{"the header decides", "ar", "", "", i18n.Arabic},
		{"the heavier language of the header wins", "fr;q=0.3, ru;q=0.9", "", "", i18n.Russian},
		{"a language that we do not speak is passed over", "nb, es;q=0.5", "", "", i18n.Spanish},
		{"a language that is refused with weight zero is not given", "fr;q=0, zh;q=0.1", "", "", i18n.Chinese},
		{"a region is served by its language", "zh-TW", "", "", i18n.Chinese},
		{"the kept choice beats the header", "ar", "fr", "", i18n.French},
		{"the choice of this request beats both", "ar", "fr", "es", i18n.Spanish},
		{"a junk choice is passed over", "ar", `"><script>`, "../../etc/passwd", i18n.Arabic},
		{"a script in the header falls back (W27)", `ar"><script>`, "", "", i18n.English},
		{"the wildcard is no choice", "*", "", "", i18n.English},
		{"an undetermined language is no choice", "und", "", "und", i18n.English},
		{"a very long header falls back", strings.Repeat("ar,", 10_000), "", "", i18n.English},
		{"a path as language falls back", "", "", "en/../ar", i18n.English},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := i18n.Match(tt.header, tt.cookie, tt.query); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMatchAlwaysGivesALocaleThatWeHave(f *testing.F) {
	f.Add("ar;q=0.5", "fr", "zh-Hant")
	f.Add(`ar"><script>`, "../x", "%00")
	f.Fuzz(func(t *testing.T, header, cookie, query string) {
		got := i18n.Match(header, cookie, query)
		for _, l := range i18n.Locales() {
			if got == l {
				return
			}
		}
		t.Fatalf("%q is not one of ours", got)
	})
}

func files() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"en.toml": file("[a]\nhello = \"Hello {name}\"\nonly = \"only here\"\n[a.badges]\none = \"{n} badge\"\nother = \"{n} badges\"\n" +
			"[date]\nday = \"{day} {month} {year}\"\nminute = \"{date}, {time} UTC\"\n[date.month]\n1 = \"January\"\n"),
		"ru.toml": file("[a]\nhello = \"Привет, {name}\"\n[a.badges]\none = \"{n} значок\"\nfew = \"{n} значка\"\nmany = \"{n} значков\"\nother = \"{n} значка\"\n"),
		"ar.toml": file("[date]\nday = \"{day} {month} {year}\"\n[date.month]\n1 = \"يناير\"\n"),
		"fr.toml": file("a = 1"),
		"es.toml": file("= broken"),
	}
}

func translator(t *testing.T, l i18n.Locale) *i18n.Translator {
	t.Helper()
	tr, err := i18n.New(files()).Translator(l)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestPluralsFollowCLDR(t *testing.T) {
	ru := translator(t, i18n.Russian)
	got := map[int]string{}
	for _, n := range []int{0, 1, 2, 5, 11, 21, 22} {
		pattern, _ := ru.LookupCount("a.badges", n)
		got[n] = strings.TrimPrefix(pattern, "{n} ")
	}
	want := map[int]string{0: "значков", 1: "значок", 2: "значка", 5: "значков", 11: "значков", 21: "значок", 22: "значка"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"few", "many", "one"}, ru.Categories()); d != "" {
		t.Error(d)
	}
}

func TestTextsFallBackToEnglishAndShowHoles(t *testing.T) {
	ru := translator(t, i18n.Russian)
	if got := ru.Text("a.only"); got != "only here" {
		t.Errorf("fallback: %q", got)
	}
	if got, ok := ru.Lookup("a.nowhere"); ok || got != "a.nowhere" {
		t.Errorf("a hole must show its key, got %q", got)
	}
	if ru.Has("a.only") {
		t.Error("a text of English must not count as Russian")
	}
}

func TestValuesAreIsolatedAndNotReadAgain(t *testing.T) {
	got := translator(t, i18n.English).Text("a.hello", "name", "{name}\u202e")
	if want := "Hello \u2068{name}\u202e\u2069"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDatesAreWrittenInTheLanguage(t *testing.T) {
	at := time.Date(2026, 1, 31, 23, 5, 0, 0, time.FixedZone("", -2*3600))
	for l, want := range map[i18n.Locale]string{i18n.English: "1 February 2026, 01:05 UTC", i18n.Arabic: "٣١ يناير ٢٠٢٦"} {
		tr := translator(t, l)
		got := tr.DateTime(at)
		if l == i18n.Arabic {
			got = tr.Date(at.AddDate(0, 0, -1))
		}
		if l == i18n.English {
			want = strings.Replace(want, "February", "date.month.2", 1) // a hole of this test's own file
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", l, got, want)
		}
	}
}

func TestAMalformedLocaleFileIsAnError(t *testing.T) {
	for _, l := range []i18n.Locale{i18n.French, i18n.Spanish, i18n.Chinese} {
		if _, err := i18n.New(files()).Translator(l); err == nil {
			t.Errorf("%s: no error", l)
		}
	}
}

func TestPlaceholdersAreFound(t *testing.T) {
	if d := cmp.Diff([]string{"a", "b"}, i18n.Placeholders("x {b} y {a} {b} {")); d != "" {
		t.Error(d)
	}
}

func ExampleMatch() {
	locale := i18n.Match("ar-EG,en;q=0.5", "", "")
	fmt.Println(locale.Tag(), locale.Dir(), locale.Name())
	// Output: ar rtl العربية
}
