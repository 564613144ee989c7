// Package trust owns trust lists: who is believed, for which types of achievement, since when and until when.
//
// It refuses a list that it cannot read to the end: then nobody on it is trusted. Issuers are compared byte by byte, with
// no normal form of a host, a port or a path (threat K07): two spellings are two issuers. A signature says who signed;
// only a list says whether that is somebody to believe.
package trust

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
)

// Entry says that an issuer is believed.
type Entry struct {
	ID         string            // the issuer's DID or https address, exactly as its credentials say it
	Name       string            // what the owner of the list calls it
	Names      map[string]string // the same in other languages, by BCP 47 tag
	Types      []string          // AchievementType terms that it is believed for; empty: all
	Frameworks []string          // names of the frameworks that its achievements may be aligned to; empty: any, or none
	From       time.Time         // zero: always was
	Until      time.Time         // the last moment; zero: no end
	Keep       bool              // what was issued up to Until stays believed after it
	By         string            // who says so, such as an accreditation body; for people
	Successor  string            // id of the issuer that goes on with the work of this one, or empty
	Refused    []string          // keys of the issuer that may not be used: their ids, or their KeyURN, which no renaming escapes
	Delegates  bool              // whom it endorses as an issuer is believed for what it is believed for itself
	StatusBy   []string          // ids that may keep status lists for the issuer beside itself
	Note       string
	Own        bool // an issuer of this deployment; no file can say so

	List string // id of the list that says so; empty for the operator's own list
}

// Question is what is asked about an issuer. The zero At means now, and the zero Issued the same moment as At.
type Question struct {
	Issuer     string   // exactly as the credential says it
	Type       string   // AchievementType of OB 3.0; "" when the credential names none
	Frameworks []string // targetFramework of the achievement's alignments
	Keys       []string // every name of the key that signed: those that its issuer gives it, and its KeyURN
	Issued     time.Time
	At         time.Time
}

// KeyURN names a key by what it is: the URN of its SHA-256 thumbprint (RFC 9278).
func KeyURN(k keys.Public) string { return thumbprintURN + k.Thumbprint() }

const thumbprintURN = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"

// The codes of a Decision.
const (
	OK              = "trust.ok"
	Delegated       = "trust.delegated"
	UnknownIssuer   = "trust.unknown_issuer"
	TypeNotAllowed  = "trust.type_not_allowed"
	FrameworkNot    = "trust.framework_not_allowed"
	NotYet          = "trust.not_yet"
	Ended           = "trust.ended"
	KeyRefused      = "trust.key_refused"
	SubjectMismatch = "trust.subject_mismatch"
	ListUnavailable = "trust.list_unavailable"
)

// Decision says whether an issuer is believed, and why. Trusted when the credential was issued and trusted now are two
// answers: an issuer that closed in good standing is believed for the past where its entry says so (Keep).
type Decision struct {
	Trusted    bool
	WhenIssued bool
	Now        bool
	Code       string // one of the constants
	Detail     string // a sentence for people
	Entry      *Entry // the entry that decided; nil when there is none for the issuer
}

// List is a set of entries. A nil List trusts nobody. It never changes and is safe for parallel use.
type List struct {
	entries map[string][]Entry
	n       int
	follows []Reference
}

// Reference names another list, which is believed when the issuer that stands here signed it.
type Reference struct {
	URL    string
	Issuer string // DID
}

