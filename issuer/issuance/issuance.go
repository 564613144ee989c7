// Package issuance is the only place where a key touches a credential: Prepare, Sign, Check.
//
// Prepare looks at the unsigned document (schema, contexts, house rules) and gives a single-use ticket; Sign takes the
// ticket, signs exactly the bytes that were prepared, and lets the verifier's own code check the outcome. It refuses to
// sign what was not prepared, to sign a ticket twice, and to hand out what Laurel itself would not accept.
package issuance

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/schemas"
)

// Keyring gives the active key of an issuer.
type Keyring interface {
	Signer(ctx context.Context, issuerID string, alg keys.Algorithm) (keys.Signer, error)
}

// Checker says whether a signed credential would be accepted. The program fills it with the verifier.
type Checker interface {
	Check(ctx context.Context, signed []byte) error
}

// Certificates gives the certificates (DER) that an authority made for a key, the key's own first; none for most keys.
type Certificates interface {
	Chain(k keys.Public) [][]byte
}

// Config wires a Service.
type Config struct {
	Keys         Keyring
	Checker      Checker      // nil skips the check of the outcome; only tests do that
	Certificates Certificates // go as x5c into SD-JWTs; may be nil
}

// Service prepares and signs. It is safe for concurrent use.
type Service struct {
	keys    Keyring
	checker Checker
	certs   Certificates

	mu      sync.Mutex
	signers map[signerKey]signer
}

type signerKey struct {
	form  proof.Form
	suite string
	key   string
}

// New makes a Service.
func New(c Config) *Service {
	return &Service{keys: c.Keys, checker: c.Checker, certs: c.Certificates, signers: map[signerKey]signer{}}
}

// Order says how a document is to be secured.
type Order struct {
	IssuerID    string // ours, not the DID
	Form        proof.Form
	Cryptosuite string // of proof.DataIntegrity; "" means eddsa-rdfc-2022
	Alg         keys.Algorithm
	Holder      *keys.Public // of an SD-JWT: the key that has to sign its presentations; may be nil
	Status      StatusClaim  // of proof.SDJWT
	Author      Author
	Mandatory   []string // of ecdsa-sd-2023: JSON pointers to what a holder cannot leave out, beside what nobody can
}

// Author says who wrote a document, and with that what is expected of it.
type Author uint8

// The authors.
const (
	Laurel   Author = iota // this program, from its catalogue: a badge, a record, an endorsement or a status list
	Platform               // somebody with the right to have written what they like: any credential but a status list
)

// Ticket is the right to sign one prepared document once.
type Ticket struct {
	order   Order
	cred    *credential.Credential
	payload []byte
	used    atomic.Bool

	disclosable *disclosable // of an SD-JWT, in place of the payload
}

// Signed is a secured credential.
type Signed struct {
	Bytes []byte // a compact JWS or SD-JWT, a JSON document, or a COSE_Sign1 in base64url
	KeyID string
}

