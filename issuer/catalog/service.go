package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// Pictures makes a picture safe to publish. kind is "image/png" or "image/svg+xml"; data that is neither, or that cannot
// be made safe, is an error with a fault kind.
type Pictures interface {
	Sanitise(data []byte) (clean []byte, kind string, err error)
}

// Config is what a Service needs. Zero fields get a default, except Store.
type Config struct {
	Store    Store
	BaseURL  string           // where the deployment is reached; default http://localhost:8080
	Clock    func() time.Time // default time.Now
	Rand     io.Reader        // default crypto/rand
	Pictures Pictures         // without it only PNG pictures are taken, by their signature, and SVG is refused
}

// Service adds and finds issuers and achievements. It is safe for parallel use.
type Service struct {
	store    Store
	base     *url.URL
	clock    func() time.Time
	rand     io.Reader
	pictures Pictures
	cache    *cache

	issuersMu sync.Mutex
	issuers   []Issuer
	issuersAt time.Time
}

// freshness is how long the service may rely on what it read: another process's change is noticed after it.
const freshness = time.Second

// New makes a Service. It fails when Config.Store is missing or Config.BaseURL is no absolute http or https URL.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("catalogue: no store is configured")
	}
	if c.BaseURL == "" {
		c.BaseURL = "http://localhost:8080"
	}
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("catalogue: base URL: %w", err)
	}
	if (base.Scheme != "https" && base.Scheme != "http") || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("catalogue: base URL %q is no plain http or https address", c.BaseURL)
	}
	base.Host = strings.ToLower(base.Host)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Pictures == nil {
		c.Pictures = onlyPNG{}
	}
	return &Service{store: c.Store, base: base, clock: c.Clock, rand: c.Rand, pictures: c.Pictures, cache: newCache()}, nil
}

// NewIssuer is a request to add an issuer. Name is required.
type NewIssuer struct {
	Name        string
	Slug        string // derived from Name when empty
	URL         string
	Email       string
	Description string
	Language    string // default "en"
	Algorithm   string // ES256 (default), EdDSA or RS256
	Image       *Image // Alt is required with a picture
	Actor       string // who asks, for the event
}

// AddIssuer checks and stores an issuer. The first issuer of a deployment gets the DID of the bare host, later ones
// did:web:HOST:issuers:SLUG. All mistakes are told at once as fault.Invalid with Mistakes as its cause; a taken slug is
// fault.Conflict.
func (s *Service) AddIssuer(ctx context.Context, n NewIssuer) (Issuer, error) {
	if n.Language == "" {
		n.Language = "en"
	}
	if n.Algorithm == "" {
		n.Algorithm = "ES256"
	}
	img, err := s.checkIssuer(&n)
	if err != nil {
		return Issuer{}, err
	}
	known, err := s.store.Issuers(ctx)
	if err != nil {
		return Issuer{}, fmt.Errorf("issuers: %w", err)
	}
	id, err := s.newID("iss_")
	if err != nil {
		return Issuer{}, err
	}
	if n.Slug == "" {
		n.Slug = freeSlug(slugOf(n.Name, "issuer", id), id, func(slug string) bool { return slugTaken(known, slug) })
	}
	i := Issuer{
		ID: id, Slug: n.Slug, DID: s.did(n.Slug, len(known) == 0), Name: n.Name, Description: n.Description, URL: n.URL,
		Email: n.Email, Language: n.Language, Algorithm: n.Algorithm, Image: img, CreatedAt: s.now(),
	}
	e, err := s.event(n.Actor, "issuer.created", i.ID, i.ID)
	if err != nil {
		return Issuer{}, err
	}
	if err := s.store.InsertIssuer(ctx, i, e); err != nil {
		return Issuer{}, fmt.Errorf("issuer %s: %w", i.Slug, err)
	}
	s.forgetIssuers()
	return i, nil
}

// ReviseIssuer gives an issuer the profile of n: name, addresses, description, language and picture (nil keeps it, without Data
// only Alt changes, without both it goes). New credentials say it; what was signed before stays. Slug, identity and algorithm
// stay: others than those that are there are mistakes. The same content again changes nothing. The event names what changed.
func (s *Service) ReviseIssuer(ctx context.Context, ref string, n NewIssuer) (Issuer, error) {
	old, err := s.Issuer(ctx, ref)
	if err != nil {
		return Issuer{}, err
	}
	i, changed, err := s.revised(old, n)
	if err != nil || len(changed) == 0 {
		return i, err
	}
	e, err := s.event(n.Actor, "issuer.revised", i.ID, i.ID)
	if err != nil {
		return Issuer{}, err
	}
	e.Detail = strings.Join(changed, " ")
	if err := s.store.UpdateIssuer(ctx, i, e); err != nil {
		return Issuer{}, fmt.Errorf("issuer %s: %w", i.Slug, err)
	}
	s.forgetIssuers()
	return i, nil
}

// PlanIssuer says what ReviseIssuer would make of an issuer, and changes nothing.
func (s *Service) PlanIssuer(ctx context.Context, ref string, n NewIssuer) (Issuer, error) {
	old, err := s.Issuer(ctx, ref)
	if err != nil {
		return Issuer{}, err
	}
	i, _, err := s.revised(old, n)
	return i, err
}

