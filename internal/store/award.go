package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/offer"
)

// awardBody is what of an award is stored as JSON: everything that is never searched for.
type awardBody struct {
	Narrative     string            `json:"narrative,omitempty"`
	Evidence      []issuer.Evidence `json:"evidence,omitempty"`
	Results       []issuer.Result   `json:"results,omitempty"`
	Term          string            `json:"term,omitempty"`
	Role          string            `json:"role,omitempty"`
	Credits       *float64          `json:"credits,omitempty"`
	ActivityStart time.Time         `json:"activity_start,omitzero"`
	ActivityEnd   time.Time         `json:"activity_end,omitzero"`
	Language      string            `json:"language,omitempty"` // of mails to the recipient
}

const insertAward = `INSERT INTO award (id, issuer_id, achievement_id, version, external_id, idempotency_key, request_digest, recipient_name,
	recipient_email, recipient_id, search, awarded_at, expires_at, visibility, batch_id, body, created_at, created_by, revoked_at,
	revoke_reason, revoked_by)`

const insertCredential = `INSERT INTO credential (id, award_id, form, cryptosuite, alg, holder, key_id, list_id, list_index, changed,
	signed, issued_at)`

// awardRows are the rows of one award, or of several that are stored together.
type awardRows struct{ awards, credentials, offers, events [][]any }

func (r *awardRows) add(more awardRows) {
	r.awards, r.credentials = append(r.awards, more.awards...), append(r.credentials, more.credentials...)
	r.offers, r.events = append(r.offers, more.offers...), append(r.events, more.events...)
}

func (r awardRows) insert(t *tx) error {
	if err := t.insert(insertAward, r.awards); err != nil {
		return err
	}
	if err := t.insert(insertCredential, r.credentials); err != nil {
		return err
	}
	if err := t.insert(insertOffer, r.offers); err != nil {
		return err
	}
	return t.insert(insertEvent, r.events)
}

// InsertAward implements issuer.Store.
func (s *Store) InsertAward(ctx context.Context, a issuer.Award, o offer.Offer, e event.Event) error {
	id, err := awardKey.bytes(a.ID)
	if err != nil {
		return err
	}
	body, err := jsonText(awardBody{a.Narrative, a.Evidence, a.Results, a.Term, a.Role, a.Credits, a.ActivityStart, a.ActivityEnd, a.Recipient.Language})
	if err != nil {
		return fmt.Errorf("award %s: %w", a.ID, err)
	}
	happened, err := eventRow(e)
	if err != nil {
		return err
	}
	rows := awardRows{
		awards: [][]any{{
			id, a.IssuerID, a.AchievementID, a.Version, nullable(a.ExternalID), nullable(a.IdempotencyKey), a.RequestDigest,
			a.Recipient.Name, a.Recipient.Email, a.Recipient.ID, searchText(a), micros(a.AwardedAt), micros(a.ExpiresAt),
			string(a.Visibility), a.BatchID, body, micros(a.CreatedAt), a.CreatedBy, 0, "", "",
		}},
		offers: [][]any{offerRow(o, id)}, events: [][]any{happened},
	}
	for _, c := range a.Credentials {
		row, err := credentialRow(c, id)
		if err != nil {
			return err
		}
		rows.credentials = append(rows.credentials, row)
	}
	return s.insertAward(ctx, rows)
}

func credentialRow(c issuer.Credential, award []byte) ([]any, error) {
	key, err := credentialKey.bytes(c.ID)
	return []any{
		key, award, string(c.Form), c.Cryptosuite, string(c.Alg), c.Holder, c.KeyID, c.StatusList, c.StatusIndex, 0, c.Signed, micros(c.IssuedAt),
	}, err
}

