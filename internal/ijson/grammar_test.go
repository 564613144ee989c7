package ijson_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/testvectors"
)

// TestGrammar is row U15: what every reader of JSON must take, what none may take, and what we do where RFC 8259 leaves the
// choice to the reader.
func TestGrammar(t *testing.T) {
	count := map[string]int{}
	testvectors.Each(t, "json/grammar.json", func(t *testing.T, _ string, data []byte) {
		var file struct {
			Cases []struct{ Name, Rule, Input, Code string }
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for _, c := range file.Cases {
			count[c.Rule]++
			in, err := base64.StdEncoding.Strict().DecodeString(c.Input)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			_, err = ijson.Parse(in, ijson.Bounds{})
			got, _ := code(t, err)
			if got != c.Code || c.Rule != "open" && (c.Rule == "must_pass") != (got == "") {
				t.Errorf("%s (%s): %q is %q, want %q", c.Name, c.Rule, in, got, c.Code)
			}
		}
	})
	for rule, least := range map[string]int{"must_pass": 95, "must_fail": 188, "open": 35} {
		if count[rule] < least {
			t.Errorf("%s: %d cases, at least %d are wanted", rule, count[rule], least)
		}
	}
}
