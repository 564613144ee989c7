package issuer

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// Securing is one way in which an award can be issued.
type Securing struct {
	Form        proof.Form
	Cryptosuite string           // of proof.DataIntegrity
	Algs        []keys.Algorithm // the first one is taken when nobody says
	IssuersOwn  bool             // the issuer's own algorithm goes before the first one
}

// Securings lists the ways in which an award can be issued. The first one is made with every award; of several with one
// form the first is meant when only the form is said.
func Securings() []Securing {
	tokens := []keys.Algorithm{keys.ES256, keys.RS256, keys.EdDSA, keys.ES384}
	wallets := []keys.Algorithm{keys.ES256, keys.EdDSA, keys.ES384} // what wallets of SD-JWTs verify
	return []Securing{
		{Form: proof.OBJWT, Algs: tokens, IssuersOwn: true},
		{Form: proof.VCJWT, Algs: tokens, IssuersOwn: true},
		{Form: proof.JWTVC11, Algs: tokens, IssuersOwn: true},
		{Form: proof.DataIntegrity, Cryptosuite: dataintegrity.EdDSARDFC, Algs: []keys.Algorithm{keys.EdDSA}},
		{Form: proof.DataIntegrity, Cryptosuite: dataintegrity.ECDSARDFC, Algs: []keys.Algorithm{keys.ES256, keys.ES384}},
		{Form: proof.DataIntegrity, Cryptosuite: dataintegrity.ECDSASD, Algs: []keys.Algorithm{keys.ES256}},
		{Form: proof.DataIntegrity, Cryptosuite: dataintegrity.EdDSAJCS, Algs: []keys.Algorithm{keys.EdDSA}},
		{Form: proof.DataIntegrity, Cryptosuite: dataintegrity.ECDSAJCS, Algs: []keys.Algorithm{keys.ES256, keys.ES384}},
		{Form: proof.SDJWT, Algs: wallets},
		{Form: proof.VCSDJWT, Algs: wallets},
		{Form: proof.VCCOSE, Algs: []keys.Algorithm{keys.ES256, keys.EdDSA, keys.ES384}, IssuersOwn: true},
	}
}

// Choices lists every form with every cryptosuite and algorithm, as IssueAs takes them.
func Choices() []As {
	var out []As
	for _, s := range Securings() {
		for _, alg := range s.Algs {
			out = append(out, As{Form: s.Form, Cryptosuite: s.Cryptosuite, Alg: alg})
		}
	}
	return out
}

// String names the choice by the words of the standards, such as "data-integrity, eddsa-rdfc-2022, EdDSA".
func (as As) String() string { return words(string(as.Form), as.Cryptosuite, string(as.Alg)) }

// Secured names how the credential is secured, as As.String does.
func (c Credential) Secured() string { return words(string(c.Form), c.Cryptosuite, string(c.Alg)) }

func words(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// Forms lists the securing forms in which an award can be issued. The first is made with every award.
func Forms() []proof.Form {
	var out []proof.Form
	for _, s := range Securings() {
		if !slices.Contains(out, s.Form) {
			out = append(out, s.Form)
		}
	}
	return out
}

// As says how a further credential of an award is secured, and whose it is.
type As struct {
	Form        proof.Form
	Cryptosuite string         // of proof.DataIntegrity; "" means eddsa-rdfc-2022
	Alg         keys.Algorithm // "" means the issuer's, or the first that the form takes
	Holder      Holder         // the zero Holder: nobody's in particular
}

// Holder is what a credential is bound to: a wallet that has proven its key.
type Holder struct {
	ID  string       // its DID, which becomes the subject's id; "" with a key means the key's did:jwk
	Key *keys.Public // the key that has to sign presentations, where the form can say so; nil means that of a did:key or did:jwk
}

// IsZero reports whether nobody is named.
func (h Holder) IsZero() bool { return h.ID == "" && h.Key == nil }

// holderLength bounds the identity of a holder: a did:jwk of a large RSA key takes some 700 characters.
const holderLength = 2048

// settle checks a Holder and fills in its ID.
func (h Holder) settle() (Holder, error) {
	if h.IsZero() {
		return h, nil
	}
	if h.ID == "" {
		bare := *h.Key
		bare.ID = ""
		h.ID = "did:jwk:" + base64.RawURLEncoding.EncodeToString(bare.JWK())
	}
	if len(h.ID) > holderLength || !strings.HasPrefix(h.ID, "did:") || strings.ContainsAny(h.ID, "#?/ \"\\<>") || checkText("", h.ID, holderLength, false) != nil {
		return h, fault.New(fault.Invalid, nil, "%.80q is not the DID of a holder", h.ID).Code("holder.did").At("/holder").
			Hint("a credential is bound to the DID of a wallet, without a fragment")
	}
	if h.Key == nil {
		h.Key = keyIn(h.ID)
	}
	return h, nil
}

// keyIn returns the key of an identity that is a key itself, and nil for any other.
func keyIn(id string) *keys.Public {
	if text, ok := strings.CutPrefix(id, "did:key:"); ok {
		if k, err := keys.ParseMultikey(text); err == nil {
			return &k
		}
	}
	text, _ := strings.CutPrefix(id, "did:jwk:")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || text == "" {
		return nil
	}
	v, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return nil
	}
	k, err := keys.ParseJWK(v)
	if err != nil {
		return nil
	}
	return &k
}

