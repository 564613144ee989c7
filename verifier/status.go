package verifier

import (
	"context"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

// finding is what one status entry says.
type finding struct {
	outcome Outcome
	code    string
	detail  string
	at      string
}

// status reads every entry of credentialStatus. The worst finding decides: revoked before unknown before clear.
// Nothing is fetched for a credential whose proof, binding or issuer is not settled (threat S19).
func (r *run) status(ctx context.Context) {
	if _, has := r.cred.Doc.Get("credentialStatus"); !has {
		r.set(CheckStatus, Skipped, "status.none", "", "The credential names no status list, so whether it was revoked cannot be known.")
		return
	}
	if len(r.cred.Status) == 0 {
		r.set(CheckStatus, Fail, "status.empty", "/credentialStatus", "The credential has a status without any entry.")
		return
	}
	if len(r.cred.Status) > limits.StatusEntries {
		r.set(CheckStatus, Fail, "limits.status_entries", "/credentialStatus", "The credential names too many status lists.")
		return
	}
	found := finding{outcome: Pass}
	for _, s := range r.cred.Status {
		if f := r.entry(ctx, s); worse(f.outcome, found.outcome) || found.code == "" {
			found = f
		}
	}
	r.set(CheckStatus, found.outcome, found.code, found.at, found.detail)
}

// mayLookUp reports whether addresses inside the credential may be asked: only those of an issuer that has proven itself
// and is trusted (threats S19, N11).
func (r *run) mayLookUp() bool {
	return r.outcome(CheckProof) == Pass && r.outcome(CheckBinding) == Pass && (r.trusted || r.policy.waives(TrustUnsafe))
}

// worse orders outcomes: fail, unknown, pass.
func worse(a, b Outcome) bool {
	rank := map[Outcome]int{Pass: 0, Unknown: 1, Fail: 2}
	return rank[a] > rank[b]
}

func (r *run) entry(ctx context.Context, s credential.Status) finding {
	switch s.Type {
	case "BitstringStatusListEntry":
		return r.bitstring(ctx, s)
	case "1EdTechRevocationList":
		return r.revocationList(ctx, s)
	}
	return finding{Unknown, "status.type_unknown", fmt.Sprintf("The status type %.40q is not known, so it could not be looked up.", s.Type), s.At}
}

// bitstring follows Bitstring Status List v1.0 §3.2 ("Validate algorithm").
func (r *run) bitstring(ctx context.Context, s credential.Status) finding {
	index, err := status.ParseIndex(s.Doc.Member("statusListIndex"))
	if err != nil {
		d := fault.AsDefect(err)
		return finding{Fail, d.Code, d.Detail, s.At + "/statusListIndex"}
	}
	if size, has := s.Doc.Get("statusSize"); has && size.Literal() != "1" {
		return finding{Unknown, "status.size", "Status entries of more than one bit are not read.", s.At + "/statusSize"}
	}
	purpose, url := s.Doc.Member("statusPurpose").Text(), s.Doc.Member("statusListCredential").Text()
	if purpose == "" || url == "" {
		return finding{Fail, "status.malformed", "The status entry lacks its purpose or its list.", s.At}
	}
	if !r.mayLookUp() {
		return finding{Unknown, "status.not_looked_up", "The status list was not fetched, because nobody you trust vouches for the issuer.", url}
	}
	if !r.mayAsk(url) {
		d := r.notAsked(url)
		return finding{Unknown, d.Code, d.Detail, url}
	}
	list, err := r.v.list(ctx, url, r)
	if err != nil {
		if old := r.v.lists.last(url); old != nil && old.issuer == r.cred.IssuerID && purpose == "revocation" {
			if f := old.read(index, purpose, url); f.outcome == Fail {
				return f // revocation is final: once seen, it stays, whatever is served or not served now
			}
		}
		d := fault.AsDefect(err)
		return finding{Unknown, d.Code, d.Detail, url}
	}
	return list.read(index, purpose, url)
}

// read looks at one bit.
func (l *list) read(index int, purpose, url string) finding {
	if !l.purposes[purpose] {
		return finding{Unknown, "STATUS_VERIFICATION_ERROR", fmt.Sprintf("The list is not for %.20q.", purpose), url}
	}
	if index >= l.bits.Len() {
		return finding{Unknown, "RANGE_ERROR", "The index lies outside the list.", url}
	}
	set := l.bits.Get(index)
	switch {
	case set && purpose == "revocation":
		return finding{Fail, "status.revoked", "The issuer has revoked this credential.", url}
	case set && purpose == "suspension":
		return finding{Fail, "status.suspended", "The issuer has suspended this credential.", url}
	case set:
		return finding{Unknown, "status.flag", fmt.Sprintf("The issuer has set the flag %.20q on this credential.", purpose), url}
	}
	return finding{Pass, "status.clear", fmt.Sprintf("Not under %s in the issuer's signed list of %s.", purpose, day(l.from)), url}
}

// revocationList reads the list of Open Badges before 1.3. It is not signed; that it came over TLS from the address that the
// issuer signed is all there is, and the result says so.
func (r *run) revocationList(ctx context.Context, s credential.Status) finding {
	url := s.Doc.Member("id").Text()
	if !r.mayLookUp() {
		return finding{Unknown, "status.not_looked_up", "The revocation list was not fetched, because nobody you trust vouches for the issuer.", url}
	}
	if !r.mayAsk(url) {
		d := r.notAsked(url)
		return finding{Unknown, d.Code, d.Detail, url}
	}
	res, err := r.v.fetch.Get(ctx, url, "application/json")
	if err != nil {
		return finding{Unknown, "STATUS_RETRIEVAL_ERROR", fault.AsDefect(err).Detail, url}
	}
	doc, err := ijson.Parse(res.Body, ijson.Bounds{Bytes: limits.FetchBytes})
	if err != nil || doc.Member("revokedCredential").Kind() != ijson.Array {
		return finding{Unknown, "status.malformed_list", "What stands at the list's address is no revocation list.", url}
	}
	if iss := idOf(doc.Member("issuer")); iss != "" && iss != r.cred.IssuerID {
		return finding{Unknown, "status.issuer_mismatch", "The revocation list is another issuer's.", url}
	}
	for _, e := range doc.Member("revokedCredential").Elems() {
		revoked, said := e.Get("revoked")
		if e.Member("id").Text() == r.cred.ID && (!said || revoked.True()) {
			return finding{Fail, "status.revoked", "The issuer lists this credential as revoked.", url}
		}
	}
	r.warn("status.list_unsigned", url, "The issuer's revocation list is of an old kind that is not signed.")
	return finding{Pass, "status.clear", "Not in the issuer's revocation list (unsigned).", url}
}

// idOf reads an id that stands alone or in an object.
func idOf(v ijson.Value) string {
	if v.Kind() == ijson.Object {
		return v.Member("id").Text()
	}
	return v.Text()
}

// day writes a date for people.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
