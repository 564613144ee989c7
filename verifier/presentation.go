package verifier

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier/intake"
)

// PresentationPolicy says what a presentation must answer, and what is asked of the credentials in it.
//
// Nonce is what this presenter alone was given for this one transaction (nonce of OpenID4VP, challenge of the VC-API): the
// caller makes it, keeps it, and takes it once. When it is empty nobody asked, the check holder is unknown, and no verdict is
// valid. Audience is how the verifier called itself (the whole client_id of OpenID4VP with its prefix, domain of the VC-API),
// compared byte for byte; empty takes whatever the presenter wrote, with a warning. Only an SD-JWT always needs it.
type PresentationPolicy struct {
	Nonce      string
	Audience   string
	MaxAge     time.Duration // how old the presentation may be; zero: limits.PresentationAge
	Credential Policy        // for each credential, and the moment to judge for
}

// PresentationResult is what was found out about a presentation itself, and a whole Result for each credential in it.
type PresentationResult struct {
	// Verdict is Valid when the presentation and every credential in it are. A presentation without any credential can be: it
	// shows who the presenter is. Whether it brings what was asked for is for the caller to compare.
	Verdict Verdict    `json:"verdict"`
	Form    proof.Form `json:"form"`
	// Holder is the identity whose key made the presentation, "" when only a key is known. It is set only when proof and binding
	// pass.
	Holder    string       `json:"holder,omitempty"`
	Key       *keys.Public `json:"-"` // the holder's key; nil unless the proof passes
	CheckedAt time.Time    `json:"checked_at"`
	// Checks are those of the presentation itself, in this order: form, proof, binding, holder, time. Holder: it answers nonce
	// and audience (vp.nonce, vp.aud), and the holder made it (vp.holder).
	Checks   []Check   `json:"checks"`
	Warnings []Warning `json:"warnings,omitempty"`
	// Credentials are in the order of the presentation. The check holder of each compares its subject, or the key that it is
	// bound to, with the presenter.
	Credentials []Presented `json:"credentials"`
}

// Presented is one credential of a presentation.
type Presented struct {
	At     string `json:"at"`
	Result Result `json:"result"`
	// Claims is what the credential says, as far as it was shown; a null Value when it could not be read. Believe it only with
	// the Result.
	Claims ijson.Value `json:"-"`
}

// presentationChecks are the checks of a presentation itself, in their order.
func presentationChecks() []CheckID {
	return []CheckID{CheckForm, CheckProof, CheckBinding, CheckHolder, CheckTime}
}

// Check returns the presentation's own check of that id.
func (p PresentationResult) Check(id CheckID) Check { return Result{Checks: p.Checks}.Check(id) }

// VerifyPresentation judges what a wallet presents: an SD-JWT with its key binding, a vp+jwt, a JWT with the claim vp, or a
// document with or without a proof. intake.Read makes the item. Like Verify it never fails, and asks nobody's address but
// those of issuers and, when the presentation answers the nonce, of the holder.
func (v *Verifier) VerifyPresentation(ctx context.Context, item intake.Item, p PresentationPolicy) PresentationResult {
	s := &session{run: v.start(p.Credential), policy: p}
	s.out.Form = item.Form
	if shown := s.read(item); shown != nil {
		s.judge(ctx, shown)
		s.credentials(ctx, shown.places)
	}
	return s.result()
}

// session is one presentation on its way. Its run holds the presentation's own checks.
type session struct {
	*run
	policy PresentationPolicy
	by     presenter
	fresh  bool // it answers the nonce
	inside []Presented
}

// presenter is who made a presentation, as far as it is proven.
type presenter struct {
	id    string // "" when only the key is known
	key   *keys.Public
	check Check // the outcome of the check holder of the presentation
}

// shown is a presentation as it was read: how it proves itself, and what stands in it.
type shown struct {
	prover
	places []nestedPlace
}

// prover is one way in which a presentation is secured.
type prover interface {
	// answers compares nonce and audience with what was asked for.
	answers(p PresentationPolicy) *fault.Defect
	// prove checks the signature and whose key made it: the checks proof and binding, and session.by.
	prove(ctx context.Context, s *session)
	// times returns when it was made, from when until when it holds; zero where it does not say.
	times() (made, from, until time.Time, err error)
}

func (s *session) judge(ctx context.Context, p *shown) {
	answer := s.answer(p)
	p.prove(ctx, s)
	s.time(p)
	s.concludeHolder(answer)
}

// answer compares the presentation with what was asked for. That nobody asked is Unclear.
func (s *session) answer(p *shown) *fault.Defect {
	if s.policy.Nonce == "" {
		return fault.Unclear("holder.not_asked", "", nil,
			"Nobody asked the holder for this presentation just now, so whoever once saw it could have handed it over.")
	}
	d := p.answers(s.policy)
	s.fresh = d == nil
	if d == nil && s.policy.Audience == "" {
		s.warn("vp.aud_not_compared", "", "Whom the presentation was made for was not compared.")
	}
	return d
}