// InsertCredential implements issuer.Store. The award's row is locked, so that a revocation comes before or after the new
// credential and never misses it, and so does another credential of the same kind.
func (s *Store) InsertCredential(ctx context.Context, c issuer.Credential, e event.Event) error {
	award, err := awardKey.bytes(c.AwardID)
	if err != nil {
		return err
	}
	row, err := credentialRow(c, award)
	if err != nil {
		return err
	}
	happened, err := eventRow(e)
	if err != nil {
		return err
	}
	return s.write(ctx, "award", func(t *tx) error {
		if err := s.notErased(t, award); err != nil {
			return err
		}
		if err := t.mayIssue(award, s.dialect); err != nil {
			return err
		}
		var same int64
		if err := t.row(`SELECT COUNT(*) FROM credential WHERE award_id = $1 AND form = $2 AND cryptosuite = $3 AND alg = $4 AND holder = $5`,
			args(award, string(c.Form), c.Cryptosuite, string(c.Alg), c.Holder), &same); err != nil {
			return err
		}
		if same != 0 {
			return fault.New(fault.Conflict, nil, "the award has such a credential").Code("credential.exists")
		}
		if err := t.notSuperseded(award, c.Holder); err != nil {
			return err
		}
		if err := t.insert(insertCredential, [][]any{row}); err != nil {
			return err
		}
		return t.insert(insertEvent, [][]any{happened})
	})
}

// notSuperseded refuses a credential of nobody in particular where such were superseded.
func (t *tx) notSuperseded(award []byte, holder string) error {
	if holder != "" {
		return nil
	}
	var n int64
	err := t.row("SELECT COUNT(*) FROM credential WHERE award_id = $1 AND superseded_at > 0", args(award), &n)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, nil, "the badge is in the learner's wallet, and no other copy of it holds").Code("award.superseded")
	}
	return err
}

// searchText is what a search looks at, folded.
func searchText(a issuer.Award) string {
	return strings.ToLower(a.Recipient.Name + "\n" + a.Recipient.Email + "\n" + a.ExternalID)
}

const selectAward = `SELECT seq, id, issuer_id, achievement_id, version, external_id, idempotency_key, request_digest, recipient_name,
	recipient_email, recipient_id, awarded_at, expires_at, visibility, batch_id, body, created_at, created_by, revoked_at, revoke_reason,
	revoke_code, revoked_by, suspended_at, suspend_reason, suspend_code, suspended_by, suspend_change, erased_at FROM award `

func scanAward(scan func(...any) error) (a issuer.Award, seq int64, err error) {
	var id []byte
	var external, idempotency *string
	var awarded, expires, created, revoked, suspended, erased int64
	var visibility, body string
	var r issuer.Revocation
	var p issuer.Suspension
	err = scan(&seq, &id, &a.IssuerID, &a.AchievementID, &a.Version, &external, &idempotency, &a.RequestDigest, &a.Recipient.Name,
		&a.Recipient.Email, &a.Recipient.ID, &awarded, &expires, &visibility, &a.BatchID, &body, &created, &a.CreatedBy, &revoked, &r.Reason,
		&r.Code, &r.By, &suspended, &p.Reason, &p.Code, &p.By, &p.Change, &erased)
	if err != nil {
		return a, seq, err
	}
	a.ID = awardKey.text(id)
	var b awardBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return a, seq, fmt.Errorf("award %s as stored: %w", a.ID, err)
	}
	a.Narrative, a.Evidence, a.Results, a.Term, a.Role, a.Credits = b.Narrative, b.Evidence, b.Results, b.Term, b.Role, b.Credits
	a.ActivityStart, a.ActivityEnd, a.Recipient.Language = b.ActivityStart, b.ActivityEnd, b.Language
	a.AwardedAt, a.ExpiresAt, a.CreatedAt, a.Visibility = moment(awarded), moment(expires), moment(created), issuer.Visibility(visibility)
	a.ErasedAt = moment(erased)
	if external != nil {
		a.ExternalID = *external
	}
	if idempotency != nil {
		a.IdempotencyKey = *idempotency
	}
	switch {
	case revoked != 0:
		r.At = moment(revoked)
		a.Revocation = &r
	case suspended != 0:
		p.At = moment(suspended)
		a.Suspension = &p
	}
	return a, seq, nil
}

