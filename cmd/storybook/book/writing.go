package book

import "strings"

// Plain is the name of the writing that leaves the fixtures' strings as they are.
const Plain = "plain"

// Writing is what strangers are imagined to write into every free-text field.
type Writing struct {
	Name string
	Text func(string) string
}

// Writings lists all of them, Plain first. The others are hostile or merely of this world: each string of the fixtures is kept, so
// that one still sees where it stands.
func Writings() []Writing {
	around := func(before, after string) func(string) string {
		return func(s string) string { return before + s + after }
	}
	return []Writing{
		{Plain, around("", "")},
		{"html", around(`"'><script>document.title='taken'</script><img src=x onerror="document.title='taken'">&lt;b&gt;{{.}}`, "</title></textarea></script>")},
		{"long", func(s string) string {
			return strings.Repeat(strings.ReplaceAll(s, " ", ""), 6) + strings.Repeat("W", 120)
		}},
		{"scripts", around("\u202e\u2067مريم العلي (👩🏽‍⚕️ 李小龙 ", " ١٢٣) z̷͖̓ͅa̵̛̤l̸̢͝g̶̠̀o̵͇͐ 🇰🇪\u202dgpj.exe\u2066")},
	}
}
