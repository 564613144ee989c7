package verifier

import (
	"bytes"
	"context"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/proof/ob2"
)

// versionOB2 is the version of a Result about an assertion of Open Badges 2.0.
const versionOB2 = "Open Badges 2.0"

// ob2Form is an assertion of Open Badges 2.0. What is signed or stands at its address names a BadgeClass, that names the Profile of
// the issuer, and only the Profile says which keys and addresses are the issuer's own: at most four addresses are asked for that,
// and the list of revocations only for an issuer that is trusted (docs/decisions/0024).
type ob2Form struct {
	assertion *ob2.Assertion // what is judged: what was handed over, and of a hosted one the copy at its address
	msg       *jose.Message  // nil: no signature
	class     *ob2.Class     // nil: not found
	issuer    *ob2.Profile   // nil: not found
	revoked   *finding       // what a hosted assertion, or its host, says of its revocation
}

func readOB2(r *run, raw []byte) secured {
	if r.depth > 0 {
		r.set(CheckForm, Fail, "ob2.nested", "", "An assertion of Open Badges 2.0 stands where a credential of today is expected.")
		return nil
	}
	r.out.Version = versionOB2
	f := &ob2Form{}
	var err error
	if bytes.HasPrefix(raw, []byte("{")) {
		f.assertion, err = ob2.Read(raw)
	} else {
		var s *ob2.Signed
		if s, err = ob2.ReadSigned(raw); err == nil {
			f.assertion, f.msg = &s.Assertion, s.Message
		}
	}
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	f.judge(r, f.assertion)
	sentence := "A hosted badge of Open Badges 2.0, well formed."
	if f.msg != nil {
		sentence = "A signed badge of Open Badges 2.0, well formed."
	}
	r.set(CheckForm, Pass, "form.ob-2.0", "", sentence)
	r.warn("ob2.version", "/@context", "This badge follows Open Badges 2.0, an older standard than that of today's credentials.")
	return f
}

// judge makes the checks look at an assertion.
func (f *ob2Form) judge(r *run, a *ob2.Assertion) {
	f.assertion = a
	r.cred = &credential.Credential{Doc: a.Doc, ID: a.ID, From: a.Issued, Until: a.Expires}
}

// time, tokenTime and schema do nothing: of a hosted assertion, the copy is judged, which prove has to find first.
func (*ob2Form) time(*run)      {}
func (*ob2Form) tokenTime(*run) {}
func (*ob2Form) schema(*run)    {}

func (f *ob2Form) prove(ctx context.Context, r *run) {
	switch {
	case f.msg != nil:
		f.proveSigned(ctx, r)
	case !f.assertion.Hosted:
		r.set(CheckProof, Fail, "proof.missing", "/verification/type", "The badge says that it is signed, and carries no signature: anybody could have written it.")
		r.set(CheckBinding, Unknown, "binding.no_key", "", "Without a proof there is no key to compare with the issuer's.")
	default:
		f.proveHosted(ctx, r)
	}
	r.dates("/issuedOn", "/expires")
	f.complete(r)
	f.show(r)
}

// proveSigned checks the signature with a key that the issuer lists (Open Badges 2.0, "Signed Verification").
func (f *ob2Form) proveSigned(ctx context.Context, r *run) {
	d := f.follow(ctx, r)
	var key keys.Public
	if d == nil {
		key, d = f.key(ctx, r)
	}
	if d != nil {
		r.defect(CheckBinding, d)
		r.set(CheckProof, Unknown, "proof.no_key", "", "The signature could not be checked, because the key is not known.")
		return
	}
	r.signature(f.msg, key)
	r.bound()
}

func (f *ob2Form) key(ctx context.Context, r *run) (keys.Public, *fault.Defect) {
	k, err := f.issuer.Key(f.assertion.Creator)
	if err != nil {
		return keys.Public{}, fault.AsDefect(err)
	}
	var key keys.Public
	if k.Doc.Kind() == ijson.Object {
		key, err = f.issuer.Public(k, f.msg.Header.Alg)
	} else {
		raw, d := r.document(ctx, k.ID)
		if d != nil {
			return key, d
		}
		key, err = f.issuer.ReadKey(raw, k.ID, f.msg.Header.Alg)
	}
	if err != nil {
		return key, fault.AsDefect(err)
	}
	return key, nil
}

