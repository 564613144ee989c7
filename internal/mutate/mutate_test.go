package mutate_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/mutate"
)

const start = `package p

import "errors"

type outcome int

const (
	Pass outcome = iota
	Fail
	Unknown
)

type finding struct{ o outcome }

type run struct{}

func (run) set(string, outcome) {}
func (run) defect(error)        {}

func Wrong(string) error { return errors.New("") }

type coded struct{ error }

func (coded) Code(string) error { return nil }

type maker struct{}

func (maker) New(string) coded { return coded{} }

func New(string) coded { return coded{} }

var fault maker

`

// TestChecksAreFound: what refuses is a check, and what does not is none; and the file with its switches is a program.
func TestChecksAreFound(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       []string
	}{
		{"a condition that fails", `func f(r run, a int) { if a > 1 { r.set("x", Fail) } }`, []string{"a > 1"}},
		{"a condition that leaves it open", `func f(r run, a int) { if a > 1 { r.set("x", Unknown) } }`, []string{"a > 1"}},
		{"a condition that passes", `func f(r run, a int) { if a > 1 { r.set("x", Pass) } }`, nil},
		{"a defect", `func f(r run, e error) { if e != nil { r.defect(e); return } }`, []string{"e != nil"}},
		{"an error that is made", `func f(a int) error { if a > 1 { return Wrong("x") }; return nil }`, []string{"a > 1"}},
		{"an error of the library", `func f(a int) error { if a > 1 { return errors.New("x") }; return nil }`, []string{"a > 1"}},
		{"a fault with more said of it", `func f(a int) error { if a > 1 { return New("x").Code("y") }; return nil }`, nil},
		{"a fault of its package with more said of it", `func f(a int) error { if a > 1 { return fault.New("x").Code("y") }; return nil }`, []string{"a > 1"}},
		{"an error that is handed on", `func f(g func() error) error { if err := g(); err != nil { return err }; return nil }`, []string{"err != nil"}},
		{"a condition that returns a value", `func f(a int) int { if a > 1 { return a }; return 0 }`, nil},
		{"a finding", `func f(a int) finding { if a > 1 { return finding{Fail} }; return finding{Pass} }`, []string{"a > 1"}},
		{"cases", `func f(r run, a int) { switch { case a > 1, a < -1: r.set("x", Fail); case a == 0: r.set("x", Pass); default: r.set("x", Fail) } }`,
			[]string{"a > 1", `r.set("x", Fail)`}},
		{"cases of a value", `func f(a int) error { switch a { case 1: return Wrong("x") }; return nil }`, nil},
		{"a statement alone", `func f(r run) { r.set("x", Fail) }`, []string{`r.set("x", Fail)`}},
		{"a condition in a function within", `func f(a int) func() error { return func() error { if a > 1 { return Wrong("x") }; return nil } }`, []string{"a > 1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found, switched, err := mutate.Switch("p.go", []byte(start+tc.body+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range found {
				got = append(got, c.Text)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			compile(t, switched, mutate.Helper("p"))
			if len(tc.want) == 0 && !bytes.Equal(switched, []byte(start+tc.body+"\n")) {
				t.Errorf("changed:\n%s", switched)
			}
		})
	}
	if _, _, err := mutate.Switch("p.go", []byte("package")); err == nil {
		t.Error("what is no Go is read")
	}
}

// compile checks the types of the files of one package.
func compile(t *testing.T, sources ...[]byte) {
	t.Helper()
	set := token.NewFileSet()
	var files []*ast.File
	for _, src := range sources {
		f, err := parser.ParseFile(set, "", src, 0)
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		files = append(files, f)
	}
	c := types.Config{Importer: library{}}
	if _, err := c.Check("p", set, files, nil); err != nil {
		t.Errorf("%v\n%s", err, sources[0])
	}
}

// library is as much of the packages errors and os as these tests need: where they stand is not known everywhere.
type library struct{}

// Import implements types.Importer.
func (library) Import(path string) (*types.Package, error) {
	name := filepath.Base(path)
	pkg := types.NewPackage(path, name)
	text, err := types.Typ[types.String], types.Universe.Lookup("error").Type()
	function := func(name string, out types.Type) {
		in := types.NewTuple(types.NewVar(token.NoPos, pkg, "", text))
		signature := types.NewSignatureType(nil, nil, nil, in, types.NewTuple(types.NewVar(token.NoPos, pkg, "", out)), false)
		pkg.Scope().Insert(types.NewFunc(token.NoPos, pkg, name, signature))
	}
	function("New", err)
	function("Getenv", text)
	pkg.MarkComplete()
	return pkg, nil
}

// TestTheVerifierHasChecks: the tool sees the checks of the verifier, each under a name of its own, and moves no line.
func TestTheVerifierHasChecks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "verifier", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		if !mutate.Testable(name) {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found, switched, err := mutate.Switch(name, src)
		if err != nil || bytes.Count(switched, []byte("\n")) != bytes.Count(src, []byte("\n")) {
			t.Errorf("%s: %v, or its lines moved", name, err)
		}
		for _, c := range found {
			if seen[c.ID] {
				t.Errorf("%s twice", c.ID)
			}
			seen[c.ID] = true
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d checks", len(seen))
	}
}
