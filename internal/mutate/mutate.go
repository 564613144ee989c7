// Package mutate finds the checks in a Go file and makes each of them removable, one at a time, so that a run of the tests shows
// which check nobody would miss.
//
// A check is a condition (if, or case of a switch without a value) whose consequence refuses: it sets Fail or Unknown, makes or hands
// on a defect, or returns an error or false; and a statement outside of such a condition that sets Fail or Unknown. What comes out of Switch
// is compiled in the place of the file, by the -overlay of the go command: the tree itself is never touched.
package mutate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Variable is the environment variable that names the check to remove.
const Variable = "LAUREL_MUTANT"

// Check is one check that can be removed.
type Check struct {
	ID   string // file:line:column, the value of Variable
	Text string // its condition or statement, in one line
}

// edit is text that is put into a file.
type edit struct {
	at   int
	text string
}

// finder collects the checks of a file.
type finder struct {
	name   string
	src    []byte
	files  *token.FileSet
	checks []Check
	edits  []edit
}

// Switch returns the checks of a file, in its order, and the file in which each is off when Variable names it.
func Switch(name string, src []byte) ([]Check, []byte, error) {
	f := &finder{name: name, src: src, files: token.NewFileSet()}
	file, err := parser.ParseFile(f.files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("checks of %s: %w", name, err)
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f.walk(fn.Body)
		}
	}
	return f.checks, f.edited(), nil
}

// Helper is a file of the package that Switch's results call.
func Helper(pkg string) []byte {
	return []byte("package " + pkg + "\n\nimport \"os\"\n\nvar laurelMutant = os.Getenv(\"" + Variable +
		"\")\n\nfunc laurelOff(id string) bool { return laurelMutant == id }\n")
}

// walk looks at everything below n.
func (f *finder) walk(n ast.Node) {
	guarded := map[ast.Stmt]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			f.guard(n.Body.List, guarded, n.Cond)
		case *ast.SwitchStmt:
			for _, s := range n.Body.List {
				if c, ok := s.(*ast.CaseClause); ok && n.Tag == nil {
					f.guard(c.Body, guarded, c.List...)
				}
			}
		case *ast.ExprStmt:
			if !guarded[n] && settles(n.X) {
				id := f.add(n)
				f.put(n.Pos(), "if !laurelOff("+id+") {")
				f.put(n.End(), "}")
			}
		}
		return true
	})
}

// guard makes a condition removable when what follows from it refuses. The statements of the consequence go with it.
func (f *finder) guard(body []ast.Stmt, guarded map[ast.Stmt]bool, conditions ...ast.Expr) {
	if len(conditions) == 0 || !slices.ContainsFunc(body, refuses) {
		return
	}
	for _, s := range body {
		guarded[s] = true
	}
	id := f.add(conditions[0])
	for _, c := range conditions {
		f.put(c.Pos(), "!laurelOff("+id+")&&(")
		f.put(c.End(), ")")
	}
}

// add notes a check and returns its id as a Go string.
func (f *finder) add(n ast.Node) string {
	p := f.files.Position(n.Pos())
	text := f.src[p.Offset:f.files.Position(n.End()).Offset]
	id := fmt.Sprintf("%s:%d:%d", f.name, p.Line, p.Column)
	f.checks = append(f.checks, Check{id, string(bytes.Join(bytes.Fields(text), []byte(" ")))})
	return strconv.Quote(id)
}

func (f *finder) put(at token.Pos, text string) {
	f.edits = append(f.edits, edit{f.files.Position(at).Offset, text})
}

// edited is the file with the edits in it. No line moves, so that positions in failures stay true.
func (f *finder) edited() []byte {
	slices.SortStableFunc(f.edits, func(a, b edit) int { return a.at - b.at })
	var out []byte
	at := 0
	for _, e := range f.edits {
		out = append(append(out, f.src[at:e.at]...), e.text...)
		at = e.at
	}
	return append(out, f.src[at:]...)
}

// refuses reports whether a statement of a consequence refuses.
func refuses(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return settles(s.X)
	case *ast.ReturnStmt:
		return slices.ContainsFunc(s.Results, refusal)
	case *ast.AssignStmt:
		return slices.ContainsFunc(s.Rhs, refusal)
	}
	return false
}

// settles reports whether an expression sets an outcome that is no pass: r.set(check, Fail, …), r.defect(…).
func settles(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	name := last(call.Fun)
	return name == "defect" || name == "set" && slices.ContainsFunc(call.Args, bad)
}

// refusal reports whether a value says no: an error or defect that is handed on or made, or a finding that is no pass.
func refusal(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "err" || x.Name == "d" || x.Name == "defect" || x.Name == "false"
	case *ast.CompositeLit:
		return slices.ContainsFunc(x.Elts, bad)
	case *ast.UnaryExpr:
		return refusal(x.X)
	case *ast.CallExpr:
		if s, ok := x.Fun.(*ast.SelectorExpr); ok && refusal(s.X) {
			return true // fault.New(…).Code(…)
		}
		return slices.Contains(makers(), last(x.Fun)) || of(x.Fun, "fault", "New") || of(x.Fun, "errors", "New")
	}
	return false
}

// makers are the functions of the verifier, and of what it stands on, that make a refusal and nothing else.
func makers() []string {
	return []string{
		"Wrong", "Unclear", "AsDefect", "Errorf", "wrong", "issuerMismatch", "notAsked", "entryError", "over", "invalid", "refused", "unsigned",
		"noCertificate", "tooLarge", "notCredential", "unsupported", "malformed", "unavailable", "syntax", "refusal", "cut", "unreadableToken", "otherToken",
		"noClaims", "broken", "differs", "incomplete", "notDisclosable", "tooShort", "outOfRange", "expansion",
	}
}

// of reports whether an expression is that name of that package.
func of(x ast.Expr, pkg, name string) bool {
	s, ok := x.(*ast.SelectorExpr)
	return ok && s.Sel.Name == name && last(s.X) == pkg
}

// bad reports whether an expression is one of the outcomes that are no pass.
func bad(x ast.Expr) bool {
	name := last(x)
	if pair, ok := x.(*ast.KeyValueExpr); ok {
		name = last(pair.Value)
	}
	return name == "Fail" || name == "Unknown"
}

// last is the last name of an expression such as a.b.c.
func last(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// Testable reports whether a file of that name is one of the program rather than of its tests.
func Testable(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}