// revised is an issuer with another profile, and the names of what differs.
func (s *Service) revised(old Issuer, n NewIssuer) (i Issuer, changed []string, err error) {
	n.Language, n.Algorithm, n.Slug = or(n.Language, old.Language), or(n.Algorithm, old.Algorithm), or(n.Slug, old.Slug)
	n.Image = revisedImage(old.Image, n.Image)
	img, err := s.checkIssuer(&n)
	if err != nil {
		return Issuer{}, nil, err
	}
	var m Mistakes
	if n.Slug != old.Slug {
		m = append(m, Mistake{At: "/slug", Code: "other", Sentence: "the slug of an issuer cannot be changed: it stands in what was signed"})
	}
	if n.Algorithm != old.Algorithm {
		m = append(m, Mistake{At: "/algorithm", Code: "other", Sentence: "the algorithm of an issuer cannot be changed here"})
	}
	if err := m.fault("issuer.invalid"); err != nil {
		return Issuer{}, nil, err
	}
	i = old
	for _, f := range [...]struct {
		name string
		at   *string
		next string
	}{
		{"name", &i.Name, n.Name}, {"description", &i.Description, n.Description}, {"url", &i.URL, n.URL}, {"email", &i.Email, n.Email},
		{"language", &i.Language, n.Language},
	} {
		if *f.at != f.next {
			*f.at, changed = f.next, append(changed, f.name)
		}
	}
	if !samePicture(old.Image, img) {
		i.Image, changed = img, append(changed, "image")
	}
	return i, changed, nil
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func slugTaken(known []Issuer, slug string) bool {
	for _, k := range known {
		if k.Slug == slug {
			return true
		}
	}
	return false
}

// Issuers returns every issuer, oldest first as the store keeps them. The pictures are shared: do not write into them.
func (s *Service) Issuers(ctx context.Context) ([]Issuer, error) {
	all, _, err := s.cachedIssuers(ctx)
	return append([]Issuer(nil), all...), err
}

// Issuer returns the issuer with that id, slug or DID; the only issuer for "". A miss is fault.NotFound, and so is ""
// while there is none; "" with several issuers is fault.Invalid.
func (s *Service) Issuer(ctx context.Context, ref string) (Issuer, error) {
	all, fresh, err := s.cachedIssuers(ctx)
	if err != nil {
		return Issuer{}, err
	}
	i, err := pick(all, ref)
	if err == nil || fresh {
		return i, err
	}
	// A miss in what we remember may be an issuer that another process has just added.
	s.forgetIssuers()
	if all, _, err = s.cachedIssuers(ctx); err != nil {
		return Issuer{}, err
	}
	return pick(all, ref)
}

func pick(all []Issuer, ref string) (Issuer, error) {
	if ref == "" {
		switch len(all) {
		case 1:
			return all[0], nil
		case 0:
			return Issuer{}, fault.New(fault.NotFound, nil, "there is no issuer yet").Code("issuer.unknown").Hint("add one first")
		}
		return Issuer{}, fault.New(fault.Invalid, nil, "there are %d issuers: say which one", len(all)).Code("issuer.required").At("/issuer").
			Hint("name its id, slug or DID; laurel issuer list shows those that there are")
	}
	for _, i := range all {
		if i.ID == ref || i.Slug == ref || i.DID == ref {
			return i, nil
		}
	}
	return Issuer{}, fault.New(fault.NotFound, nil, "there is no issuer %.80q", ref).Code("issuer.unknown").At("/issuer")
}

// cachedIssuers returns the issuers as they were at most freshness ago; fresh says that they were read just now.
func (s *Service) cachedIssuers(ctx context.Context) (all []Issuer, fresh bool, err error) {
	now := s.clock()
	s.issuersMu.Lock()
	defer s.issuersMu.Unlock()
	if age := now.Sub(s.issuersAt); len(s.issuers) > 0 && age >= 0 && age < freshness {
		return s.issuers, false, nil
	}
	all, err = s.store.Issuers(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("issuers: %w", err)
	}
	s.issuers, s.issuersAt = all, now
	return all, true, nil
}

func (s *Service) forgetIssuers() {
	s.issuersMu.Lock()
	defer s.issuersMu.Unlock()
	s.issuers = nil
}

// IssuerURL returns the address of the issuer's profile; its did.json lies below it (did:web method §3.2).
func (s *Service) IssuerURL(i Issuer) string { return s.base.JoinPath("issuers", i.Slug).String() }

// AchievementURL returns the address of one version of an achievement: its id in credentials.
func (s *Service) AchievementURL(id string, version int) string {
	return s.base.JoinPath("achievements", id, strconv.Itoa(version)).String()
}

// ImageURL returns the address of the achievement's picture, or "" when it has none.
func (s *Service) ImageURL(a Achievement) string {
	if a.Image == nil {
		return ""
	}
	return s.base.JoinPath("achievements", a.ID, strconv.Itoa(a.Version), a.Image.FileName()).String()
}

// IssuerImageURL returns the address of the issuer's picture, or "" when it has none. It stays when the picture changes.
func (s *Service) IssuerImageURL(i Issuer) string {
	if i.Image == nil {
		return ""
	}
	return s.base.JoinPath("issuers", i.Slug, i.Image.FileName()).String()
}

// FileName is the last element of a picture's address.
func (i *Image) FileName() string {
	if i.Type == "image/svg+xml" {
		return "image.svg"
	}
	return "image.png"
}

// did forms the did:web of an issuer: the port's colon is percent-encoded, path segments are joined by colons.
func (s *Service) did(slug string, first bool) string {
	d := "did:web:" + strings.ReplaceAll(s.base.Host, ":", "%3A")
	for _, seg := range strings.Split(strings.Trim(s.base.EscapedPath(), "/"), "/") {
		if seg != "" {
			d += ":" + seg
		}
	}
	if first {
		return d
	}
	return d + ":issuers:" + slug
}

func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Second) }

func (s *Service) event(actor, action, issuerID, subject string) (event.Event, error) {
	id, err := s.newID("evt_")
	return event.Event{ID: id, At: s.now(), Actor: actor, Action: action, IssuerID: issuerID, Subject: subject}, err
}
