// Package learner owns what learners do with their own badges without an account: the link that leads to all badges of one
// learner at one issuer, who may see each, what they ask the issuer to correct, and the erasure of their data.
//
// Who has the link is the learner: 128 random bits, kept as SHA-256 only, which end. A learner is whoever shares the e-mail
// address and the name of an award, or without an address its id; an award that has neither is a learner of its own. The name
// counts because families share addresses, and because an address may have had another owner (W25). The package refuses to make a badge of a
// programme for minors public, to tell a stranger anything, and to keep after an erasure anything that names the learner:
// what stays is the index in the status list, which must never be given again, and that something was awarded.
package learner

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Link leads to the badges of the learner of one award.
type Link struct {
	ID        string // "lnk_…"
	AwardID   string // whose learner it is
	Hash      []byte // SHA-256 of the secret
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero: never
	AskedAt   time.Time // when a new one was asked for through this one; zero: never
	CreatedBy string
	Answers   bool // the wishes for a new link to that award are closed by it
}

// Kind says what a Wish is about.
type Kind string

// The kinds.
const (
	Correction Kind = "correction" // something about a badge is wrong
	NewLink    Kind = "link"       // the link is over, and the learner asks for another
	Erasure    Kind = "erasure"    // the learner erased their data: to be known, nothing to be done
)

// Wish is what a learner wants of the issuer.
type Wish struct {
	ID       string // "wsh_…"
	Kind     Kind
	IssuerID string
	AwardID  string
	Text     string // what the learner wrote
	At       time.Time
	ClosedAt time.Time // zero: open
	ClosedBy string
}

// Store keeps links and wishes. A miss is fault.NotFound.
type Store interface {
	// InsertLink stores a link and its event. An award that does not exist, or was erased, is fault.NotFound.
	InsertLink(ctx context.Context, l Link, e event.Event) error
	// LinkByHash returns a link, also one that is over.
	LinkByHash(ctx context.Context, hash []byte) (Link, error)
	// RevokeLink ends a link. Twice is no error.
	RevokeLink(ctx context.Context, id string, at time.Time) error
	// ShowAward sets who may see an award's page, with the event.
	ShowAward(ctx context.Context, awardID string, v issuer.Visibility, e event.Event) error
	// InsertWish stores a wish and its event. An issuer or award that has most open ones is fault.TooMany.
	InsertWish(ctx context.Context, w Wish, most int, e event.Event) error
	// AskLink marks that a new link is asked for through that one, and stores the wish with its event, unless that was done after
	// since, or such a wish of that award is open; then nothing is told and first is false.
	AskLink(ctx context.Context, l Link, w Wish, since time.Time, e event.Event) (first bool, err error)
	// AskOffer does what AskLink does through the offer with that hash. A further offer of an award closes its wishes for a link.
	AskOffer(ctx context.Context, hash []byte, w Wish, since time.Time, e event.Event) (first bool, err error)
	// Wishes returns the open wishes of an issuer ("" for all), oldest first, at most n.
	Wishes(ctx context.Context, issuerID string, n int) ([]Wish, error)
	// Wish returns a wish.
	Wish(ctx context.Context, id string) (Wish, error)
	// CloseWish closes a wish with its event. Twice is no error.
	CloseWish(ctx context.Context, id, by string, at time.Time, e event.Event) error
	// EraseAwards removes everything that names the learner of these awards: from the awards and what was signed of them, from
	// records that hold them, their claim links, links and the texts of wishes. It stores the wishes and events in the same
	// transaction.
	EraseAwards(ctx context.Context, awardIDs []string, at time.Time, w Wish, events []event.Event) error
}

// Awards finds awards; *issuer.Service does.
type Awards interface {
	Find(ctx context.Context, id string) (issuer.Award, error)
	List(ctx context.Context, f issuer.Filter) ([]issuer.Award, string, error)
}

// Catalog finds the version of an achievement that was awarded.
type Catalog interface {
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
}

// Records finds learner records; *issuer.Service does.
type Records interface {
	Statements(ctx context.Context, f issuer.StatementFilter) ([]issuer.Statement, string, error)
	Statement(ctx context.Context, id string) (issuer.Statement, error)
}

