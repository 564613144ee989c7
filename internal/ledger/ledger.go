// Package ledger owns the file beside the database that knows what was given away and published of status lists: how far
// the counter of each list has come, and every entry that was set. It is how a database that was restored from an older
// backup is found out, and how what it lost is put back.
//
// It refuses to let anything be reserved while the database knows less than the file, or to publish a list of which the
// database knows less; and everything, until an operator decides, when the file itself was put where it is (Origin).
// The file only grows; a record that was torn by a crash was never acted on, and is passed over.
package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Mark is what the file knows of one list.
type Mark struct {
	List    statuslist.List // without its seed
	Version int64
	Stamp   time.Time
	Bits    map[int]int // what entries became
}

// Ledger is the open file. It is safe for concurrent use; several processes may share the file.
type Ledger struct {
	mu     sync.Mutex
	file   *os.File
	marks  map[string]*Mark
	behind map[string]bool

	origin     Origin
	last       time.Time // of the last record of a list when it was opened
	written    time.Time // of the last record since
	distrusted bool
}

// record is one line.
type record struct {
	At      time.Time `json:"at,omitzero"`     // when it was written
	Born    time.Time `json:"born,omitzero"`   // when the file was made, where the file system says that
	Doubt   string    `json:"doubt,omitempty"` // begun or ended: whether the file is older than what was issued
	List    string    `json:"list,omitempty"`  // empty: the record is about no list
	Issuer  string    `json:"issuer,omitempty"`
	Purpose string    `json:"purpose,omitempty"`
	URL     string    `json:"url,omitempty"`
	Size    int       `json:"size,omitempty"`
	Next    int       `json:"next,omitempty"`
	Version int64     `json:"version,omitempty"`
	Stamp   time.Time `json:"stamp,omitzero"`
	Bits    [][2]int  `json:"bits,omitempty"`
}

// Open reads the file, and makes it when it is not there.
func Open(path string) (*Ledger, error) {
	l := &Ledger{marks: map[string]*Mark{}, behind: map[string]bool{}}
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Unavailable, err, "the ledger of status lists %s cannot be read", path).Code("ledger.unavailable")
	}
	last := l.read(data)
	fresh := errors.Is(err, fs.ErrNotExist)
	if l.file, err = os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, fault.New(fault.Unavailable, err, "the ledger of status lists %s cannot be written", path).Code("ledger.unavailable")
	}
	if err := l.begin(data, last, fresh); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), l.file.Close())
	}
	return l, nil
}

// begin finds out where the file is from, and makes it ready for records. What an older version wrote is told apart from then on.
func (l *Ledger) begin(data []byte, last record, fresh bool) error {
	torn := len(data) > 0 && data[len(data)-1] != '\n'
	var err error
	if l.origin, err = origin(l.file, last, torn); err != nil {
		return err
	}
	switch {
	case fresh:
		l.origin = Begun
	case l.distrusted:
		l.origin = Placed
	}
	if torn {
		if _, err := l.file.WriteString("\n"); err != nil {
			return err
		}
	}
	if l.origin != Placed && (torn || last.At.IsZero() || last.Born.IsZero()) {
		return l.write(record{})
	}
	return nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.file.Close() }

// read takes all records into memory, and returns the last one.
func (l *Ledger) read(data []byte) (last record) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var r record
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		switch {
		case r.Doubt == doubtEnded:
			l.distrusted = false
		case r.Doubt == doubtBegun:
			l.distrusted = true
		}
		if !l.distrusted && r.List != "" {
			l.last = r.At
		}
		last = r
		l.apply(r)
	}
	return last
}

