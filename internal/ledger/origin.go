package ledger

import (
	"os"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Origin is what the file says of itself when it is opened.
type Origin int

// The origins.
const (
	Kept   Origin = iota // nobody but Laurel wrote it, as far as can be seen
	Begun                // there was no file
	Placed               // somebody put it here: the data folder was copied, or restored from a backup
)

// slack is how far apart the time of a record and the times of the file may lie.
const slack = 2 * time.Second

// origin compares the file with its last record. Laurel writes nothing but records, and each has its time and when the file was made: a
// file that was made at another time, or written at another time, is one that somebody put here. (The number of a file tells nothing: it
// is given again when a file is gone.) Who owns it and who may read it says nothing, and a record that was torn by a crash decides nothing.
func origin(f *os.File, last record, torn bool) (Origin, error) {
	info, err := f.Stat()
	if err != nil || last.At.IsZero() { // an older version wrote it
		return Kept, err
	}
	made, known := born(f)
	switch {
	case known && !last.Born.IsZero() && !made.Equal(last.Born), !torn && apart(info.ModTime(), last.At):
		return Placed, nil
	}
	return Kept, nil
}

func apart(a, b time.Time) bool { return a.Sub(b).Abs() > slack }

// Origin returns what the file said of itself when it was opened.
func (l *Ledger) Origin() Origin { return l.origin }

// LastKnown is when the last record of a list was written before the file was opened, or was doubted; zero where none says so.
func (l *Ledger) LastKnown() time.Time { return l.last }

// What a record says of the doubt whether the file is older than what was issued.
const (
	doubtBegun = "begun"
	doubtEnded = "ended"
)

// Distrust makes Behind refuse everything until Settle, also after a restart.
func (l *Ledger) Distrust() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.distrusted {
		return nil
	}
	l.distrusted = true
	return l.write(record{Doubt: doubtBegun})
}

// Distrusted reports whether the file, and the database beside it, may be older than what was issued from them.
func (l *Ledger) Distrusted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.distrusted
}

// Settle notes durably that an operator decided what follows from that.
func (l *Ledger) Settle() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.write(record{Doubt: doubtEnded}); err != nil {
		return err
	}
	l.distrusted = false
	return nil
}

// errPlaced refuses what an older database could do wrong.
func errPlaced() error {
	return fault.New(fault.Unavailable, nil, "the data folder was copied here or restored, and may be older than what was issued from it: "+
		"nothing is issued or published until an operator says so").
		Code("status.copied").Hint(`run "laurel status" to see since when, and "laurel status recover" to go on`)
}
