package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/verifier/trust"
)

// typeUnknown is the code of the doubt about a type that no credential can name.
const typeUnknown = "trust.type_unknown"

// believe puts an entry into the list, in the place of one of the same issuer whose time has not ended; ended ones stay, as history.
// An issuer that nothing could ever be signed by is fault.Invalid.
func (doc *trustDoc) believe(e trustEntry, now time.Time) error {
	if err := did.Check(e.ID); err != nil {
		d := fault.AsDefect(err)
		return fault.New(fault.Invalid, err, "no badge can be signed by %.120q: %s", e.ID, d.Detail).Code(d.Code).At("/id").
			Hint("copy the id from a badge of the issuer: laurel inspect FILE shows it")
	}
	doc.Issuers = slices.DeleteFunc(doc.Issuers, func(old trustEntry) bool { return old.ID == e.ID && !old.ended(now) })
	doc.Issuers = append(doc.Issuers, e)
	slices.SortStableFunc(doc.Issuers, func(a, b trustEntry) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// disbelieve ends the trust in an issuer now. Its entry stays, so that "trusted when it was issued" keeps an answer; one whose time
// has not begun goes. Where there is nothing to end, that is fault.NotFound.
func (doc *trustDoc) disbelieve(id string, now time.Time) error {
	now = now.UTC().Truncate(time.Second)
	before, found := len(doc.Issuers), false
	doc.Issuers = slices.DeleteFunc(doc.Issuers, func(e trustEntry) bool { return e.ID == id && e.begins().After(now) })
	for i, e := range doc.Issuers {
		if e.ID == id && !e.ended(now) {
			doc.Issuers[i].Until, doc.Issuers[i].Keep, found = now.Format(time.RFC3339), false, true
		}
	}
	if !found && len(doc.Issuers) == before {
		return fault.New(fault.NotFound, nil, "%.120q is not on the list, or has ended already", id).Code("trust.not_found").Hint("laurel trust show lists who is")
	}
	return nil
}

// erase takes every entry of an issuer out, as if it had never been there; fault.NotFound when there is none.
func (doc *trustDoc) erase(id string) error {
	before := len(doc.Issuers)
	doc.Issuers = slices.DeleteFunc(doc.Issuers, func(e trustEntry) bool { return e.ID == id })
	if len(doc.Issuers) == before {
		return fault.New(fault.NotFound, nil, "%.120q is not on the list", id).Code("trust.not_found").Hint("laurel trust show lists who is")
	}
	return nil
}

// write replaces the file with the list, when it is one that the verifier reads, or has become empty.
func (doc *trustDoc) write(path string) error {
	if doc.Issuers == nil {
		doc.Issuers = []trustEntry{}
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	if _, err := trust.Parse(text); err != nil && len(doc.Issuers)+len(doc.Lists) > 0 {
		return err
	}
	return replaceFile(path, append(text, '\n'))
}

// doubts says what is odd about an entry beside the others of the list, and those that the deployment believes anyway.
func (doc *trustDoc) doubts(e trustEntry, own ...trust.Entry) []trust.Doubt {
	others := slices.Clone(own)
	for _, o := range doc.Issuers {
		others = append(others, trust.Entry{ID: o.ID, Name: o.Name})
	}
	return doubtsOf(trust.Entry{ID: e.ID, Name: e.Name, Types: e.Types}, others)
}

// doubtsOf are those of the entry, and of the types that it names.
func doubtsOf(e trust.Entry, others []trust.Entry) []trust.Doubt {
	out := trust.Doubts(e, others)
	for _, t := range e.Types {
		if !catalog.IsAchievementType(t) {
			out = append(out, trust.Doubt{Code: typeUnknown, Detail: "No badge is of the type " + t + ": it is none of Open Badges 3.0, and has no prefix ext:."})
		}
	}
	return out
}

// grave reports whether a doubt is about who is meant: it has to be put aside by whoever adds the entry.
func grave(d trust.Doubt) bool { return d.Code == trust.Lookalike || d.Code == trust.DisplayConfusable }

// begins is the first moment of an entry; zero when it has none.
func (e trustEntry) begins() time.Time { return moment(e.From, 0) }

// ended reports whether the time of an entry is over.
func (e trustEntry) ended(now time.Time) bool {
	until := moment(e.Until, 24*time.Hour)
	return !until.IsZero() && !until.After(now)
}

// moment reads a time, or a day and the offset into it; zero when s is neither.
func moment(s string, into time.Duration) time.Time {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return at.Add(into)
}
