// Package i18n owns the languages of the pages: which there are, which one a visitor gets, and how texts, plurals,
// numbers and dates are written in it (Unicode CLDR through golang.org/x/text).
//
// It refuses to guess from junk: a header, cookie or parameter that does not parse is as if it were absent. It refuses a
// locale file with a message that is neither text nor a plural. It knows no page and no domain.
package i18n

import (
	"slices"

	"golang.org/x/text/language"
)

// Locale is a language that the pages speak, as a BCP 47 tag. The zero Locale is English.
type Locale string

// The locales.
const (
	Arabic  Locale = "ar"
	English Locale = "en"
	Spanish Locale = "es"
	French  Locale = "fr"
	Russian Locale = "ru"
	Chinese Locale = "zh"
)

// headerMaximum bounds what is parsed of Accept-Language; real browsers stay far below.
const headerMaximum = 256

// Locales lists all locales in the order of their tags.
func Locales() []Locale { return []Locale{Arabic, English, Spanish, French, Russian, Chinese} }

// Tag returns the BCP 47 tag for the lang attribute and for Content-Language.
func (l Locale) Tag() string {
	if l == "" {
		return string(English)
	}
	return string(l)
}

// Dir returns "rtl" or "ltr".
func (l Locale) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Name returns the language's own name for itself, for the language switch.
func (l Locale) Name() string {
	switch l {
	case Arabic:
		return "العربية"
	case Spanish:
		return "Español"
	case French:
		return "Français"
	case Russian:
		return "Русский"
	case Chinese:
		return "中文"
	}
	return "English"
}

// Parse returns the locale that serves the language tag s; ok is false when there is none or s is no tag.
func Parse(s string) (locale Locale, ok bool) {
	if s == "" || len(s) > 35 {
		return English, false
	}
	tag, err := language.Parse(s)
	if err != nil {
		return English, false
	}
	return serve(tag)
}

// Match returns the locale for a visitor: the explicit choice of this request first (query), then the kept choice
// (cookie), then the Accept-Language header, then English. What does not parse, or is too long, is passed over.
func Match(acceptLanguage, cookie, query string) Locale {
	for _, choice := range [...]string{query, cookie} {
		if l, ok := Parse(choice); ok {
			return l
		}
	}
	if len(acceptLanguage) > headerMaximum {
		return English
	}
	tags, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return English
	}
	for i, tag := range tags {
		if weights[i] <= 0 {
			continue
		}
		if l, ok := serve(tag); ok {
			return l
		}
	}
	return English
}

// serve finds the locale by the base language, so that zh-TW and es-419 are served; "und" and "*" are not a choice.
func serve(tag language.Tag) (Locale, bool) {
	base, confidence := tag.Base()
	if confidence < language.High {
		return English, false
	}
	l := Locale(base.String())
	if !slices.Contains(Locales(), l) {
		return English, false
	}
	return l, true
}