// proveHosted looks the assertion up at its address, where its issuer must answer for it ("Hosted Verification"). What was handed
// over is only believed as far as the copy there says it, too.
func (f *ob2Form) proveHosted(ctx context.Context, r *run) {
	if d := f.lookUp(ctx, r); d != nil {
		r.defect(CheckProof, d)
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the badge was not found at its address.")
		return
	}
	r.set(CheckProof, Pass, "proof.hosted", f.assertion.ID, "The badge stands at its address, and says there what was handed over.")
	d := f.follow(ctx, r)
	if d == nil && !f.issuer.Covers(f.assertion.ID) {
		d = fault.Wrong("ob2.scope", "/id", "The badge stands at an address for which the issuer that it names does not answer.")
	}
	if d != nil {
		r.defect(CheckBinding, d)
		return
	}
	r.set(CheckBinding, Pass, "binding.hosted", "/id", "The issuer named in the badge answers for the address where it stands.")
}

func (f *ob2Form) lookUp(ctx context.Context, r *run) *fault.Defect {
	given := f.assertion
	raw, d := r.document(ctx, given.ID)
	if d != nil && d.Code == "fetch.gone" {
		f.revoked = &finding{Fail, "status.revoked", "The host of the badge says that it is gone (410), which is how a revoked badge is answered.", given.ID}
	}
	if d != nil {
		return d
	}
	if reason, revoked := ob2.Withdrawn(raw, given.ID); revoked {
		f.revoked = &finding{Fail, "status.revoked", "The issuer has revoked this badge" + because(reason), given.ID}
	}
	there, err := ob2.Read(raw)
	switch {
	case err != nil && f.revoked != nil:
		return fault.Unclear("ob2.revoked", given.ID, err, "At the address of the badge stands only that it was revoked.")
	case err != nil:
		d := fault.AsDefect(err)
		return fault.Wrong(d.Code, given.ID, "What stands at the address of the badge is no badge: %s", d.Detail)
	case there.ID != given.ID || !there.Hosted:
		return fault.Wrong("ob2.id_mismatch", given.ID, "What stands at the address of the badge is another badge.")
	}
	if at := given.Differs(there); at != "" {
		return fault.Wrong("ob2.differs", at, "What was handed over is not what stands at the address of the badge.")
	}
	f.judge(r, there)
	return nil
}

func because(reason string) string {
	if reason == "" {
		return "."
	}
	const longest = 200
	if text := []rune(reason); len(text) > longest {
		reason = string(text[:longest])
	}
	return ": " + reason
}

// follow finds the BadgeClass and the Profile of its issuer. What has an address is read there, whatever stands in its place.
func (f *ob2Form) follow(ctx context.Context, r *run) *fault.Defect {
	class, here := f.assertion.Class()
	if id := f.assertion.Badge.ID; ob2.Origin(id) != "" {
		raw, d := r.document(ctx, id)
		if d != nil {
			return d
		}
		there, err := ob2.ReadClass(raw, id)
		if err != nil {
			return fault.AsDefect(err)
		}
		class = there
	} else if !here {
		return fault.Wrong("ob2.no_class", "/badge", "The badge does not say what was earned.")
	}
	f.class = class
	id := class.Issuer.ID
	if ob2.Origin(id) == "" {
		return fault.Wrong("binding.no_issuer", "/badge/issuer", "The badge names no issuer with an address.")
	}
	r.cred.IssuerID = id
	raw, d := r.document(ctx, id)
	if d != nil {
		return d
	}
	issuer, err := ob2.ReadProfile(raw, id)
	if err != nil {
		return fault.AsDefect(err)
	}
	f.issuer = issuer
	return nil
}

// document gets one of the documents that an assertion leads to.
func (r *run) document(ctx context.Context, url string) ([]byte, *fault.Defect) {
	if ob2.Origin(url) == "" {
		return nil, fault.Wrong("ob2.no_address", "", "The badge leads to %.80q, which is no address where something could stand.", url)
	}
	if !r.mayAsk(ctx, url) {
		return nil, r.notAsked(url)
	}
	res, err := r.v.fetch.Get(ctx, url, "application/ld+json, application/json;q=0.9")
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	return res.Body, nil
}

// complete is the check schema: what the standard requires of the three documents. There is no JSON Schema of them.
func (f *ob2Form) complete(r *run) {
	for _, d := range f.assertion.Problems() {
		r.defect(CheckSchema, d)
	}
	if f.class != nil {
		for _, d := range f.class.Problems() {
			r.defect(CheckSchema, below("/badge", d))
		}
	}
	if f.issuer != nil {
		for _, d := range f.issuer.Problems() {
			r.defect(CheckSchema, below("/badge/issuer", d))
		}
	}
	switch {
	case r.outcome(CheckSchema) == Fail:
	case f.issuer == nil:
		r.set(CheckSchema, Unknown, "schema.not_read", "/badge", "What was earned, or from whom, could not be read, so whether it is complete is not known.")
	default:
		r.set(CheckSchema, Pass, "schema.ok", "", "The badge, its class and its issuer say what Open Badges 2.0 requires.")
	}
}