// name tells holders of one award apart.
func (h Holder) name() string {
	if h.Key == nil {
		return h.ID
	}
	return h.ID + " " + h.Key.Thumbprint()
}

// settle fills in what was left open. What Laurel does not issue is fault.Unsupported, and the hint names what it does.
func (as As) settle(own keys.Algorithm) (As, error) {
	var suites []string
	for _, s := range Securings() {
		if s.Form != as.Form {
			continue
		}
		suites = append(suites, s.Cryptosuite)
		if as.Cryptosuite == "" {
			as.Cryptosuite = s.Cryptosuite
		}
		if s.Cryptosuite != as.Cryptosuite {
			continue
		}
		if as.Alg == "" {
			as.Alg = s.Algs[0]
			if s.IssuersOwn && slices.Contains(s.Algs, own) {
				as.Alg = own
			}
		}
		if !slices.Contains(s.Algs, as.Alg) {
			return as, unsupported("credential.alg", "/alg", list(s.Algs), "%s is not signed with the algorithm %.20q", s.label(), as.Alg)
		}
		var err error
		as.Holder, err = as.Holder.settle()
		return as, err
	}
	switch {
	case len(suites) == 0:
		return as, unsupported("credential.form", "/form", list(Forms()), "credentials are not issued in the form %.40q", as.Form)
	case suites[0] == "":
		return as, unsupported("credential.cryptosuite", "/cryptosuite", "leave it out", "the form %s has no cryptosuites", as.Form)
	}
	return as, unsupported("credential.cryptosuite", "/cryptosuite", list(suites), "proofs of the cryptosuite %.40q are not made", as.Cryptosuite)
}

func (s Securing) label() string {
	if s.Cryptosuite != "" {
		return "a proof of " + s.Cryptosuite
	}
	return "a credential in the form " + string(s.Form)
}

func unsupported(code, at, hint, format string, args ...any) error {
	return fault.New(fault.Unsupported, nil, format, args...).Code(code).At(at).Hint("%s", hint)
}

// list writes a choice for people.
func list[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	if n := len(texts) - 1; n > 0 {
		return "use " + strings.Join(texts[:n], ", ") + " or " + texts[n]
	}
	return "use " + strings.Join(texts, "")
}

// is reports whether c is what as asks for.
func (as As) is(c Credential) bool {
	if c.Alg == "" {
		c.Alg, c.Cryptosuite = ofBefore(c)
	}
	return c.Form == as.Form && c.Cryptosuite == as.Cryptosuite && c.Alg == as.Alg && c.Holder == as.Holder.name()
}

// ofBefore says how a credential was secured of which an earlier version stored no more than form and key: embedded proofs
// were of one suite, and the name of a key for tokens begins with its algorithm (keyring.KeyID).
func ofBefore(c Credential) (alg keys.Algorithm, suite string) {
	if c.Form == proof.DataIntegrity {
		return keys.EdDSA, dataintegrity.EdDSARDFC
	}
	_, name, _ := strings.Cut(c.KeyID, "#")
	name, _, _ = strings.Cut(name, "-")
	for _, alg := range []keys.Algorithm{keys.ES256, keys.RS256, keys.EdDSA} {
		if strings.EqualFold(name, string(alg)) {
			return alg, ""
		}
	}
	return "", ""
}

