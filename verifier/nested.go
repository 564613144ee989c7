package verifier

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier/intake"
)

// nestedPlace is one credential inside the credential.
type nestedPlace struct {
	at   string
	item intake.Item
	err  error  // why there is nothing to verify
	of   string // the id that an endorsement here must be about
}

// inner starts the run over a credential inside this one: the same moment and waivers, the same bounds for all together.
func (r *run) inner(p Policy) *run {
	in := r.v.start(p)
	in.depth, in.asked, in.inside = r.depth+1, r.asked, r.inside
	return in
}

// nested verifies what stands inside: the credentials of a learner record and the endorsements, each with a Result of its own.
// None of them ever turns the verdict: it is about the credential that was handed over (docs/decisions/0012).
func (r *run) nested(ctx context.Context) {
	members, ends := r.members(), endorsements(r.cred)
	if len(ends) > 0 && r.policy.waives(EndorsementsUnsafe) {
		r.warn("policy.endorsements_unsafe", "", "There are endorsements inside. The policy does not ask whether they hold.")
		r.set(CheckNested, Skipped, "nested.waived", "", "There are endorsements inside. The policy does not look at them.")
		ends = nil
	}
	count := len(members) + len(ends)
	if count == 0 {
		if r.outcome(CheckNested) == "" {
			r.set(CheckNested, Skipped, "nested.none", "", "There are no endorsements inside.")
		}
		return
	}
	if *r.inside += count; r.depth >= limits.NestedDepth || *r.inside > limits.NestedCount {
		r.set(CheckNested, Fail, "limits.nested", "", "There are too many credentials inside one another.")
		return
	}
	said := r.endorsed(ctx, ends)
	if len(members) > 0 {
		r.record(ctx, members, said)
	}
}

// endorsed verifies the endorsements and says in a sentence what became of them. A bad one is listed as what it is, and it is
// no endorsement. Those inside a credential of nobody that is trusted are not looked at: each could name an address to be asked
// for keys.
func (r *run) endorsed(ctx context.Context, places []nestedPlace) string {
	if len(places) == 0 {
		return ""
	}
	if !r.mayLookUp() {
		const said = "There are endorsements inside. They were not checked, because nobody you trust vouches for the issuer."
		r.set(CheckNested, Skipped, "nested.not_looked_up", "", said)
		return said
	}
	good := 0
	for _, p := range places {
		in := r.inner(Policy{At: r.policy.At, Waive: r.policy.Waive})
		in.run(ctx, p.item)
		if in.cred != nil && !in.cred.HasType("EndorsementCredential") {
			in.set(CheckForm, Fail, "endorsement.type", p.at, "What stands here as an endorsement is another kind of credential.")
		}
		if in.cred != nil && (p.of == "" || len(in.cred.Subjects) != 1 || in.cred.SubjectID() != p.of) {
			in.set(CheckSubject, Fail, "endorsement.subject", p.at, "The endorsement is about something else than what it stands on.")
		}
		n := Nested{At: p.at, Kind: NestedEndorsement, Result: in.result()}
		if n.Result.Verdict == Valid {
			good++
		} else {
			n.Kind, n.Result.Endorsement = NestedUnproven, nil
			r.warn("endorsement."+string(n.Result.Verdict), p.at, "An endorsement inside does not hold or could not be checked; it counts for nothing.")
		}
		r.out.Nested = append(r.out.Nested, n)
	}
	said := fmt.Sprintf("Of %d endorsements inside, %d hold; each is listed on its own.", len(places), good)
	r.set(CheckNested, Pass, "nested.listed", "", said)
	return said
}

// endorsements lists the endorsements wherever they stand: on the credential, its issuer, achievements, creators, parent
// organisations, sources, and whatever else has an id. Those inside a nested credential are that one's own.
func endorsements(c *credential.Credential) []nestedPlace {
	var out []nestedPlace
	var walk func(at *step, v ijson.Value)
	walk = func(at *step, v ijson.Value) {
		elems := v.Elems()
		for i := range elems {
			if elems[i].Kind() >= ijson.Array {
				walk(&step{up: at, index: i}, elems[i])
			}
		}
		if v.Kind() != ijson.Object {
			return
		}
		out = append(out, endorsementsOn(at, v)...)
		members := v.Members()
		for i := range members {
			if m := &members[i]; m.Value.Kind() >= ijson.Array && !apart(m.Name) {
				walk(&step{up: at, name: m.Name, index: -1}, m.Value)
			}
		}
	}
	walk(nil, c.Doc)
	return out
}

// endorsementsOn lists the endorsements that one object carries: tokens first, then documents.
func endorsementsOn(at *step, v ijson.Value) []nestedPlace {
	var out []nestedPlace
	of := v.Member("id").Text()
	if jwts, has := v.Get("endorsementJwt"); has {
		for i, e := range jwts.Items() {
			item := intake.Item{Form: proof.OBJWT, Bytes: []byte(e.Text()), Source: "nested"}
			out = append(out, nestedPlace{at: entryAt(at.pointer()+"/endorsementJwt", jwts, i), item: item, of: of})
		}
	}
	if documents, has := v.Get("endorsement"); has {
		for i, e := range documents.Items() {
			item := intake.Item{Form: proof.DataIntegrity, Bytes: ijson.Append(nil, e), Source: "nested"}
			out = append(out, nestedPlace{at: entryAt(at.pointer()+"/endorsement", documents, i), item: item, of: of})
		}
	}
	return out
}

// apart reports whether what stands under that name is not the credential's own content: other credentials, and proofs.
func apart(name string) bool {
	switch name {
	case "endorsement", "endorsementJwt", "verifiableCredential", "proof", "@context":
		return true
	}
	return false
}

// step is the way to a value, from its end; the pointer is built only where something is found.
type step struct {
	up    *step
	name  string
	index int // -1: name counts
}

func (s *step) pointer() string {
	switch {
	case s == nil:
		return ""
	case s.index < 0:
		return ijson.Pointer(s.up.pointer(), s.name)
	}
	return ijson.Index(s.up.pointer(), s.index)
}

// entryAt is the place of the i-th value of a property whose single value may stand bare.
func entryAt(at string, property ijson.Value, i int) string {
	if property.Kind() != ijson.Array {
		return at
	}
	return ijson.Index(at, i)
}

// recipientOf reads what the credential says in clear about a subject.
func recipientOf(s ijson.Value) *Recipient {
	out := Recipient{ID: s.Member("id").Text(), Name: text(s.Member("name"))}
	for _, it := range s.Member("identifier").Items() {
		hashed, said := it.Get("hashed")
		if said && !hashed.True() && it.Member("identityType").Text() == "name" {
			out.Name = it.Member("identityHash").Text()
		}
	}
	if out == (Recipient{}) {
		return nil
	}
	return &out
}

// equalSecret compares without telling by its time where two strings differ.
func equalSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
