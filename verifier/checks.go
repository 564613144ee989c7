package verifier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/schemas"
	"github.com/openlaurel/laurel/verifier/trust"
)

// time checks validFrom and validUntil, with no allowance: a credential that ended a second ago has ended.
func (r *run) time() { r.dates("/validFrom", "/validUntil") }

// dates is time for a credential whose two dates stand in those places.
func (r *run) dates(from, until string) {
	c := r.cred
	switch {
	case c.From.IsZero() && r.mustBegin():
		r.set(CheckTime, Fail, "time.syntax", from, "The credential does not say since when it is valid.")
	case !c.From.IsZero() && !c.Until.IsZero() && c.Until.Before(c.From):
		r.set(CheckTime, Fail, "time.range", until, "The credential ends before it begins.")
	case r.at.Before(c.From):
		r.set(CheckTime, Fail, "time.not_yet_valid", from, "The credential is not valid before "+day(c.From)+".")
	case !c.Until.IsZero() && r.at.After(c.Until):
		r.set(CheckTime, Fail, "time.expired", until, "The credential expired on "+day(c.Until)+".")
	case c.From.IsZero() && c.Until.IsZero():
		r.set(CheckTime, Pass, "time.ok", "", "The credential does not say since when it is valid, nor until when.")
	case c.From.IsZero():
		r.set(CheckTime, Pass, "time.ok", "", "Valid until "+day(c.Until)+"; the credential does not say since when.")
	case c.Until.IsZero():
		r.set(CheckTime, Pass, "time.ok", "", "Valid since "+day(c.From)+", without an end.")
	default:
		r.set(CheckTime, Pass, "time.ok", "", "Valid from "+day(c.From)+" until "+day(c.Until)+".")
	}
}

// mustBegin reports whether the credential has to say since when it is valid: it may be silent in version 2.0 of the data model
// (VCDM 2.0 §4.9), unless it is of Open Badges or a learner record (OB 3.0 §VerifiableCredential), or says what is no time.
func (r *run) mustBegin() bool {
	c := r.cred
	_, said := c.Doc.Get("validFrom")
	return said || c.Version != credential.V2 || c.OfOpenBadges()
}

// tokenDates checks the dates of a token around the credential: it holds from from, and no longer at until (RFC 7519 §4.1.4).
func (r *run) tokenDates(from, until time.Time) {
	switch {
	case r.at.Before(from):
		r.set(CheckTime, Fail, "time.not_yet_valid", "/nbf", "The signature is not valid before "+day(from)+".")
	case !until.IsZero() && !r.at.Before(until):
		r.set(CheckTime, Fail, "time.expired", "/exp", "The signature expired on "+day(until)+".")
	}
}

// schema checks the data model and the JSON Schema of the credential's type. The first violation is the check's; the
// others are named in its sentence.
func (r *run) schema() {
	for _, d := range r.cred.Problems() {
		if r.outcome(CheckSchema) != Unknown || !d.Unknown {
			r.defect(CheckSchema, d)
		}
	}
	if r.outcome(CheckSchema) == Fail {
		return
	}
	id := schemaOf(r.cred)
	if !r.conforms(id) || !r.declaredSchemas(id) {
		return
	}
	if r.outcome(CheckSchema) == "" {
		r.set(CheckSchema, Pass, "schema.ok", "", "The content follows the data model of its type.")
	}
}

// conforms reports whether the credential follows the schema of that id; when it does not, the check fails.
func (r *run) conforms(id string) bool {
	found := schemas.Validate(id, r.cred.Doc)
	if len(found) == 0 {
		return true
	}
	detail := found[0].Detail
	if n := len(found) - 1; n > 0 {
		detail += fmt.Sprintf(" (and %d more)", n)
	}
	r.set(CheckSchema, Fail, found[0].Code, found[0].At, detail)
	return false
}

