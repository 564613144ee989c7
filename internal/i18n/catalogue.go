package i18n

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// Catalogue holds the locale files, "<tag>.toml" each. A file is read when it is first needed. It is safe for
// concurrent use.
type Catalogue struct {
	files   fs.FS
	locales map[Locale]*entry
}

type entry struct {
	once sync.Once
	made *Translator
	err  error
}

// New returns the catalogue of the locale files in files.
func New(files fs.FS) *Catalogue {
	c := &Catalogue{files: files, locales: map[Locale]*entry{}}
	for _, l := range Locales() {
		c.locales[l] = &entry{}
	}
	return c
}

// Translator returns the translator of l; an unknown l gets English. The error is one of our own build: a locale file
// that is missing or malformed.
func (c *Catalogue) Translator(l Locale) (*Translator, error) {
	e, ok := c.locales[l]
	if !ok {
		l = English
		e = c.locales[l]
	}
	e.once.Do(func() { e.made, e.err = c.load(l) })
	return e.made, e.err
}

func (c *Catalogue) load(l Locale) (*Translator, error) {
	name := l.Tag() + ".toml"
	raw, err := fs.ReadFile(c.files, name)
	if err != nil {
		return nil, fmt.Errorf("locale %s: %w", l, err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(raw, &tree); err != nil {
		return nil, fmt.Errorf("locale %s: %w", l, err)
	}
	t := newTranslator(l)
	if err := flatten(t.messages, "", tree); err != nil {
		return nil, fmt.Errorf("locale %s: %w", l, err)
	}
	if l == English {
		return t, nil
	}
	if t.fallback, err = c.Translator(English); err != nil {
		return nil, err
	}
	return t, nil
}

// text is one text, or one text for each CLDR plural category.
type text struct {
	plain string
	forms map[string]string
}

// categories are the CLDR plural categories.
func categories() []string { return []string{"zero", "one", "two", "few", "many", "other"} }

func flatten(into map[string]text, prefix string, tree map[string]any) error {
	for name, v := range tree {
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		switch v := v.(type) {
		case string:
			into[key] = text{plain: v}
		case map[string]any:
			if forms, ok := pluralForms(v); ok {
				into[key] = text{forms: forms}
				continue
			}
			if err := flatten(into, key, v); err != nil {
				return err
			}
		default:
			return fmt.Errorf("message %s is neither text nor a table", key)
		}
	}
	return nil
}

// pluralForms takes a table as a plural when it has "other" and nothing but CLDR categories.
func pluralForms(v map[string]any) (map[string]string, bool) {
	if _, ok := v["other"]; !ok {
		return nil, false
	}
	forms := make(map[string]string, len(v))
	for name, form := range v {
		s, isText := form.(string)
		if !isText || !slices.Contains(categories(), name) {
			return nil, false
		}
		forms[name] = s
	}
	return forms, true
}

// Placeholders returns the names in braces of a message, sorted, each once: translations must have the same.
func Placeholders(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, "{")
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		names = append(names, name)
		text = after
	}
	slices.Sort(names)
	return slices.Compact(names)
}
