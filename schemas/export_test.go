package schemas

import (
	"testing/fstest"

	"github.com/openlaurel/laurel/internal/ijson"
)

// Compile compiles schemas that are no part of the embedded set and validates doc against the first.
func Compile(doc ijson.Value, texts ...string) ([]Violation, error) {
	files := fstest.MapFS{}
	for i, text := range texts {
		files["data/"+string(rune('a'+i))+".json"] = &fstest.MapFile{Data: []byte(text)}
	}
	set, err := load(files)
	if err != nil {
		return nil, err
	}
	r := run{}
	r.check(set["https://t.example/a"], &doc)
	return r.out, nil
}

// ByHand returns the matcher by hand for a pattern, or nil.
func ByHand(text string) func(string) bool { return byHand(text) }

// FormatOK reports whether s has the format of that name.
func FormatOK(name, s string) bool {
	f, err := newFormat(name)
	return err == nil && f.ok(s)
}