// declaredSchemas looks at credentialSchema (VCDM 2.0 §4.11). A JSON Schema that is embedded here is applied; any other, and
// whatever is of another kind, is named in a warning and never fetched (threats D11, N08). It reports whether the check goes on.
func (r *run) declaredSchemas(applied string) bool {
	left := 0
	for _, s := range r.cred.Doc.Member("credentialSchema").Items() {
		url, kinds := s.Member("id").Text(), s.Member("type").Texts()
		id, known := schemas.Canonical(url)
		switch {
		case !slices.ContainsFunc(kinds, jsonSchema):
			left++
			r.warn("schema.type_unknown", "/credentialSchema", fmt.Sprintf(
				"The credential names a schema of the kind %.40q, which is not known here and was not applied.", strings.Join(kinds, " ")))
		case !known:
			left++
			r.warn("schema.not_looked_up", "/credentialSchema", fmt.Sprintf("The credential names the schema %.120q, which is not known here and was not fetched.", url))
		case id != applied && !r.conforms(id):
			return false
		}
	}
	if left > 0 && r.outcome(CheckSchema) == "" {
		r.set(CheckSchema, Pass, "schema.ok", "/credentialSchema",
			"The content follows the data model of its type. Whether it follows the other schemas that it names was not checked.")
	}
	return true
}

// jsonSchema reports whether a type of credentialSchema means a plain JSON Schema at the address of its id: the name of W3C, the
// one of 1EdTech, and the one that came before both.
func jsonSchema(kind string) bool {
	return kind == "JsonSchema" || kind == "1EdTechJsonSchemaValidator2019" || kind == "JsonSchemaValidator2018"
}

// schemaOf picks the schema by version and type; what is no badge and no endorsement gets the base schema.
func schemaOf(c *credential.Credential) string {
	switch {
	case c.HasType("OpenBadgeCredential") || c.HasType("AchievementCredential"):
		if c.Version == credential.V1 {
			return schemas.AchievementCredentialV1
		}
		return schemas.AchievementCredential
	case c.HasType("ClrCredential"):
		if c.Version == credential.V1 {
			return schemas.ClrCredentialV1
		}
		return schemas.ClrCredential
	case c.Version == credential.V1:
		return schemas.VerifiableCredentialV1
	case c.HasType("EndorsementCredential"):
		return schemas.EndorsementCredential
	case c.HasType("BitstringStatusListCredential"):
		return schemas.StatusListCredential
	}
	return schemas.VerifiableCredential
}

// decideTrust asks who vouches for the issuer. It rests on the proof and its binding: a name that nobody proved is not
// looked up in the trust list.
func (r *run) decideTrust(ctx context.Context) {
	if r.outcome(CheckProof) != Pass || r.outcome(CheckBinding) != Pass {
		r.set(CheckTrust, Unknown, "trust.not_proven", "", "Not decided, because it is not proven that this issuer signed.")
		return
	}
	id := r.cred.IssuerID
	d := r.decision(ctx)
	r.out.Trust = &Trusted{WhenIssued: d.WhenIssued, Now: d.Now}
	if d.Entry != nil && d.Entry.ID == id && d.Entry.Successor != "" { // matters most when the issuer is not trusted any more
		r.out.Trust.Successor = d.Entry.Successor
		r.warn("trust.successor", "/issuer", "The work of this issuer is continued by "+d.Entry.Successor+".")
	}
	switch {
	case d.Trusted && (d.Entry == nil || d.Entry.ID != id):
		r.set(CheckTrust, Unknown, "trust.subject_mismatch", "", "The trust list answered for another issuer.")
	case d.Trusted:
		r.trusted = true
		r.out.Issuer.Own = d.Entry.Own
		r.vouched(d)
	case d.Code == trust.KeyRefused:
		r.set(CheckTrust, Fail, d.Code, "", d.Detail)
	default:
		r.set(CheckTrust, Unknown, d.Code, "", d.Detail)
		r.delegated(ctx)
	}
	if !r.trusted && r.policy.waives(TrustUnsafe) {
		r.warn("policy.any_issuer_unsafe", "", "The policy does not ask who vouches for the issuer.")
	}
}

// vouched writes down who believes the issuer.
func (r *run) vouched(d trust.Decision) {
	r.set(CheckTrust, Pass, d.Code, d.Entry.List, d.Detail)
	r.out.Trust.By, r.out.Trust.List, r.out.Trust.Name, r.out.Trust.Names = d.Entry.By, d.Entry.List, d.Entry.Name, d.Entry.Names
}

// decision asks the trust list about every achievement in the credential: an issuer that is trusted for one of them is not
// trusted for the one beside it.
func (r *run) decision(ctx context.Context) trust.Decision {
	asked := r.questions(r.cred.IssuerID)
	var d trust.Decision
	for _, q := range asked {
		if d = r.v.trust.Decide(ctx, q); !d.Trusted {
			return d
		}
	}
	return d
}

