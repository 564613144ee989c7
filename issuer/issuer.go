// Package issuer owns the life of an award: awarded, issued as credentials, revoked.
//
// It refuses a second award under the same external id or idempotency key when it says something else, an award that
// could not become a valid credential, and a revocation without a reason. Nothing leaves the package that the verifier's
// own code would not accept, and nobody is answered before the award is stored.
package issuer

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Catalog finds issuers and achievements and knows their addresses.
type Catalog interface {
	Issuer(ctx context.Context, ref string) (catalog.Issuer, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
	AchievementURL(id string, version int) string
	ImageURL(a catalog.Achievement) string
	IssuerImageURL(i catalog.Issuer) string
}

// Lists reserves indexes and is told when bits changed.
type Lists interface {
	Reserve(ctx context.Context, issuerID, purpose string) (statuslist.Entry, error)
	Changed(ctx context.Context, listID string) error
	// Purpose returns what a list is for: statuslist.Revocation, Suspension or Status.
	Purpose(ctx context.Context, listID string) (string, error)
}

// Issuance prepares and signs.
type Issuance interface {
	Prepare(o issuance.Order, document []byte) (*issuance.Ticket, error)
	Sign(ctx context.Context, t *issuance.Ticket) (issuance.Signed, error)
}

// Offers makes the claim link of an award, the same each time for one award.
type Offers interface {
	Prepare(awardID string) (offer.Offer, string, error)
}

// Config wires a Service. Everything but the last three is required; Statements, Attachments and Endorsements only for learner
// records and endorsements, Records only for Reissue.
type Config struct {
	Store        Store
	Statements   StatementStore
	Attachments  AttachmentStore
	Endorsements EndorsementChecker
	Records      Records
	Catalog      Catalog
	Lists        Lists
	Issuance     Issuance
	Offers       Offers
	BaseURL      string // without a slash at the end
	Entry        string // purpose of the one status entry of a credential: statuslist.Revocation (default) or statuslist.Suspension
	Clock        func() time.Time
	Rand         io.Reader
	Logger       *slog.Logger
}

// Service is the write side. It is safe for concurrent use.
type Service struct {
	c        Config
	attached attachments
}

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Entry = cmp.Or(c.Entry, statuslist.Revocation)
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return &Service{c: c}
}

// Awarded is the answer to a Request.
type Awarded struct {
	Award     Award
	ClaimCode string // the secret of the claim link
	Replayed  bool   // the award had been made before
}

// Award makes an award, signs its credential and stores both before it returns. The same request under the same external
// id or idempotency key returns the first award; a different one is fault.Conflict.
func (s *Service) Award(ctx context.Context, r Request) (Awarded, error) {
	now := s.c.Clock().UTC().Truncate(time.Second)
	unsaid := r.Visibility == ""
	if err := r.check(now); err != nil {
		return Awarded{}, err
	}
	iss, ach, err := s.find(ctx, r)
	if err != nil {
		return Awarded{}, err
	}
	digest, err := r.digest(iss.ID, ach.ID)
	if err != nil {
		return Awarded{}, err
	}
	if a, err := s.replay(ctx, iss.ID, r, digest); err == nil || !fault.Is(err, fault.NotFound) {
		return a, err
	}
	if !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now) {
		return Awarded{}, invalid("award.expired", "/expires_at", "the award would have expired already")
	}
	if err := checkResults(r.Results, ach); err != nil {
		return Awarded{}, err
	}
	if !ach.Locked {
		// The first award of a version locks it before anything is built from it.
		if ach, err = s.c.Store.LockAchievement(ctx, ach.ID, ach.Version); err != nil {
			return Awarded{}, err
		}
	}
	a, err := s.issue(ctx, r, iss, ach, now)
	if err != nil {
		return Awarded{}, err
	}
	a.RequestDigest = digest
	if unsaid && ach.Minors {
		a.Visibility = Private
	}
	o, code, err := s.c.Offers.Prepare(a.ID)
	if err != nil {
		return Awarded{}, fmt.Errorf("offer for %s: %w", a.ID, err)
	}
	err = s.c.Store.InsertAward(ctx, a, o, s.event(r.Actor, "award.created", a.IssuerID, a.ID, ach.ID))
	if fault.Is(err, fault.Conflict) && (r.ExternalID != "" || r.IdempotencyKey != "") {
		return s.replay(ctx, iss.ID, r, digest) // somebody else was faster with the same request
	}
	return Awarded{Award: a, ClaimCode: code}, err
}