// apply takes a record into memory. l.mu is held, or nobody else knows l.
func (l *Ledger) apply(r record) {
	if r.List == "" {
		return
	}
	m := l.marks[r.List]
	if m == nil {
		m = &Mark{List: statuslist.List{ID: r.List}, Bits: map[int]int{}}
		l.marks[r.List] = m
	}
	if r.URL != "" {
		m.List.IssuerID, m.List.Purpose, m.List.URL, m.List.Size = r.Issuer, r.Purpose, r.URL, r.Size
	}
	m.List.Next = max(m.List.Next, r.Next)
	if r.Version >= m.Version {
		m.Version = r.Version
		for _, b := range r.Bits {
			m.Bits[b[0]] = b[1]
		}
	}
	if r.Stamp.After(m.Stamp) {
		m.Stamp = r.Stamp
	}
}

// write appends a record durably. l.mu is held, or nobody else knows l.
func (l *Ledger) write(r record) error {
	err := l.append(r)
	for range writesMost {
		info, failed := l.file.Stat()
		if err != nil || failed != nil || !apart(info.ModTime(), l.written) {
			break
		}
		err = l.append(record{}) // the process stood still between the clock and the file
	}
	if err != nil {
		return fault.New(fault.Unavailable, err, "the ledger of status lists cannot be written").Code("ledger.unavailable").
			Hint("is the data folder full, or not writable?")
	}
	l.apply(r)
	return nil
}

// writesMost is how often it is tried again to write a record with the time of the file.
const writesMost = 3

func (l *Ledger) append(r record) error {
	r.Born, _ = born(l.file)
	l.written = time.Now().UTC()
	r.At = l.written
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err = l.file.Write(append(line, '\n')); err == nil {
		err = l.file.Sync()
	}
	return err
}

// Claimed implements statuslist.Ledger.
func (l *Ledger) Claimed(list statuslist.List, next int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := record{List: list.ID, Next: next}
	if m := l.marks[list.ID]; m == nil || m.List.URL == "" {
		r.Issuer, r.Purpose, r.URL, r.Size = list.IssuerID, list.Purpose, list.URL, list.Size
	}
	return l.write(r)
}

// Changed implements statuslist.Ledger. What is known already is not written again.
func (l *Ledger) Changed(listID string, c statuslist.Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.marks[listID]
	if m != nil && m.Version >= c.Version {
		return nil
	}
	last := map[int]int{}
	for _, b := range c.Bits {
		last[b.Index] = b.Value
	}
	r := record{List: listID, Version: c.Version, Stamp: c.Stamp}
	for i, v := range last {
		if m != nil {
			if known, ok := m.Bits[i]; ok && known == v {
				continue
			}
		}
		r.Bits = append(r.Bits, [2]int{i, v})
	}
	sort.Slice(r.Bits, func(i, j int) bool { return r.Bits[i][0] < r.Bits[j][0] })
	return l.write(r)
}

// Behind implements statuslist.Ledger.
func (l *Ledger) Behind(listID string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.distrusted {
		return errPlaced()
	}
	if l.behind[listID] || listID == "" && len(l.behind) > 0 {
		return fault.New(fault.Unavailable, nil, "the database is older than what was issued from it: nothing is issued until that is settled").
			Code("status.behind").Hint(`run "laurel status" to see what is missing, and "laurel status recover" to put it back`)
	}
	return nil
}

// Lists is what Compare asks for a list; a miss is fault.NotFound.
type Lists interface {
	List(ctx context.Context, id string) (statuslist.List, error)
}

// Gap is a list of which the database knows less than the file.
type Gap struct {
	Mark  Mark
	Found statuslist.List // as the database has it; without an ID when it has not
}

// Compare looks for gaps, by the ids of their lists, and notes them for Behind.
func (l *Ledger) Compare(ctx context.Context, lists Lists) ([]Gap, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind = map[string]bool{}
	var out []Gap
	for id, m := range l.marks {
		found, err := lists.List(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, fmt.Errorf("comparing status list %s: %w", id, err)
		}
		if err == nil && found.Next >= m.List.Next && found.Version >= m.Version {
			continue
		}
		if err != nil {
			found = statuslist.List{}
		}
		l.behind[id] = true
		out = append(out, Gap{Mark: *m, Found: found})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Mark.List.ID < out[j].Mark.List.ID })
	return out, nil
}
