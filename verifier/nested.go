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

// place is one credential inside the credential.
type place struct {
	at   string
	item intake.Item
	of   string // the id that an endorsement here must be about
}

// nested verifies the endorsements inside, each with a Result of its own. A bad endorsement never makes the badge bad: it
// is listed as what it is, and it is no endorsement. Those inside a credential of nobody that is trusted are not looked at:
// each could name an address to be asked for keys.
func (r *run) nested(ctx context.Context) {
	places := endorsements(r.cred)
	switch {
	case len(places) == 0:
		r.set(CheckNested, Skipped, "nested.none", "", "There are no endorsements inside.")
		return
	case r.depth >= limits.NestedDepth || len(places) > limits.NestedCount:
		r.set(CheckNested, Fail, "limits.nested", "", "There are too many credentials inside one another.")
		return
	}
	if !r.mayLookUp() {
		r.set(CheckNested, Skipped, "nested.not_looked_up", "",
			"There are endorsements inside. They were not checked, because nobody you trust vouches for the issuer.")
		return
	}
	good := 0
	for _, p := range places {
		in := r.v.start(Policy{At: r.policy.At, Waive: r.policy.Waive})
		in.depth, in.asked = r.depth+1, r.asked
		in.run(ctx, p.item)
		if in.cred != nil && !in.cred.HasType("EndorsementCredential") {
			in.set(CheckForm, Fail, "endorsement.type", p.at, "What stands here as an endorsement is another kind of credential.")
		}
		if in.cred != nil && in.cred.SubjectID() != p.of {
			in.set(CheckSubject, Fail, "endorsement.subject", p.at, "The endorsement is about something else than what it stands on.")
		}
		res := in.result()
		r.out.Nested = append(r.out.Nested, Nested{At: p.at, Kind: "endorsement", Result: res})
		if res.Verdict == Valid {
			good++
		} else {
			r.warn("endorsement."+string(res.Verdict), p.at, "An endorsement inside does not hold or could not be checked; it counts for nothing.")
		}
	}
	r.set(CheckNested, Pass, "nested.listed", "", fmt.Sprintf("Of %d endorsements inside, %d hold; each is listed on its own.", len(places), good))
}

// endorsements lists the endorsements of the credential, its issuer and its achievement.
func endorsements(c *credential.Credential) []place {
	var out []place
	ach := c.Achievement()
	for _, h := range [...]struct {
		at, of string
		v      ijson.Value
	}{
		{"", c.ID, c.Doc},
		{"/issuer", c.IssuerID, c.Issuer},
		{"/credentialSubject/achievement", ach.Member("id").Text(), ach},
		{"/credentialSubject/achievement/creator", ach.Member("creator").Member("id").Text(), ach.Member("creator")},
	} {
		for i, e := range h.v.Member("endorsementJwt").Items() {
			item := intake.Item{Form: proof.OBJWT, Bytes: []byte(e.Text()), Source: "nested"}
			out = append(out, place{ijson.Index(h.at+"/endorsementJwt", i), item, h.of})
		}
		for i, e := range h.v.Member("endorsement").Items() {
			raw, err := ijson.AppendCanonical(nil, e)
			if err != nil {
				raw = nil
			}
			item := intake.Item{Form: proof.DataIntegrity, Bytes: raw, Source: "nested"}
			out = append(out, place{ijson.Index(h.at+"/endorsement", i), item, h.of})
		}
	}
	return out
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
