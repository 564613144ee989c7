package request

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Presented is one presentation that a wallet sent for one format.
type Presented struct {
	Format Format
	Bytes  []byte
}

// Answer is what a wallet sent, as its protocol says it.
type Answer struct {
	Flow      Flow
	Audience  string // how we named ourselves on that way, whole
	Presented []Presented
	Unmet     []verifier.Warning // what the protocol found that was not asked for
}

// Receipt is what a wallet may be told.
type Receipt struct {
	Verdict      verifier.Verdict
	Reason       string // of an invalid answer, in a sentence
	ResponseCode string // for the browser on the same device, which shows there what came of it; empty across devices
}

// Answer judges what a wallet sent and keeps the outcome, whatever it is: a request is answered once. fault.Invalid says that it
// was not open any more; nothing was stored then. One part that does not hold, or was not asked for, makes the whole invalid.
func (s *Service) Answer(ctx context.Context, r Request, a Answer) (Receipt, error) {
	policy, err := verifier.ParsePolicy(r.Policy)
	if err != nil {
		return Receipt{}, fmt.Errorf("policy of request %s: %w", r.ID, err)
	}
	out := Outcome{Verdict: verifier.Invalid, Flow: flowName(a.Flow), Unmet: a.Unmet, Against: r.against(a.Flow)}
	receipt := Receipt{Verdict: verifier.Invalid}
	switch {
	case len(a.Presented) == 0:
		out.unmet("request.nothing", "The wallet presented nothing.")
	case len(a.Presented) > 1:
		out.unmet("request.extra", "The wallet presented more than the one badge that was asked for.")
	default:
		one := a.Presented[0]
		p := s.c.Judge.VerifyPresentation(ctx, item(one), verifier.PresentationPolicy{
			Nonce: r.NonceFor(a.Flow), Audience: a.Audience, Credential: policy,
		})
		out.Unmet = append(out.Unmet, r.compare(one.Format, p)...)
		if r.Dialect == VCAPI && older(one.Bytes) {
			out.Against = append(out.Against, Ed25519Signature2020Code)
			if !slices.Contains(r.Compatible, Ed25519Signature2020) {
				out.unmet("request.proof_type", "The wallet signed with Ed25519Signature2020, which was not asked for.")
			}
		}
		whole := p.Result()
		whole.SHA256 = fmt.Sprintf("%x", sha256.Sum256(one.Bytes)) // of what the wallet sent, for receipts
		out.Result, out.Verdict = &whole, whole.Verdict
		if len(out.Unmet) > 0 {
			out.Verdict = verifier.Invalid
		}
	}
	reply := Reply{At: s.c.Clock().UTC(), Flow: a.Flow}
	if receipt.Verdict = out.Verdict; out.Verdict == verifier.Invalid {
		receipt.Reason = out.reason()
	}
	if a.Flow == SameDevice {
		if receipt.ResponseCode, err = s.secret(); err != nil {
			return Receipt{}, err
		}
		reply.ResponseCode = hash(receipt.ResponseCode)
	}
	if err := s.keep(ctx, r.ID, Answered, reply, out); err != nil {
		return Receipt{}, err
	}
	s.c.Counter.Verification(string(out.Verdict))
	return receipt, nil
}

// Decline keeps that the wallet gave nothing, and what it said, such as access_denied.
func (s *Service) Decline(ctx context.Context, r Request, f Flow, code string) (Receipt, error) {
	out := Outcome{Verdict: verifier.Undecided, Flow: flowName(f), Error: code}
	receipt := Receipt{Verdict: verifier.Undecided}
	reply := Reply{At: s.c.Clock().UTC(), Flow: f}
	if f == SameDevice {
		var err error
		if receipt.ResponseCode, err = s.secret(); err != nil {
			return Receipt{}, err
		}
		reply.ResponseCode = hash(receipt.ResponseCode)
	}
	return receipt, s.keep(ctx, r.ID, Declined, reply, out)
}

func (s *Service) keep(ctx context.Context, id string, state State, reply Reply, out Outcome) error {
	var err error
	if reply.Outcome, err = json.Marshal(out); err != nil {
		return fmt.Errorf("outcome of request %s: %w", id, err)
	}
	if err = s.c.Store.ReplyRequest(ctx, id, state, reply); fault.Is(err, fault.Conflict) {
		return over()
	}
	if err == nil {
		s.c.Counter.WalletRequest(string(state))
	}
	return err
}

func readOutcome(text []byte) (*Outcome, error) {
	var out Outcome
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("stored outcome of a request: %w", err)
	}
	return &out, nil
}

// item is what was presented, in the form that it has; what cannot be told is left to the verifier to refuse.
func item(p Presented) intake.Item {
	i, _, err := intake.Read(p.Bytes, intake.Hint{})
	if err != nil {
		return intake.Item{Form: "unknown", Bytes: p.Bytes, Presentation: true}
	}
	return i
}

func flowName(f Flow) string {
	switch f {
	case SameDevice:
		return "same-device"
	case Browser:
		return "browser"
	}
	return "cross-device"
}

// against are the codes of what the way of asking cannot show.
func (r Request) against(f Flow) (out []string) {
	if f == CrossDevice {
		out = append(out, CrossDeviceCode)
	}
	if slices.Contains(r.Compatible, WithoutState) {
		out = append(out, WithoutStateCode)
	}
	return out
}

func (o *Outcome) unmet(code, detail string) {
	o.Unmet = append(o.Unmet, verifier.Warning{Code: code, Detail: detail})
}

// reason is the first thing that is wrong, without anything that the presentation says.
func (o Outcome) reason() string {
	if o.Result != nil {
		for _, c := range o.Result.Checks {
			if c.Outcome == verifier.Fail {
				return string(c.ID) + ": " + c.Code
			}
		}
		for _, n := range o.Result.Nested {
			for _, c := range n.Result.Checks {
				if c.Outcome == verifier.Fail {
					return string(c.ID) + ": " + c.Code
				}
			}
		}
	}
	if len(o.Unmet) > 0 {
		return o.Unmet[0].Code
	}
	return "invalid"
}
