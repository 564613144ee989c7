package wallet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Config wires a Service.
type Config struct {
	Store  Store
	Offers *offer.Service
	Issuer Issuer
	Secret []byte           // 32 bytes that only this deployment knows
	Clock  func() time.Time // default: time.Now
	Rand   io.Reader        // default: crypto/rand
}

// Service lets wallets take awards. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a Service. Without 32 bytes of secret it is refused: anybody could make codes.
func New(c Config) (*Service, error) {
	if len(c.Secret) < sha256.Size {
		return nil, errors.New("wallet: the secret of the codes is missing")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Service{c: c}, nil
}

// Offered is a pre-authorised code and what the wallet has to know beside it.
type Offered struct {
	Code          string
	Configuration Configuration
	TxCode        int // digits of the transaction code that is needed; 0: none
}

// Code makes a pre-authorised code for the offer of a claim link: short-lived and single use. Nothing is stored. The faults are
// those of offer.Service.Look.
func (s *Service) Code(ctx context.Context, claim string, c Configuration) (Offered, error) {
	o, err := s.c.Offers.Look(ctx, claim)
	if err != nil {
		return Offered{}, err
	}
	end := s.c.Clock().Add(limits.WalletCodeLife)
	if end.After(o.ExpiresAt) {
		end = o.ExpiresAt
	}
	code, err := s.seal(forCode, end, append([]byte{c.number}, o.Hash...))
	out := Offered{Code: code, Configuration: c}
	if len(o.TxHash) > 0 {
		out.TxCode = offer.TxDigits
	}
	return out, err
}

// Grant is an access token, shown once.
type Grant struct {
	Token         string
	ExpiresIn     time.Duration
	Configuration Configuration
}

// Why a code is not taken. Code.Wrong: it is none of ours, has ended, was used, or its offer is over.
const (
	CodeWrong          = "code.wrong"
	TxMissing          = "tx_code.missing"
	TxUnexpected       = "tx_code.unexpected"
	TxWrong            = "tx_code.wrong"
	TokenWrong         = "token.wrong"
	NonceWrong         = "nonce.wrong"
	OfferOfOther       = "offer.other_wallet"
	NotifyUnknown      = "notification.unknown"
	TransactionUnknown = "transaction.unknown"
	ProofSeen          = "proof.seen"
)

func wrongCode(err error) error {
	return fault.New(fault.Invalid, err, "the code is wrong, has ended or was used").Code(CodeWrong)
}

// Redeem changes a pre-authorised code into an access token, bound to the key with that thumbprint unless it is "". A code is
// taken once, however many ask at the same moment. Its faults have the codes above.
func (s *Service) Redeem(ctx context.Context, code, txCode, key string) (Grant, error) {
	content, end, ok := s.unseal(forCode, code)
	if !ok || len(content) != 1+sha256.Size || !s.c.Clock().Before(end) {
		return Grant{}, wrongCode(nil)
	}
	conf, o, err := s.behind(ctx, content[0], content[1:])
	if err == nil {
		err = s.checkTx(ctx, o, txCode)
	}
	if err != nil {
		return Grant{}, err
	}
	return s.grant(ctx, code, conf, o, key)
}

// behind returns what a sealed code is for; CodeWrong when it is for nothing any more.
func (s *Service) behind(ctx context.Context, number byte, offerHash []byte) (Configuration, offer.Offer, error) {
	conf, ok := first(func(c Configuration) bool { return c.number == number })
	if !ok {
		return conf, offer.Offer{}, wrongCode(nil)
	}
	o, err := s.c.Store.OfferByHash(ctx, offerHash)
	if fault.Is(err, fault.NotFound) || err == nil && o.State(s.c.Clock()) != offer.Open {
		return conf, o, wrongCode(err)
	}
	return conf, o, err
}

// grant uses a code up and makes the access token for it.
func (s *Service) grant(ctx context.Context, code string, conf Configuration, o offer.Offer, key string) (Grant, error) {
	token, err := randid.Several(s.c.Rand, 2)
	if err != nil {
		return Grant{}, err
	}
	now := s.c.Clock().UTC()
	g := Grant{Token: token[0] + token[1], ExpiresIn: limits.WalletTokenLife, Configuration: conf}
	err = s.c.Store.Redeem(ctx, Redemption{
		CodeHash: digest(code), TokenHash: digest(g.Token), OfferHash: o.Hash, AwardID: o.AwardID, Configuration: conf.ID, Key: key,
		At: now, ExpiresAt: now.Add(limits.WalletTokenLife),
	})
	if fault.Is(err, fault.Gone) {
		return Grant{}, wrongCode(err)
	}
	return g, err
}

// checkTx counts a try before it compares, so that guesses at the same moment are counted too.
func (s *Service) checkTx(ctx context.Context, o offer.Offer, txCode string) error {
	switch {
	case len(o.TxHash) == 0 && txCode != "":
		return fault.New(fault.Invalid, nil, "no transaction code is expected").Code(TxUnexpected)
	case len(o.TxHash) == 0:
		return nil
	case txCode == "":
		return fault.New(fault.Invalid, nil, "the transaction code is missing").Code(TxMissing)
	}
	err := s.c.Store.TryTxCode(ctx, o.Hash, limits.TxCodeTries)
	if fault.Is(err, fault.Gone) {
		return wrongCode(err)
	}
	if err != nil {
		return err
	}
	if !s.c.Offers.IsTxCode(o, txCode) {
		return fault.New(fault.Invalid, nil, "the transaction code is wrong").Code(TxWrong)
	}
	return nil
}

// Ticket is what an access token is good for.
type Ticket struct {
	Configuration Configuration
	Key           string // thumbprint of the key that whoever shows the token has to prove; "": anybody may show it
	redemption    Redemption
}

// Admit returns what an access token is good for; fault.Unauthorized when it is none, or has ended.
func (s *Service) Admit(ctx context.Context, token string) (Ticket, error) {
	no := func(err error) error {
		return fault.New(fault.Unauthorized, err, "the access token is wrong or has ended").Code(TokenWrong)
	}
	if len(token) != 2*randid.Length {
		return Ticket{}, no(nil)
	}
	r, err := s.c.Store.Redemption(ctx, digest(token))
	if fault.Is(err, fault.NotFound) {
		return Ticket{}, no(err)
	}
	if err != nil {
		return Ticket{}, err
	}
	conf, ok := Find(r.Configuration)
	if !ok || !s.c.Clock().Before(r.ExpiresAt) {
		return Ticket{}, no(nil)
	}
	return Ticket{Configuration: conf, Key: r.Key, redemption: r}, nil
}

// Nonce makes a c_nonce: single use, short-lived. Nothing is stored.
func (s *Service) Nonce() (string, time.Duration, error) {
	n, err := s.seal(forNonce, s.c.Clock().Add(limits.NonceLife), nil)
	return n, limits.NonceLife, err
}

// UseNonce uses a c_nonce up. One that is not ours, has ended or was used is fault.Invalid with the code NonceWrong.
func (s *Service) UseNonce(ctx context.Context, nonce string) error {
	return s.use(ctx, forNonce, nonce, nil)
}

func (s *Service) use(ctx context.Context, p purpose, nonce string, content []byte) error {
	got, end, ok := s.unseal(p, nonce)
	if !ok || string(got) != string(content) || !s.c.Clock().Before(end) {
		return fault.New(fault.Invalid, nil, "the nonce is none of ours, or has ended").Code(NonceWrong)
	}
	err := s.c.Store.UseNonce(ctx, digest(nonce), end.UTC())
	if fault.Is(err, fault.Gone) {
		return fault.New(fault.Invalid, err, "the nonce was used").Code(NonceWrong)
	}
	return err
}

// Challenge makes what a wallet signs to take the offer of that claim link by the VC-API. Nothing is stored.
func (s *Service) Challenge(ctx context.Context, claim string) (string, error) {
	o, err := s.c.Offers.Look(ctx, claim)
	if err == nil {
		err = unguarded(o)
	}
	if err != nil {
		return "", err
	}
	return s.seal(forChallenge, s.c.Clock().Add(limits.ChallengeLife), o.Hash)
}

// UseChallenge uses up a challenge that was made for that claim link.
func (s *Service) UseChallenge(ctx context.Context, claim, challenge string) error {
	return s.use(ctx, forChallenge, challenge, digest(claim))
}

// IsChallenge reports whether Challenge made it for that claim link, without using it up.
func (s *Service) IsChallenge(claim, challenge string) bool {
	got, end, ok := s.unseal(forChallenge, challenge)
	return ok && string(got) == string(digest(claim)) && s.c.Clock().Before(end)
}

// Sweep forgets what has ended.
func (s *Service) Sweep(ctx context.Context) error { return s.c.Store.SweepWallet(ctx, s.c.Clock()) }

// Delivered is what a wallet gets: credentials in the order of its keys, and the id by which it tells what became of them; or,
// when they cannot be issued now, the id by which it asks again.
type Delivered struct {
	Issued       []Issued
	Notification string
	Transaction  string
}

// Issue makes the credentials that an access token is good for, one for each key that the wallet has proven. An offer that
// another wallet took is fault.Conflict with the code OfferOfOther. While nothing can be issued (fault.Unavailable) the order
// is kept for limits.DeferralLife, and the offer for that wallet.
func (s *Service) Issue(ctx context.Context, t Ticket, hs []Holder) (Delivered, error) {
	if len(hs) == 0 || len(hs) > limits.WalletBatch {
		return Delivered{}, fault.New(fault.Invalid, nil, "one to %d keys are taken", limits.WalletBatch).Code("limits.batch")
	}
	issued, err := s.issue(ctx, t.redemption.OfferHash, t.Configuration, hs)
	if fault.Is(err, fault.Unavailable) {
		if id, failed := s.postpone(ctx, t, hs); failed == nil {
			return Delivered{Transaction: id}, nil
		}
	}
	if err != nil {
		return Delivered{}, err
	}
	return s.deliver(ctx, t, issued)
}

// postpone keeps an order for later, and the offer for those who gave it.
func (s *Service) postpone(ctx context.Context, t Ticket, hs []Holder) (string, error) {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return "", err
	}
	now := s.c.Clock().UTC().Truncate(time.Microsecond)
	if err := s.c.Store.BindOffer(ctx, t.redemption.OfferHash, name(hs), now); err != nil {
		return "", err
	}
	return id, s.c.Store.Defer(ctx, Deferral{
		Hash: digest(id), TokenHash: t.redemption.TokenHash, Holders: hs, At: now, ExpiresAt: now.Add(limits.DeferralLife),
	})
}

