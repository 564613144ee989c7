package paper

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"

	"github.com/openlaurel/laurel/internal/fault"
)

// Parts of Noto Sans (Latin, Cyrillic, Greek) and Noto Sans Arabic, without hints; docs/decisions says how they were cut.
//
//go:embed fonts/*.gz
var embedded embed.FS

// Source finds a font for a letter that the embedded fonts lack.
type Source interface {
	// Find gives the font files (TrueType, OpenType, or collections of them) that may have letters of the script with that ISO
	// 15924 code, the likeliest first.
	Find(script string) iter.Seq2[[]byte, error]
}

// Fonts are the fonts of documents. They are safe for concurrent use.
type Fonts struct {
	source Source
	once   sync.Once
	err    error // of the embedded fonts

	mu      sync.Mutex
	regular []*face
	bold    []*face
	missing map[rune]bool // asked for in vain
}

// face is one font, which documents share.
type face struct {
	name string
	font *font.Font
}

// NewFonts makes the embedded fonts, and those that source finds when they are needed. source may be nil.
func NewFonts(source Source) *Fonts { return &Fonts{source: source, missing: map[rune]bool{}} }

func (f *Fonts) load() error {
	f.once.Do(func() {
		for _, one := range []struct {
			name string
			to   *[]*face
		}{{"sans-regular", &f.regular}, {"arabic-regular", &f.regular}, {"sans-bold", &f.bold}, {"arabic-bold", &f.bold}} {
			parsed, err := openEmbedded(one.name)
			if err != nil {
				f.err = fmt.Errorf("embedded font %s: %w", one.name, err)
				return
			}
			*one.to = append(*one.to, &face{name: "Noto-" + one.name, font: parsed})
		}
	})
	return f.err
}

func openEmbedded(name string) (*font.Font, error) {
	packed, err := embedded.ReadFile("fonts/" + name + ".ttf.gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	parsed, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return parsed.Font, nil
}

// maximumMissing bounds what is remembered of letters without a font.
const maximumMissing = 4096

// find returns the font for r. fault.Unavailable (paper.font) says that there is none.
func (f *Fonts) find(r rune, w Weight) (*face, error) {
	if err := f.load(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	first, second := f.regular, f.bold
	if w == Bold {
		first, second = f.bold, f.regular
	}
	for _, x := range slices.Concat(first, second) {
		if _, ok := x.font.NominalGlyph(r); ok {
			return x, nil
		}
	}
	if f.source == nil || f.missing[r] {
		return nil, missing(r)
	}
	found, err := f.ask(r)
	if err != nil || found == nil {
		if len(f.missing) < maximumMissing {
			f.missing[r] = true
		}
		if err == nil {
			err = missing(r)
		}
		return nil, err
	}
	f.regular = append(f.regular, found)
	return found, nil
}

// ask takes the first font of what the source finds that has the letter. A file that cannot be read is passed over.
func (f *Fonts) ask(r rune) (*face, error) {
	script := language.LookupScript(r).String()
	for data, err := range f.source.Find(script) {
		if err != nil {
			return nil, err
		}
		all, err := opentype.NewLoaders(bytes.NewReader(data))
		if err != nil {
			continue // the next may be a font
		}
		for _, one := range all { // of a collection for Chinese, Japanese and Korean the first has nearly everything
			parsed, err := font.NewFont(one)
			if err != nil {
				continue
			}
			if _, ok := parsed.NominalGlyph(r); ok {
				return &face{name: "Extra-" + script, font: parsed}, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // there is none, and that is no error here
}

// Has reports whether all letters of s can be written.
func (f *Fonts) Has(s string) bool {
	for _, r := range s {
		if ignorable(r) {
			continue
		}
		if _, err := f.find(r, Regular); err != nil {
			return false
		}
	}
	return true
}

func missing(r rune) error {
	script := language.LookupScript(r).String()
	return fault.New(fault.Unavailable, nil, "there is no font for the letter U+%04X (%s)", r, script).Code("paper.font").
		Hint("install a font for it, on Debian fonts-noto-core or, for Chinese, Japanese and Korean, fonts-noto-cjk; or put one into the folder of the setting fonts")
}
