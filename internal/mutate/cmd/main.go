// Command cmd removes the checks below a folder one at a time, runs the tests below it without each, and prints those that no test
// noticed. It exits with 1 when there are any, and with 3 when it could not do its work.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/mutate"
)

func main() {
	root := flag.String("root", "verifier", "the folder whose checks are removed, with those below it")
	with := flag.String("with", "", "folders, with commas between, whose tests may notice beside those below root; none below them")
	match := flag.String("run", "", "only checks whose file:line:column matches this expression")
	own := flag.Bool("own", false, "only the tests of the package in which the check stands, and of none other, may notice: stricter, and faster")
	workers := flag.Int("workers", 2, "runs at once")
	most := flag.Duration("most", 0, "begin no run after that long; 0: run all")
	each := flag.Duration("each", 2*time.Minute, "a test that takes longer has noticed")
	flag.Parse()
	unnoticed, err := run(context.Background(), os.Stdout, options{
		root: *root, with: *with, match: *match, own: *own, workers: *workers, most: *most, each: *each,
	})
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(3)
	case unnoticed > 0:
		os.Exit(1)
	}
}

type options struct {
	root, with string
	match      string
	own        bool
	workers    int
	most, each time.Duration
}

// tree is the program with its checks switched, and the binaries of its tests.
type tree struct {
	overlay  map[string]string
	checks   []mutate.Check
	packages []string // folders, the innermost first
	binaries map[string]string
	own      bool // a check's own package alone is tested
}

// run does everything in a folder of its own that it removes again.
func run(ctx context.Context, out io.Writer, o options) (unnoticed int, err error) {
	wanted, err := regexp.Compile(o.match)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "laurel-mutate-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	t, err := prepare(dir, filepath.Clean(o.root))
	if err != nil {
		return 0, err
	}
	var checks []mutate.Check
	concerned := map[string]bool{}
	for _, c := range t.checks {
		if wanted.MatchString(c.ID) {
			checks, concerned[folder(c.ID)] = append(checks, c), true
		}
	}
	for _, p := range strings.Split(o.with, ",") {
		if p != "" && !slices.Contains(t.packages, filepath.Clean(p)) {
			t.packages = append(t.packages, filepath.Clean(p))
		}
	}
	if t.own = o.own; t.own {
		t.packages = slices.DeleteFunc(t.packages, func(p string) bool { return !concerned[p] })
	}
	if err := t.compile(ctx, dir); err != nil {
		return 0, err
	}
	for _, p := range t.packages {
		if binary, ok := t.binaries[p]; ok && fails(ctx, binary, p, "none", o.each) {
			return 0, fmt.Errorf("the tests of %s fail with every check in its place", p)
		}
	}
	return t.each(ctx, out, checks, o), nil
}

// folder is the package in which a check stands.
func folder(id string) string {
	file, _, _ := strings.Cut(id, ":")
	return filepath.Dir(filepath.FromSlash(file))
}

// each runs the tests without each of the checks.
func (t *tree) each(ctx context.Context, out io.Writer, checks []mutate.Check, o options) (unnoticed int) {
	began := time.Now()
	work := make(chan mutate.Check)
	var mu sync.Mutex
	var wg sync.WaitGroup
	done := 0
	for range max(1, o.workers) {
		wg.Go(func() {
			for c := range work {
				noticed := t.noticed(ctx, c.ID, o.each)
				mu.Lock()
				done++
				if !noticed {
					unnoticed++
					_, _ = fmt.Fprintf(out, "%s: no test notices that this is gone: %s\n", c.ID, c.Text)
				}
				mu.Unlock()
			}
		})
	}
	for _, c := range checks {
		if o.most > 0 && time.Since(began) > o.most {
			break
		}
		work <- c
	}
	close(work)
	wg.Wait()
	_, _ = fmt.Fprintf(out, "%d of %d checks removed one at a time, %d not noticed\n", done, len(checks), unnoticed)
	return unnoticed
}

// prepare switches the checks of every package below root into files of dir. A root without any is an error: nothing would be asked.
func prepare(dir, root string) (*tree, error) {
	t := &tree{overlay: map[string]string{}, binaries: map[string]string{}}
	helped := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !mutate.Testable(path) || strings.Contains(path, "verifiertest") {
			return err
		}
		src, err := os.ReadFile(filepath.Clean(path)) //nolint:gosec // our own source
		if err != nil {
			return err
		}
		found, switched, err := mutate.Switch(filepath.ToSlash(path), src)
		if err != nil || len(found) == 0 {
			return err
		}
		t.checks = append(t.checks, found...)
		if err := t.replace(dir, path, switched); err != nil || helped[filepath.Dir(path)] {
			return err
		}
		folder := filepath.Dir(path)
		helped[folder] = true
		t.packages = append(t.packages, folder)
		return t.replace(dir, filepath.Join(folder, "laurel_mutant.go"), mutate.Helper(filepath.Base(folder)))
	})
	if err == nil && len(t.checks) == 0 {
		err = fmt.Errorf("there is no check below %s", root)
	}
	return t, err
}

// replace puts other bytes in the place of a file for the compiler.
func (t *tree) replace(dir, path string, body []byte) error {
	real, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	to := filepath.Join(dir, strings.ReplaceAll(filepath.ToSlash(path), "/", "_"))
	t.overlay[real] = to
	return os.WriteFile(to, body, 0o600) //nolint:gosec // in a folder made just now
}

// compile builds the tests of every package once, with all checks in them.
func (t *tree) compile(ctx context.Context, dir string) error {
	text, err := json.Marshal(map[string]map[string]string{"Replace": t.overlay})
	if err != nil {
		return err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	for _, p := range t.packages {
		to := filepath.Join(dir, strings.ReplaceAll(p, string(filepath.Separator), "_")+".test")
		args := []string{"test", "-c", "-overlay", overlay, "-o", to, "./" + filepath.ToSlash(p)}
		said, err := exec.CommandContext(ctx, "go", args...).CombinedOutput() //nolint:gosec // our own folders
		if err != nil {
			return fmt.Errorf("tests of %s: %w\n%s", p, err, said)
		}
		if _, err := os.Stat(to); err == nil {
			t.binaries[p] = to
		}
	}
	return nil
}

// noticed runs the tests of the check's own package, then those of the others, until one fails.
func (t *tree) noticed(ctx context.Context, id string, most time.Duration) bool {
	own := folder(id)
	order := []string{own}
	if !t.own {
		order = append(order, t.packages...)
	}
	for i, p := range order {
		if binary, ok := t.binaries[p]; ok && (i == 0 || p != own) && fails(ctx, binary, p, id, most) {
			return true
		}
	}
	return false
}

func fails(ctx context.Context, binary, folder, id string, most time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.failfast", "-test.timeout", most.String()) //nolint:gosec // built just now
	cmd.Dir, cmd.Env = folder, append(os.Environ(), mutate.Variable+"="+id)
	return cmd.Run() != nil
}