func (s *Service) deliver(ctx context.Context, t Ticket, issued []Issued) (Delivered, error) {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return Delivered{}, err
	}
	return Delivered{Issued: issued, Notification: id}, s.c.Store.Deliver(ctx, Delivery{
		NotificationHash: digest(id), TokenHash: t.redemption.TokenHash, CredentialID: issued[0].ID, At: s.c.Clock().UTC(),
	})
}

// Deferred makes the credentials of an order that could not be filled at first. While that is still so, the answer has the
// same transaction id. One that is not of this access token, or is over, is fault.NotFound with the code TransactionUnknown.
func (s *Service) Deferred(ctx context.Context, t Ticket, id string) (Delivered, error) {
	unknown := func(err error) error {
		return fault.New(fault.NotFound, err, "there is no such transaction id").Code(TransactionUnknown)
	}
	if !randid.Valid(id) {
		return Delivered{}, unknown(nil)
	}
	d, err := s.c.Store.Deferral(ctx, digest(id))
	if fault.Is(err, fault.NotFound) || err == nil && (string(d.TokenHash) != string(t.redemption.TokenHash) || !s.c.Clock().Before(d.ExpiresAt)) {
		return Delivered{}, unknown(err)
	}
	if err != nil {
		return Delivered{}, err
	}
	// The offer stays theirs, whatever comes of this try.
	err = s.c.Store.BindOffer(ctx, t.redemption.OfferHash, name(d.Holders), s.c.Clock().UTC())
	if fault.Is(err, fault.Gone) {
		return Delivered{}, fault.New(fault.Conflict, err, "the offer was withdrawn").Code(OfferOfOther)
	}
	if err != nil {
		return Delivered{}, err
	}
	issued, err := s.issueAll(ctx, t.redemption.OfferHash, t.Configuration, d.Holders)
	if fault.Is(err, fault.Unavailable) {
		return Delivered{Transaction: id}, nil
	}
	if err != nil {
		return Delivered{}, err
	}
	return s.deliver(ctx, t, issued)
}

