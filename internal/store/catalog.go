package store

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

const insertEvent = `INSERT INTO event (id, at, actor, action, issuer_id, subject, detail)`

// record writes an event within the transaction of its fact.
func (t *tx) record(e event.Event) error {
	row, err := eventRow(e)
	if err != nil {
		return err
	}
	return t.insert(insertEvent, [][]any{row})
}

func eventRow(e event.Event) ([]any, error) {
	if e.ID == "" {
		return nil, fmt.Errorf("event %s: it has no id", e.Action)
	}
	return []any{e.ID, micros(e.At), e.Actor, e.Action, e.IssuerID, e.Subject, e.Detail}, nil
}

// imageColumns splits a picture into its columns.
func imageColumns(i *catalog.Image) (kind, alt string, data []byte) {
	if i == nil {
		return "", "", nil
	}
	return i.Type, i.Alt, i.Data
}

func imageOf(kind, alt string, data []byte) *catalog.Image {
	if kind == "" {
		return nil
	}
	return &catalog.Image{Type: kind, Alt: alt, Data: data}
}

// InsertIssuer implements catalog.Store.
func (s *Store) InsertIssuer(ctx context.Context, i catalog.Issuer, e event.Event) error {
	kind, alt, data := imageColumns(i.Image)
	return s.write(ctx, "issuer", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO issuer (id, slug, did, name, description, url, email, language, algorithm, image_type, image_alt,
			image_data, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			i.ID, i.Slug, i.DID, i.Name, i.Description, i.URL, i.Email, i.Language, i.Algorithm, kind, alt, data, micros(i.CreatedAt)); err != nil {
			return err
		}
		return t.record(e)
	})
}

// UpdateIssuer implements catalog.Store.
func (s *Store) UpdateIssuer(ctx context.Context, i catalog.Issuer, e event.Event) error {
	kind, alt, data := imageColumns(i.Image)
	return s.write(ctx, "issuer", func(t *tx) error {
		n, err := t.exec(`UPDATE issuer SET name = $1, description = $2, url = $3, email = $4, language = $5, image_type = $6, image_alt = $7,
			image_data = $8 WHERE id = $9`, i.Name, i.Description, i.URL, i.Email, i.Language, kind, alt, data, i.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, nil, "there is no such issuer").Code("issuer.unknown")
		}
		if err != nil {
			return err
		}
		return t.record(e)
	})
}

// Issuers implements catalog.Store.
func (s *Store) Issuers(ctx context.Context) ([]catalog.Issuer, error) {
	var out []catalog.Issuer
	err := s.read(ctx).rows(`SELECT id, slug, did, name, description, url, email, language, algorithm, image_type, image_alt, image_data,
		created_at FROM issuer ORDER BY created_at, id`, nil, func(scan func(...any) error) error {
		var i catalog.Issuer
		var kind, alt string
		var data []byte
		var created int64
		if err := scan(&i.ID, &i.Slug, &i.DID, &i.Name, &i.Description, &i.URL, &i.Email, &i.Language, &i.Algorithm, &kind, &alt, &data, &created); err != nil {
			return err
		}
		i.Image, i.CreatedAt = imageOf(kind, alt, data), moment(created)
		out = append(out, i)
		return nil
	})
	return out, s.wrap(err, "issuer")
}

// achievementBody is what of an achievement is stored as JSON: everything that is never searched for.
type achievementBody struct {
	Description  string                      `json:"description"`
	Criteria     string                      `json:"criteria,omitempty"`
	CriteriaURL  string                      `json:"criteria_url,omitempty"`
	Type         string                      `json:"type,omitempty"`
	Tags         []string                    `json:"tags,omitempty"`
	Language     string                      `json:"language,omitempty"`
	HumanCode    string                      `json:"human_code,omitempty"`
	FieldOfStudy string                      `json:"field_of_study,omitempty"`
	Credits      *float64                    `json:"credits,omitempty"`
	Alignments   []catalog.Alignment         `json:"alignments,omitempty"`
	Results      []catalog.ResultDescription `json:"results,omitempty"`
	Minors       bool                        `json:"minors,omitzero"`
	Translations []catalog.Translation       `json:"translations,omitempty"`
}

func bodyOf(a catalog.Achievement) (string, error) {
	b, err := jsonText(achievementBody{
		a.Description, a.Criteria, a.CriteriaURL, a.Type, a.Tags, a.Language, a.HumanCode, a.FieldOfStudy, a.Credits, a.Alignments, a.Results,
		a.Minors, a.Translations,
	})
	if err != nil {
		return "", fmt.Errorf("achievement %s: %w", a.ID, err)
	}
	return b, nil
}

// InsertAchievement implements catalog.Store.
func (s *Store) InsertAchievement(ctx context.Context, a catalog.Achievement, e event.Event) error {
	body, err := bodyOf(a)
	if err != nil {
		return err
	}
	kind, alt, data := imageColumns(a.Image)
	return s.write(ctx, "achievement", func(t *tx) error {
		var newest int
		if err := t.row("SELECT COALESCE(MAX(version), 0) FROM achievement WHERE id = $1", args(a.ID), &newest); err != nil {
			return err
		}
		if newest != a.Version-1 {
			return fault.New(fault.Conflict, nil, "version %d follows version %d, not %d", a.Version, a.Version-1, newest).Code("achievement.version")
		}
		if _, err := t.exec(`INSERT INTO achievement (id, version, issuer_id, slug, name, locked, body, image_type, image_alt, image_data, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)`,
			a.ID, a.Version, a.IssuerID, a.Slug, a.Name, body, kind, alt, data, micros(a.CreatedAt)); err != nil {
			return err
		}
		return t.record(e)
	})
}

