package trust

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// DisplayConfusable is the code of the warning for names of which Confusable holds.
const DisplayConfusable = "display.confusable"

// Confusable reports whether a name can pass for another one when it is read (threat U08; after Unicode UTS 39): invisible
// or direction-changing characters, letters of two scripts in one word, letters in disguise (full-width, mathematical), or a
// name whose Cyrillic or Greek letters all look Latin. It decides nothing: a warning beside the verified domain does.
// Joiners inside words of scripts that need them, and the mixtures of Japanese, Chinese and Korean writing, are normal.
func Confusable(name string) bool {
	if len(name) > nameMax || hidden(name) {
		return true
	}
	for _, word := range strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Cf) }) {
		if mixedScripts(word) {
			return true
		}
	}
	return allLookLatin(name, unicode.Cyrillic, cyrillicLikeLatin) || allLookLatin(name, unicode.Greek, greekLikeLatin)
}

// ConfusableHost reports whether a label of a domain, as people read it, passes for another one (threat U09).
func ConfusableHost(host string) bool {
	return slices.ContainsFunc(strings.Split(host, "."), Confusable)
}

// nameMax bounds the work; nobody reads a name that is longer.
const nameMax = 4000

// The letters of two scripts that look like Latin ones in common typefaces.
const (
	cyrillicLikeLatin = "асеорхуіїјѕԁԛԝһӏАВЕКМНОРСТХУІЈЅԜҮ"
	greekLikeLatin    = "αικνορυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
	latinInDisguise   = "ɑɡıȷℓɩʟꜱʀɴ"
)

// hidden reports characters that are not seen, that change the direction, or that stand for others.
func hidden(name string) bool {
	var before rune
	marks := 0
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case r == '\u200c' || r == '\u200d':
			if !joins(before) || i+1 == len(runes) || !joins(runes[i+1]) {
				return true
			}
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs) || r == unicode.ReplacementChar:
			return true
		case r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800':
			return true // blanks that count as letters or marks
		case unicode.IsLetter(r) && r > unicode.MaxLatin1 && disguised(r):
			return true
		}
		if marks++; !unicode.Is(unicode.Mn, r) {
			marks = 0
		}
		if marks > 4 {
			return true
		}
		before = r
	}
	return false
}

// disguised reports a letter that is another form of an ASCII one.
func disguised(r rune) bool {
	if strings.ContainsRune(latinInDisguise, r) {
		return true
	}
	plain := norm.NFKC.String(string(r))
	return len(plain) == 1 && plain != string(r)
}

// joins reports whether a joiner beside r has a meaning: Arabic and the Indic scripts.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer)
}

// mixedScripts reports letters of two scripts in one word, but for those that one language writes together.
func mixedScripts(word string) bool {
	first := ""
	for _, r := range word {
		s := scriptOf(r)
		if s == "" || s == first {
			continue
		}
		if first != "" {
			return true
		}
		first = s
	}
	return false
}

// scriptOf names the script of a letter; the East Asian ones count as one, because they are mixed in every sentence, and
// Latin may stand among them.
func scriptOf(r rune) string {
	switch {
	case !unicode.IsLetter(r):
		return ""
	case unicode.Is(unicode.Latin, r):
		return "Latin"
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) || r == 'ー':
		return "" // mixes with Latin as well; none of these letters passes for a Latin one
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// allLookLatin reports whether name has letters of the script, and every one of them looks Latin.
func allLookLatin(name string, script *unicode.RangeTable, alike string) bool {
	found := false
	for _, r := range name {
		if !unicode.Is(script, r) || !unicode.IsLetter(r) {
			continue
		}
		if !strings.ContainsRune(alike, r) {
			return false
		}
		found = true
	}
	return found
}