// IssueClaimed makes a credential of the award behind a claim link, for the wallet that has proven its key. The zero Holder is
// a reader like those who take the files: it takes nothing away from anybody.
func (s *Service) IssueClaimed(ctx context.Context, claim string, c Configuration, h Holder) (Issued, error) {
	o, err := s.c.Offers.Look(ctx, claim)
	if err != nil && fault.Describe(err).Code != "offer.used" {
		return Issued{}, err
	}
	if err := unguarded(o); err != nil {
		return Issued{}, err
	}
	if h.ID == "" && h.Key == nil {
		return s.c.Issuer.IssueTo(ctx, Wanted{AwardID: o.AwardID, Configuration: c})
	}
	issued, err := s.issue(ctx, o.Hash, c, []Holder{h})
	if err != nil {
		return Issued{}, err
	}
	return issued[0], nil
}

// unguarded refuses an offer with a transaction code on a way that knows none.
func unguarded(o offer.Offer) error {
	if len(o.TxHash) == 0 {
		return nil
	}
	return fault.New(fault.Forbidden, nil, "this offer has a transaction code, for which wallets of this kind do not ask").Code(TxMissing).
		Hint("use a wallet of OpenID4VCI, or ask the issuer for a link without a code")
}

// issue makes the offer the holders' before anything is issued, so that of two wallets only one gets it.
func (s *Service) issue(ctx context.Context, offerHash []byte, c Configuration, hs []Holder) ([]Issued, error) {
	whose := name(hs)
	at := s.c.Clock().UTC().Truncate(time.Microsecond)
	err := s.c.Store.BindOffer(ctx, offerHash, whose, at)
	if fault.Is(err, fault.Gone) {
		return nil, fault.New(fault.Conflict, err, "another wallet has taken this offer").Code(OfferOfOther)
	}
	if err != nil {
		return nil, err
	}
	out, err := s.issueAll(ctx, offerHash, c, hs)
	if err == nil {
		return out, nil
	}
	if undone := s.c.Store.ReleaseOffer(context.WithoutCancel(ctx), offerHash, whose, at); undone != nil {
		err = errors.Join(err, fmt.Errorf("offer is not released: %w", undone))
	}
	return nil, err
}

