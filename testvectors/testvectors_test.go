package testvectors_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/testvectors"
)

// recorder is a test that may fail.
type recorder struct {
	failed string
	ran    []string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) { r.failed = fmt.Sprintf(format, args...) }

func (r *recorder) Run(name string, f func(*recorder)) bool {
	r.ran = append(r.ran, name)
	f(r)
	return true
}

func TestALoopOverNoFilesFails(t *testing.T) {
	for _, glob := range []string{"json/*.yaml", "nowhere/*", "[", ""} {
		r := &recorder{}
		testvectors.Each(r, glob, func(*recorder, string, []byte) {})
		if r.failed == "" {
			t.Errorf("%q: a loop over no files does not fail", glob)
		}
	}
	r := &recorder{}
	testvectors.Each(r, "json/strict.json", func(_ *recorder, _ string, data []byte) {
		if len(data) == 0 {
			t.Error("a vector is empty")
		}
	})
	if r.failed != "" || len(r.ran) != 1 {
		t.Errorf("the nearest good name: %q, ran %v", r.failed, r.ran)
	}
}

func TestReadNamesWhatIsMissing(t *testing.T) {
	if _, err := testvectors.Read("moodle/absent.csv"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if data, err := testvectors.Read(testvectors.CourseCompletion); err != nil || !strings.Contains(string(data), testvectors.WorkshopColumn) {
		t.Errorf("the course completion: %v", err)
	}
}

// TestEveryVectorStatesItsOutcome keeps the files in one form.
func TestEveryVectorStatesItsOutcome(t *testing.T) {
	n := 0
	err := fs.WalkDir(testvectors.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		n++
		data, err := testvectors.Read(name)
		if err != nil {
			return err
		}
		doc, err := ijson.Parse(data, ijson.Bounds{})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		seen := map[string]bool{}
		for _, c := range doc.Member("cases").Elems() {
			what := c.Member("name").Text()
			if what == "" || seen[what] {
				t.Errorf("%s: a case has no name of its own: %q", name, what)
			}
			seen[what] = true
		}
		if len(seen) < 5 {
			t.Errorf("%s: only %d cases", name, len(seen))
		}
		return nil
	})
	if err != nil || n != 7 {
		t.Errorf("%d files: %v", n, err)
	}
}

func TestStrictJSON(t *testing.T) {
	testvectors.Each(t, "json/strict.json", func(t *testing.T, _ string, data []byte) {
		var f struct {
			Cases []struct{ Name, Input, Code string }
		}
		unmarshal(t, data, &f)
		for _, c := range f.Cases {
			in, err := base64.StdEncoding.DecodeString(c.Input)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			got := ""
			if _, err := ijson.Parse(in, ijson.Bounds{}); err != nil {
				got = fault.AsDefect(err).Code
			}
			if got != c.Code {
				t.Errorf("%s: code %q, want %q", c.Name, got, c.Code)
			}
		}
	})
}

func TestTimes(t *testing.T) {
	testvectors.Each(t, "time/*.json", func(t *testing.T, _ string, data []byte) {
		var f struct {
			Cases []struct {
				Name, Input string
				Unix        *int64
			}
		}
		unmarshal(t, data, &f)
		for _, c := range f.Cases {
			got, err := credential.ParseTime(c.Input)
			if c.Unix == nil {
				if err == nil || fault.AsDefect(err).Code != "time.syntax" {
					t.Errorf("%s: %v, %v; want time.syntax", c.Name, got, err)
				}
				continue
			}
			if err != nil || got.Unix() != *c.Unix {
				t.Errorf("%s: %v, %v; want %d", c.Name, got, err, *c.Unix)
			}
		}
	})
}

// TestIdentityHashes recomputes what the vectors say with nothing but the standard library.
func TestIdentityHashes(t *testing.T) {
	testvectors.Each(t, "identity/*.json", func(t *testing.T, _ string, data []byte) {
		var f struct {
			Cases []struct {
				Name, Identifier, Salt, IdentityHash string
				Match                                bool
			}
		}
		unmarshal(t, data, &f)
		for _, c := range f.Cases {
			sum := sha256.Sum256([]byte(c.Identifier + c.Salt))
			same := strings.EqualFold(c.IdentityHash, "sha256$"+hex.EncodeToString(sum[:]))
			if same != c.Match {
				t.Errorf("%s: %v, want %v", c.Name, same, c.Match)
			}
		}
	})
}

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func ExampleRead() {
	data, err := testvectors.Read(testvectors.CourseCompletion)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Count(string(data), "\n")-1 == testvectors.CourseLearners)
	// Output: true
}

// TestChanges: cases of the data model have names of their own, wrong ones have a place, and each rule has its kept twin.
func TestChanges(t *testing.T) {
	for _, name := range []string{"vcdm/credential.json", "vcdm/presentation.json"} {
		base, cases, err := testvectors.Changes(name)
		if err != nil || len(base) == 0 {
			t.Fatal(err)
		}
		kept, broken, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, c := range cases {
			if c.Name == "" || names[c.Name] || c.Section == "" || (c.Code == "") != (c.At == "") {
				t.Errorf("%s: %+v", name, c)
			}
			names[c.Name] = true
			if c.Code == "" {
				kept[c.Section] = true
			} else {
				broken[c.Section] = true
			}
			before := fmt.Sprint(base)
			if changed := fmt.Sprint(c.Apply(base)); changed == before && len(c.Set)+len(c.Remove) > 0 || fmt.Sprint(base) != before {
				t.Errorf("%s: %s changes nothing, or the base", name, c.Name)
			}
		}
		for section := range broken {
			if !kept[section] && section != "4.12" && section != "5.2" && section != "4.3" && section != "4" { // shown by every kept case
				t.Errorf("%s: §%s has no case that is kept", name, section)
			}
		}
	}
	if _, _, err := testvectors.Changes("vcdm/none.json"); err == nil {
		t.Error("a file that does not exist is read")
	}
}
