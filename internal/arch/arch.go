// Package arch owns the layer table of the architecture (table.go) and the rules that follow from it. Its test reads the
// imports of every package of the module and fails where one breaks a rule.
//
// It refuses: a package that the table does not place; an import that points up; an import within a layer that the table
// does not allow; any import between issuer and verifier; the disk, SQL, templates, gin or a listening socket below
// layer 5; and a library for tests in a package that is none.
package arch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Package is what the rules know of one package: its path within the module and what its non-test files import and call.
type Package struct {
	Path    string   // within the module: "internal/keys"; "" is the module's root
	Imports []string // full import paths, sorted, each once
	Listens []string // selectors that open a listening socket, such as "net.Listen"
}

// Violation is one broken rule, in a sentence that names the package and what it did.
type Violation struct {
	Package string
	Detail  string
}

func (v Violation) String() string { return v.Package + ": " + v.Detail }

// Check applies the rules of t to the packages of module. It returns every violation, in order of package path.
func (t Table) Check(module string, packages []Package) []Violation {
	var found []Violation
	for _, p := range packages {
		from, ok := t.place(p.Path)
		if !ok {
			found = append(found, Violation{p.Path, "is not in the layer table of internal/arch/table.go: give it a row"})
			continue
		}
		for _, path := range p.Imports {
			detail := ""
			if own, inside := strings.CutPrefix(path, module+"/"); inside {
				detail = t.checkOwn(from, p.Path, own)
			} else {
				detail = t.checkForeign(from, path)
			}
			if detail != "" {
				found = append(found, Violation{p.Path, detail})
			}
		}
		for _, call := range p.Listens {
			if from.layer < t.Edge {
				found = append(found, Violation{p.Path, fmt.Sprintf("uses %s: nothing below layer %d opens a listening socket", call, t.Edge)})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Violation) int { return cmp.Compare(a.Package, b.Package) })
	return found
}

// Below returns the paths of those packages whose layer is at most layer, or that begin with one of the extra paths.
func (t Table) Below(layer int, packages []Package, extra ...string) []string {
	var paths []string
	for _, p := range packages {
		if at, ok := t.place(p.Path); ok && at.layer <= layer || slices.Contains(extra, p.Path) {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// checkOwn judges an import of one of the module's own packages. It returns "" when that is allowed.
func (t Table) checkOwn(from placed, importer, imported string) string {
	to, ok := t.place(imported)
	switch {
	case !ok:
		return fmt.Sprintf("imports %s, which is not in the layer table", imported)
	case from.side != "" && to.side != "" && from.side != to.side:
		return fmt.Sprintf("imports %s: %s and %s never import each other", imported, from.side, to.side)
	case to.layer > from.layer:
		return fmt.Sprintf("(layer %d) imports %s (layer %d): an import never points up", from.layer, imported, to.layer)
	case to.layer == from.layer && !t.sameLayer(from, importer, imported):
		return fmt.Sprintf("imports %s of the same layer %d, which the table does not allow", imported, from.layer)
	}
	return ""
}

// sameLayer reports whether importer may import imported although both stand in the same layer. That imports form no
// cycle is the compiler's rule, not ours.
func (t Table) sameLayer(from placed, importer, imported string) bool {
	if from.free || within(imported, from.pattern) {
		return true
	}
	return slices.Contains(t.SameLayer, Edge{importer, imported})
}

// checkForeign judges an import of the standard library or of another module. It returns "" when that is allowed.
func (t Table) checkForeign(from placed, path string) string {
	if from.layer < t.Edge {
		for _, ban := range t.EdgeOnly {
			if within(path, ban.Path) {
				return fmt.Sprintf("imports %s: %s is unknown below layer %d", path, ban.What, t.Edge)
			}
		}
	}
	if from.layer < t.top() {
		for _, ban := range t.TestOnly {
			if within(path, ban.Path) {
				return fmt.Sprintf("imports %s: %s", path, ban.What)
			}
		}
	}
	return ""
}

// placed is where a package stands.
type placed struct {
	layer   int
	free    bool   // packages of this layer may import each other
	side    string // "issuer", "verifier" or ""
	pattern string // the row that placed it
}

// place finds the row for path: the longest pattern that fits.
func (t Table) place(path string) (placed, bool) {
	best, found := placed{}, false
	for _, l := range t.Layers {
		for _, pattern := range l.Packages {
			tree, isTree := strings.CutSuffix(pattern, "/...")
			fits := path == pattern || isTree && within(path, tree)
			if fits && (!found || len(tree) > len(best.pattern)) {
				best, found = placed{l.Number, l.Free, t.side(path), tree}, true
			}
		}
	}
	return best, found
}

func (t Table) side(path string) string {
	for _, side := range t.Sides {
		if within(path, side) {
			return side
		}
	}
	return ""
}

func (t Table) top() int {
	top := 0
	for _, l := range t.Layers {
		top = max(top, l.Number)
	}
	return top
}

// within reports whether path is tree or lies below it.
func within(path, tree string) bool {
	return path == tree || strings.HasPrefix(path, tree+"/")
}
