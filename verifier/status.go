package verifier

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// status reads every entry of credentialStatus, and of the claim status of a token. The worst finding decides: revoked before
// unknown before clear. Nothing is fetched for a credential whose proof, binding or issuer is not settled (threat S19).
func (r *run) status(ctx context.Context) {
	_, has := r.cred.Doc.Get("credentialStatus")
	if !has && len(r.claims) == 0 {
		r.set(CheckStatus, Skipped, "status.none", "", "The credential names no status list, so whether it was revoked cannot be known.")
		return
	}
	if has && len(r.cred.Status) == 0 {
		r.set(CheckStatus, Fail, "status.empty", "/credentialStatus", "The credential has a status without any entry.")
		return
	}
	if len(r.cred.Status)+len(r.claims) > limits.StatusEntries {
		r.set(CheckStatus, Fail, "limits.status_entries", "/credentialStatus", "The credential names too many status lists.")
		return
	}
	found := finding{outcome: Pass}
	for _, s := range append(slices.Clone(r.cred.Status), r.claims...) {
		if f := r.entry(ctx, s); worse(f.outcome, found.outcome) || found.code == "" {
			found = f
		}
	}
	r.set(CheckStatus, found.outcome, found.code, found.at, found.detail)
}

// tokenStatusType is how run.claims calls the claim status.status_list, which has no type.
const tokenStatusType = "TokenStatusList"

// statusClaim notes what the claim status of a token names (Token Status List §6): the reader of a form whose claims are no
// document of the VC Data Model calls it. A mechanism that is not known is noted too, and leads to unknown.
func (r *run) statusClaim(claims ijson.Value) {
	claim, has := claims.Get("status")
	if !has {
		return
	}
	if claim.Kind() != ijson.Object || len(claim.Members()) == 0 {
		r.claims = append(r.claims, credential.Status{Doc: claim, At: "/status"})
		return
	}
	for _, m := range claim.Members() {
		s := credential.Status{Type: m.Name, Doc: m.Value, At: ijson.Pointer("/status", m.Name)}
		if m.Name == "status_list" {
			s.Type = tokenStatusType
		}
		r.claims = append(r.claims, s)
	}
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
		return r.bitstring(ctx, s, kindBitstring)
	case "StatusList2021Entry":
		return r.bitstring(ctx, s, kind2021)
	case tokenStatusType:
		return r.tokenList(ctx, s)
	case "1EdTechRevocationList":
		return r.revocationList(ctx, s)
	}
	return finding{Unknown, "status.type_unknown", fmt.Sprintf("The status type %.40q is not known, so it could not be looked up.", s.Type), s.At}
}

// reference is where an entry says that its status stands.
type reference struct {
	kind     listKind
	url      string
	index    int
	purpose  string
	size     int            // bits of an entry of a Bitstring list
	messages map[int]string // of purpose "message", by value
}

// bitstring follows Bitstring Status List v1.0 §3.2 ("Validate algorithm"); StatusList2021 differs only in its lists.
func (r *run) bitstring(ctx context.Context, s credential.Status, kind listKind) finding {
	index, err := status.ParseIndex(s.Doc.Member("statusListIndex"))
	if err != nil {
		d := fault.AsDefect(err)
		return finding{Fail, d.Code, d.Detail, s.At + "/statusListIndex"}
	}
	ref := reference{kind: kind, index: index, purpose: s.Doc.Member("statusPurpose").Text(), url: s.Doc.Member("statusListCredential").Text()}
	if ref.purpose == "" || ref.url == "" {
		return finding{Fail, "status.malformed", "The status entry lacks its purpose or its list.", s.At}
	}
	if ref.size, ref.messages, err = entrySize(s); err != nil {
		d := fault.AsDefect(err)
		return finding{Fail, d.Code, d.Detail, d.At}
	}
	return r.look(ctx, ref)
}

