package issuer

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/randid"
)

// Attachment is an endorsement that stands in what is awarded from then on: on the issuer's profile or on the version of an
// achievement, whichever it is about. It may be ours or somebody else's.
type Attachment struct {
	ID        string // "att_…"
	IssuerID  string // of ours, whose profile or achievement it is about
	Target    string // the DID of the issuer, or the address of the achievement's version
	By        string // the id of who endorses
	Name      string
	Statement string // our own endorsement's id, or ""
	Embedded  bool   // a document with a proof inside, not a token
	Signed    []byte
	Digest    []byte    // SHA-256 of Signed
	ExpiresAt time.Time // zero: never
	CreatedAt time.Time
	CreatedBy string
}

// AttachmentStore keeps attachments. A miss is fault.NotFound.
type AttachmentStore interface {
	// InsertAttachment stores an attachment with its event, unless its target has most of them already or the same one: fault.Conflict.
	InsertAttachment(ctx context.Context, a Attachment, most int, e event.Event) error
	Attachment(ctx context.Context, id string) (Attachment, error)
	// Attachments returns those of a target, oldest first.
	Attachments(ctx context.Context, target string) ([]Attachment, error)
	DeleteAttachment(ctx context.Context, id string, e event.Event) error
}

// EndorsementChecker says whether an endorsement holds and who vouches for its issuer. The program fills it with the verifier.
type EndorsementChecker interface {
	CheckEndorsement(ctx context.Context, signed []byte) error
}

// Bounds on what is attached: it travels in every badge.
const (
	attachmentsMost = 8
	attachmentBytes = 16 << 10
)

// Attach puts an endorsement, a compact JWS or a document with a proof inside, into what is awarded from then on. What it is
// about must be one of our issuers or the version of one of our achievements, and may must say that the caller decides for that
// issuer. An endorsement that does not hold, or for whose issuer nobody vouches, is fault.Invalid; the same one twice is no error.
func (s *Service) Attach(ctx context.Context, signed []byte, actor string, may func(issuerID string) error) (Attachment, error) {
	a := Attachment{Signed: bytes.TrimSpace(signed), CreatedAt: s.c.Clock().UTC().Truncate(time.Second), CreatedBy: actor}
	c, err := a.read()
	if err != nil {
		return a, err
	}
	if err := s.own(ctx, &a, c); err != nil {
		return a, err
	}
	if err := may(a.IssuerID); err != nil {
		return a, err
	}
	if err := s.c.Endorsements.CheckEndorsement(ctx, a.Signed); err != nil {
		return a, err
	}
	known, err := s.c.Attachments.Attachments(ctx, a.Target)
	if err != nil {
		return a, err
	}
	for _, k := range known {
		if bytes.Equal(k.Digest, a.Digest) {
			return k, nil
		}
	}
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return a, err
	}
	a.ID = "att_" + id
	err = s.c.Attachments.InsertAttachment(ctx, a, attachmentsMost, s.event(actor, "endorsement.attached", a.IssuerID, a.ID, a.Target))
	s.attached.forget()
	return a, err
}

// read takes the endorsement apart, as far as is needed to know what it is about. Whether it holds, the verifier says.
func (a *Attachment) read() (*credential.Credential, error) {
	const hint = "give the endorsement as a compact JWS, or as JSON with its proof inside"
	if len(a.Signed) == 0 || len(a.Signed) > attachmentBytes {
		return nil, fault.New(fault.Invalid, nil, "an endorsement that is attached has 1 to %d bytes", attachmentBytes).Code("attachment.size").
			At("/endorsement").Hint(hint)
	}
	sum := sha256.Sum256(a.Signed)
	a.Digest, a.Embedded = sum[:], a.Signed[0] == '{'
	c, err := a.content()
	switch {
	case err != nil:
		d := fault.AsDefect(err)
		return nil, fault.New(fault.Invalid, err, "this is no endorsement: %s", d.Detail).Code(d.Code).At("/endorsement").Hint(hint)
	case !c.HasType("EndorsementCredential") || c.Version != credential.V2 || len(c.Subjects) != 1:
		return nil, fault.New(fault.Invalid, nil, "this is no endorsement of Open Badges 3.0").Code("attachment.type").At("/endorsement").Hint(hint)
	}
	a.Target, a.By, a.ExpiresAt = c.SubjectID(), c.IssuerID, c.Until
	a.Name = cmp.Or(c.Doc.Member("name").Text(), "Endorsement")
	if runes := []rune(a.Name); len(runes) > nameLength {
		a.Name = string(runes[:nameLength])
	}
	return c, checkText("/endorsement/name", a.Name, nameLength, false)
}

