package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Read parses every non-test Go file below the root of tree and returns the packages in order of path. Folders named
// testdata, vendor or node_modules and those that begin with a dot or an underscore are no packages (go help packages).
// Build constraints are not looked at: an import is an import on every platform.
func Read(tree fs.FS) ([]Package, error) {
	byPath := map[string]*Package{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && ignored(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		return readFile(tree, name, byPath)
	})
	if err != nil {
		return nil, fmt.Errorf("packages of the module: %w", err)
	}
	packages := make([]Package, 0, len(byPath))
	for _, p := range byPath {
		slices.Sort(p.Imports)
		p.Imports = slices.Compact(p.Imports)
		slices.Sort(p.Listens)
		p.Listens = slices.Compact(p.Listens)
		packages = append(packages, *p)
	}
	slices.SortFunc(packages, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return packages, nil
}

func ignored(dir string) bool {
	return dir == "testdata" || dir == "vendor" || dir == "node_modules" || dir[0] == '.' || dir[0] == '_'
}

func readFile(tree fs.FS, name string, byPath map[string]*Package) error {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	dir := path.Dir(name)
	if dir == "." {
		dir = ""
	}
	p := byPath[dir]
	if p == nil {
		p = &Package{Path: dir}
		byPath[dir] = p
	}
	names := map[string]string{} // local name → import path
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		p.Imports = append(p.Imports, imported)
		local := path.Base(imported)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = imported
	}
	p.Listens = append(p.Listens, listens(file, names)...)
	return nil
}

// listens returns the selectors of file that open a listening socket or are made for one.
func listens(file *ast.File, names map[string]string) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		local, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		name := selector.Sel.Name
		switch names[local.Name] {
		case "net", "crypto/tls":
			ok = strings.HasPrefix(name, "Listen")
		case "net/http":
			ok = strings.HasPrefix(name, "ListenAndServe") || strings.HasPrefix(name, "Serve") && !isServeHelper(name) || name == "Server"
		default:
			ok = false
		}
		if ok {
			found = append(found, path.Base(names[local.Name])+"."+name)
		}
		return true
	})
	return found
}

// isServeHelper reports whether name of net/http begins like a server but only answers one request.
func isServeHelper(name string) bool {
	return name == "ServeMux" || name == "ServeContent" || name == "ServeFile" || name == "ServeFileFS"
}

// HasPackageComment reports whether the Go source text has a comment at its package clause. Text that does not parse has
// none.
func HasPackageComment(text []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly|parser.ParseComments)
	return err == nil && file.Doc != nil && strings.TrimSpace(file.Doc.Text()) != ""
}