// entrySize reads statusSize and statusMessage (§2.1): entries of several bits need a message for each value.
func entrySize(s credential.Status) (int, map[int]string, error) {
	size := 1
	if v, has := s.Doc.Get("statusSize"); has {
		n, err := strconv.Atoi(v.Literal())
		if err != nil || n < 1 || n > 8 {
			return 0, nil, fault.Wrong("status.size", s.At+"/statusSize", "The size of the status entry is no whole number from 1 to 8.")
		}
		size = n
	}
	v, has := s.Doc.Get("statusMessage")
	if !has {
		if size > 1 {
			return 0, nil, fault.Wrong("status.message", s.At, "A status entry of several bits says what each value means; this one does not.")
		}
		return size, nil, nil
	}
	messages := make(map[int]string, len(v.Elems()))
	for i, e := range v.Elems() {
		at := ijson.Index(s.At+"/statusMessage", i)
		hex, ok := strings.CutPrefix(e.Member("status").Text(), "0x")
		n, err := strconv.ParseUint(hex, 16, 8)
		if _, twice := messages[int(n)]; !ok || err != nil || n >= 1<<size || twice || e.Member("message").Text() == "" {
			return 0, nil, fault.Wrong("status.message", at, "A message of the status entry cannot be read.")
		}
		messages[int(n)] = e.Member("message").Text()
	}
	if len(messages) != 1<<size {
		return 0, nil, fault.Wrong("status.message", s.At+"/statusMessage", "The status entry has %d messages for %d values.", len(messages), 1<<size)
	}
	return size, messages, nil
}

// tokenList follows Token Status List §8.3.
func (r *run) tokenList(ctx context.Context, s credential.Status) finding {
	index, err := status.ParseTokenIndex(s.Doc.Member("idx"))
	if err != nil {
		d := fault.AsDefect(err)
		return finding{Fail, d.Code, d.Detail, s.At + "/idx"}
	}
	ref := reference{kind: kindToken, index: index, url: s.Doc.Member("uri").Text()}
	if ref.url == "" {
		return finding{Fail, "status.malformed", "The status entry lacks its list.", s.At}
	}
	return r.look(ctx, ref)
}

// mayFetch reports whether the list at url may be asked for at all, and what to say if not.
func (r *run) mayFetch(ctx context.Context, url string) (finding, bool) {
	if !r.mayLookUp() {
		why := "nobody you trust vouches for the issuer."
		if r.outcome(CheckProof) != Pass || r.outcome(CheckBinding) != Pass {
			why = "it is not proven that this issuer signed."
		}
		return finding{Unknown, "status.not_looked_up", "The status list was not fetched, because " + why, url}, false
	}
	if !r.mayAsk(ctx, url) {
		d := r.notAsked(url)
		return finding{Unknown, d.Code, d.Detail, url}, false
	}
	return finding{}, true
}

// look finds the list and reads the entry: as it is now, or as it was at the moment that the policy names.
func (r *run) look(ctx context.Context, ref reference) finding {
	if f, may := r.mayFetch(ctx, ref.url); !may {
		return f
	}
	now, err := r.v.list(ctx, ref, r)
	if err != nil {
		return r.lost(ctx, ref, err)
	}
	f := r.final(ctx, ref, now.read(ref))
	if r.policy.At.IsZero() || !r.policy.At.Before(r.now) || now.isFor(r.at) || f.code == "status.clear" && now.only(ref) {
		return f
	}
	then, err := r.v.history(ctx, ref, r)
	if err == nil {
		return then.read(ref)
	}
	d := fault.AsDefect(err)
	if f.outcome == Pass {
		return finding{Unknown, d.Code, d.Detail, ref.url}
	}
	r.warn(d.Code, ref.url, d.Detail+" So what holds today is taken to have held then.")
	return f
}

// only reports whether what is not set now was never set: revocation is final, everything else may have come and gone.
func (l *list) only(ref reference) bool {
	return ref.kind == kindToken && l.entries.width() == 1 || ref.purpose == "revocation"
}

// lost says what follows when the list cannot be had: unknown, unless it was seen revoked before. Revocation is final: once
// seen, it stays, whatever is served or not served now (threat S07).
func (r *run) lost(ctx context.Context, ref reference, err error) finding {
	d := fault.AsDefect(err)
	f := finding{Unknown, d.Code, d.Detail, ref.url}
	if old := r.v.lists.last(ref.key()); old != nil && old.issuer == r.cred.IssuerID {
		if seen := old.read(ref); seen.code == "status.revoked" {
			return seen
		}
	}
	return r.final(ctx, ref, f)
}

