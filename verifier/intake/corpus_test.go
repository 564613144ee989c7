package intake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/verifier/intake"
)

func TestOfficialSamplesHaveTheirForm(t *testing.T) {
	dir := corpus.Folder(t, "1edtech")
	// The samples that are not plain JSON with an embedded proof.
	special := map[string]string{
		"ob30/simple-json.png":      "data-integrity png",
		"ob30/simple-json.svg":      "data-integrity svg",
		"ob30/simple-jwt.png":       "ob-jwt png",
		"ob30/simple-jwt.svg":       "ob-jwt svg",
		"ob30/simple-jwt_v1.png":    "jwt-vc-1.1 png",
		"ob30/simple-jwt_v1.svg":    "jwt-vc-1.1 svg",
		"ob30/simple-noproof.json":  "none json",
		"ob30/simple.jwt":           "jwt-vc-1.1 text",
		"ob30/velocity.jwt":         "jwt-vc-1.1 text",
		"clr20/simple.jwt":          "jwt-vc-1.1 text",
		"clr20/simple-noproof.json": "none json",
	}
	want, got := map[string]string{}, map[string]string{}
	for _, folder := range []string{"ob30", "ob30/bit-string-list", "ob30/sd", "clr20"} {
		files, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.IsDir() {
				continue
			}
			name := folder + "/" + f.Name()
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			want[name] = "data-integrity json"
			if s, ok := special[name]; ok {
				want[name] = s
			}
			item, link, err := intake.Read(data, intake.Hint{FileName: f.Name()})
			if err != nil || link != "" {
				t.Errorf("%s: link %q, %v", name, link, err)
			}
			got[name] = string(item.Form) + " " + string(item.Source)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	if len(got) != 42+3+1+6 {
		t.Errorf("%d samples read, want 52", len(got))
	}
}
