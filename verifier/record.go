package verifier

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Record is what a learner record holds (CLR 2.0). The verdict of the Result is about the record itself: that this issuer put
// it together and it was not changed since. What it holds is judged credential by credential, and these numbers say the outcome:
// whoever relies on what a person achieved reads them beside the verdict.
type Record struct {
	Name         string        `json:"name,omitempty"`
	Members      int           `json:"members"`
	Valid        int           `json:"valid"`
	Invalid      int           `json:"invalid"`
	Undecided    int           `json:"undecided"`
	Partial      bool          `json:"partial,omitempty"` // the issuer says that it knows of more
	Associations []Association `json:"associations,omitempty"`
}

// AllHold reports whether every credential of the record is valid by itself.
func (r Record) AllHold() bool { return r.Valid == r.Members }

// Association is how two achievements of a record belong together, as the record says. The names are those that the record
// or its credentials give these achievements, empty for an achievement that is not in it.
type Association struct {
	Type       string `json:"type"` // such as "isPartOf"
	Source     string `json:"source"`
	Target     string `json:"target"`
	SourceName string `json:"source_name,omitempty"`
	TargetName string `json:"target_name,omitempty"`
}

// SourceText is the name of the source, or its id.
func (a Association) SourceText() string { return cmp.Or(a.SourceName, a.Source) }

// TargetText is the name of the target, or its id.
func (a Association) TargetText() string { return cmp.Or(a.TargetName, a.Target) }

// Known reports whether the type is one of the eight of CLR 2.0.
func (a Association) Known() bool {
	return slices.Contains(credential.AssociationTypes(), credential.AssociationType(a.Type))
}

// members lists the credentials of a learner record.
func (r *run) members() []nestedPlace {
	if !r.cred.HasType("ClrCredential") {
		return nil
	}
	var out []nestedPlace
	for i, s := range r.cred.Subjects {
		at := entryAt("/credentialSubject", r.cred.Doc.Member("credentialSubject"), i) + "/verifiableCredential"
		list := s.Member("verifiableCredential")
		for i, v := range list.Items() {
			p := nestedPlace{at: entryAt(at, list, i)}
			p.item, p.err = memberItem(v)
			out = append(out, p)
		}
	}
	return out
}

// memberItem finds the form of one credential of a record by its outer shape: a signed text, or a document.
func memberItem(v ijson.Value) (intake.Item, error) {
	raw := []byte(v.Text())
	switch {
	case v.Kind() == ijson.Object:
		raw = ijson.Append(nil, v)
	case !strings.HasPrefix(v.Text(), "ey"):
		return intake.Item{}, fault.Wrong("record.member", "", "What stands here is no credential.")
	}
	item, _, err := intake.Read(raw, intake.Hint{})
	item.Source = "nested"
	return item, err
}

// record verifies the credentials of a learner record, and says first how many of them hold. Those in a record of nobody that is
// trusted are verified, too, but only issuers that are trusted themselves are asked for anything.
func (r *run) record(ctx context.Context, members []nestedPlace, endorsed string) {
	out := &Record{Name: text(r.cred.Doc.Member("name")), Members: len(members), Partial: r.cred.Doc.Member("partial").True()}
	r.out.Record = out
	names, seen := map[string]string{}, map[[2]string]bool{}
	for _, s := range r.cred.Subjects {
		namesOf(names, s.Member("achievement"))
	}
	for _, p := range members {
		in := r.member(ctx, p)
		res := in.result()
		r.out.Nested = append(r.out.Nested, Nested{At: p.at, Kind: NestedCredential, Result: res})
		switch res.Verdict {
		case Valid:
			out.Valid++
		case Invalid:
			out.Invalid++
			r.warn("record.member_invalid", p.at, "A credential of the record does not hold.")
		case Undecided:
			out.Undecided++
			r.warn("record.member_undecided", p.at, "Whether a credential of the record holds could not be decided.")
		}
		if in.cred == nil {
			continue
		}
		for _, s := range in.cred.Subjects {
			namesOf(names, s.Member("achievement"))
		}
		if id := [2]string{in.cred.IssuerID, in.cred.ID}; in.cred.ID != "" && seen[id] {
			r.warn("record.member_twice", p.at, "The record holds the same credential twice.")
		} else {
			seen[id] = true
		}
	}
	r.associations(out, names)
	said := strings.TrimSpace(out.sentence() + " " + endorsed)
	if out.AllHold() {
		r.set(CheckNested, Pass, "record.all_hold", "", said)
		return
	}
	r.set(CheckNested, Unknown, "record.not_all_hold", "", said)
}