// Offers looks at claim links; *offer.Service does.
type Offers interface {
	Look(ctx context.Context, code string) (offer.Offer, error)
}

// Config wires a Service.
type Config struct {
	Offers  Offers // nil: nobody asks by claim links
	Store   Store
	Awards  Awards
	Catalog Catalog
	Records Records          // nil: learners have none
	Clock   func() time.Time // default: time.Now
	Rand    io.Reader        // default: crypto/rand
}

// Service acts for learners. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Service{c: c}
}

// Person is a learner with all their badges at one issuer, newest first.
type Person struct {
	Link   Link
	Awards []Held
}

// Held is one badge of a learner.
type Held struct {
	issuer.Award
	Achievement catalog.Achievement
}

// IssuerID is the issuer whose badges these are.
func (p Person) IssuerID() string { return p.Awards[0].IssuerID }

// Name is how the newest badge calls the learner.
func (p Person) Name() string { return p.Awards[0].Recipient.Name }

// Minor reports whether one of the badges is of a programme for minors.
func (p Person) Minor() bool {
	for _, a := range p.Awards {
		if a.Achievement.Minors {
			return true
		}
	}
	return false
}

// Badge returns the badge with that award id, or fault.NotFound.
func (p Person) Badge(awardID string) (Held, error) {
	for _, a := range p.Awards {
		if a.ID == awardID {
			return a, nil
		}
	}
	return Held{}, notHere()
}

// samePerson compares names as people write them: without case, and however many spaces stand between their parts.
func samePerson(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

func notHere() error {
	return fault.New(fault.NotFound, nil, "there is nothing at this address").Code("learner.unknown")
}

// ByMail is the actor of links that stand in mails: a wish is closed when the mail was sent, and not before.
const ByMail = "mail"

// Invite makes a link to the badges of the learner of an award, and its secret, which is shown once; it closes wishes for one, unless
// the actor is ByMail. life 0 is limits.LearnerLinkLife. An unknown or erased award is fault.NotFound.
func (s *Service) Invite(ctx context.Context, awardID string, life time.Duration, actor string) (secret string, l Link, err error) {
	ids, err := randid.Several(s.c.Rand, 2)
	if err != nil {
		return "", l, fmt.Errorf("link for %s: %w", awardID, err)
	}
	if life == 0 {
		life = limits.LearnerLinkLife
	}
	now := s.now()
	l = Link{ID: "lnk_" + ids[0], AwardID: awardID, Hash: digest(ids[1]), CreatedAt: now, ExpiresAt: now.Add(life), CreatedBy: actor, Answers: actor != ByMail}
	return ids[1], l, s.c.Store.InsertLink(ctx, l, s.event(actor, "learner.invited", awardID, l.ID))
}

// Open returns the learner of a secret. An unknown secret is fault.NotFound; one that is over fault.Gone, beside the link. What
// has no badge any more, because all was erased, is fault.NotFound too.
func (s *Service) Open(ctx context.Context, secret string) (Person, error) {
	if !randid.Valid(secret) {
		return Person{}, notHere()
	}
	l, err := s.c.Store.LinkByHash(ctx, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return Person{}, notHere()
	}
	if err != nil {
		return Person{}, err
	}
	if !l.RevokedAt.IsZero() || !s.c.Clock().Before(l.ExpiresAt) {
		return Person{Link: l}, fault.New(fault.Gone, nil, "This link has run out.").Code("learner.expired")
	}
	p, err := s.person(ctx, l.AwardID)
	p.Link = l
	return p, err
}

// person collects the badges of the learner of an award.
func (s *Service) person(ctx context.Context, awardID string) (Person, error) {
	first, err := s.c.Awards.Find(ctx, awardID)
	if err == nil && !first.ErasedAt.IsZero() {
		err = notHere()
	}
	if err != nil {
		return Person{}, err
	}
	f := issuer.Filter{IssuerID: first.IssuerID, Limit: 200, RecipientEmail: first.Recipient.Email}
	if f.RecipientEmail == "" {
		f.RecipientID = first.Recipient.ID
	}
	ids := []string{first.ID}
	if f.RecipientEmail != "" || f.RecipientID != "" {
		if ids, err = s.ofPerson(ctx, f, first.Recipient.Name); err != nil {
			return Person{}, err
		}
	}
	var p Person
	for _, id := range ids {
		a, err := s.c.Awards.Find(ctx, id) // with what was signed
		if err != nil {
			return Person{}, err
		}
		ach, err := s.c.Catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
		if err != nil {
			return Person{}, err
		}
		p.Awards = append(p.Awards, Held{a, ach})
	}
	if len(p.Awards) == 0 {
		return Person{}, notHere()
	}
	return p, nil
}

// Records returns the learner records, newest first, that hold and have none but badges of the learner.
func (s *Service) Records(ctx context.Context, p Person) ([]issuer.Statement, error) {
	if s.c.Records == nil {
		return nil, nil
	}
	mine := map[string]bool{}
	for _, a := range p.Awards {
		mine[a.ID] = true
	}
	var out []issuer.Statement
	for f := (issuer.StatementFilter{Kind: issuer.LearnerRecord, IssuerID: p.IssuerID(), Limit: 200}); ; {
		page, next, err := s.c.Records.Statements(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if r.Revocation != nil || len(r.Awards) == 0 || slices.ContainsFunc(r.Awards, func(id string) bool { return !mine[id] }) {
				continue
			}
			if r, err = s.c.Records.Statement(ctx, r.ID); err != nil { // with what was signed
				return nil, err
			}
			out = append(out, r)
		}
		if f.Cursor = next; next == "" || len(out) >= limits.LearnerRecords {
			return out, nil
		}
	}
}

// ofPerson lists the awards of the filter whose recipient has that name, newest first. A class may share an address, so there is
// no end but that of the list.
func (s *Service) ofPerson(ctx context.Context, f issuer.Filter, name string) (ids []string, err error) {
	for {
		page, next, err := s.c.Awards.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if f.RecipientEmail == "" || samePerson(name, a.Recipient.Name) {
				ids = append(ids, a.ID)
			}
		}
		if f.Cursor = next; next == "" {
			return ids, nil
		}
	}
}

