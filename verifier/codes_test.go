package verifier_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier"
)

// TestEveryCodeIsExplained reads the source of the verifier and of all that it rests on: what has the shape of a code is on the
// closed list of package explain, or is named here as something else.
func TestEveryCodeIsExplained(t *testing.T) {
	other := []string{ // not codes of a Result
		"image.not_bakeable", // baking.Bake
		"qr.text", "qr.too_long", "kek.syntax", "verify.policy",
		"issuer.id",                   // a member
		"request.invalid",             // a wrong question to a wallet
		"request.unknown",             // and what is answered about a request, not about a badge
		"request.expired",             //
		"request.answered",            //
		"request.session",             //
		"request.cross_device",        //
		"request.wallet", "key.sizes", //
	}
	shape := regexp.MustCompile(`^([a-z][a-z0-9]*\.[a-z][a-z0-9_]+|[A-Z]+(_[A-Z]+)+)$`)
	known, found := explain.Codes(), 0
	for at, literal := range literals(t, "verifier") {
		if !shape.MatchString(literal) || slices.Contains(other, literal) {
			continue
		}
		found++
		if !slices.Contains(known, literal) {
			t.Errorf("%s: %q is explained nowhere", at, literal)
		}
	}
	if found < 400 {
		t.Errorf("only %d were found", found)
	}
}

// TestMadeUpCodesAreExplained: those that no literal shows, because a part of them is put in.
func TestMadeUpCodesAreExplained(t *testing.T) {
	var codes []string
	for _, id := range verifier.CheckIDs() {
		codes = append(codes, string(id)+".not_reached")
	}
	for _, f := range []proof.Form{
		proof.OBJWT, proof.VCJWT, proof.JWTVC11, proof.DataIntegrity, proof.SDJWT, proof.VCSDJWT, proof.VCCOSE, proof.OB2, proof.None, proof.Unknown,
	} {
		codes = append(codes, "form."+string(f))
	}
	for _, claim := range []string{"iss", "jti", "sub", "nbf", "exp"} {
		codes = append(codes, "claims."+claim+"_missing", "claims."+claim+"_mismatch")
	}
	codes = append(codes, "endorsement.invalid", "endorsement.undecided", "DATA_LOSS_DETECTION_ERROR", "internal")
	for _, c := range codes {
		if _, ok := explain.Of(c); !ok {
			t.Errorf("%s is explained nowhere", c)
		}
	}
}

// literals gives the string literals of a package of this module and of those that it imports, by their place.
func literals(t *testing.T, packages ...string) map[string]string {
	t.Helper()
	const module = "github.com/openlaurel/laurel/"
	out, seen := map[string]string{}, map[string]bool{}
	for len(packages) > 0 {
		dir := packages[0]
		if packages = packages[1:]; seen[dir] {
			continue
		}
		seen[dir] = true
		set := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			p, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(p, func(n ast.Node) bool {
				if b, ok := n.(*ast.BasicLit); ok && b.Kind == token.STRING {
					s, _ := strconv.Unquote(b.Value)
					out[set.Position(b.Pos()).String()] = s
					if rest, ok := strings.CutPrefix(s, module); ok {
						packages = append(packages, rest)
					}
				}
				return true
			})
		}
	}
	return out
}