// member verifies one credential of the record. It must be about the person that the record is about: genuine credentials of
// others, put into a record, prove nothing of this one.
func (r *run) member(ctx context.Context, p nestedPlace) *run {
	in := r.inner(Policy{At: r.policy.At, Waive: r.policy.Waive, Recipient: r.policy.Recipient})
	in.quiet = !r.mayLookUp()
	if p.err != nil {
		in.defect(CheckForm, fault.AsDefect(p.err))
		return in
	}
	in.run(ctx, p.item)
	if in.cred != nil && r.policy.Recipient == "" && !samePerson(r.cred, in.cred) {
		in.set(CheckSubject, Unknown, "record.subject", p.at, "The record does not show that this is about the same person as the record.")
	}
	return in
}

// sentence says how many hold.
func (r Record) sentence() string {
	if r.AllHold() {
		return fmt.Sprintf("Credentials in the record: %d. All of them hold.", r.Members)
	}
	return fmt.Sprintf("Credentials in the record: %d. Of these, %d hold, %d do not hold, and %d could not be decided.",
		r.Members, r.Valid, r.Invalid, r.Undecided)
}

// associations lists how the record says its achievements belong together.
func (r *run) associations(out *Record, names map[string]string) {
	for i, s := range r.cred.Subjects {
		at := entryAt("/credentialSubject", r.cred.Doc.Member("credentialSubject"), i) + "/association"
		list := s.Member("association")
		for i, v := range list.Items() {
			a := Association{Type: v.Member("associationType").Text(), Source: v.Member("sourceId").Text(), Target: v.Member("targetId").Text()}
			var source, target bool
			a.SourceName, source = names[a.Source]
			a.TargetName, target = names[a.Target]
			if !source || !target {
				r.warn("record.association", entryAt(at, list, i), "An association of the record names an achievement that is not in it.")
			}
			out.Associations = append(out.Associations, a)
		}
	}
}

// namesOf notes the names of achievements by their ids. The first name of an id stays.
func namesOf(names map[string]string, achievements ijson.Value) {
	for _, a := range achievements.Items() {
		id := a.Member("id").Text()
		if _, known := names[id]; id != "" && !known {
			names[id] = text(a.Member("name"))
		}
	}
}

// samePerson reports whether two credentials show that they are about one person: by the same id, or by an identifier of the
// one that is an identifier of the other.
func samePerson(a, b *credential.Credential) bool {
	for _, s := range a.Subjects {
		for _, o := range b.Subjects {
			if id := s.Member("id").Text(); id != "" && id == o.Member("id").Text() || shareIdentifier(s, o) {
				return true
			}
		}
	}
	return false
}

func shareIdentifier(a, b ijson.Value) bool {
	for _, x := range a.Member("identifier").Items() {
		one := credential.ReadIdentity(x)
		for _, y := range b.Member("identifier").Items() {
			other := credential.ReadIdentity(y)
			same := one.IdentityHash != "" && one.IdentityType == other.IdentityType && one.Hashed == other.Hashed &&
				one.IdentityHash == other.IdentityHash && one.Salt == other.Salt
			if same || !one.Hashed && other.Matches(one.IdentityType, one.IdentityHash) || !other.Hashed && one.Matches(other.IdentityType, other.IdentityHash) {
				return true
			}
		}
	}
	return false
}
