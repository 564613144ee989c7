// Package wallet owns the way of an award into a learner's wallet, whatever protocol the wallet speaks: pre-authorised codes,
// access tokens, nonces, transaction codes, and whose wallet took an offer.
//
// Codes and nonces are sealed values: they say themselves, under a key of this deployment, what they are for and until when, so
// that looking at an offer stores nothing; what is stored is that one was used, as its SHA-256. It refuses a code, a nonce or
// a token of another deployment or purpose, a second use, guesses of a transaction code beyond a few for each offer, and a
// second wallet for an offer that one wallet took (OpenID4VCI 1.0 §3.5, §7, §13.6).
package wallet

import (
	"context"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Configuration is one form in which a wallet can have a badge: what OpenID4VCI calls a credential configuration.
type Configuration struct {
	ID          string     // stands in offers and in the metadata
	Format      string     // the format identifier (OpenID4VCI 1.0 appendix A)
	Form        proof.Form // how it is secured
	Cryptosuite string
	number      byte // stands in sealed codes; never given to another configuration
}

// The formats of OpenID4VCI that badges are given in.
const (
	FormatSDJWT = "dc+sd-jwt"
	FormatLDP   = "ldp_vc"
	FormatJWT   = "jwt_vc_json"
)

// Configurations lists them all. An offer names exactly one: wallets fail on what they cannot read instead of skipping it.
func Configurations() []Configuration {
	return []Configuration{
		{ID: "badge-sdjwt", Format: FormatSDJWT, Form: proof.SDJWT, number: 1},
		{ID: "badge-ldp", Format: FormatLDP, Form: proof.DataIntegrity, Cryptosuite: dataintegrity.EdDSARDFC, number: 2},
		{ID: "badge-jwt11", Format: FormatJWT, Form: proof.JWTVC11, number: 3},
		{ID: "badge-jwt", Format: FormatJWT, Form: proof.OBJWT, number: 4},
	}
}

// Find returns the configuration of that id.
func Find(id string) (Configuration, bool) {
	return first(func(c Configuration) bool { return c.ID == id })
}

func first(is func(Configuration) bool) (Configuration, bool) {
	all := Configurations()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Configuration{}, false
}

// Holder is the wallet that has proven its key.
type Holder struct {
	ID  string       // its DID; "" means the did:jwk of Key
	Key *keys.Public // nil only when ID says it

	Waived string // name of the switch without which the proof would not have been taken, or ""
}

// Issued is a credential for a wallet.
type Issued struct {
	ID     string
	Signed []byte
	Holder string // the identity of the wallet, as it stands in the credential
}

// Wanted is the credential that a wallet is to have.
type Wanted struct {
	AwardID       string
	Configuration Configuration
	Holder        Holder        // the zero Holder: nobody in particular
	Unbound       offer.Unbound // of the offer by which it is taken
}

// Issuer makes the credential of an award for a holder; asked again for the same it answers the same. What it refuses is a
// fault that the learner may read.
type Issuer interface {
	IssueTo(ctx context.Context, w Wanted) (Issued, error)
}

// Redemption is a code that was used, and the access token that it was used for.
type Redemption struct {
	CodeHash      []byte // SHA-256
	TokenHash     []byte // SHA-256
	OfferHash     []byte // of the offer behind the code
	AwardID       string
	Configuration string
	Key           string // thumbprint of the key that the token is bound to (RFC 9449 §6), or ""
	At, ExpiresAt time.Time
}

// Deferral is an order for credentials that could not be issued at once.
type Deferral struct {
	Hash          []byte // SHA-256 of the transaction id
	TokenHash     []byte
	Holders       []Holder
	At, ExpiresAt time.Time
}

// Delivery is credentials that a wallet was sent, and what the wallet said of it.
type Delivery struct {
	NotificationHash []byte // SHA-256 of the notification id
	TokenHash        []byte
	CredentialID     string // the first of them
	At               time.Time
	Event            string // "" until the wallet tells
}

// Store keeps what was used. A miss is fault.NotFound.
type Store interface {
	OfferByHash(ctx context.Context, hash []byte) (offer.Offer, error)
	// TryTxCode counts one more try of an offer's transaction code; fault.Gone when there were most of them already. Of tries
	// at the same moment no more than most are counted.
	TryTxCode(ctx context.Context, offerHash []byte, most int) error
	// Redeem stores a redemption and forgets the tries of its offer; a code that was used is fault.Gone, and of parallel calls
	// exactly one succeeds.
	Redeem(ctx context.Context, r Redemption) error
	// EndToken ends the access token that a code was changed into, with the event, whose subject and issuer are those of the award.
	// A code that was not used, or whose token has ended, changes nothing and is no error.
	EndToken(ctx context.Context, codeHash []byte, at time.Time, e event.Event) error
	// Redemption returns that of an access token.
	Redemption(ctx context.Context, tokenHash []byte) (Redemption, error)
	// BindOffer makes an offer that of one holder. An offer of another holder is fault.Gone; the same holder again is no error.
	BindOffer(ctx context.Context, offerHash []byte, holder string, at time.Time) error
	// ReleaseOffer takes back BindOffer of that holder at that moment, when nothing was issued.
	ReleaseOffer(ctx context.Context, offerHash []byte, holder string, at time.Time) error
	// UseNonce remembers until when a nonce must not be seen again; fault.Gone when it was.
	UseNonce(ctx context.Context, hash []byte, until time.Time) error
	// Defer stores a deferral, and lets its access token live as long.
	Defer(ctx context.Context, d Deferral) error
	// Deferral returns that of a transaction id.
	Deferral(ctx context.Context, hash []byte) (Deferral, error)
	// Deliver stores a delivery.
	Deliver(ctx context.Context, d Delivery) error
	// Delivery returns that of a notification id.
	Delivery(ctx context.Context, notificationHash []byte) (Delivery, error)
	// Notified stores what a wallet said of a delivery. The first word stays.
	Notified(ctx context.Context, notificationHash []byte, event string) error
	// SweepWallet forgets what ended before t.
	SweepWallet(ctx context.Context, t time.Time) error
}
