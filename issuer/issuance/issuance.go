// Package issuance is the only place where a key touches a credential: Prepare, Sign, Check.
//
// Prepare looks at the unsigned document (schema, contexts, house rules) and gives a single-use ticket; Sign takes the
// ticket, signs exactly the bytes that were prepared, and lets the verifier's own code check the outcome. It refuses to
// sign what was not prepared, to sign a ticket twice, and to hand out what Laurel itself would not accept.
package issuance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
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

// Config wires a Service.
type Config struct {
	Keys    Keyring
	Checker Checker // nil skips the check of the outcome; only tests do that
}

// Service prepares and signs. It is safe for concurrent use.
type Service struct {
	keys    Keyring
	checker Checker

	mu      sync.Mutex
	signers map[signerKey]signer
}

type signerKey struct {
	form proof.Form
	key  string
}

// New makes a Service.
func New(c Config) *Service {
	return &Service{keys: c.Keys, checker: c.Checker, signers: map[signerKey]signer{}}
}

// Order says how a document is to be secured.
type Order struct {
	IssuerID string // ours, not the DID
	Form     proof.Form
	Alg      keys.Algorithm
}

// Ticket is the right to sign one prepared document once.
type Ticket struct {
	order   Order
	cred    *credential.Credential
	payload []byte
	used    atomic.Bool
}

// Signed is a secured credential.
type Signed struct {
	Bytes []byte
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
	id := schemas.AchievementCredential
	if c.HasType("BitstringStatusListCredential") {
		id = schemas.StatusListCredential
	}
	if found := schemas.Validate(id, c.Doc); len(found) > 0 {
		return nil, refuse(fault.Wrong(found[0].Code, found[0].At, "%s", found[0].Detail))
	}
	if err := lint(c); err != nil {
		return nil, err
	}
	t := &Ticket{order: o, cred: c}
	switch o.Form {
	case proof.OBJWT:
		t.payload, err = jose.Payload(c)
	case proof.VCJWT:
		t.payload = c.Raw // VC-JOSE-COSE §3.1: the payload is the document, the claims may be absent
	case proof.DataIntegrity:
		// The proof is made over the document itself.
	default:
		err = fault.New(fault.Unsupported, nil, "credentials are not issued in the form %q", o.Form).Code("issuance.form")
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func refuse(d *fault.Defect) error {
	return fault.New(fault.Invalid, d, "the credential would not be valid: %s", d.Detail).Code(d.Code).At(d.At)
}

// lint holds the rules of the house: what the standards allow and we do not issue.
func lint(c *credential.Credential) error {
	switch {
	case c.Version != credential.V2:
		return fault.New(fault.Invalid, nil, "only credentials of the data model 2.0 are issued").Code("lint.version").At("/@context/0")
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
	secure, err := s.signer(ctx, t.order)
	if err != nil {
		return Signed{}, err
	}
	out, err := secure.sign(t)
	if err != nil {
		return Signed{}, fault.New(fault.Unavailable, err, "the credential could not be signed now").Code("issuance.signer").Hint("try again; nothing was stored")
	}
	if s.checker != nil && !t.cred.HasType("BitstringStatusListCredential") {
		if err := s.checker.Check(ctx, out); err != nil {
			return Signed{}, fmt.Errorf("credential %s does not pass our own check: %w", t.cred.ID, err)
		}
	}
	return Signed{Bytes: out, KeyID: secure.keyID}, nil
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
	id := signerKey{o.Form, key.Public().ID}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.signers[id]; ok {
		return known, nil
	}
	made, err := prepare(o.Form, key)
	if err == nil {
		s.signers[id] = made
	}
	return made, err
}

// prepare does once for a key what is the same for everything that it signs.
func prepare(form proof.Form, key keys.Signer) (signer, error) {
	if form == proof.DataIntegrity {
		return prepareProof(key)
	}
	token, err := jose.NewSigner(form, key)
	if err != nil {
		return signer{}, err
	}
	return signer{keyID: key.Public().ID, sign: func(t *Ticket) ([]byte, error) { return token.Sign(t.payload) }}, nil
}

// prepareProof signs with an embedded proof. The method that it names is the key as a Multikey, whose fragment is the key
// itself: readers of embedded proofs know no other kind.
func prepareProof(key keys.Signer) (signer, error) {
	embedded, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key)
	if err != nil {
		return signer{}, err
	}
	pub := key.Public()
	owner, _, _ := strings.Cut(pub.ID, "#")
	method := owner + "#" + pub.Multikey()
	return signer{keyID: method, sign: func(t *Ticket) ([]byte, error) {
		return embedded.Sign(t.cred.Doc, dataintegrity.Statement{VerificationMethod: method, Created: t.cred.From})
	}}, nil
}
