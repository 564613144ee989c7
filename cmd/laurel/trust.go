package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/trust"
)

// trustFile is the operator's trust list. It is read again when the file changes; a file that cannot be read any more, or
// says nothing, means that nobody is trusted, never that the old list goes on.
type trustFile struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	list    *trust.List
	changed time.Time
	looked  time.Time
}

// newTrustFile reads the list at path; without a path nobody is trusted. A list that is wrong at the start is
// fault.Invalid: nothing starts.
func newTrustFile(path string, log *slog.Logger) (*trustFile, error) {
	f := &trustFile{path: path, log: log, list: &trust.List{}}
	if path == "" {
		return f, nil
	}
	if err := f.read(); err != nil {
		return nil, fault.New(fault.Invalid, err, "the trust list %s cannot be used: %v", path, err).
			Hint("see docs/operate.md for its form; an empty list trusts nobody and is refused")
	}
	return f, nil
}

// current returns the list as it is now. The file's date is looked at once a second at most.
func (f *trustFile) current() *trust.List {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == "" || time.Since(f.looked) < time.Second {
		return f.list
	}
	info, err := os.Stat(f.path)
	if err == nil && info.ModTime().Equal(f.changed) {
		f.looked = time.Now()
		return f.list
	}
	if err := f.read(); err != nil {
		f.log.Error("the trust list cannot be used; nobody is trusted until it can", "path", f.path, "error", err)
		f.list, f.changed = &trust.List{}, time.Time{} // so that the same file is read again when it is back
	}
	return f.list
}

func (f *trustFile) read() error {
	f.looked = time.Now()
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Clean(f.path))
	if err != nil {
		return err
	}
	list, err := trust.Parse(data)
	if err != nil {
		return err
	}
	f.list, f.changed = list, info.ModTime()
	return nil
}
