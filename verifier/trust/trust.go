// Package trust owns trust lists: who is believed, for which types of achievement, since when and until when.
//
// It refuses a list that it cannot read to the end: then nobody on it is trusted. Issuers are compared byte by byte, with
// no normal form of a host, a port or a path (threat K07): two spellings are two issuers. A signature says who signed;
// only a list says whether that is somebody to believe.
package trust

import (
	"fmt"
	"sort"
	"time"
)

// Entry says that an issuer is believed.
type Entry struct {
	ID    string    // the issuer's DID or https address, exactly as its credentials say it
	Name  string    // what the owner of the list calls it
	Types []string  // AchievementType terms that it is believed for; empty: all
	From  time.Time // zero: always was
	Until time.Time // the last moment; zero: no end
	Note  string
	Own   bool // an issuer of this deployment; no file can say so
}

// The codes of a Decision.
const (
	OK              = "trust.ok"
	UnknownIssuer   = "trust.unknown_issuer"
	TypeNotAllowed  = "trust.type_not_allowed"
	NotYet          = "trust.not_yet"
	Ended           = "trust.ended"
	SubjectMismatch = "trust.subject_mismatch"
)

// Decision says whether an issuer is believed, and why.
type Decision struct {
	Trusted bool
	Code    string // one of the constants
	Detail  string // a sentence for people
	Entry   *Entry // the entry that decided; nil when there is none for the issuer
}

// List is a set of entries. A nil List trusts nobody. It never changes and is safe for parallel use.
type List struct {
	entries map[string][]Entry
	n       int
}

// New makes a list of entries. What Parse refuses in an entry, New refuses too.
func New(entries ...Entry) (*List, error) {
	l := &List{entries: make(map[string][]Entry, len(entries))}
	for i, e := range entries {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("trust entry %d: %w", i+1, err)
		}
		l.add(e)
	}
	return l, nil
}

func (l *List) add(e Entry) {
	e.Types = append([]string(nil), e.Types...)
	l.entries[e.ID] = append(l.entries[e.ID], e)
	l.n++
}

// Merge makes one list of several; nil lists add nothing. An issuer is believed for whatever any of them says.
func Merge(lists ...*List) *List {
	m := &List{entries: map[string][]Entry{}}
	for _, l := range lists {
		for _, e := range l.Entries() {
			m.add(e)
		}
	}
	return m
}

// Len returns the number of entries.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return l.n
}

// Entries returns the entries by id.
func (l *List) Entries() []Entry {
	if l == nil {
		return nil
	}
	out := make([]Entry, 0, l.n)
	for _, es := range l.entries {
		out = append(out, es...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Decide says whether the issuer is believed for the type of achievement (AchievementType of OB 3.0, "" when the credential
// names none) at that time.
func (l *List) Decide(issuerID, achievementType string, at time.Time) Decision {
	if l == nil {
		return Decide(nil, issuerID, achievementType, at)
	}
	return Decide(l.entries[issuerID], issuerID, achievementType, at)
}

// Decide judges the entries that some source gave when it was asked for an issuer. An entry for somebody else never helps
// (threat K09); of several entries for the issuer, one that trusts is enough.
func Decide(entries []Entry, issuerID, achievementType string, at time.Time) Decision {
	best := Decision{Code: UnknownIssuer, Detail: "Nobody you trust vouches for this issuer."}
	for i := range entries {
		d := entries[i].decide(issuerID, achievementType, at)
		if d.Trusted {
			return d
		}
		if rank(d.Code) > rank(best.Code) {
			best = d
		}
	}
	return best
}

// rank orders refusals by how near they came.
func rank(code string) int {
	switch code {
	case SubjectMismatch:
		return 1
	case TypeNotAllowed:
		return 2
	case NotYet, Ended:
		return 3
	}
	return 0
}

func (e Entry) decide(issuerID, achievementType string, at time.Time) Decision {
	switch {
	case e.ID != issuerID:
		return Decision{Code: SubjectMismatch, Detail: "The entry is about another issuer."}
	case issuerID == "":
		return Decision{Code: UnknownIssuer, Detail: "The credential names no issuer."}
	case !e.allows(achievementType):
		return Decision{Code: TypeNotAllowed, Detail: "The issuer is trusted, but not for this type of achievement.", Entry: &e}
	case !e.From.IsZero() && at.Before(e.From):
		return Decision{Code: NotYet, Detail: "The issuer is trusted from " + e.From.UTC().Format(time.RFC3339) + " on, which is later.", Entry: &e}
	case !e.Until.IsZero() && at.After(e.Until):
		return Decision{Code: Ended, Detail: "The issuer was trusted until " + e.Until.UTC().Format(time.RFC3339) + ".", Entry: &e}
	case e.Own:
		return Decision{Trusted: true, Code: OK, Detail: "The issuer is one of this service.", Entry: &e}
	}
	return Decision{Trusted: true, Code: OK, Detail: "The issuer is on your trust list.", Entry: &e}
}

// allows compares types byte by byte. An entry with types does not speak for a credential that names none.
func (e Entry) allows(achievementType string) bool {
	if len(e.Types) == 0 {
		return true
	}
	for _, t := range e.Types {
		if t == achievementType {
			return true
		}
	}
	return false
}
