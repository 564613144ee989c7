package verifier

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier/intake"
)

// run is one verification on its way. Checks write into it; result closes it.
type run struct {
	v      *Verifier
	policy Policy
	at     time.Time // the moment to judge for
	now    time.Time
	depth  int             // of nesting: 0 for what was presented
	asked  map[string]bool // whose keys and which lists were asked for, by all runs over what was presented
	inside *int            // how many credentials stand inside, at every depth, of what was presented
	quiet  bool            // only issuers that are trusted are asked for their keys
	cred   *credential.Credential
	claims []credential.Status // what the claim status of a token names

	answered time.Time                         // when an answer about the past was given; zero: it is about the present
	key      *keys.Public                      // the key that made the proof, once known
	bearer   *keys.Public                      // the key that the credential is bound to by its claim cnf; nil: none
	by       *presenter                        // who presents the credential; nil: it was handed over by itself
	shown    *did.Document                     // what the issuer published last, once it was asked
	message  func(keys.Public) ([]byte, error) // what is under the signature that is looked at; nil: that is not told
	made     time.Time                         // when the proof that is looked at says that it was made, if it says so beside the credential
	checks   [10]Check
	out      Result
	trusted  bool
}

// run goes through the checks in order. A check that rests on an earlier one says so instead of guessing.
func (r *run) run(ctx context.Context, item intake.Item) {
	s := r.form(item)
	if s == nil {
		return
	}
	r.summary()
	s.time(r)
	s.tokenTime(r)
	s.schema(r)
	s.prove(ctx, r)
	r.decideTrust(ctx)
	if f, ok := s.(foreign); ok {
		f.status(ctx, r)
		f.subject(r)
		r.holder(ctx)
		f.nested(r)
	} else {
		r.status(ctx)
		r.subject()
		r.holder(ctx)
		r.nested(ctx)
	}
	r.display()
}

// set writes the outcome of a check. The first failure of a check stays.
func (r *run) set(id CheckID, o Outcome, code, at, detail string) {
	for i, known := range CheckIDs() {
		if known == id && r.checks[i].Outcome != Fail {
			r.checks[i] = Check{ID: id, Outcome: o, Code: code, Detail: detail, At: at}
		}
	}
}

// defect writes a defect as the outcome of a check: unknown when we could not look, fail otherwise.
func (r *run) defect(id CheckID, d *fault.Defect) {
	o := Fail
	if d.Unknown {
		o = Unknown
	}
	r.set(id, o, d.Code, d.At, d.Detail)
}

// mayAsk reports whether another address may be asked for this document. One request must not become hundreds, whatever
// stands inside of what it brings, and what a stranger put there names no addresses at all (threat N11).
func (r *run) mayAsk(ctx context.Context, what string) bool {
	if r.asked[what] {
		return true
	}
	if len(r.asked) >= limits.LookUps || r.quiet && !r.decision(ctx).Trusted {
		return false
	}
	r.asked[what] = true
	return true
}

// notAsked is the defect of what was not asked for that reason.
func (r *run) notAsked(at string) *fault.Defect {
	if len(r.asked) < limits.LookUps {
		return fault.Unclear("nested.not_looked_up", at, nil, "The issuer was not asked for its keys, because nobody you trust vouches for it or for the record.")
	}
	return fault.Unclear("limits.look_ups", at, nil, "Too many addresses would have to be asked for this one document.")
}

func (r *run) warn(code, at, detail string) {
	r.out.Warnings = append(r.out.Warnings, Warning{Code: code, Detail: detail, At: at})
}

func (r *run) outcome(id CheckID) Outcome {
	for i, known := range CheckIDs() {
		if known == id {
			return r.checks[i].Outcome
		}
	}
	return ""
}

// result fills in the checks that were not reached and draws the verdict.
func (r *run) result() Result {
	ids := CheckIDs()
	r.out.Checks = make([]Check, len(ids))
	verdict := Valid
	for i, id := range ids {
		c := r.checks[i]
		if c.Outcome == "" {
			c = Check{ID: id, Outcome: Skipped, Code: string(id) + ".not_reached", Detail: "Not checked, because an earlier check ended the examination."}
		}
		r.out.Checks[i] = c
		if c.Outcome == Fail {
			verdict = Invalid
		}
	}
	if verdict == Valid && !r.required() {
		verdict = Undecided
	}
	r.out.Verdict = verdict
	return r.out
}

// required reports whether everything that the policy requires has passed. Status may be skipped only because the
// credential names none.
func (r *run) required() bool {
	for _, id := range [...]CheckID{CheckForm, CheckProof, CheckBinding, CheckTime, CheckSchema} {
		if r.outcome(id) != Pass {
			return false
		}
	}
	if s := r.outcome(CheckStatus); s != Pass && s != Skipped {
		return false
	}
	if r.outcome(CheckTrust) != Pass && !r.policy.waives(TrustUnsafe) {
		return false
	}
	if r.outcome(CheckHolder) == Unknown && !r.policy.waives(HolderUnsafe) {
		return false
	}
	return r.outcome(CheckSubject) != Unknown
}

// summary fills in what the credential says about itself.
func (r *run) summary() {
	c := r.cred
	r.out.ID = c.ID
	if c.Version != credential.UnknownVersion || len(c.Contexts) > 0 {
		r.out.Version = c.Version.String()
	}
	r.out.Issuer = &Issuer{ID: c.IssuerID, Name: text(c.Issuer.Member("name"))}
	if len(c.Subjects) > 0 {
		r.about(c.Subjects[0])
	}
	for _, t := range [...]struct {
		at  time.Time
		dst **time.Time
	}{{c.From, &r.out.ValidFrom}, {c.Until, &r.out.ValidUntil}} {
		if !t.at.IsZero() {
			at := t.at
			*t.dst = &at
		}
	}
	if c.HasType("EndorsementCredential") && len(c.Subjects) > 0 {
		r.out.Recipient = nil // its subject is no person who was given something
		r.out.Endorsement = &Endorsement{
			Of: c.SubjectID(), Name: text(c.Doc.Member("name")), Comment: text(c.Subjects[0].Member("endorsementComment")),
		}
	}
}

// about shows one subject: who, and what this very one achieved. It is the first, unless the caller expects another.
func (r *run) about(subject ijson.Value) {
	r.out.Achievement, r.out.Recipient = achievementOf(subject.Member("achievement")), recipientOf(subject)
}

// domain is shown only when the key that verified was published under it.
func (r *run) domain() string {
	if r.outcome(CheckBinding) != Pass || r.outcome(CheckProof) != Pass {
		return ""
	}
	return did.Domain(r.cred.IssuerID)
}
