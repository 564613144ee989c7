package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// StatementKind is what a statement is.
type StatementKind string

// The kinds of statements.
const (
	LearnerRecord StatementKind = "record"      // several awards of one recipient together (CLR 2.0)
	Endorsement   StatementKind = "endorsement" // what an issuer says of a profile, an achievement or a credential
	Written       StatementKind = "credential"  // a credential that a platform wrote itself
)

// prefix begins the ids of the kind; place is the folder of its addresses.
func (k StatementKind) prefix() string {
	return map[StatementKind]string{LearnerRecord: "rec_", Endorsement: "end_", Written: "vcr_"}[k]
}
func (k StatementKind) place() string { return string(k) + "s" }

// Statement is a signed document behind which no single award stands. It has a status index of its own and can be revoked.
type Statement struct {
	ID            string // "rec_…", "end_…" or "vcr_…"
	Kind          StatementKind
	IssuerID      string
	ExternalID    string // the platform's own id, unique per issuer and kind; may be empty
	RequestDigest []byte
	Name          string
	About         string   // an endorsement: the id of what is endorsed; a record: the id of its subject; a written one: its own id
	Subject       string   // of a written one: the id of its credentialSubject, so that an erasure finds it; may be empty
	Awards        []string // of a record: the awards in it
	Form          proof.Form
	Cryptosuite   string
	Alg           keys.Algorithm
	KeyID         string
	StatusList    string
	StatusIndex   int
	Signed        []byte
	ExpiresAt     time.Time // zero: never
	CreatedAt     time.Time
	CreatedBy     string
	Revocation    *Revocation
}

// StatementFilter selects statements. Zero fields do not select.
type StatementFilter struct {
	Kind     StatementKind
	IssuerID string
	About    string
	KeyID    string // of the key that signed it, by whichever of its names
	Cursor   string // opaque
	Limit    int    // 1…200, default 50
}

// StatementStore keeps statements. A miss is fault.NotFound.
type StatementStore interface {
	// InsertStatement stores a statement with its event. A taken external id or status index is fault.Conflict, and so is
	// an erased award in it (code award.erased).
	InsertStatement(ctx context.Context, s Statement, e event.Event) error
	Statement(ctx context.Context, id string) (Statement, error)
	// ReplayStatement returns the statement of that kind and issuer with that external id.
	ReplayStatement(ctx context.Context, kind StatementKind, issuerID, externalID string) (Statement, error)
	// Statements returns one page, newest first, without signed bytes, and the cursor of the next page ("" at the end).
	Statements(ctx context.Context, f StatementFilter) (page []Statement, next string, err error)
	// RevokeStatement does what RevokeAward does, and takes the statement off wherever it is attached.
	RevokeStatement(ctx context.Context, id string, r Revocation, e event.Event) (Statement, error)
}

// StatementURL is the address of a statement: its id as a credential. What a platform wrote is published nowhere: its id is
// no address of ours.
func (s *Service) StatementURL(x Statement) string {
	if x.Kind == Written {
		return x.About
	}
	return s.c.BaseURL + "/" + x.Kind.place() + "/" + strings.TrimPrefix(x.ID, x.Kind.prefix())
}

// StatementID turns the last element of an address below the folder of a kind into an id. What has not its shape gives "".
func StatementID(place, element string) string {
	for _, k := range [...]StatementKind{LearnerRecord, Endorsement} {
		if k.place() == place && randid.Valid(element) {
			return k.prefix() + element
		}
	}
	return ""
}

// Statement returns a statement, or fault.NotFound.
func (s *Service) Statement(ctx context.Context, id string) (Statement, error) {
	x, err := s.c.Statements.Statement(ctx, id)
	if err == nil && len(x.Signed) == 0 {
		err = fault.New(fault.NotFound, nil, "the data of the learner of this record were erased").Code("statement.not_found")
	}
	return x, err
}

// Statements returns a page of statements, newest first, and the cursor of the next page, "" at the end.
func (s *Service) Statements(ctx context.Context, f StatementFilter) ([]Statement, string, error) {
	return s.c.Statements.Statements(ctx, f)
}

