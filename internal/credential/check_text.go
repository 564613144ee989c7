package credential

import (
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

// texts checks name and description of a node: a string, a language value object, or several (VCDM 2.0 §4.5, §11.1). In
// Open Badges a language map may stand there too; its names are the schema's affair.
func (k *checker) texts(at string, node ijson.Value) {
	for _, name := range []string{"name", "description"} {
		v, ok := node.Get(name)
		if !ok || v.IsString() {
			continue
		}
		here := ijson.Pointer(at, name)
		if k.openBadges() && isLanguageMap(v) {
			continue
		}
		if len(v.Items()) == 0 {
			k.malformed(here, "a text is expected here, this is %s", v.Kind())
		}
		for i, e := range v.Items() {
			k.languageValue(entryAt(v, here, i), e)
		}
	}
}

// isLanguageMap reports whether v is an object without keywords of JSON-LD.
func isLanguageMap(v ijson.Value) bool {
	for _, m := range v.Members() {
		if strings.HasPrefix(m.Name, "@") {
			return false
		}
	}
	return v.Kind() == ijson.Object
}

// languageValue checks {"@value", "@language"?, "@direction"?}.
func (k *checker) languageValue(at string, v ijson.Value) {
	if v.IsString() {
		return
	}
	if v.Kind() != ijson.Object {
		k.malformed(at, "a text is expected here, this is %s", v.Kind())
		return
	}
	if !v.Member("@value").IsString() {
		k.wrong("vc.language", at, "a text with a language has it in @value")
	}
	for _, m := range v.Members() {
		here := ijson.Pointer(at, m.Name)
		switch m.Name {
		case "@value":
		case "@language":
			if !isLanguageTag(m.Value.Text()) {
				k.wrong("vc.language", here, "%.40q is no language tag", m.Value.Text())
			}
		case "@direction":
			if d := m.Value.Text(); d != "ltr" && d != "rtl" {
				k.wrong("vc.language", here, "a direction is ltr or rtl")
			}
		default:
			k.wrong("vc.language", here, "a text with a language has no member %.40q", m.Name)
		}
	}
}

// isLanguageTag reports whether s has the form of a BCP 47 tag: subtags of one to eight letters and digits, the first of
// two to eight letters or one of i and x. Whether a subtag is registered is not asked.
func isLanguageTag(s string) bool {
	if len(s) > 64 {
		return false
	}
	for i, sub := range strings.Split(s, "-") {
		if len(sub) < 1 || len(sub) > 8 {
			return false
		}
		for j := range len(sub) {
			c := sub[j] | 0x20
			if letter := 'a' <= c && c <= 'z'; !letter && (i == 0 || !digit(sub[j])) {
				return false
			}
		}
		if i == 0 && len(sub) == 1 && strings.IndexByte("ixIX", sub[0]) < 0 {
			return false
		}
	}
	return !strings.HasSuffix(strings.ToLower(s), "-x") && len(s) > 1
}