func (s *Service) find(ctx context.Context, r Request) (catalog.Issuer, catalog.Achievement, error) {
	iss, err := s.c.Catalog.Issuer(ctx, r.IssuerRef)
	if err != nil {
		return iss, catalog.Achievement{}, err
	}
	ach, err := s.c.Catalog.Achievement(ctx, iss.ID, r.AchievementRef, 0)
	return iss, ach, err
}

// replay looks for the award of an earlier request. fault.NotFound means that there is none.
func (s *Service) replay(ctx context.Context, issuerID string, r Request, digest []byte) (Awarded, error) {
	if r.ExternalID == "" && r.IdempotencyKey == "" {
		return Awarded{}, fault.New(fault.NotFound, nil, "no earlier request")
	}
	a, err := s.c.Store.Replay(ctx, issuerID, r.ExternalID, r.IdempotencyKey)
	if err != nil {
		return Awarded{}, err
	}
	if !bytes.Equal(a.RequestDigest, digest) {
		return Awarded{}, fault.New(fault.Conflict, nil, "an award with this external_id or Idempotency-Key exists and says something else").
			Code("award.conflict").At("/external_id").Hint("read it at /api/v1/awards/%s, or use another external_id", a.ID)
	}
	_, code, err := s.c.Offers.Prepare(a.ID)
	return Awarded{Award: a, ClaimCode: code, Replayed: true}, err
}

// issue reserves an index, builds the document and signs it. Nothing is stored yet; an index that is not used stays unused.
func (s *Service) issue(ctx context.Context, r Request, iss catalog.Issuer, ach catalog.Achievement, now time.Time) (Award, error) {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return Award{}, err
	}
	a := awardOf(r, iss, ach, now)
	a.ID = "awd_" + id
	as, err := As{Form: proof.OBJWT}.settle(keys.Algorithm(iss.Algorithm))
	if err != nil {
		return Award{}, err
	}
	c, err := s.credential(ctx, draft{urls: s.c.Catalog, issuer: iss, achievement: ach, award: &a, issuedAt: now, as: as})
	a.Credentials = []Credential{c}
	return a, err
}

// credential makes one signed document about an award. Its id, its salt and, where the recipient has no id of their own,
// its subject are its own: two documents about one award cannot be told to belong together by them.
func (s *Service) credential(ctx context.Context, d draft) (Credential, error) {
	ids, err := randid.Several(s.c.Rand, 3)
	if err != nil {
		return Credential{}, err
	}
	if d.again != nil {
		ids[0] = d.again.ID
	}
	d.url, d.salt, d.subject = s.CredentialURL(ids[0]), ids[1], cmp.Or(d.as.Holder.ID, d.award.Recipient.ID)
	if d.subject == "" && d.again != nil {
		d.subject = subjectOfSigned(d.again.Signed)
	}
	if d.subject == "" {
		d.subject = "urn:uuid:" + randid.UUID(ids[2])
	}
	d.purpose = s.purpose(d.as.Form)
	if d.entry, err = s.c.Lists.Reserve(ctx, d.issuer.ID, d.purpose); err != nil {
		return Credential{}, fmt.Errorf("status index: %w", err)
	}
	if d.ofIssuer, err = s.endorsementsOf(ctx, d.issuer.DID, d.issuedAt); err != nil {
		return Credential{}, err
	}
	if d.ofAchievement, err = s.endorsementsOf(ctx, d.urls.AchievementURL(d.achievement.ID, d.achievement.Version), d.issuedAt); err != nil {
		return Credential{}, err
	}
	doc, err := d.document()
	if err != nil {
		return Credential{}, err
	}
	ticket, err := s.c.Issuance.Prepare(issuance.Order{
		IssuerID: d.issuer.ID, Form: d.as.Form, Cryptosuite: d.as.Cryptosuite, Alg: d.as.Alg,
		Holder: d.as.Holder.Key, Status: d.claim(),
	}, doc)
	if err != nil {
		return Credential{}, err
	}
	signed, err := s.c.Issuance.Sign(ctx, ticket)
	return Credential{
		ID: ids[0], AwardID: d.award.ID, Form: d.as.Form, Cryptosuite: d.as.Cryptosuite, Alg: d.as.Alg, Holder: d.as.Holder.name(),
		KeyID: signed.KeyID, StatusList: d.entry.ListID, StatusIndex: d.entry.Index, Signed: signed.Bytes, IssuedAt: d.issuedAt,
	}, err
}

