package schemas_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openlaurel/laurel/schemas"
	"github.com/openlaurel/laurel/test/corpus"
)

// TestRecordSamples: 1EdTech's samples of learner records conform to our schema, the two on a draft context do not; and of each,
// damaged at random, our validator and a library that we did not write say the same. The official schema is not at hand.
func TestRecordSamples(t *testing.T) {
	set, dir, random := independent(t), corpus.Folder(t, "1edtech"), rand.New(rand.NewPCG(3, 4))
	rejected, count := 0, 0
	for name, row := range map[string]struct {
		schema   string
		conforms bool
	}{
		"clr20/simple.json":                {schemas.ClrCredential, true},
		"canonical/vec-clr.json":           {schemas.ClrCredential, true},
		"clr20/complex.json":               {schemas.ClrCredentialV1, true},
		"clr20/simple_v1.json":             {schemas.ClrCredentialV1, true},
		"clr20/simple-noproof.json":        {schemas.ClrCredentialV1, false},
		"clr20/simple_old_safesigned.json": {schemas.ClrCredentialV1, false},
	} {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if found := schemas.Validate(row.schema, parse(t, text)); (len(found) == 0) != row.conforms {
			t.Errorf("%s: %v", name, found)
		}
		for range 150 {
			damaged := damage(t, text, random)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(damaged))
			if err != nil {
				t.Fatal(err)
			}
			theirs := set[row.schema].Validate(doc)
			ours := slices.DeleteFunc(schemas.Validate(row.schema, parse(t, damaged)), func(v schemas.Violation) bool { return v.Code == "json.member_case" })
			if (len(ours) == 0) != (theirs == nil) {
				t.Fatalf("%s: ours %v, library %v\n%s", name, ours, theirs, damaged)
			}
			if count++; theirs != nil {
				rejected++
			}
		}
	}
	if rejected < count/10 || rejected == count {
		t.Errorf("%d documents, %d refused: the comparison shows too little", count, rejected)
	}
}
