package trust_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/verifier/trust"
)

// TestConfusableNames is threat U08.
func TestConfusableNames(t *testing.T) {
	for why, name := range map[string]string{
		"a Cyrillic letter in a Latin word":      "Unіversity of Somewhere", // і U+0456
		"a Greek letter in a Latin word":         "Οpen School",             // Ο U+039F
		"a Latin letter in a Cyrillic word":      "Унивеpситет",             // p U+0070
		"a word of Cyrillic letters like Latin":  "РАУРАХ",
		"such a word beside a Latin one":         "Acme сорѕ",
		"a zero-width space":                     "Open\u200bSchool",
		"a zero-width joiner in a Latin word":    "Open\u200dSchool",
		"a zero-width joiner at the end":         "مدرسة\u200d",
		"a right-to-left override":               "loohcS\u202enepO",
		"an isolate":                             "\u2066Open School\u2069",
		"a soft hyphen":                          "Open\u00adSchool",
		"a byte order mark inside":               "Open\ufeffSchool",
		"full-width letters":                     "Ｏｐｅｎ School",
		"mathematical letters":                   "𝐎𝐩𝐞𝐧 School",
		"a Hangul filler":                        "Open\u3164School",
		"a dotless i":                            "Unıversıty",
		"tag characters":                         "Open\U000e0061",
		"a private character":                    "Open\ue000",
		"a control character":                    "Open\x00School",
		"a heap of marks":                        "O" + strings.Repeat("\u0301", 6) + "pen",
		"a name that nobody can read to the end": strings.Repeat("a ", 3000),
	} {
		if !trust.Confusable(name) {
			t.Errorf("%s: no warning for %q", why, name)
		}
	}
	for why, name := range map[string]string{
		"plain Latin":               "Open School of Somewhere",
		"accents":                   "École Polytechnique Fédérale",
		"Vietnamese":                "Trường Đại học Bách khoa Hà Nội",
		"decomposed accents":        "E\u0301cole",
		"Russian":                   "Московский государственный университет",
		"Ukrainian":                 "Київський політехнічний інститут",
		"Greek":                     "Εθνικό Μετσόβιο Πολυτεχνείο",
		"Arabic":                    "جامعة القاهرة",
		"Persian with a non-joiner": "دانش\u200cآموز",
		"Hindi with a joiner":       "क्\u200dष विश्वविद्यालय",
		"Chinese":                   "北京大学",
		"Japanese, three scripts":   "オープン大学のバッジ",
		"Chinese with Latin":        "北京ABC大学",
		"Korean":                    "서울대학교",
		"two scripts in two words":  "МГУ University",
		"Armenian":                  "Երևանի պետական համալսարան",
		"digits and signs":          "3rd School & Co. – №1",
		"an apostrophe":             "King’s College",
		"German":                    "Fachhochschule für Straßenbau",
		"Turkish":                   "İstanbul Üniversitesi",
		"Ethiopic":                  "አዲስ አበባ ዩኒቨርሲቲ",
		"nothing":                   "",
	} {
		if trust.Confusable(name) {
			t.Errorf("%s: a warning for %q", why, name)
		}
	}
}
