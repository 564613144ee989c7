package signlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Stored is something that was signed as a credential, as it is stored, and what was signed of it.
type Stored struct {
	Kind    Kind
	Seq     int64 // its serial number among its kind
	ID      string
	KeyID   string    // the verification method that it names
	At      time.Time // when it was issued
	Message []byte    // exactly the bytes under the signature
	Err     error     // why they cannot be told
}

// Kind says where something is stored.
type Kind string

// The kinds: credentials of awards, and what stands behind no single award (records, endorsements, what platforms wrote).
const (
	AwardCredential Kind = "credential"
	Statement       Kind = "statement"
)

// Everything calls f for all that was ever signed as a credential and is stored.
type Everything func(ctx context.Context, f func(Stored) error) error

// Report is what an examination of the log found.
type Report struct {
	Entries     int64    `json:"entries"`
	Credentials int64    `json:"credentials"`              // of awards, that were compared with the log
	Statements  int64    `json:"statements"`               // that were compared with the log
	Older       int64    `json:"older_than_log,omitempty"` // that are not in the log and need not be
	Unstored    int64    `json:"unstored"`                 // recorded as credentials and stored nowhere: given up before, lost in a crash, or replaced since
	Left        []Left   `json:"unstored_entries"`         // the first listMost of them
	Faults      []string `json:"faults"`                   // what does not fit, at most listMost of it
}

// Left is an entry that is stored nowhere.
type Left struct {
	Seq int64     `json:"seq"`
	At  time.Time `json:"at"`
	Key string    `json:"key"`
}

// listMost bounds what a report lists.
const listMost = 100

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < listMost {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// batch is how many entries are read at once.
const batch = 1000

// examination is one run of Verify.
type examination struct {
	Report
	s       *Service
	head    Head
	first   time.Time // of the first entry; zero in an empty log
	last    Entry
	intents marks // entries that are for credentials
	stored  marks // those of them that something is stored of
}

// marks is a set of serial numbers.
type marks []uint64

func (m *marks) set(seq int64) {
	for int64(len(*m))*64 <= seq {
		*m = append(*m, 0)
	}
	(*m)[seq/64] |= 1 << (seq % 64)
}

// without calls f for the numbers that are in m and not in other, in order.
func (m marks) without(other marks, f func(seq int64) error) error {
	for i, word := range m {
		if i < len(other) {
			word &^= other[i]
		}
		for ; word != 0; word &= word - 1 {
			if err := f(int64(i)*64 + int64(bits.TrailingZeros64(word))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Verify examines the whole log: that its chain is whole and ends at its head, that it continues from each of the
// checkpoints, and that everything that is stored as signed was recorded, as a credential and for a key of its issuer. What
// does not fit stands in the report; an error means that we could not look. What is older than the log is what Head says, and
// was issued before its first entry: everything else must be recorded.
func (s *Service) Verify(ctx context.Context, all Everything, kept ...Checkpoint) (Report, error) {
	x := &examination{Report: Report{Faults: []string{}, Left: []Left{}}, s: s}
	var err error
	if x.head, err = s.c.Store.LogHead(ctx); err != nil {
		return x.Report, err
	}
	if err := x.chain(ctx, kept); err != nil {
		return x.Report, err
	}
	if err := all(ctx, func(c Stored) error { return x.compare(ctx, c) }); err != nil {
		return x.Report, err
	}
	return x.Report, x.left(ctx)
}

// chain reads the log from its beginning to its end.
func (x *examination) chain(ctx context.Context, kept []Checkpoint) error {
	for {
		entries, err := x.s.c.Store.LogEntries(ctx, x.last.Seq, batch)
		if err != nil {
			return err
		}
		for _, e := range entries {
			x.link(x.last, e)
			checkpoints(&x.Report, kept, e)
			if e.Purpose == Credential && e.Seq > 0 {
				x.intents.set(e.Seq)
			}
			if x.first.IsZero() {
				x.first = e.At
			}
			x.last = e
			x.Entries++
		}
		if len(entries) < batch {
			break
		}
	}
	last, head := x.last, x.head
	if last.Seq < head.Seq || last.Seq == head.Seq && !bytes.Equal(last.Hash, head.Hash) {
		x.fault("the log ends at entry %d, and its head is another one (%d)", last.Seq, head.Seq)
	}
	for _, c := range kept {
		if c.Size > last.Seq || c.Before != head.Before {
			x.fault("a checkpoint knows %d entries and %d older credentials, the log has %d and %d", c.Size, c.Before, last.Seq, head.Before)
		}
		if c.Statements != nil && *c.Statements != head.Statements {
			x.fault("a checkpoint knows %d older statements, the log has %d", *c.Statements, head.Statements)
		}
	}
	return nil
}

// link checks that an entry follows the one before it.
func (r *Report) link(last, e Entry) {
	switch {
	case e.Seq != last.Seq+1:
		r.fault("entry %d follows entry %d", e.Seq, last.Seq)
	case !bytes.Equal(Chain(last.Hash, e), e.Hash):
		r.fault("entry %d was changed, or the one before it", e.Seq)
	case e.At.Before(last.At):
		r.fault("entry %d is earlier than the one before it", e.Seq)
	}
}

func checkpoints(r *Report, kept []Checkpoint, e Entry) {
	for _, c := range kept {
		if c.Size == e.Seq && c.Hash != base64.RawURLEncoding.EncodeToString(e.Hash) {
			r.fault("entry %d is another one than in the checkpoint", e.Seq)
		}
	}
}

// compare looks for what is stored in the log.
func (x *examination) compare(ctx context.Context, c Stored) error {
	before := x.head.Before
	x.Credentials++
	if c.Kind == Statement {
		x.Credentials--
		x.Statements++
		before = x.head.Statements
	}
	if c.Err != nil {
		x.fault("%s %s: what was signed of it cannot be told: %v", c.Kind, c.ID, c.Err)
		return nil
	}
	sum := sha256.Sum256(c.Message)
	e, err := x.s.c.Store.Recorded(ctx, sum[:])
	switch {
	case err == nil:
		x.found(c, e)
	case !fault.Is(err, fault.NotFound):
		return err
	case c.Seq > before || !x.first.IsZero() && c.At.After(x.first):
		x.fault("%s %s was signed outside of the log", c.Kind, c.ID)
	default:
		x.Older++
	}
	return nil
}

// found checks that the entry of something is about it.
func (x *examination) found(c Stored, e Entry) {
	owner, _, _ := strings.Cut(e.Key, "#")
	named, _, _ := strings.Cut(c.KeyID, "#")
	switch {
	case e.Purpose != Credential:
		x.fault("%s %s is recorded in entry %d as something else (%s)", c.Kind, c.ID, e.Seq, e.Purpose)
	case owner != named:
		x.fault("%s %s is recorded in entry %d for a key of somebody else", c.Kind, c.ID, e.Seq)
	case e.Seq > 0:
		x.stored.set(e.Seq)
	}
}

// left counts what is recorded and stored nowhere, and names the first of it.
func (x *examination) left(ctx context.Context) error {
	return x.intents.without(x.stored, func(seq int64) error {
		x.Unstored++
		if x.Unstored > listMost {
			return nil
		}
		e, err := x.s.c.Store.LogEntries(ctx, seq-1, 1)
		if err == nil && len(e) == 1 && e[0].Seq == seq {
			x.Left = append(x.Left, Left{Seq: seq, At: e[0].At, Key: e[0].Key})
		}
		return err
	})
}
