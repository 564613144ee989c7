package jsonld_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/test/corpus"
)

func parse(t testing.TB, text []byte) ijson.Value {
	t.Helper()
	v, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// canonical is the canonical form of quads.
func canonical(t testing.TB, quads []jsonld.Quad) string {
	t.Helper()
	c, err := jsonld.Canonicalize(quads, jsonld.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return c.String()
}

// agree demands of both ways the same quads or two refusals, and returns the error of ToRDF.
func agree(t *testing.T, doc ijson.Value, with ...jsonld.Option) error {
	t.Helper()
	fast, errFast := jsonld.ToRDF(doc, with...)
	slow, errSlow := jsonld.ToRDFGeneral(doc, with...)
	if (errFast == nil) != (errSlow == nil) {
		t.Errorf("the term tables say %v, the library %v", errFast, errSlow)
		return errFast
	}
	if errFast != nil {
		return errFast
	}
	if a, b := canonical(t, fast), canonical(t, slow); a != b {
		t.Errorf("the term tables say\n%s\nthe library\n%s", a, b)
	}
	return nil
}

// TestCorpusAgreesWithLibrary expands every JSON document of the corpus in both ways.
func TestCorpusAgreesWithLibrary(t *testing.T) {
	expanded, refused := 0, 0
	for _, dir := range []string{"1edtech/ob30", "1edtech/clr20", "1edtech/canonical", "w3c/vc-di-eddsa", "w3c/vc-di-ecdsa"} {
		root := corpus.Folder(t, filepath.FromSlash(dir))
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			doc, err := ijson.Parse(text, ijson.Bounds{})
			if _, ok := doc.Get("@context"); err != nil || !ok {
				return nil
			}
			name, _ := filepath.Rel(root, path)
			t.Run(dir+"/"+filepath.ToSlash(name), func(t *testing.T) {
				if err := agree(t, doc); err != nil {
					t.Log(err)
					refused++
				} else {
					expanded++
				}
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d expanded, %d refused", expanded, refused)
	if expanded != 58 {
		t.Errorf("%d documents expanded", expanded)
	}
}