// time checks that the presentation was made just now and holds now. Whoever asked nothing cannot expect it to be new.
func (s *session) time(p *shown) {
	made, from, until, err := p.times()
	age := s.policy.MaxAge
	if age <= 0 {
		age = limits.PresentationAge
	}
	early, late := s.now.Add(limits.ClockSkew), s.now.Add(-limits.ClockSkew)
	switch {
	case err != nil:
		s.defect(CheckTime, fault.AsDefect(err))
	case made.After(early), from.After(early):
		s.set(CheckTime, Fail, "vp.time", "", "The presentation is from the future.")
	case !until.IsZero() && !until.After(late):
		s.set(CheckTime, Fail, "vp.time", "", "The presentation has ended.")
	case s.policy.Nonce != "" && !made.IsZero() && made.Before(late.Add(-age)):
		s.set(CheckTime, Fail, "vp.time", "", "The presentation was not made just now.")
	default:
		s.set(CheckTime, Pass, "vp.time_ok", "", "The presentation holds at this time.")
	}
}

// concludeHolder draws from the other checks whether the holder presents, here and now.
func (s *session) concludeHolder(answer *fault.Defect) {
	for _, id := range [...]CheckID{CheckForm, CheckProof, CheckBinding, CheckTime} {
		if s.outcome(id) == Fail {
			s.set(CheckHolder, Fail, "vp.holder", "", "It is not shown that the holder made this presentation: "+s.checks[indexOf(id)].Detail)
		}
	}
	switch {
	case answer != nil:
		s.defect(CheckHolder, answer)
	case s.outcome(CheckProof) != Pass || s.outcome(CheckBinding) == Unknown:
		s.set(CheckHolder, Unknown, "holder.not_proven", "", "Whether the holder made this presentation could not be found out.")
	default:
		s.set(CheckHolder, Pass, "holder.ok", "", "The holder made this presentation in answer to the question of this verifier.")
	}
	s.by.check = s.checks[indexOf(CheckHolder)]
}

// credentials verifies what stands inside, each with a Result of its own.
func (s *session) credentials(ctx context.Context, places []nestedPlace) {
	*s.run.inside += len(places)
	for _, p := range places {
		in := s.inner(s.policy.Credential)
		in.depth, in.by = s.depth, &s.by
		switch {
		case p.err != nil:
			in.out.Form = proof.Unknown
			in.defect(CheckForm, fault.AsDefect(p.err))
		default:
			in.run(ctx, p.item)
		}
		out := Presented{At: p.at, Result: in.result()}
		if in.cred != nil {
			out.Claims = in.cred.Doc
		}
		s.inside = append(s.inside, out)
	}
}

func (s *session) result() PresentationResult {
	own := s.run.result() // fills in what was not reached
	out := PresentationResult{
		Verdict: Valid, Form: s.out.Form, CheckedAt: own.CheckedAt, Warnings: own.Warnings, Credentials: s.inside,
	}
	if s.outcome(CheckProof) == Pass {
		if out.Key = s.by.key; s.outcome(CheckBinding) == Pass {
			out.Holder = s.by.id
		}
	}
	for _, id := range presentationChecks() {
		c := own.Check(id)
		out.Checks = append(out.Checks, c)
		out.Verdict = join(out.Verdict, s.verdictOf(c))
	}
	for _, c := range s.inside {
		out.Verdict = join(out.Verdict, c.Result.Verdict)
	}
	return out
}

func (s *session) verdictOf(c Check) Verdict {
	switch {
	case c.Outcome == Fail:
		return Invalid
	case c.Outcome == Unknown && (c.ID != CheckHolder || !s.policy.Credential.waives(HolderUnsafe)):
		return Undecided
	}
	return Valid
}

// join is the verdict over two parts.
func join(a, b Verdict) Verdict {
	switch {
	case a == Invalid || b == Invalid:
		return Invalid
	case a == Undecided || b == Undecided:
		return Undecided
	}
	return Valid
}

// Result shows the presentation as the result of one document: its own checks, the others skipped because they are about the
// credentials, and those inside as nested results.
func (p PresentationResult) Result() Result {
	out := Result{
		Verdict: p.Verdict, Form: p.Form, CheckedAt: p.CheckedAt, Warnings: p.Warnings,
		Presentation: &Presentation{Holder: p.Holder, Credentials: len(p.Credentials)},
	}
	const elsewhere = "This is asked about the credentials of the presentation; each is listed on its own."
	for _, id := range CheckIDs() {
		c := Check{ID: id, Outcome: Skipped, Code: "presentation.inside", Detail: elsewhere}
		for _, own := range p.Checks {
			if own.ID == id {
				c = own
			}
		}
		out.Checks = append(out.Checks, c)
	}
	for _, c := range p.Credentials {
		out.Nested = append(out.Nested, Nested{At: c.At, Kind: NestedPresented, Result: c.Result})
	}
	return out
}

// placesOf lists the credentials of a presentation.
func placesOf(p *credential.Presentation) ([]nestedPlace, *fault.Defect) {
	if len(p.Credentials) > limits.PresentationCredentials {
		return nil, fault.Wrong("limits.credentials", "/verifiableCredential", "at most %d credentials are taken in one presentation", limits.PresentationCredentials)
	}
	var out []nestedPlace
	list := p.Doc.Member("verifiableCredential")
	for i, v := range p.Credentials {
		place := nestedPlace{at: entryAt("/verifiableCredential", list, i)}
		if place.item, place.err = memberItem(v); place.err == nil && place.item.Presentation {
			place.err = fault.Wrong("limits.nested", place.at, "A presentation stands where a credential is expected.")
		}
		out = append(out, place)
	}
	return out, nil
}