// Follows returns the lists that this one refers to.
func (l *List) Follows() []Reference {
	if l == nil {
		return nil
	}
	return slices.Clone(l.follows)
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
	e.Types, e.Frameworks, e.Refused = slices.Clone(e.Types), slices.Clone(e.Frameworks), slices.Clone(e.Refused)
	e.StatusBy = slices.Clone(e.StatusBy)
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
		m.follows = append(m.follows, l.Follows()...)
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

// Decide answers q from the entries of this list alone. It waits for nothing.
func (l *List) Decide(_ context.Context, q Question) Decision {
	if l == nil {
		return Decide(nil, q)
	}
	return Decide(l.entries[q.Issuer], q)
}

// Delegators reports whether the list has an entry that may vouch for others.
func (l *List) Delegators() bool {
	if l == nil {
		return false
	}
	for _, es := range l.entries {
		if slices.ContainsFunc(es, func(e Entry) bool { return e.Delegates }) {
			return true
		}
	}
	return false
}

// Decide judges the entries that some source gave when it was asked for an issuer. An entry for somebody else never helps
// (threat K09); of several entries for the issuer, one that trusts is enough, unless one of them refuses the key.
func Decide(entries []Entry, q Question) Decision {
	if q.Issued.IsZero() {
		q.Issued = q.At
	}
	best := Decision{Code: UnknownIssuer, Detail: "Nobody you trust vouches for this issuer."}
	for i := range entries {
		d := entries[i].decide(q)
		if better(d, best) {
			best = d
		}
	}
	return best
}

// better orders decisions: a refused key before everything, then trust, then how near a refusal came.
func better(d, than Decision) bool {
	rank := func(d Decision) int {
		switch {
		case d.Code == KeyRefused:
			return 7
		case d.Trusted:
			return 6
		}
		switch d.Code {
		case ListUnavailable:
			return 1
		case SubjectMismatch:
			return 2
		case TypeNotAllowed, FrameworkNot:
			return 3
		case NotYet, Ended:
			return 4
		}
		return 0
	}
	return rank(d) > rank(than)
}

func (e Entry) decide(q Question) Decision {
	switch {
	case e.ID != q.Issuer:
		return Decision{Code: SubjectMismatch, Detail: "The entry is about another issuer."}
	case q.Issuer == "":
		return Decision{Code: UnknownIssuer, Detail: "The credential names no issuer."}
	case slices.ContainsFunc(q.Keys, func(name string) bool { return slices.Contains(e.Refused, name) }):
		return Decision{Code: KeyRefused, Detail: "The trust list says that this key of the issuer may not be used.", Entry: &e}
	case !e.allows(q.Type):
		return Decision{Code: TypeNotAllowed, Detail: "The issuer is trusted, but not for this type of achievement.", Entry: &e}
	case !e.aligned(q.Frameworks):
		return Decision{Code: FrameworkNot, Detail: "The issuer is trusted, but not for achievements outside the frameworks of its entry.", Entry: &e}
	}
	return e.inTime(q)
}

// inTime gives the two answers: trusted when it was issued, and trusted at the moment to judge for.
func (e Entry) inTime(q Question) Decision {
	d := Decision{WhenIssued: e.covers(q.Issued), Now: e.covers(q.At), Entry: &e}
	switch {
	case !d.WhenIssued && !e.From.IsZero() && q.Issued.Before(e.From):
		d.Code, d.Detail = NotYet, "The issuer is trusted from "+day(e.From)+" on; this was issued earlier."
	case !d.WhenIssued:
		d.Code, d.Detail = Ended, "The issuer was trusted until "+day(e.Until)+"; this was issued later."
	case d.Now, e.Keep:
		d.Trusted, d.Code, d.Detail = true, OK, e.vouched(d.Now)
	case !e.From.IsZero() && q.At.Before(e.From):
		d.Code, d.Detail = NotYet, "The issuer is trusted from "+day(e.From)+" on, which is later."
	default:
		d.Code, d.Detail = Ended, "The issuer was trusted when this was issued, but only until "+day(e.Until)+"."
	}
	return d
}

func (e Entry) covers(at time.Time) bool {
	return (e.From.IsZero() || !at.Before(e.From)) && (e.Until.IsZero() || !at.After(e.Until))
}

// vouched says who believes the issuer.
func (e Entry) vouched(now bool) string {
	switch {
	case e.Own:
		return "The issuer is one of this service."
	case !now:
		return "The issuer was on your trust list when this was issued. It closed on " + day(e.Until) + "; what it had issued stays believed."
	case e.List != "" && e.By != "":
		return "The issuer is on a trust list that you follow (" + e.List + "), on the word of " + e.By + "."
	case e.List != "":
		return "The issuer is on a trust list that you follow (" + e.List + ")."
	case e.By != "":
		return "The issuer is on your trust list, on the word of " + e.By + "."
	}
	return "The issuer is on your trust list."
}

func day(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// aligned reports whether one of the frameworks is among those of the entry.
func (e Entry) aligned(frameworks []string) bool {
	return len(e.Frameworks) == 0 || slices.ContainsFunc(frameworks, func(f string) bool { return slices.Contains(e.Frameworks, f) })
}

// allows compares types byte by byte. An entry with types does not speak for a credential that names none.
func (e Entry) allows(achievementType string) bool {
	return len(e.Types) == 0 || slices.Contains(e.Types, achievementType)
}