// Show sets who may see a badge's page. A badge of a programme for minors cannot be made public: fault.Forbidden.
func (s *Service) Show(ctx context.Context, p Person, awardID string, v issuer.Visibility) error {
	b, err := p.Badge(awardID)
	if err != nil {
		return err
	}
	switch v {
	case issuer.Unlisted, issuer.Private:
	case issuer.Public:
		if b.Achievement.Minors {
			return fault.New(fault.Forbidden, nil, "a badge of a programme for minors is not made public").Code("learner.minor")
		}
	default:
		return fault.New(fault.Invalid, nil, "visibility is one of public, unlisted, private").Code("award.visibility").At("/visibility")
	}
	if b.Visibility == v {
		return nil
	}
	return s.c.Store.ShowAward(ctx, awardID, v, s.eventOf(p, "award.shown", awardID, string(v)))
}

// wishLength bounds what a learner writes, in characters.
const wishLength = 2000

// Correct tells the issuer what is wrong with a badge. No text, or too long a one, is fault.Invalid; too many open wishes
// are fault.TooMany.
func (s *Service) Correct(ctx context.Context, p Person, awardID, text string) error {
	if _, err := p.Badge(awardID); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > wishLength || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	}) {
		return fault.New(fault.Invalid, nil, "say in 1 to %d characters what is wrong", wishLength).Code("learner.text").At("/text")
	}
	w, err := s.wish(Correction, p.IssuerID(), awardID, text)
	if err != nil {
		return err
	}
	return s.c.Store.InsertWish(ctx, w, limits.LearnerWishes, s.eventOf(p, "learner.correction", awardID, w.ID))
}

// Ask tells the issuer that the learner of a link that is over asks for a new one. Again within limits.LearnerAskPause is no
// error and tells nothing; first says whether it was told. Whoever has no link at all is fault.NotFound.
func (s *Service) Ask(ctx context.Context, secret string) (awardID string, first bool, err error) {
	p, err := s.Open(ctx, secret)
	if !fault.Is(err, fault.Gone) {
		return "", false, err
	}
	w, e, err := s.wishForLink(ctx, p.Link.AwardID)
	if err != nil {
		return "", false, err
	}
	first, err = s.c.Store.AskLink(ctx, p.Link, w, s.now().Add(-limits.LearnerAskPause), e)
	return w.AwardID, first, err
}