// questions puts one question for every kind of achievement in the credential, about the given issuer.
func (r *run) questions(issuerID string) []trust.Question {
	q := trust.Question{Issuer: issuerID, Issued: r.begins(), At: r.at}
	if issuerID == r.cred.IssuerID && r.key != nil {
		q.Keys = r.keyNames()
	}
	types := map[string][]string{}
	for _, s := range r.cred.Subjects {
		for _, a := range s.Member("achievement").Items() {
			t := a.Member("achievementType").Text()
			types[t] = append(types[t], frameworks(a)...)
		}
	}
	if len(types) == 0 {
		types[""] = nil
	}
	var out []trust.Question
	for _, t := range slices.Sorted(maps.Keys(types)) {
		q.Type, q.Frameworks = t, types[t]
		out = append(out, q)
	}
	return out
}

// keyNames lists every name of the key that signed: a key that a trust list refuses does not pass under another of its names, nor
// without any (a header "jwk").
func (r *run) keyNames() []string {
	out := []string{trust.KeyURN(*r.key)}
	if r.key.ID != "" {
		out = append(out, r.key.ID)
	}
	if r.shown != nil {
		out = append(out, r.shown.Names(*r.key)...)
	}
	return out
}

// frameworks lists what an achievement is aligned to.
func frameworks(achievement ijson.Value) []string {
	var out []string
	for _, a := range achievement.Member("alignment").Items() {
		if f := text(a.Member("targetFramework")); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// subject compares the recipient that the caller expects with the credential's subject (Open Badges 3.0 §1.3 of the
// identity hash): first the id, then the identifiers.
func (r *run) subject() {
	want := r.policy.Recipient
	if want == "" {
		r.set(CheckSubject, Skipped, "subject.not_asked", "", "Nobody asked whether it is about a certain person.")
		return
	}
	for i, s := range r.cred.Subjects {
		at := "/credentialSubject"
		if r.cred.Doc.Member("credentialSubject").Kind() == ijson.Array {
			at = ijson.Index(at, i)
		}
		if id := s.Member("id").Text(); id != "" && equalSecret(id, want) {
			r.about(s)
			r.set(CheckSubject, Pass, "subject.id", at+"/id", "The credential is about the expected recipient.")
			return
		}
		for _, it := range s.Member("identifier").Items() {
			if matchesEmail(it, want) {
				r.about(s)
				r.set(CheckSubject, Pass, "subject.email", at+"/identifier", "The credential is about the expected e-mail address.")
				return
			}
		}
	}
	r.set(CheckSubject, Fail, "subject.mismatch", "/credentialSubject", "The credential is not about the expected recipient.")
}

// matchesEmail compares an identifier with an address: exactly as it was given, then with its domain in lower case, which
// is how Laurel writes it. The part before the @ is never folded (threat U11).
func matchesEmail(v ijson.Value, address string) bool {
	o := credential.ReadIdentity(v)
	if o.Matches("emailAddress", address) {
		return true
	}
	return o.Matches("emailAddress", credential.PlainAddress(address))
}

// display warns of names that are made to be mistaken for others. They decide nothing, so they never turn a verdict.
func (r *run) display() {
	if r.out.Issuer.Name != "" && trust.Confusable(r.out.Issuer.Name) {
		r.warn("display.confusable", "/issuer/name", "The issuer's name mixes scripts or hides characters: go by the domain, not by the name.")
	}
	if r.v.lists.ahead(r.now) {
		r.suspectClock()
	}
	r.out.Issuer.Domain = r.domain()
	if host, _, _ := strings.Cut(r.out.Issuer.Domain, ":"); strings.Contains(host, "xn--") && trust.ConfusableHost(did.Readable(host)) {
		r.warn("display.confusable", "/issuer/id", "The issuer's domain has letters that pass for others: go by its plain spelling, "+host+".")
	}
	if n := strings.TrimSpace(r.out.Issuer.Name); n == "" && r.out.Issuer.Domain == "" {
		r.warn("issuer.unnamed", "/issuer", "The credential does not name its issuer.")
	}
}

// suspectClock warns once that something signed is newer than our clock says it is now (threat T02).
func (r *run) suspectClock() {
	const code = "clock.suspect"
	for _, w := range r.out.Warnings {
		if w.Code == code {
			return
		}
	}
	r.warn(code, "", "The clock of this verifier seems to be behind: an issuer has signed something later. Dates may be judged wrongly.")
}