// one returns the award of a query with its credentials, or fault.NotFound.
func (t *tx) award(where string, list []any) (issuer.Award, error) {
	var out issuer.Award
	found := false
	err := t.rows(selectAward+where, list, func(scan func(...any) error) error {
		var err error
		out, _, err = scanAward(scan)
		found = true
		return err
	})
	switch {
	case err != nil:
		return out, err
	case !found:
		return out, fault.New(fault.NotFound, nil, "there is no such award").Code("award.not_found")
	}
	out.Credentials, err = t.credentials(out.ID)
	return out, err
}

func (t *tx) credentials(awardID string) ([]issuer.Credential, error) {
	id, err := awardKey.bytes(awardID)
	if err != nil {
		return nil, err
	}
	var out []issuer.Credential
	err = t.rows(`SELECT id, form, cryptosuite, alg, holder, key_id, list_id, list_index, signed, issued_at, superseded_at FROM credential
		WHERE award_id = $1 ORDER BY seq`, args(id),
		func(scan func(...any) error) error {
			c := issuer.Credential{AwardID: awardID}
			var key []byte
			var form, alg string
			var issued, superseded int64
			if err := scan(&key, &form, &c.Cryptosuite, &alg, &c.Holder, &c.KeyID, &c.StatusList, &c.StatusIndex, &c.Signed, &issued,
				&superseded); err != nil {
				return err
			}
			c.SupersededAt = moment(superseded)
			c.ID, c.Form, c.Alg, c.IssuedAt = credentialKey.text(key), proof.Form(form), keys.Algorithm(alg), moment(issued)
			out = append(out, c)
			return nil
		})
	return out, err
}

// Award implements issuer.Store.
func (s *Store) Award(ctx context.Context, id string) (issuer.Award, error) {
	key, err := awardKey.bytes(id)
	if err != nil {
		return issuer.Award{}, err
	}
	a, err := s.read(ctx).award("WHERE id = $1", args(key))
	return a, s.wrap(err, "award")
}

// Replay implements issuer.Store.
func (s *Store) Replay(ctx context.Context, issuerID, externalID, idempotencyKey string) (issuer.Award, error) {
	for _, by := range [...]struct{ column, value string }{{"external_id", externalID}, {"idempotency_key", idempotencyKey}} {
		if by.value == "" {
			continue
		}
		a, err := s.read(ctx).award("WHERE issuer_id = $1 AND "+by.column+" = $2", args(issuerID, by.value))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return a, s.wrap(err, "award")
		}
	}
	return issuer.Award{}, fault.New(fault.NotFound, nil, "there is no such award").Code("award.not_found")
}

// ByCredential implements issuer.Store.
func (s *Store) ByCredential(ctx context.Context, credentialID string) (issuer.Award, error) {
	key, err := credentialKey.bytes(credentialID)
	if err != nil {
		return issuer.Award{}, err
	}
	a, err := s.read(ctx).award("WHERE id = (SELECT award_id FROM credential WHERE id = $1)", args(key))
	return a, s.wrap(err, "award")
}

// ByShortCode implements issuer.Store. The ids that begin with the prefix are one range of the index.
func (s *Store) ByShortCode(ctx context.Context, prefix string) (issuer.Award, string, error) {
	none := fault.New(fault.NotFound, nil, "there is no such award").Code("award.not_found")
	rest := randid.Length - 1 - len(prefix)
	if rest < 0 || rest >= randid.Length-1 {
		return issuer.Award{}, "", none
	}
	from, err := credentialKey.bytes(prefix + strings.Repeat("a", rest) + "a")
	if err != nil {
		return issuer.Award{}, "", err
	}
	to, err := credentialKey.bytes(prefix + strings.Repeat("7", rest) + "4") // the last character has two bits to spare
	if err != nil {
		return issuer.Award{}, "", err
	}
	var found []string
	err = s.read(ctx).rows("SELECT id FROM credential WHERE id BETWEEN $1 AND $2 LIMIT 2", args(from, to), func(scan func(...any) error) error {
		var key []byte
		err := scan(&key)
		found = append(found, credentialKey.text(key))
		return err
	})
	if err != nil {
		return issuer.Award{}, "", s.wrap(err, "award")
	}
	if len(found) != 1 {
		return issuer.Award{}, "", none
	}
	a, err := s.ByCredential(ctx, found[0])
	return a, found[0], err
}
