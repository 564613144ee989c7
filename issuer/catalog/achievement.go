package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// NewAchievement is a request to add an achievement, or what its next state shall be. Name, Description and one of
// Criteria and CriteriaURL are required.
type NewAchievement struct {
	Issuer       string // id, slug or DID; "" for the only issuer
	Slug         string // derived from Name when empty; cannot be changed by a revision
	Name         string
	Description  string
	Criteria     string // Markdown
	CriteriaURL  string
	Type         string // AchievementType of OB 3.0, or "ext:…"; may be empty
	Tags         []string
	Language     string // default: the issuer's
	HumanCode    string
	FieldOfStudy string
	Credits      *float64
	Alignments   []Alignment
	Results      []ResultDescription
	Translations []Translation
	Minors       bool   // of a programme for minors
	Image        *Image // in a revision: nil keeps the picture, without Data only Alt changes, without both it goes
}

// AddAchievement checks and stores version 1 of an achievement. All mistakes are told at once as fault.Invalid with
// Mistakes as its cause; a taken slug is fault.Conflict.
func (s *Service) AddAchievement(ctx context.Context, n NewAchievement, actor string) (Achievement, error) {
	i, err := s.Issuer(ctx, n.Issuer)
	if err != nil {
		return Achievement{}, err
	}
	if n.Language == "" {
		n.Language = i.Language
	}
	img, err := s.checkAchievement(&n)
	if err != nil {
		return Achievement{}, err
	}
	id, err := s.newID("ach_")
	if err != nil {
		return Achievement{}, err
	}
	if n.Slug == "" {
		if n.Slug, err = s.deriveSlug(ctx, i.ID, n.Name, id); err != nil {
			return Achievement{}, err
		}
	}
	a := n.achievement(img)
	a.ID, a.IssuerID, a.Version, a.CreatedAt = id, i.ID, 1, s.now()
	e, err := s.event(actor, "achievement.created", i.ID, a.ID)
	if err != nil {
		return Achievement{}, err
	}
	if err := s.store.InsertAchievement(ctx, a, e); err != nil {
		return Achievement{}, fmt.Errorf("achievement %s: %w", a.Slug, err)
	}
	s.cache.forget(a.ID)
	return a, nil
}

func (s *Service) deriveSlug(ctx context.Context, issuerID, name, id string) (string, error) {
	var failed error
	slug := freeSlug(slugOf(name, "achievement", id), id, func(slug string) bool {
		_, err := s.store.AchievementBySlug(ctx, issuerID, slug)
		if err != nil && !fault.Is(err, fault.NotFound) {
			failed = err
		}
		return err == nil
	})
	if failed != nil {
		return "", fmt.Errorf("slug for an achievement: %w", failed)
	}
	return slug, nil
}

// achievement returns the content of n as an achievement without identity.
func (n *NewAchievement) achievement(img *Image) Achievement {
	return Achievement{
		Slug: n.Slug, Name: n.Name, Description: n.Description, Criteria: n.Criteria, CriteriaURL: n.CriteriaURL, Type: n.Type,
		Tags: n.Tags, Language: n.Language, HumanCode: n.HumanCode, FieldOfStudy: n.FieldOfStudy, Credits: n.Credits,
		Alignments: n.Alignments, Results: n.Results, Translations: n.Translations, Minors: n.Minors, Image: img,
	}
}

// ReviseAchievement gives the achievement (id, or slug under n.Issuer) the content of n: the newest version is overwritten
// while it is not locked, else the next version is made. The same content again changes nothing. The slug stays; another
// one is a mistake. Two revisions at the same moment: one is fault.Conflict.
func (s *Service) ReviseAchievement(ctx context.Context, ref string, n NewAchievement, actor string) (Achievement, error) {
	old, err := s.newest(ctx, n.Issuer, ref)
	if err != nil {
		return Achievement{}, err
	}
	if n.Language == "" {
		n.Language = old.Language
	}
	n.Image = revisedImage(old.Image, n.Image)
	img, err := s.checkAchievement(&n)
	if err != nil {
		return Achievement{}, err
	}
	if n.Slug != "" && n.Slug != old.Slug {
		return Achievement{}, Mistakes{{At: "/slug", Code: "other", Sentence: "the slug of an achievement cannot be changed"}}.fault("achievement.invalid")
	}
	a := n.achievement(img)
	a.ID, a.IssuerID, a.Version, a.Slug, a.CreatedAt = old.ID, old.IssuerID, old.Version, old.Slug, s.now()
	if sameContent(old, a) {
		return old, nil
	}
	defer s.cache.forget(a.ID)
	e, err := s.event(actor, "achievement.revised", a.IssuerID, a.ID)
	if err != nil {
		return Achievement{}, err
	}
	if !old.Locked {
		err := s.store.ReplaceAchievement(ctx, a, e)
		if err == nil {
			return a, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return Achievement{}, fmt.Errorf("achievement %s: %w", a.ID, err)
		}
		// Its first award came between our reading and our writing.
	}
	a.Version++
	if err := s.store.InsertAchievement(ctx, a, e); err != nil {
		return Achievement{}, fmt.Errorf("achievement %s version %d: %w", a.ID, a.Version, err)
	}
	return a, nil
}

// revisedImage applies the three meanings that a revision's Image has.
func revisedImage(old, next *Image) *Image {
	switch {
	case next == nil:
		return old
	case len(next.Data) == 0 && next.Alt != "" && old != nil:
		return &Image{Type: old.Type, Alt: next.Alt, Data: old.Data}
	}
	return next
}

