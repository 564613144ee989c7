package arch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/arch"
	"github.com/openlaurel/laurel/test/corpus"
)

const module = "github.com/openlaurel/laurel"

// TestLayers is the layer test of the architecture.
func TestLayers(t *testing.T) {
	packages := readModule(t)
	for _, v := range arch.Laurel().Check(module, packages) {
		t.Error(v)
	}
}

// TestLowerLayersBuildForTheBrowser keeps the way open to run the same verifier in a browser: no package of layers 0 to 3
// and not the verifier may need what js/wasm does not have.
func TestLowerLayersBuildForTheBrowser(t *testing.T) {
	args := []string{"build"}
	for _, path := range arch.Laurel().Below(3, readModule(t), "verifier") {
		args = append(args, "./"+path)
	}
	if len(args) < 5 {
		t.Fatalf("only %d packages to build", len(args)-1)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = corpus.Root(t)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("GOOS=js GOARCH=wasm go build: %v\n%s", err, out)
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	// revive asks the same of exported packages; this one also names commands and test tools.
	for _, p := range readModule(t) {
		files, err := filepath.Glob(filepath.Join(corpus.Root(t), filepath.FromSlash(p.Path), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", p.Path, err)
		}
		commented := false
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			commented = commented || arch.HasPackageComment(text)
		}
		if !commented {
			t.Errorf("%s: no package comment (what it owns, what it refuses)", p.Path)
		}
	}
}

// TestCheckFindsWhatIsWrong runs the rules on made-up trees: each breaks one rule, and its twin keeps it.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	table := arch.Table{
		Layers: []arch.Layer{
			{Number: 0, Free: true, Packages: []string{"low", "low2"}},
			{Number: 3, Free: true, Packages: []string{"issuer/catalog", "verifier/trust"}},
			{Number: 4, Packages: []string{"issuer", "verifier"}},
			{Number: 5, Packages: []string{"store/...", "problem", "web"}},
			{Number: 7, Free: true, Packages: []string{"cmd/..."}},
		},
		SameLayer: []arch.Edge{{"problem", "web"}},
		Sides:     []string{"issuer", "verifier"},
		Edge:      5,
		EdgeOnly:  []arch.Ban{{"os", "the disk"}},
		TestOnly:  []arch.Ban{{"x.test/cmp", "a library for tests"}},
	}
	tests := []struct {
		name, file, source string
		want               string // part of the one violation; "" for none
	}{
		{"a package outside the table", "odd/a.go", `package odd`, "is not in the layer table"},
		{"an import points down", "issuer/a.go", `package issuer; import _ "m/low"`, ""},
		{"an import points up", "low/a.go", `package low; import _ "m/issuer"`, "never points up"},
		{"an import of a package outside the table", "cmd/a.go", `package main; import _ "m/odd"`, "not in the layer table"},
		{"one free layer", "low/a.go", `package low; import _ "m/low2"`, ""},
		{"within a layer that is not free", "web/a.go", `package web; import _ "m/problem"`, "of the same layer"},
		{"the allowed edge within that layer", "problem/a.go", `package problem; import _ "m/web"`, ""},
		{"one tree of that layer", "store/sqlite/a.go", `package sqlite; import _ "m/store"`, ""},
		{"issuer imports verifier", "issuer/a.go", `package issuer; import _ "m/verifier/trust"`, "never import each other"},
		{"verifier imports issuer", "verifier/trust/a.go", `package trust; import _ "m/issuer/catalog"`, "never import each other"},
		{"the command imports both", "cmd/x/a.go", `package main; import ( _ "m/issuer"; _ "m/verifier" )`, ""},
		{"the disk below the edge", "low/a.go", `package low; import _ "os"`, "the disk is unknown below layer 5"},
		{"a package below a banned one", "low/a.go", `package low; import _ "os/exec"`, "the disk is unknown below layer 5"},
		{"a name that only begins like a banned one", "low/a.go", `package low; import _ "osmosis"`, ""},
		{"the disk at the edge", "web/a.go", `package web; import _ "os"`, ""},
		{"a test library in a package", "web/a.go", `package web; import _ "x.test/cmp"`, "a library for tests"},
		{"a test library in a test file", "web/a_test.go", `package web; import _ "x.test/cmp"`, ""},
		{"a test library in the top layer", "cmd/a.go", `package main; import _ "x.test/cmp"`, ""},
		{"a listening socket below the edge", "issuer/a.go", `package issuer; import "net"; var l, _ = net.Listen("tcp", ":0")`, "net.Listen"},
		{"a server under another name", "issuer/a.go", `package issuer; import web "net/http"; var s web.Server`, "http.Server"},
		{"an HTTP client below the edge", "issuer/a.go", `package issuer; import "net/http"; var c http.Client`, ""},
		{"a listening socket at the edge", "web/a.go", `package web; import "net"; var l, _ = net.Listen("tcp", ":0")`, ""},
		{"a folder that is no package", "low/testdata/a.go", `package odd; import _ "os"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			packages, err := arch.Read(fstest.MapFS{tt.file: {Data: []byte(tt.source)}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range table.Check("m", packages) {
				got = append(got, v.String())
			}
			if tt.want == "" && len(got) > 0 {
				t.Errorf("violations %q, want none", got)
			}
			if tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("violations %q, want one with %q", got, tt.want)
			}
		})
	}
}

func TestReadRefusesWhatDoesNotParse(t *testing.T) {
	if _, err := arch.Read(fstest.MapFS{"a.go": {Data: []byte("package")}}); err == nil {
		t.Error("a broken file was read without an error")
	}
}

func TestReadGathersTheFilesOfAPackage(t *testing.T) {
	got, err := arch.Read(fstest.MapFS{
		"b/b.go":            {Data: []byte(`package b; import ("net"; "fmt"); var l, _ = net.Listen("tcp", "")`)},
		"b/c.go":            {Data: []byte(`package b; import "fmt"`)},
		"b/c_test.go":       {Data: []byte(`package b; import "testing"`)},
		"a.go":              {Data: []byte(`package a`)},
		".hidden/x.go":      {Data: []byte(`package x`)},
		"node_modules/x.go": {Data: []byte(`package x`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []arch.Package{{Path: ""}, {Path: "b", Imports: []string{"fmt", "net"}, Listens: []string{"net.Listen"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHasPackageComment(t *testing.T) {
	for source, want := range map[string]bool{
		"// Package a owns a.\npackage a":    true,
		"/* Command a does a. */\npackage a": true,
		"package a":                          false,
		"// Apart.\n\npackage a":             false,
		"//go:build linux\n\npackage a":      false,
		"not go":                             false,
	} {
		if got := arch.HasPackageComment([]byte(source)); got != want {
			t.Errorf("HasPackageComment(%q) = %v", source, got)
		}
	}
}

func readModule(t *testing.T) []arch.Package {
	t.Helper()
	packages, err := arch.Read(os.DirFS(corpus.Root(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 {
		t.Fatalf("only %d packages found: the test does not see the module", len(packages))
	}
	return packages
}