// RevokeStatement revokes a record or an endorsement as Revoke does an award. The credentials inside a record stay what they
// are; an endorsement is no longer put into what is awarded from then on. There is no other step: a suspended record would say
// nothing that its members do not.
func (s *Service) RevokeStatement(ctx context.Context, id string, step Step) (Statement, error) {
	step.Action = Revoke
	if err := step.check(); err != nil {
		return Statement{}, err
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	x, err := s.c.Statements.RevokeStatement(ctx, id, Revocation{At: now, Reason: step.Reason, Code: step.Code, By: step.Actor},
		s.event(step.Actor, "statement.revoked", "", id, string(step.Code)))
	if err != nil {
		return x, err
	}
	s.attached.forget()
	if err := s.c.Lists.Changed(ctx, x.StatusList); err != nil {
		s.c.Logger.ErrorContext(ctx, "status list was not published at once; its next reader builds it", "list", x.StatusList, "error", err)
	}
	return x, nil
}

// settleStatement fills in what was left open about how a statement is secured. A record or an endorsement is shown whole, so none
// is issued in a form that discloses parts, and none in the older data model.
func settleStatement(as As, iss catalog.Issuer) (As, error) {
	if as.Form == "" {
		as.Form = proof.OBJWT
	}
	if !as.Holder.IsZero() {
		return as, invalid("statement.holder", "/holder", "a record or an endorsement is bound to no wallet")
	}
	whole := as.Form == proof.OBJWT || as.Form == proof.VCJWT || as.Form == proof.DataIntegrity && as.Cryptosuite != dataintegrity.ECDSASD
	if !whole {
		return as, unsupported("credential.form", "/form", "use ob-jwt, vc-jwt or data-integrity", "records and endorsements are not issued in this form")
	}
	return as.settle(keys.Algorithm(iss.Algorithm))
}

// replayStatement looks for the statement of an earlier request. fault.NotFound means that there is none.
func (s *Service) replayStatement(ctx context.Context, x Statement) (Statement, error) {
	if x.ExternalID == "" {
		return Statement{}, fault.New(fault.NotFound, nil, "no earlier request")
	}
	known, err := s.c.Statements.ReplayStatement(ctx, x.Kind, x.IssuerID, x.ExternalID)
	if err != nil {
		return Statement{}, err
	}
	if string(known.RequestDigest) != string(x.RequestDigest) && x.Kind == Written {
		return Statement{}, fault.New(fault.Conflict, nil, "a credential with this id was issued and says something else").
			Code("credential.conflict").At("/id").Hint("use another id; what was issued is %s", known.ID)
	}
	if string(known.RequestDigest) != string(x.RequestDigest) {
		return Statement{}, fault.New(fault.Conflict, nil, "a %s with this external_id exists and says something else", x.Kind).
			Code("statement.conflict").At("/external_id").Hint("read it: its id is %s; or use another external_id", known.ID)
	}
	return known, nil
}

// unsigned is a statement on its way: what it will be called, and where its status stands.
type unsigned struct {
	url    string
	status credential.Single[credential.CredentialStatus]
}

// sign gives x its id, reserves its index, signs what write makes, and stores it.
func (s *Service) sign(ctx context.Context, x *Statement, as As, write func(unsigned) ([]byte, error)) error {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return err
	}
	x.ID = x.Kind.prefix() + id
	entry, err := s.c.Lists.Reserve(ctx, x.IssuerID, statuslist.Revocation)
	if err != nil {
		return fmt.Errorf("status index: %w", err)
	}
	doc, err := write(unsigned{url: s.StatementURL(*x), status: draft{entry: entry, as: as, purpose: statuslist.Revocation}.status()})
	if err != nil {
		return err
	}
	if len(doc)*4/3+1024 > limits.CredentialBytes {
		return fault.New(fault.TooLarge, nil, "it would have more than %d bytes", limits.CredentialBytes).Code(string(x.Kind) + ".too_large").
			Hint("leave something out; a record may be split in two, each marked as partial")
	}
	ticket, err := s.c.Issuance.Prepare(issuance.Order{IssuerID: x.IssuerID, Form: as.Form, Cryptosuite: as.Cryptosuite, Alg: as.Alg}, doc)
	if err != nil {
		return err
	}
	signed, err := s.c.Issuance.Sign(ctx, ticket)
	if err != nil {
		return err
	}
	x.Form, x.Cryptosuite, x.Alg, x.KeyID = as.Form, as.Cryptosuite, as.Alg, signed.KeyID
	x.StatusList, x.StatusIndex, x.Signed = entry.ListID, entry.Index, signed.Bytes
	return s.c.Statements.InsertStatement(ctx, *x, s.event(x.CreatedBy, string(x.Kind)+".created", x.IssuerID, x.ID, ""))
}

// digestOf identifies the content of a request.
func digestOf(request any) ([]byte, error) {
	b, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("digest of the request: %w", err)
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}