// IssueAs makes a further credential of an award, for a reader who does not take the first or for the wallet of a holder: the
// same content under an id and a status index of its own, revoked with the award. Asking again returns the one that was
// made. An unknown award is fault.NotFound, a form, cryptosuite or algorithm that is not issued fault.Unsupported, a holder
// without a DID fault.Invalid; an award that is revoked, has expired or names the DID of somebody else fault.Conflict.
func (s *Service) IssueAs(ctx context.Context, awardID string, as As, actor string) (Credential, error) {
	a, err := s.c.Store.Award(ctx, awardID)
	if err != nil {
		return Credential{}, err
	}
	if err := a.erased(); err != nil {
		return Credential{}, err
	}
	iss, err := s.c.Catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return Credential{}, fmt.Errorf("issuer of %s: %w", a.ID, err)
	}
	if as, err = as.settle(keys.Algorithm(iss.Algorithm)); err != nil {
		return Credential{}, err
	}
	if as.Holder.IsZero() && a.Superseded() {
		return Credential{}, errSuperseded()
	}
	if i := slices.IndexFunc(a.Credentials, as.is); i >= 0 {
		return a.Credentials[i], nil
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	if err := a.mayIssue(as, now); err != nil {
		return Credential{}, err
	}
	ach, err := s.c.Catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return Credential{}, fmt.Errorf("achievement of %s: %w", a.ID, err)
	}
	c, err := s.credential(ctx, draft{urls: s.c.Catalog, issuer: iss, achievement: ach, award: &a, issuedAt: now, as: as})
	if err != nil {
		return Credential{}, err
	}
	err = s.c.Store.InsertCredential(ctx, c, s.event(actor, "credential.issued", a.IssuerID, a.ID, string(as.Form)))
	if fault.Describe(err).Code != "credential.exists" {
		return c, err
	}
	if a, err = s.c.Store.Award(ctx, awardID); err != nil { // somebody else was faster with the same
		return Credential{}, err
	}
	if i := slices.IndexFunc(a.Credentials, as.is); i >= 0 {
		return a.Credentials[i], nil
	}
	return Credential{}, fmt.Errorf("credential of %s: it is stored and cannot be found", a.ID)
}

// Supersede revokes those credentials of an award that are nobody's in particular, because a wallet has one of its own, and
// publishes their lists. It is final; none of that kind is issued any more (fault.Conflict, award.superseded). Twice is no error.
func (s *Service) Supersede(ctx context.Context, awardID, actor string) error {
	lists, err := s.c.Store.Supersede(ctx, awardID, s.c.Clock().UTC().Truncate(time.Second), s.event(actor, "credential.superseded", "", awardID, ""))
	if err != nil {
		return err
	}
	for _, id := range lists {
		s.publishList(ctx, id)
	}
	return nil
}

func errSuperseded() error {
	return fault.New(fault.Conflict, nil, "the badge is in the learner's wallet, and no other copy of it holds").Code("award.superseded").
		Hint("let the wallet present it")
}

// Superseded reports whether a credential bound to a wallet took the place of those of nobody in particular.
func (a Award) Superseded() bool {
	return slices.ContainsFunc(a.Credentials, func(c Credential) bool { return !c.SupersededAt.IsZero() })
}

// mayIssue refuses what must not be said of the award any more.
// erased refuses to go on with an award of whose learner nothing is known any more.
func (a *Award) erased() error {
	if a.ErasedAt.IsZero() {
		return nil
	}
	return fault.New(fault.Conflict, nil, "the learner's data of this award were erased").Code("award.erased")
}

func (a *Award) mayIssue(as As, now time.Time) error {
	switch {
	case a.Revocation != nil:
		return fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
	case a.Suspension != nil:
		return fault.New(fault.Conflict, nil, "the award is suspended").Code("award.suspended").Hint("reinstate it first")
	case !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(now):
		return fault.New(fault.Conflict, nil, "the award has expired").Code("award.expired")
	case !as.Holder.IsZero() && strings.HasPrefix(a.Recipient.ID, "did:") && a.Recipient.ID != as.Holder.ID:
		return fault.New(fault.Conflict, nil, "the award is for another DID than that of the wallet").Code("award.other_holder").
			Hint("use the wallet whose DID the issuer was told, or ask for an award without one")
	}
	return nil
}
