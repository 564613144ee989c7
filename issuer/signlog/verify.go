package signlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
)

// Stored is a credential as it is stored, and what was signed of it.
type Stored struct {
	Seq     int64 // its serial number
	ID      string
	Message []byte // exactly the bytes under the signature
	Err     error  // why they cannot be told
}

// Credentials calls f for every stored credential after a serial number.
type Credentials func(ctx context.Context, after int64, f func(Stored) error) error

// Report is what an examination of the log found.
type Report struct {
	Entries     int64    `json:"entries"`
	Credentials int64    `json:"credentials"` // that were compared with the log
	Unstored    int64    `json:"unstored"`    // recorded as credentials and not stored: given up before, or lost in a crash
	Older       int64    `json:"older_than_log,omitempty"`
	Faults      []string `json:"faults"` // what does not fit, at most faultsMost of it
}

// faultsMost bounds the faults that are listed.
const faultsMost = 100

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < faultsMost {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// batch is how many entries are read at once.
const batch = 1000

// Verify examines the whole log: that its chain is whole and ends at its head, that it continues from each of the
// checkpoints, and that every stored credential was recorded. What does not fit stands in the report; an error means that we
// could not look.
func (s *Service) Verify(ctx context.Context, stored Credentials, kept ...Checkpoint) (Report, error) {
	r := Report{Faults: []string{}}
	head, err := s.c.Store.LogHead(ctx)
	if err != nil {
		return r, err
	}
	var last Entry
	intents := int64(0)
	for {
		entries, err := s.c.Store.LogEntries(ctx, last.Seq, batch)
		if err != nil {
			return r, err
		}
		for _, e := range entries {
			r.link(last, e)
			checkpoints(&r, kept, e)
			if e.Purpose == Credential {
				intents++
			}
			last = e
			r.Entries++
		}
		if len(entries) < batch {
			break
		}
	}
	if last.Seq < head.Seq || last.Seq == head.Seq && !bytes.Equal(last.Hash, head.Hash) {
		r.fault("the log ends at entry %d, and its head is another one (%d)", last.Seq, head.Seq)
	}
	for _, c := range kept {
		if c.Size > last.Seq || c.Before != head.Before {
			r.fault("a checkpoint knows %d entries and %d older credentials, the log has %d and %d", c.Size, c.Before, last.Seq, head.Before)
		}
	}
	r.Older = head.Before
	err = stored(ctx, head.Before, func(c Stored) error { return s.compare(ctx, &r, c) })
	r.Unstored = max(0, intents-r.Credentials)
	return r, err
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

// compare looks for a credential in the log.
func (s *Service) compare(ctx context.Context, r *Report, c Stored) error {
	r.Credentials++
	if c.Err != nil {
		r.fault("credential %s: what was signed of it cannot be told: %v", c.ID, c.Err)
		return nil
	}
	sum := sha256.Sum256(c.Message)
	_, err := s.c.Store.Recorded(ctx, sum[:])
	if fault.Is(err, fault.NotFound) {
		r.fault("credential %s was signed outside of the log", c.ID)
		return nil
	}
	return err
}