func (a *Attachment) content() (*credential.Credential, error) {
	if a.Embedded {
		c, err := credential.Parse(a.Signed)
		if err == nil && c.Doc.Member("proof").Kind() < ijson.Array {
			err = fault.Wrong("proof.missing", "/proof", "it carries no proof")
		}
		return c, err
	}
	msg, err := jose.Read(a.Signed)
	if err != nil {
		return nil, err
	}
	content, err := msg.Content()
	if err != nil {
		return nil, err
	}
	return content.Credential, nil
}

// own finds the issuer of ours whose thing is endorsed, and our own statement where it is one.
func (s *Service) own(ctx context.Context, a *Attachment, c *credential.Credential) error {
	if id, version, ok := s.achievementAt(a.Target); ok {
		ach, err := s.c.Catalog.Achievement(ctx, "", id, version)
		if err != nil {
			return at(err, "/endorsement/credentialSubject/id")
		}
		a.IssuerID = ach.IssuerID
	} else {
		i, err := s.c.Catalog.Issuer(ctx, a.Target)
		if err != nil || a.Target == "" || i.DID != a.Target {
			return fault.New(fault.Invalid, err, "the endorsement is about %.120q, which is neither an issuer nor an achievement here", a.Target).
				Code("attachment.target").At("/endorsement/credentialSubject/id").
				Hint("its subject is the DID of an issuer, or the address of an achievement with its version")
		}
		a.IssuerID = i.ID
	}
	if rest, ours := strings.CutPrefix(c.ID, s.c.BaseURL+"/"+Endorsement.place()+"/"); ours {
		x, err := s.c.Statements.Statement(ctx, StatementID(Endorsement.place(), rest))
		if err == nil && bytes.Equal(x.Signed, a.Signed) {
			a.Statement = x.ID
		}
	}
	return nil
}

// Attachments returns what is attached to an issuer's DID or the address of an achievement's version, oldest first.
func (s *Service) Attachments(ctx context.Context, target string) ([]Attachment, error) {
	return s.c.Attachments.Attachments(ctx, target)
}

// Attachment returns one, or fault.NotFound.
func (s *Service) Attachment(ctx context.Context, id string) (Attachment, error) {
	return s.c.Attachments.Attachment(ctx, id)
}

// Detach takes an endorsement off; what was awarded with it keeps it.
func (s *Service) Detach(ctx context.Context, id, actor string) error {
	err := s.c.Attachments.DeleteAttachment(ctx, id, s.event(actor, "endorsement.detached", "", id, ""))
	s.attached.forget()
	return err
}

// attachedAge is how long another process's change of attachments may go unseen.
const attachedAge = 5 * time.Second

// attachedMost bounds the targets that are remembered.
const attachedMost = 4096

// attachments remembers what is attached, so that an award does not ask the database for what hardly ever changes.
type attachments struct {
	mu   sync.Mutex
	kept map[string]attachedTo
}

type attachedTo struct {
	list []Attachment
	at   time.Time
}

func (k *attachments) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = nil
}

func (k *attachments) get(target string, now time.Time) (attachedTo, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got, ok := k.kept[target]
	age := now.Sub(got.at)
	return got, ok && age >= 0 && age < attachedAge
}

func (k *attachments) put(target string, a attachedTo) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= attachedMost {
		k.kept = map[string]attachedTo{}
	}
	k.kept[target] = a
}

// endorsementsOf returns the endorsements of a target that have not expired.
func (s *Service) endorsementsOf(ctx context.Context, target string, now time.Time) ([]Attachment, error) {
	if s.c.Attachments == nil {
		return nil, nil
	}
	got, ok := s.attached.get(target, now)
	if !ok {
		list, err := s.c.Attachments.Attachments(ctx, target)
		if err != nil {
			return nil, fmt.Errorf("endorsements of %s: %w", target, err)
		}
		got = attachedTo{list, now}
		s.attached.put(target, got)
	}
	var out []Attachment
	for _, a := range got.list {
		if a.ExpiresAt.IsZero() || a.ExpiresAt.After(now) {
			out = append(out, a)
		}
	}
	return out, nil
}

// endorse puts endorsements where they belong, as far as the form takes them: a document with an embedded proof takes only
// documents, since the term for tokens is younger than the contexts that its readers may have; data model 1.1 takes only tokens.
func endorse(form proof.Form, list []Attachment, tokens *credential.List[string], extra *jsontext.Value) {
	var documents [][]byte
	for _, a := range list {
		switch {
		case a.Embedded && form != proof.JWTVC11:
			documents = append(documents, a.Signed)
		case !a.Embedded && form != proof.DataIntegrity:
			*tokens = append(*tokens, string(a.Signed))
		}
	}
	if len(documents) > 0 {
		name := strconv.Quote("endorsement")
		*extra = jsontext.Value("{" + name + ":[" + string(bytes.Join(documents, []byte(","))) + "]}")
	}
}