// Prepare examines an unsigned document. A document that breaks its schema or a house rule is fault.Invalid with a JSON
// pointer; nothing has been signed then.
func (s *Service) Prepare(o Order, document []byte) (*Ticket, error) {
	c, err := credential.Parse(document)
	if err != nil {
		return nil, refuse(fault.AsDefect(err))
	}
	if problems := c.Problems(); len(problems) > 0 {
		return nil, refuse(problems[0])
	}
	if o.Author == Platform && c.HasType("BitstringStatusListCredential") {
		return nil, fault.New(fault.Invalid, nil, "a status list is signed for nobody else").Code("issuance.type").At("/type")
	}
	if found := schemas.Validate(schemaOf(o.Author, c), c.Doc); len(found) > 0 {
		return nil, refuse(fault.Wrong(found[0].Code, found[0].At, "%s", found[0].Detail))
	}
	if _, err := jsonld.ToRDF(c.Doc); err != nil { // what it says means something in every form, and the same to every reader
		return nil, refuse(fault.AsDefect(err))
	}
	if err := lint(o.Form, c); err != nil {
		return nil, err
	}
	if at, ok := absent(c.Doc, o.Mandatory); ok {
		return nil, fault.New(fault.Invalid, nil, "%.80q points to nothing in the credential", at).Code("proof.pointer").At("/options/mandatoryPointers")
	}
	t := &Ticket{order: o, cred: c}
	if o.Form == proof.SDJWT || o.Form == proof.VCSDJWT {
		t.disclosable, err = disclosing(o, c)
	} else {
		t.payload, err = payload(o.Form, c)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// schemaOf is the schema that an unsigned document must follow.
func schemaOf(by Author, c *credential.Credential) string {
	badge := c.HasType("OpenBadgeCredential") || c.HasType("AchievementCredential")
	switch {
	case c.HasType("BitstringStatusListCredential"):
		return schemas.StatusListCredential
	case c.HasType("ClrCredential"):
		return schemas.ClrCredential
	case c.HasType("EndorsementCredential"):
		return schemas.EndorsementCredential
	case c.Version == credential.V1:
		return schemas.AchievementCredentialV1
	case by == Platform && !badge:
		return schemas.VerifiableCredential
	}
	return schemas.AchievementCredential
}

// payload is what a token of that form is signed over; nil for a proof that is made over the document itself.
func payload(form proof.Form, c *credential.Credential) ([]byte, error) {
	switch form {
	case proof.OBJWT:
		return jose.Payload(c)
	case proof.VCJWT, proof.VCCOSE:
		return c.Raw, nil // VC-JOSE-COSE §3.1, §3.3: the payload is the document, the claims may be absent
	case proof.JWTVC11:
		return jose.Wrapped(c)
	case proof.DataIntegrity:
		return nil, nil
	}
	return nil, fault.New(fault.Unsupported, nil, "credentials are not issued in the form %q", form).Code("issuance.form")
}

func refuse(d *fault.Defect) error {
	return fault.New(fault.Invalid, d, "the credential would not be valid: %s", d.Detail).Code(d.Code).At(d.At)
}

// lint holds the rules of the house: what the standards allow and we do not issue.
func lint(form proof.Form, c *credential.Credential) error {
	want := credential.V2
	if form == proof.JWTVC11 {
		want = credential.V1
	}
	switch {
	case c.Version != want:
		return fault.New(fault.Invalid, nil, "a credential in the form %s follows the data model %s", form, want).Code("lint.version").At("/@context/0")
	case c.ID == "" || c.IssuerID == "" || c.From.IsZero():
		return fault.New(fault.Invalid, nil, "a credential needs id, issuer and validFrom").Code("lint.identity")
	case c.From.Nanosecond() != 0:
		return fault.New(fault.Invalid, nil, "times in credentials are whole seconds").Code("lint.seconds").At("/validFrom")
	case c.Until.Nanosecond() != 0:
		return fault.New(fault.Invalid, nil, "times in credentials are whole seconds").Code("lint.seconds").At("/validUntil")
	case c.SubjectID() == "":
		return fault.New(fault.Invalid, nil, "the subject needs an id, so that the claim sub exists").Code("lint.subject").At("/credentialSubject/id")
	}
	return nil
}

// errSpent is a broken promise of our own code: a ticket is signed once.
var errSpent = errors.New("the ticket was used before")

// Sign signs the prepared bytes and checks the outcome with the verifier's code. What does not pass is never returned.
func (s *Service) Sign(ctx context.Context, t *Ticket) (Signed, error) {
	if !t.used.CompareAndSwap(false, true) {
		return Signed{}, errSpent
	}
	secure, out, err := s.sign(ctx, t)
	if fault.Describe(err).Code == "key.changed" {
		secure, out, err = s.sign(ctx, t) // with the key that has taken its place
	}
	if p := fault.Describe(err); err != nil && p.Kind != fault.Internal {
		return Signed{}, err // such as a stop of issuing
	}
	if d := (*fault.Defect)(nil); t.order.Author == Platform && errors.As(err, &d) {
		return Signed{}, refuse(d)
	}
	if err != nil {
		return Signed{}, fault.New(fault.Unavailable, err, "the credential could not be signed now").Code("issuance.signer").Hint("try again; nothing was stored")
	}
	if err := s.check(ctx, t, out); err != nil {
		return Signed{}, fmt.Errorf("credential %s does not pass our own check: %w", t.cred.ID, err)
	}
	return Signed{Bytes: out, KeyID: secure.keyID}, nil
}

// sign signs with the key that is active now.
func (s *Service) sign(ctx context.Context, t *Ticket) (signer, []byte, error) {
	secure, err := s.signer(ctx, t.order)
	if err != nil {
		return signer{}, nil, err
	}
	out, err := secure.sign(t)
	return secure, out, err
}

// check lets the verifier look at what its holders will show, at the least and at the most. A base proof itself is for
// holders only.
func (s *Service) check(ctx context.Context, t *Ticket, signed []byte) error {
	if s.checker == nil || t.cred.HasType("BitstringStatusListCredential") {
		return nil
	}
	if t.disclosable != nil {
		if err := s.checker.Check(ctx, undisclosed(signed)); err != nil {
			return err
		}
	}
	if t.order.Cryptosuite != dataintegrity.ECDSASD {
		return s.checker.Check(ctx, signed)
	}
	for _, chosen := range [][]string{nil, everything(t.cred.Doc)} {
		shown, err := derive(signed, chosen)
		if err != nil {
			return err
		}
		if err := s.checker.Check(ctx, shown); err != nil {
			return err
		}
	}
	return nil
}

// SignToken signs claims that are no credential, such as a status list token, as a compact JWS of that typ. Nothing is checked:
// the caller made them.
func (s *Service) SignToken(ctx context.Context, o Order, typ string, claims []byte) ([]byte, error) {
	key, err := s.keys.Signer(ctx, o.IssuerID, o.Alg)
	if err != nil {
		return nil, fmt.Errorf("key of issuer %s: %w", o.IssuerID, err)
	}
	token, err := jose.NewTokenSigner(typ, key)
	if err != nil {
		return nil, err
	}
	out, err := token.Sign(claims)
	if err != nil {
		return nil, fault.New(fault.Unavailable, err, "the token could not be signed now").Code("issuance.signer").Hint("try again")
	}
	return out, nil
}

// SignMessage signs a CBOR Web Token, such as a status list token, as a COSE_Sign1 of that typ. Nothing is checked: the caller
// made the claims.
func (s *Service) SignMessage(ctx context.Context, o Order, typ string, claims []byte) ([]byte, error) {
	key, err := s.keys.Signer(ctx, o.IssuerID, o.Alg)
	if err != nil {
		return nil, fmt.Errorf("key of issuer %s: %w", o.IssuerID, err)
	}
	message, err := cose.NewSigner(typ, "", key)
	if err != nil {
		return nil, err
	}
	out, err := message.Sign(claims)
	if err != nil {
		return nil, fault.New(fault.Unavailable, err, "the token could not be signed now").Code("issuance.signer").Hint("try again")
	}
	return out, nil
}

// signer is a key prepared for one form.
type signer struct {
	keyID string
	sign  func(*Ticket) ([]byte, error)
}

// signer returns the prepared signer of the issuer's active key.
func (s *Service) signer(ctx context.Context, o Order) (signer, error) {
	key, err := s.keys.Signer(ctx, o.IssuerID, o.Alg)
	if err != nil {
		return signer{}, fmt.Errorf("key of issuer %s: %w", o.IssuerID, err)
	}
	id := signerKey{o.Form, o.Cryptosuite, key.Public().ID}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.signers[id]; ok {
		return known, nil
	}
	made, err := s.prepare(o, key)
	if err == nil {
		s.signers[id] = made
	}
	return made, err
}

// prepare does once for a key what is the same for everything that it signs.
func (s *Service) prepare(o Order, key keys.Signer) (signer, error) {
	switch o.Form {
	case proof.DataIntegrity:
		return prepareProof(o.Cryptosuite, key)
	case proof.SDJWT, proof.VCSDJWT:
		return s.prepareDisclosing(o.Form, key)
	}
	if o.Form == proof.VCCOSE {
		return prepareMessage(key)
	}
	named := key
	if o.Form == proof.JWTVC11 {
		named = asMultikey(key)
	}
	token, err := jose.NewSigner(o.Form, named)
	if err != nil {
		return signer{}, err
	}
	return signer{keyID: key.Public().ID, sign: func(t *Ticket) ([]byte, error) { return token.Sign(t.payload) }}, nil
}

// multikeyed is a key under the name that it has as a Multikey.
type multikeyed struct {
	keys.Signer
	id string
}

// asMultikey names the key by its Multikey in the forms that are for wallets: the libraries that read them know the methods
// JsonWebKey2020 and Multikey, not JsonWebKey, which is what the other methods of our DID documents are. RSA keys have none.
func asMultikey(key keys.Signer) keys.Signer {
	owner, _, _ := strings.Cut(key.Public().ID, "#")
	text := key.Public().Multikey()
	if text == "" || owner == "" {
		return key
	}
	return multikeyed{key, owner + "#" + text}
}

// Public implements keys.Signer.
func (m multikeyed) Public() keys.Public {
	p := m.Signer.Public()
	p.ID = m.id
	return p
}

// prepareMessage signs as COSE_Sign1, and writes it as text like the other forms.
func prepareMessage(key keys.Signer) (signer, error) {
	message, err := cose.NewSigner(cose.TypeCredential, cose.Credential, key)
	if err != nil {
		return signer{}, err
	}
	return signer{keyID: key.Public().ID, sign: func(t *Ticket) ([]byte, error) {
		out, err := message.Sign(t.payload)
		return base64.RawURLEncoding.AppendEncode(nil, out), err
	}}, nil
}