// sameContent compares everything that a revision can change.
func sameContent(a, b Achievement) bool {
	return samePicture(a.Image, b.Image) && reflect.DeepEqual(content(a), content(b))
}

func samePicture(a, b *Image) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type && a.Alt == b.Alt && bytes.Equal(a.Data, b.Data)
}

// State names what an achievement says now, for whoever changes it and must not undo what somebody else has changed meanwhile:
// another version, text or picture has another one.
func (a Achievement) State() (string, error) {
	doc, err := json.Marshal(content(a))
	if err != nil {
		return "", fmt.Errorf("state of %s: %w", a.ID, err)
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d %d %s ", a.Version, len(doc), doc)
	if a.Image != nil {
		_, _ = fmt.Fprintf(h, "%s %d %s ", a.Image.Type, len(a.Image.Alt), a.Image.Alt)
		_, _ = h.Write(a.Image.Data)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// content strips identity, state and picture, and makes no difference between no list and an empty one.
func content(a Achievement) Achievement {
	c := Achievement{
		Slug: a.Slug, Name: a.Name, Description: a.Description, Criteria: a.Criteria, CriteriaURL: a.CriteriaURL, Type: a.Type,
		Tags: append([]string(nil), a.Tags...), Language: a.Language, HumanCode: a.HumanCode, FieldOfStudy: a.FieldOfStudy,
		Credits: a.Credits, Minors: a.Minors, Alignments: append([]Alignment(nil), a.Alignments...), Results: append([]ResultDescription(nil), a.Results...),
		Translations: append([]Translation(nil), a.Translations...),
	}
	for i := range c.Results {
		c.Results[i].AllowedValues = append([]string(nil), c.Results[i].AllowedValues...)
	}
	for i, t := range c.Translations {
		c.Translations[i].Tags = append([]string(nil), t.Tags...)
		c.Translations[i].Results = append([]ResultName(nil), t.Results...)
	}
	return c
}

// Achievement returns one version of an achievement, the newest for version 0. ref is its id, or its slug under the issuer
// (id, slug or DID; "" for the only issuer). With an issuer given, another issuer's achievement is fault.NotFound. What it
// returns is shared with other callers: do not write into its slices, pictures and pointers. A newer version or a change
// by another process is seen after a second at most; a version that is not locked is always read anew.
func (s *Service) Achievement(ctx context.Context, issuerRef, ref string, version int) (Achievement, error) {
	issuerID := ""
	if issuerRef != "" || !strings.HasPrefix(ref, "ach_") {
		i, err := s.Issuer(ctx, issuerRef)
		if err != nil {
			return Achievement{}, err
		}
		issuerID = i.ID
	}
	now := s.clock()
	if a, ok := s.cache.lookup(issuerID, ref, version, now); ok {
		return s.ofIssuer(a, issuerID, ref)
	}
	a, err := s.read(ctx, issuerID, ref, version)
	if err != nil {
		return Achievement{}, notInCatalogue(err, ref)
	}
	s.cache.keep(issuerID, ref, version, a, now)
	return s.ofIssuer(a, issuerID, ref)
}

func (s *Service) read(ctx context.Context, issuerID, ref string, version int) (Achievement, error) {
	if version < 0 {
		return Achievement{}, fault.New(fault.NotFound, nil, "versions count from 1")
	}
	if strings.HasPrefix(ref, "ach_") {
		return s.store.Achievement(ctx, ref, version)
	}
	a, err := s.store.AchievementBySlug(ctx, issuerID, ref)
	if err != nil || version == 0 || a.Version == version {
		return a, err
	}
	return s.store.Achievement(ctx, a.ID, version)
}

// newest reads the newest version from the store, whatever is remembered.
func (s *Service) newest(ctx context.Context, issuerRef, ref string) (Achievement, error) {
	issuerID := ""
	if issuerRef != "" || !strings.HasPrefix(ref, "ach_") {
		i, err := s.Issuer(ctx, issuerRef)
		if err != nil {
			return Achievement{}, err
		}
		issuerID = i.ID
	}
	a, err := s.read(ctx, issuerID, ref, 0)
	if err != nil {
		return Achievement{}, notInCatalogue(err, ref)
	}
	return s.ofIssuer(a, issuerID, ref)
}

func (s *Service) ofIssuer(a Achievement, issuerID, ref string) (Achievement, error) {
	if issuerID != "" && a.IssuerID != issuerID {
		return Achievement{}, notInCatalogue(fault.New(fault.NotFound, nil, "another issuer's"), ref)
	}
	return a, nil
}

func notInCatalogue(err error, ref string) error {
	if !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("achievement %.80q: %w", ref, err)
	}
	return fault.New(fault.NotFound, err, "achievement %.80q is not in the catalogue", ref).Code("achievement.unknown").At("/achievement")
}

// Achievements returns the newest versions of the issuer's achievements (id, slug or DID; every issuer's for "") by name,
// without picture data.
func (s *Service) Achievements(ctx context.Context, issuerRef string) ([]Achievement, error) {
	issuerID := ""
	if issuerRef != "" {
		i, err := s.Issuer(ctx, issuerRef)
		if err != nil {
			return nil, err
		}
		issuerID = i.ID
	}
	as, err := s.store.Achievements(ctx, issuerID)
	if err != nil {
		return nil, fmt.Errorf("achievements: %w", err)
	}
	return as, nil
}
