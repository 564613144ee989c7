package i18n

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// PseudoOpen and PseudoClose stand around every text of a generated locale.
const (
	PseudoOpen  = "⟦"
	PseudoClose = "⟧"
)

// NewPseudo returns a catalogue in which the texts of l are generated from English by Pseudo; l gives the direction, the digits and
// the tag. It is for tests and for looking at pages: a text that was forgotten stands out, and so does one that has no room to grow.
func NewPseudo(files fs.FS, l Locale) (*Catalogue, error) {
	english, err := New(files).Translator(English)
	if err != nil {
		return nil, err
	}
	c := New(files)
	e, ok := c.locales[l]
	if !ok {
		return nil, fmt.Errorf("pseudo-locale: no locale %q", l)
	}
	t := newTranslator(l)
	for key, m := range english.messages {
		forms := map[string]string{}
		for category, form := range m.forms {
			forms[category] = Pseudo(form)
		}
		if m.forms == nil {
			t.messages[key] = text{plain: Pseudo(m.plain)}
		} else {
			t.messages[key] = text{forms: forms}
		}
	}
	e.once.Do(func() { e.made = t })
	return c, nil
}

// Pseudo returns text in brackets, with accents, and with words added until it is at least 40 % longer. Placeholders stay as they are.
func Pseudo(text string) string {
	var b strings.Builder
	b.WriteString(PseudoOpen)
	rest := text
	for {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(accent(before))
		name, beyond, closed := strings.Cut(after, "}")
		if !open || !closed {
			if open {
				b.WriteString("{" + accent(after))
			}
			break
		}
		b.WriteString("{" + name + "}")
		rest = beyond
	}
	words := [...]string{"öñé", "ŧŵö", "ŧĥřéé", "ƒöûř", "ƒîṽé", "šîẋ"}
	missing := (utf8.RuneCountInString(text)*2 + 4) / 5
	for i := 0; missing > 0; i++ {
		word := words[i%len(words)]
		b.WriteString(" " + word)
		missing -= utf8.RuneCountInString(word) + 1
	}
	b.WriteString(PseudoClose)
	return b.String()
}

func accent(s string) string {
	plain := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	accents := []rune("àƀçđéƒĝĥîĵķļɱñöþǫřšŧûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŘŠŦÛṼŴẊÝŽ")
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(plain, r); i >= 0 {
			return accents[i]
		}
		return r
	}, s)
}
