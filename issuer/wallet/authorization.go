package wallet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/offer"
)

// State makes what ties an authorisation to the offer of a claim link (issuer_state, OpenID4VCI 1.0 §5.1.3). Nothing is stored.
// The faults are those of offer.Service.Look.
func (s *Service) State(ctx context.Context, claim string, c Configuration) (string, error) {
	o, err := s.c.Offers.Look(ctx, claim)
	if err != nil {
		return "", err
	}
	end := s.c.Clock().Add(limits.AuthorizationLife)
	if end.After(o.ExpiresAt) {
		end = o.ExpiresAt
	}
	return s.seal(forState, end, append([]byte{c.number}, o.Hash...))
}

// Authorizing is what somebody is asked to agree to: that a wallet takes an offer.
type Authorizing struct {
	Offer         offer.Offer
	Configuration Configuration
}

// Asked is an authorisation request as the person sees it who decides.
type Asked struct {
	Request  string // its name, by which it can be answered
	Client   string // what the wallet calls itself
	Redirect string // where the answer goes
	Authorizing
}

// Authorizing returns what a State is for. One that is none of ours, has ended, or whose offer is over is fault.Invalid with the
// code CodeWrong.
func (s *Service) Authorizing(ctx context.Context, state string) (Authorizing, error) {
	content, end, ok := s.unseal(forState, state)
	if !ok || len(content) != 1+sha256.Size || !s.c.Clock().Before(end) {
		return Authorizing{}, wrongCode(nil)
	}
	conf, o, err := s.behind(ctx, content[0], content[1:])
	return Authorizing{Offer: o, Configuration: conf}, err
}

// requestURI is what the names of pushed requests begin with (RFC 9126 §2.2).
const requestURI = "urn:ietf:params:oauth:request_uri:"

// Push names an authorisation request, for as long as is said beside it (RFC 9126). Nothing is stored: the name is the
// request, sealed.
func (s *Service) Push(request []byte) (string, time.Duration, error) {
	name, err := s.seal(forPush, s.c.Clock().Add(limits.PushedLife), request)
	return requestURI + name, limits.PushedLife, err
}

// Pushed returns the request of that name; fault.Invalid with the code CodeWrong when it is none of ours, or has ended.
func (s *Service) Pushed(name string) ([]byte, error) {
	text, ok := strings.CutPrefix(name, requestURI)
	request, end, sealed := s.unseal(forPush, text)
	if !ok || !sealed || !s.c.Clock().Before(end) {
		return nil, wrongCode(nil)
	}
	return request, nil
}

// Consent is somebody's word that a wallet may take an offer.
type Consent struct {
	Request string // name of the pushed request that was agreed to; it is used up
	State   string // the State in it
	TxCode  string // the transaction code, where the offer has one
	Binding []byte // SHA-256 of what the code is bound to, beside the offer; it has to come again with the code
	Details bool   // the request had authorization_details, so the answer to the code has them too
}

// Authorize makes an authorisation code: single use, short-lived. Its faults are those of Redeem.
func (s *Service) Authorize(ctx context.Context, c Consent) (string, error) {
	a, err := s.Authorizing(ctx, c.State)
	if err == nil {
		err = s.checkTx(ctx, a.Offer, c.TxCode)
	}
	if err != nil {
		return "", err
	}
	text, _ := strings.CutPrefix(c.Request, requestURI)
	_, end, ok := s.unseal(forPush, text)
	if !ok || len(c.Binding) != sha256.Size {
		return "", wrongCode(nil)
	}
	err = s.c.Store.UseNonce(ctx, digest(c.Request), end.UTC())
	if fault.Is(err, fault.Gone) {
		return "", wrongCode(err)
	}
	if err != nil {
		return "", err
	}
	flags := byte(0)
	if c.Details {
		flags = 1
	}
	content := append([]byte{a.Configuration.number, flags}, a.Offer.Hash...)
	return s.seal(forAuthorization, s.c.Clock().Add(limits.AuthorizationCodeLife), append(content, c.Binding...))
}

// Exchange changes an authorisation code into an access token, bound to the key with that thumbprint unless it is "". One of
// the bindings is that of the Consent. A code is taken once, however many ask at the same moment; one that comes a second time,
// with a binding that fits, ends the token that it was changed into, because somebody has it who should not (RFC 6749 §4.1.2 and
// §10.5). Its faults are those of Redeem.
func (s *Service) Exchange(ctx context.Context, code string, bindings [][]byte, key string) (g Grant, details bool, err error) {
	content, end, ok := s.unseal(forAuthorization, code)
	if !ok || len(content) != 2+2*sha256.Size || !s.c.Clock().Before(end) {
		return g, false, wrongCode(nil)
	}
	if !slices.ContainsFunc(bindings, func(b []byte) bool { return bytes.Equal(b, content[2+sha256.Size:]) }) {
		return g, false, wrongCode(nil)
	}
	conf, o, err := s.behind(ctx, content[0], content[2:2+sha256.Size])
	if err == nil {
		g, err = s.grant(ctx, code, conf, o, key)
	}
	if fault.Describe(err).Code == CodeWrong {
		if failed := s.endToken(ctx, code); failed != nil {
			err = failed
		}
	}
	return g, content[1] == 1, err
}

// endToken ends the access token that a code was changed into, if it was.
func (s *Service) endToken(ctx context.Context, code string) error {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return err
	}
	now := s.c.Clock().UTC()
	return s.c.Store.EndToken(ctx, digest(code), now, event.Event{ID: "evt_" + id, At: now, Actor: "wallet", Action: "wallet.code_replayed"})
}

// KeyNonce makes a nonce for proofs of a key (RFC 9449 §8). It is good several times until it ends.
func (s *Service) KeyNonce() (string, error) {
	return s.seal(forKeyNonce, s.c.Clock().Add(limits.NonceLife), nil)
}

// UseKeyProof takes a proof of a key, which is told apart by id, once. Nonce is one of KeyNonce: NonceWrong when it is none of
// ours, or has ended; a proof that was seen before is ProofSeen.
func (s *Service) UseKeyProof(ctx context.Context, nonce, id string) error {
	_, end, ok := s.unseal(forKeyNonce, nonce)
	if !ok || !s.c.Clock().Before(end) {
		return fault.New(fault.Invalid, nil, "the nonce is none of ours, or has ended").Code(NonceWrong)
	}
	err := s.c.Store.UseNonce(ctx, digest("key proof "+id), end.UTC())
	if fault.Is(err, fault.Gone) {
		return fault.New(fault.Invalid, err, "this proof was seen before").Code(ProofSeen)
	}
	return err
}

// UseOnce takes what is told apart by id once until then; fault.Invalid with the code ProofSeen when it was seen before.
func (s *Service) UseOnce(ctx context.Context, id string, until time.Time) error {
	err := s.c.Store.UseNonce(ctx, digest("once "+id), until.UTC())
	if fault.Is(err, fault.Gone) {
		return fault.New(fault.Invalid, err, "this was seen before").Code(ProofSeen)
	}
	return err
}
