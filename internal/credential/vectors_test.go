package credential_test

import (
	"encoding/json"
	"testing"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/testvectors"
)

// TestVectorsOfCredentials is row D01 without signatures: every rule of the data model, kept and broken. The defect that is named is found, at its place.
func TestVectorsOfCredentials(t *testing.T) {
	base, cases := vectors(t, "vcdm/credential.json", 200)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			parsed, err := credential.Parse(text(t, c.Apply(base)))
			if err != nil {
				t.Fatal(err)
			}
			found(t, c, parsed.Problems())
			if c.General {
				for _, d := range parsed.GeneralProblems() {
					t.Errorf("in general: %v", d)
				}
			}
		})
	}
}

func TestVectorsOfPresentations(t *testing.T) {
	base, cases := vectors(t, "vcdm/presentation.json", 25)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			doc, err := ijson.Parse(text(t, c.Apply(base)), ijson.Bounds{})
			if err != nil {
				t.Fatal(err)
			}
			_, defects := credential.ReadPresentation(doc)
			found(t, c, defects)
		})
	}
}

func vectors(t *testing.T, name string, least int) (map[string]any, []testvectors.Change) {
	t.Helper()
	base, cases, err := testvectors.Changes(name)
	if err != nil || len(cases) < least {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	return base, cases
}

func text(t *testing.T, doc map[string]any) []byte {
	t.Helper()
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// found: exactly the defect of the case is among the defects, or there is none.
func found(t *testing.T, c testvectors.Change, defects []*fault.Defect) {
	t.Helper()
	named := c.Code == "" && len(defects) == 0
	for _, d := range defects {
		named = named || d.Code == c.Code && d.At == c.At && d.Unknown == c.Unknown
	}
	if !named {
		t.Errorf("want %q at %q, got %v", c.Code, c.At, defects)
	}
}