// issueAll makes a credential of the award behind an offer for each holder.
func (s *Service) issueAll(ctx context.Context, offerHash []byte, c Configuration, hs []Holder) ([]Issued, error) {
	o, err := s.c.Store.OfferByHash(ctx, offerHash)
	if err != nil {
		return nil, err
	}
	out := make([]Issued, len(hs))
	for i, h := range hs {
		if out[i], err = s.c.Issuer.IssueTo(ctx, Wanted{AwardID: o.AwardID, Configuration: c, Holder: h, Unbound: o.Unbound}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// name tells wallets apart: by their key where it is known, by all of them when there are several.
func name(hs []Holder) string {
	if len(hs) == 1 {
		return hs[0].name()
	}
	names := make([]string, len(hs))
	for i, h := range hs {
		names[i] = h.name()
	}
	slices.Sort(names)
	return "keys " + base64.RawURLEncoding.EncodeToString(digest(strings.Join(names, "\n")))
}

func (h Holder) name() string {
	if h.Key != nil {
		return "key " + h.Key.Thumbprint()
	}
	return h.ID
}

// Events lists what a wallet can tell of a credential that it was sent (OpenID4VCI 1.0 §11.1).
func Events() []string {
	return []string{"credential_accepted", "credential_failure", "credential_deleted"}
}

// Notify stores what a wallet says of the credential that it was sent under that notification id. Again is no error. An id
// that is not one of this access token is fault.NotFound with the code NotifyUnknown.
func (s *Service) Notify(ctx context.Context, t Ticket, id, event string) error {
	unknown := func(err error) error {
		return fault.New(fault.NotFound, err, "there is no such notification id").Code(NotifyUnknown)
	}
	if !randid.Valid(id) {
		return unknown(nil)
	}
	d, err := s.c.Store.Delivery(ctx, digest(id))
	if fault.Is(err, fault.NotFound) {
		return unknown(err)
	}
	if err == nil && string(d.TokenHash) != string(t.redemption.TokenHash) {
		return unknown(nil)
	}
	if err != nil {
		return err
	}
	return s.c.Store.Notified(ctx, digest(id), event)
}