// show fills in what the documents say, and gives the trust list what it asks about.
func (f *ob2Form) show(r *run) {
	r.summary()
	if f.class != nil {
		text := append(append([]byte(`{"achievement":`), ijson.Append(nil, f.class.Doc)...), '}')
		if subject, err := ijson.Parse(text, ijson.Bounds{Bytes: 2 * len(text)}); err == nil {
			r.cred.Subjects = []ijson.Value{subject}
			r.about(subject)
		}
	}
	if f.issuer != nil {
		r.out.Issuer.Name = text(f.issuer.Doc.Member("name"))
	}
	if to := f.assertion.Recipient(); !to.Hashed && to.IdentityHash != "" {
		r.out.Recipient = &Recipient{ID: to.IdentityHash}
	}
}

// status reads what the copy at its address says of a hosted assertion, and of a signed one the list that the Profile names.
func (f *ob2Form) status(ctx context.Context, r *run) {
	if f.msg != nil {
		f.signedStatus(ctx, r)
		return
	}
	found := finding{Unknown, "status.not_looked_up", "Whether the badge was revoked is not known, because it was not found at its address.", ""}
	switch {
	case f.revoked != nil:
		found = *f.revoked
	case r.outcome(CheckProof) == Pass:
		found = finding{Pass, "status.clear", "At its address the badge is not marked as revoked.", f.assertion.ID}
	}
	found = r.final(ctx, reference{kind: kindOB2, url: f.assertion.ID, purpose: "revocation"}, found)
	r.set(CheckStatus, found.outcome, found.code, found.at, found.detail)
}

func (f *ob2Form) signedStatus(ctx context.Context, r *run) {
	switch {
	case f.issuer == nil:
		r.set(CheckStatus, Unknown, "status.not_looked_up", "", "Whether the badge was revoked is not known, because its issuer could not be read.")
		return
	case f.issuer.Revocations == "":
		r.set(CheckStatus, Skipped, "status.none", "", "The issuer names no list of revoked badges, so whether it was revoked cannot be known.")
		return
	}
	url := f.issuer.Revocations
	found, may := r.mayFetch(ctx, url)
	if may {
		found = r.final(ctx, reference{kind: kindOB2, url: url, purpose: "revocation"}, f.listed(ctx, r))
	}
	r.set(CheckStatus, found.outcome, found.code, found.at, found.detail)
}

// listed looks for the assertion in the list of revoked ones.
func (f *ob2Form) listed(ctx context.Context, r *run) finding {
	url := f.issuer.Revocations
	raw, d := r.document(ctx, url)
	if d != nil {
		return finding{Unknown, "STATUS_RETRIEVAL_ERROR", d.Detail, url}
	}
	reason, revoked, err := f.issuer.Revoked(raw, f.assertion)
	switch {
	case err != nil:
		d := fault.AsDefect(err)
		return finding{Unknown, d.Code, d.Detail, url}
	case revoked:
		return finding{Fail, "status.revoked", "The issuer lists this badge as revoked" + because(reason), url}
	}
	r.warn("status.list_unsigned", url, "The issuer's revocation list is of an old kind that is not signed.")
	return finding{Pass, "status.clear", "Not in the issuer's revocation list (unsigned).", url}
}

// subject compares the recipient, in clear or hashed (Open Badges 2.0, "IdentityObject").
func (f *ob2Form) subject(r *run) {
	want := r.policy.Recipient
	if want == "" {
		r.subject()
		return
	}
	to := f.assertion.Recipient()
	switch {
	case to.IdentityType == "email" && (to.Matches("email", want) || to.Matches("email", credential.PlainAddress(want))):
		r.set(CheckSubject, Pass, "subject.email", "/recipient", "The badge is about the expected e-mail address.")
	case to.IdentityType != "email" && to.Matches(to.IdentityType, want):
		r.set(CheckSubject, Pass, "subject.id", "/recipient", "The badge is about the expected recipient.")
	default:
		r.set(CheckSubject, Fail, "subject.mismatch", "/recipient", "The badge is not about the expected recipient.")
	}
}

// nested says that endorsements of that time are not looked at: they are documents elsewhere, each with an issuer of its own.
func (f *ob2Form) nested(r *run) {
	docs := []ijson.Value{f.assertion.Doc}
	if f.class != nil {
		docs = append(docs, f.class.Doc)
	}
	if f.issuer != nil {
		docs = append(docs, f.issuer.Doc)
	}
	for _, doc := range docs {
		if _, has := doc.Get("endorsement"); has {
			r.set(CheckNested, Skipped, "nested.ob2", "", "The badge names endorsements of Open Badges 2.0, which are not looked at.")
			return
		}
	}
	r.set(CheckNested, Skipped, "nested.none", "", "There are no endorsements inside.")
}