// Published returns the credential as anybody may have it: as it was signed, but of a base proof of ecdsa-sd-2023, which is
// for its holder, what shows everything and lets nothing be derived.
func (c Credential) Published() ([]byte, error) {
	if c.Cryptosuite == dataintegrity.ECDSASD {
		return issuance.Publish(c.Signed)
	}
	return c.Signed, nil
}

// CredentialURL is the address of a credential: its id, and its badge page.
func (s *Service) CredentialURL(id string) string { return s.c.BaseURL + "/c/" + id }

// ClaimURL is the address at which a learner takes an award, with the code of its offer.
func (s *Service) ClaimURL(code string) string { return s.c.BaseURL + "/claim/" + code }

// Describe writes an achievement as JSON-LD, as it stands in credentials.
func (s *Service) Describe(ctx context.Context, a catalog.Achievement) ([]byte, error) {
	by, err := s.c.Catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return nil, err
	}
	return achievement(s.c.Catalog, a, by).Document()
}

func awardOf(r Request, iss catalog.Issuer, ach catalog.Achievement, now time.Time) Award {
	a := Award{
		IssuerID: iss.ID, AchievementID: ach.ID, Version: ach.Version, ExternalID: r.ExternalID, Recipient: r.Recipient,
		AwardedAt: r.AwardedAt, ExpiresAt: r.ExpiresAt, Narrative: r.Narrative, Evidence: r.Evidence, Results: r.Results,
		Term: r.Term, Role: r.Role, Credits: r.Credits, ActivityStart: r.ActivityStart, ActivityEnd: r.ActivityEnd,
		Visibility: r.Visibility, BatchID: r.BatchID, CreatedAt: now, CreatedBy: r.Actor, IdempotencyKey: r.IdempotencyKey,
	}
	if a.AwardedAt.IsZero() {
		a.AwardedAt = now
	}
	return a
}

// Find returns an award with its credentials, or fault.NotFound.
func (s *Service) Find(ctx context.Context, id string) (Award, error) {
	return s.c.Store.Award(ctx, id)
}

// ByCredential returns the award that a credential belongs to, or fault.NotFound.
func (s *Service) ByCredential(ctx context.Context, credentialID string) (Award, error) {
	return s.c.Store.ByCredential(ctx, credentialID)
}

// ByShortCode returns the award whose credential has that short code, as somebody typed it, and the credential's id.
// What is no short code is fault.NotFound, like one that nobody has.
func (s *Service) ByShortCode(ctx context.Context, typed string) (a Award, credentialID string, err error) {
	prefix, ok := ParseShortCode(typed)
	if !ok {
		return a, "", fault.New(fault.NotFound, nil, "there is no such badge").Code("award.not_found")
	}
	return s.c.Store.ByShortCode(ctx, prefix)
}

// List returns a page of awards, newest first, and the cursor of the next page, "" at the end.
func (s *Service) List(ctx context.Context, f Filter) ([]Award, string, error) {
	return s.c.Store.Awards(ctx, f)
}

// Events returns the newest events first, at most n.
func (s *Service) Events(ctx context.Context, issuerID string, n int) ([]event.Event, error) {
	return s.c.Store.Events(ctx, issuerID, n)
}

func (s *Service) event(actor, action, issuerID, subject, detail string) event.Event {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		id = "" // the store refuses an event without an id, and with it the whole transaction
	}
	return event.Event{ID: "evt_" + id, At: s.c.Clock().UTC(), Actor: actor, Action: action, IssuerID: issuerID, Subject: subject, Detail: detail}
}
