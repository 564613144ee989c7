package openid4vp_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/openlaurel/laurel/verifier/request"
)

// What a person chose stands in the question as far as the protocol can say it, so that a wallet offers only what can be an answer.
func TestTheQueryIsMadeOfTheChoice(t *testing.T) {
	const achievement = "https://school.example/a"
	for _, row := range []struct {
		name            string
		change          func(o *request.Order)
		claims, choices string // of the SD-JWT
		other           string // claims of the other forms
	}{
		{"any badge", func(*request.Order) {}, `null`, `null`, `null`},
		{"an achievement whose versions are known", func(o *request.Order) { o.Achievement = achievement },
			`[{"id":"achievement","path":["credentialSubject","achievement","id"],"values":["https://school.example/a/1","https://school.example/a/2"]}]`, `null`,
			`[{"id":"achievement","path":["credentialSubject","achievement","id"],"values":["https://school.example/a/1","https://school.example/a/2"]}]`},
		{"an achievement of somebody else", func(o *request.Order) { o.Achievement = "https://other.example/a" }, `null`, `null`, `null`},
		{"an issuer by its id", func(o *request.Order) { o.Issuers = []string{"did:web:school.example"} },
			`[{"id":"issuer","path":["issuer","id"],"values":["did:web:school.example"]}]`, `null`, `[{"id":"issuer","path":["issuer","id"],"values":["did:web:school.example"]}]`},
		{"an issuer by its domain, which has many ids", func(o *request.Order) { o.Issuers = []string{"did:web:a.example", "school.example"} }, `null`, `null`, `null`},
		{"with the name", func(o *request.Order) { o.Claims = []request.Claim{request.ClaimName} },
			`[{"id":"identifier","path":["credentialSubject","identifier"]},{"id":"name","path":["credentialSubject","name"]},{"id":"type","path":["type"]}]`,
			`[["type","identifier","name"],["type","identifier"],["type","name"],["type"]]`, `null`},
		{"with results, of an issuer", func(o *request.Order) {
			o.Issuers, o.Claims = []string{"did:web:school.example"}, []request.Claim{request.ClaimResult}
		}, `[{"id":"issuer","path":["issuer","id"],"values":["did:web:school.example"]},{"id":"result","path":["credentialSubject","result"]}]`,
			`[["issuer","result"],["issuer"]]`, `[{"id":"issuer","path":["issuer","id"],"values":["did:web:school.example"]}]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t)
			o := order()
			row.change(&o)
			if o.Achievement == achievement {
				o.Editions = []string{achievement + "/1", achievement + "/2"} // as Create fills them in
			}
			r := d.ask(o)
			asked, _ := d.object(r, request.CrossDevice)["dcql_query"].(map[string]any)
			credentials, _ := asked["credentials"].([]any)
			if len(credentials) != 3 {
				t.Fatalf("%v", asked)
			}
			for i, want := range []string{row.claims, row.other, row.other} {
				one, _ := credentials[i].(map[string]any)
				if got := text(t, one["claims"]); got != want {
					t.Errorf("%v asks for\n%s, want\n%s", one["format"], got, want)
				}
				if got := text(t, one["claim_sets"]); i == 0 && got != row.choices || i > 0 && got != "null" {
					t.Errorf("%v has choices %s", one["format"], got)
				}
			}
		})
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The drafts say it by patterns: an achievement with all its versions, and no other that begins alike.
func TestTheDefinitionIsMadeOfTheChoice(t *testing.T) {
	d := newDesk(t)
	o := order()
	o.Dialect, o.Formats, o.Achievement, o.Issuers = request.Legacy, []request.Format{request.JWT}, "https://school.example/a.b", []string{"did:web:school.example"}
	var definition struct {
		Descriptors []struct {
			Constraints struct {
				Fields []struct {
					Path   []string `json:"path"`
					Filter struct {
						Pattern string   `json:"pattern"`
						Enum    []string `json:"enum"`
					} `json:"filter"`
				} `json:"fields"`
			} `json:"constraints"`
		} `json:"input_descriptors"`
	}
	if err := json.Unmarshal([]byte(text(t, d.object(d.ask(o), request.CrossDevice)["presentation_definition"])), &definition); err != nil {
		t.Fatal(err)
	}
	if len(definition.Descriptors) != 1 || len(definition.Descriptors[0].Constraints.Fields) != 3 {
		t.Fatalf("%+v", definition)
	}
	fields := definition.Descriptors[0].Constraints.Fields
	for id, want := range map[string]bool{"https://school.example/a.b": true, "https://school.example/a.b/2": true, "https://school.example/a.bc": false,
		"https://school.example/axb": false, "x https://school.example/a.b": false} {
		if got := regexp.MustCompile(fields[1].Filter.Pattern).MatchString(id); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
	if !slices.Equal(fields[2].Filter.Enum, o.Issuers) || !slices.Equal(fields[2].Path, []string{"$.issuer.id", "$.vc.issuer.id"}) {
		t.Errorf("%+v", fields[2])
	}
}