// AskByClaim is Ask through a claim link that is over. Asking while it is good is no error, and tells nothing.
func (s *Service) AskByClaim(ctx context.Context, code string) error {
	if s.c.Offers == nil {
		return notHere()
	}
	o, err := s.c.Offers.Look(ctx, code)
	if err == nil || !fault.Is(err, fault.Gone) {
		return err
	}
	w, e, err := s.wishForLink(ctx, o.AwardID)
	if err != nil {
		return err
	}
	_, err = s.c.Store.AskOffer(ctx, o.Hash, w, s.now().Add(-limits.OfferAskPause), e)
	return err
}

// wishForLink makes a wish for a new link to an award, and its event. Of an award that was erased nobody asks: fault.NotFound.
func (s *Service) wishForLink(ctx context.Context, awardID string) (Wish, event.Event, error) {
	a, err := s.c.Awards.Find(ctx, awardID)
	if err == nil && !a.ErasedAt.IsZero() {
		err = notHere()
	}
	if err != nil {
		return Wish{}, event.Event{}, err
	}
	w, err := s.wish(NewLink, a.IssuerID, a.ID, "")
	e := s.event("learner", "learner.asked", a.ID, w.ID)
	e.IssuerID = a.IssuerID
	return w, e, err
}

// Renew gives the learner another link and ends this one.
func (s *Service) Renew(ctx context.Context, p Person) (secret string, err error) {
	secret, _, err = s.Invite(ctx, p.Link.AwardID, 0, "learner")
	if err != nil {
		return "", err
	}
	return secret, s.c.Store.RevokeLink(ctx, p.Link.ID, s.now())
}

// Erase removes everything that names the learner, at this issuer, for good. Copies that the learner kept go on verifying:
// their status stays what it is. The issuer is told.
func (s *Service) Erase(ctx context.Context, p Person) error {
	ids := make([]string, len(p.Awards))
	events := make([]event.Event, len(p.Awards))
	for i, a := range p.Awards {
		ids[i], events[i] = a.ID, s.eventOf(p, "award.erased", a.ID, "")
	}
	w, err := s.wish(Erasure, p.IssuerID(), p.Awards[0].ID, "")
	if err != nil {
		return err
	}
	return s.c.Store.EraseAwards(ctx, ids, s.now(), w, events)
}

// Wishes returns the open wishes of an issuer ("" for all), oldest first.
func (s *Service) Wishes(ctx context.Context, issuerID string) ([]Wish, error) {
	return s.c.Store.Wishes(ctx, issuerID, limits.LearnerWishesShown)
}

// Wish returns a wish, or fault.NotFound.
func (s *Service) Wish(ctx context.Context, id string) (Wish, error) { return s.c.Store.Wish(ctx, id) }

// Close closes a wish. Twice is no error.
func (s *Service) Close(ctx context.Context, id, actor string) error {
	w, err := s.c.Store.Wish(ctx, id)
	if err != nil {
		return err
	}
	e := s.event(actor, "learner.closed", w.AwardID, w.ID)
	e.IssuerID = w.IssuerID
	return s.c.Store.CloseWish(ctx, id, actor, s.now(), e)
}

func (s *Service) wish(k Kind, issuerID, awardID, text string) (Wish, error) {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return Wish{}, fmt.Errorf("wish about %s: %w", awardID, err)
	}
	return Wish{ID: "wsh_" + id, Kind: k, IssuerID: issuerID, AwardID: awardID, Text: text, At: s.now()}, nil
}

func (s *Service) now() time.Time { return s.c.Clock().UTC().Truncate(time.Second) }

func (s *Service) eventOf(p Person, action, awardID, detail string) event.Event {
	e := s.event("learner", action, awardID, detail)
	e.IssuerID = p.IssuerID()
	return e
}

func (s *Service) event(actor, action, awardID, detail string) event.Event {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		id = "" // the store refuses an event without an id, and with it the whole transaction
	}
	return event.Event{ID: "evt_" + id, At: s.c.Clock().UTC(), Actor: actor, Action: action, Subject: awardID, Detail: detail}
}

func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
