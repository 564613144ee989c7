package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/limits"
)

// walk collects the attached files of a document.
type walk struct {
	d     *document
	seen  map[ref]bool // nodes of trees and streams of files, each looked at once
	files []File
}

// catalogue looks at every place where a viewer finds attachments (ISO 32000-2 §7.11.4, §14.13, §12.5.6.15).
func (w *walk) catalogue(c dict) error {
	names, err := w.d.dict(c["Names"])
	if err != nil {
		return err
	}
	if err := w.nameTree(names["EmbeddedFiles"], 0); err != nil {
		return err
	}
	if err := w.associated(c["AF"]); err != nil {
		return err
	}
	return w.pages(c["Pages"], 0)
}

// enter reports whether a node is to be looked at; a tree that comes back to itself is refused.
func (w *walk) enter(v any, depth int) (dict, error) {
	if r, ok := v.(ref); ok {
		if w.seen[r] {
			return nil, malformed("a tree comes back to itself")
		}
		w.seen[r] = true
	}
	if depth > limits.PDFDepth {
		return nil, tooMuch("levels", limits.PDFDepth)
	}
	return w.d.dict(v)
}

func (w *walk) nameTree(v any, depth int) error {
	if v == nil {
		return nil
	}
	node, err := w.enter(v, depth)
	if err != nil {
		return err
	}
	pairs, err := w.d.list(node["Names"])
	if err != nil {
		return err
	}
	if len(pairs)%2 != 0 {
		return malformed("a list of names has a name without a value")
	}
	for i := 1; i < len(pairs); i += 2 {
		if err := w.specification(pairs[i]); err != nil {
			return err
		}
	}
	return w.each(node["Kids"], func(kid any) error { return w.nameTree(kid, depth+1) })
}

func (w *walk) each(v any, f func(any) error) error {
	list, err := w.d.list(v)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// associated reads a list of file specifications, or one (ISO 32000-2 §14.13.2 asks for a list).
func (w *walk) associated(v any) error {
	v, err := w.d.resolve(v)
	if err != nil {
		return err
	}
	if _, single := v.(dict); single {
		return w.specification(v)
	}
	return w.each(v, w.specification)
}

func (w *walk) pages(v any, depth int) error {
	if v == nil {
		return nil
	}
	node, err := w.enter(v, depth)
	if err != nil {
		return err
	}
	if err := w.associated(node["AF"]); err != nil {
		return err
	}
	if err := w.each(node["Annots"], w.annotation); err != nil {
		return err
	}
	return w.each(node["Kids"], func(kid any) error { return w.pages(kid, depth+1) })
}

func (w *walk) annotation(v any) error {
	a, err := w.d.dict(v)
	if err != nil || a["Subtype"] != name("FileAttachment") {
		return err
	}
	return w.specification(a["FS"])
}

// specification takes the embedded files of a file specification (§7.11.3). One without is a reference to a file elsewhere.
func (w *walk) specification(v any) error {
	spec, err := w.d.dict(v)
	if err != nil {
		return err
	}
	embedded, err := w.d.dict(spec["EF"])
	if err != nil {
		return err
	}
	for _, key := range []name{"UF", "F", "Unix", "Mac", "DOS"} {
		if embedded[key] == nil {
			continue
		}
		called, err := w.d.resolve(spec[key])
		if err != nil {
			return err
		}
		text, _ := called.(string)
		if err := w.file(text, embedded[key]); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) file(called string, v any) error {
	r, ok := v.(ref)
	if !ok {
		return malformed("an attached file is not an object of its own")
	}
	if w.seen[r] {
		return nil
	}
	w.seen[r] = true
	if len(w.files) >= limits.PDFFiles {
		return tooMuch("attached files", limits.PDFFiles)
	}
	content, err := w.d.resolve(r)
	if err != nil {
		return err
	}
	s, ok := content.(*stream)
	if !ok {
		return malformed("an attached file has no content")
	}
	data, err := w.d.decode(s)
	if err != nil {
		return err
	}
	w.files = append(w.files, File{Name: text(called), Data: data})
	return nil
}

// text decodes a text string (§7.9.2.2): UTF-16BE or UTF-8 when marked so, else one byte a character.
func text(s string) string {
	if rest, ok := strings.CutPrefix(s, "\xfe\xff"); ok {
		units := make([]uint16, len(rest)/2)
		for i := range units {
			units[i] = uint16(rest[2*i])<<8 | uint16(rest[2*i+1])
		}
		return string(utf16.Decode(units))
	}
	if rest, ok := strings.CutPrefix(s, "\xef\xbb\xbf"); ok {
		return strings.ToValidUTF8(rest, string(utf8.RuneError))
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