// ReplaceAchievement implements catalog.Store.
func (s *Store) ReplaceAchievement(ctx context.Context, a catalog.Achievement, e event.Event) error {
	body, err := bodyOf(a)
	if err != nil {
		return err
	}
	kind, alt, data := imageColumns(a.Image)
	return s.write(ctx, "achievement", func(t *tx) error {
		var locked int
		if err := t.row("SELECT locked FROM achievement WHERE id = $1 AND version = $2", args(a.ID, a.Version), &locked); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE achievement SET name = $1, body = $2, image_type = $3, image_alt = $4, image_data = $5
			WHERE id = $6 AND version = $7 AND locked = 0`, a.Name, body, kind, alt, data, a.ID, a.Version)
		if err != nil {
			return err
		}
		if n == 0 { // it was locked before, or by another transaction a moment ago
			return fault.New(fault.Conflict, nil, "version %d has been awarded and cannot change", a.Version).Code("achievement.locked").
				Hint("make the next version")
		}
		return t.record(e)
	})
}

const selectAchievement = `SELECT id, version, issuer_id, slug, name, locked, body, image_type, image_alt, image_data, created_at FROM achievement `

func scanAchievement(scan func(...any) error) (catalog.Achievement, error) {
	var a catalog.Achievement
	var kind, alt, body string
	var data []byte
	var locked, created int64
	if err := scan(&a.ID, &a.Version, &a.IssuerID, &a.Slug, &a.Name, &locked, &body, &kind, &alt, &data, &created); err != nil {
		return a, err
	}
	var b achievementBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return a, fmt.Errorf("achievement %s as stored: %w", a.ID, err)
	}
	a.Description, a.Criteria, a.CriteriaURL, a.Type, a.Tags, a.Language = b.Description, b.Criteria, b.CriteriaURL, b.Type, b.Tags, b.Language
	a.HumanCode, a.FieldOfStudy, a.Credits, a.Alignments, a.Results = b.HumanCode, b.FieldOfStudy, b.Credits, b.Alignments, b.Results
	a.Minors, a.Translations = b.Minors, b.Translations
	a.Locked, a.Image, a.CreatedAt = locked != 0, imageOf(kind, alt, data), moment(created)
	return a, nil
}

// oneAchievement returns the only row of a query, or fault.NotFound.
func (s *Store) oneAchievement(ctx context.Context, where string, a []any) (catalog.Achievement, error) {
	var out catalog.Achievement
	found := false
	err := s.read(ctx).rows(selectAchievement+where, a, func(scan func(...any) error) error {
		var err error
		out, err = scanAchievement(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, nil, "there is no such achievement").Code("achievement.not_found")
	}
	return out, s.wrap(err, "achievement")
}

// Achievement implements catalog.Store.
func (s *Store) Achievement(ctx context.Context, id string, version int) (catalog.Achievement, error) {
	if version == 0 {
		return s.oneAchievement(ctx, "WHERE id = $1 ORDER BY version DESC LIMIT 1", args(id))
	}
	return s.oneAchievement(ctx, "WHERE id = $1 AND version = $2", args(id, version))
}

// AchievementBySlug implements catalog.Store.
func (s *Store) AchievementBySlug(ctx context.Context, issuerID, slug string) (catalog.Achievement, error) {
	return s.oneAchievement(ctx, "WHERE issuer_id = $1 AND slug = $2 ORDER BY version DESC LIMIT 1", args(issuerID, slug))
}

// Achievements implements catalog.Store.
func (s *Store) Achievements(ctx context.Context, issuerID string) ([]catalog.Achievement, error) {
	var out []catalog.Achievement
	query := `SELECT id, version, issuer_id, slug, name, locked, body, image_type, image_alt, NULL, created_at FROM achievement a
		WHERE (issuer_id = $1 OR $1 = '') AND version = (SELECT MAX(version) FROM achievement b WHERE b.id = a.id) ORDER BY name, id`
	err := s.read(ctx).rows(query, args(issuerID), func(scan func(...any) error) error {
		a, err := scanAchievement(scan)
		out = append(out, a)
		return err
	})
	return out, s.wrap(err, "achievement")
}

// LockAchievement implements issuer.Store. Lock and content are read in one transaction, so that a credential is never
// built from a content that changed afterwards.
func (s *Store) LockAchievement(ctx context.Context, id string, version int) (catalog.Achievement, error) {
	err := s.write(ctx, "achievement", func(t *tx) error {
		_, err := t.exec("UPDATE achievement SET locked = 1 WHERE id = $1 AND version = $2 AND locked = 0", id, version)
		return err
	})
	if err != nil {
		return catalog.Achievement{}, err
	}
	return s.Achievement(ctx, id, version)
}