// final remembers a revocation, and puts the one that is remembered in the place of everything else.
func (r *run) final(ctx context.Context, ref reference, f finding) finding {
	if ref.kind != kindToken && ref.purpose != "revocation" {
		return f
	}
	entry := r.cred.IssuerID + " " + strconv.Itoa(ref.index)
	switch ref.kind {
	case kindPlain:
		entry = r.cred.IssuerID + " " + r.cred.ID
	case kindOB2: // the address tells the issuer, who may not be known any more when the badge is gone
		entry = r.cred.ID
	}
	if f.code == "status.revoked" {
		if err := r.v.memory.SawRevoked(ctx, ref.key(), entry); err != nil {
			r.warn("status.memory", ref.url, "That the credential is revoked could not be remembered.")
		}
		return f
	}
	seen, err := r.v.memory.Revoked(ctx, ref.key(), entry)
	switch {
	case err != nil && f.outcome == Pass:
		return finding{Unknown, "status.memory", "What was seen of this list before cannot be looked up.", ref.url}
	case seen:
		return finding{Fail, "status.revoked", "The issuer has revoked this credential: it was seen before, and revocation is final.", ref.url}
	}
	return f
}

// read looks at one entry.
func (l *list) read(ref reference) finding {
	if ref.kind != kindToken && !l.purposes[ref.purpose] {
		return finding{Unknown, "STATUS_VERIFICATION_ERROR", fmt.Sprintf("The list is not for %.20q.", ref.purpose), ref.url}
	}
	value, ok := l.entries.value(ref)
	if !ok {
		return finding{Unknown, "RANGE_ERROR", "The index lies outside the list.", ref.url}
	}
	if ref.kind == kindToken {
		return l.readToken(value, ref.url)
	}
	switch {
	case value == 0 && ref.purpose != "message":
		return finding{Pass, "status.clear", fmt.Sprintf("Not under %s in the issuer's signed list of %s.", ref.purpose, day(l.from)), ref.url}
	case ref.messages != nil && ref.purpose == "message" && value == 0:
		return finding{Pass, "status.message", fmt.Sprintf("The issuer says: %.100q.", ref.messages[value]), ref.url}
	case ref.messages != nil && ref.purpose == "message":
		return finding{Unknown, "status.message", fmt.Sprintf("The issuer says: %.100q. What follows from it is for people to decide.", ref.messages[value]), ref.url}
	case ref.purpose == "revocation":
		return finding{Fail, "status.revoked", "The issuer has revoked this credential.", ref.url}
	case ref.purpose == "suspension":
		return finding{Fail, "status.suspended", "The issuer has suspended this credential.", ref.url}
	}
	return finding{Unknown, "status.flag", fmt.Sprintf("The issuer has set the flag %.20q on this credential.", ref.purpose), ref.url}
}

// readToken says what a value of a token status list means (§7.1).
func (l *list) readToken(value int, url string) finding {
	switch value {
	case status.TokenValid:
		return finding{Pass, "status.clear", fmt.Sprintf("Valid in the issuer's signed list of %s.", day(l.from)), url}
	case status.TokenInvalid:
		return finding{Fail, "status.revoked", "The issuer has revoked this credential.", url}
	case status.TokenSuspended:
		return finding{Fail, "status.suspended", "The issuer has suspended this credential.", url}
	}
	return finding{Unknown, "status.flag", fmt.Sprintf("The issuer has given this credential the status %d, whose meaning is not known.", value), url}
}

// revocationList reads the list of Open Badges before 1.3. It is not signed; that it came over TLS from the address that the
// issuer signed is all there is, and the result says so.
func (r *run) revocationList(ctx context.Context, s credential.Status) finding {
	url := s.Doc.Member("id").Text()
	if url == "" {
		return finding{Fail, "status.malformed", "The status entry lacks its list.", s.At}
	}
	if f, may := r.mayFetch(ctx, url); !may {
		return f
	}
	return r.final(ctx, reference{kind: kindPlain, url: url, purpose: "revocation"}, r.revoked(ctx, url))
}

// revoked looks for the credential in the revocation list at url.
func (r *run) revoked(ctx context.Context, url string) finding {
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
