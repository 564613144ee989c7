package issuer

import (
	"context"
	"strings"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// EndorseRequest asks for an endorsement. Exactly one of Achievement, Profile, Credential and Of says what is endorsed.
type EndorseRequest struct {
	IssuerRef   string // who endorses
	Achievement string // id of one of our achievements, or its slug under the issuer
	Version     int    // of the achievement; 0: the newest
	Profile     string // id, slug or DID of one of our issuers
	Credential  string // id or address of one of our credentials
	Of          string // the id of anything else: a DID, an address, a URN
	Name        string // "": made from what is endorsed
	Comment     string // Markdown
	ExpiresAt   time.Time
	As          As // the zero As: ob-jwt, which goes into endorsementJwt
	ExternalID  string
	Actor       string
}

// Endorse makes an endorsement, signs it and stores it before it returns; replayed says that the same request under the same
// external id had made it before. An achievement's version is locked by it, since what is endorsed must not change; that of another
// issuer must be locked already (fault.Conflict).
func (s *Service) Endorse(ctx context.Context, r EndorseRequest) (x Statement, replayed bool, err error) {
	now := s.c.Clock().UTC().Truncate(time.Second)
	if err := r.check(now); err != nil {
		return x, false, err
	}
	iss, err := s.c.Catalog.Issuer(ctx, r.IssuerRef)
	if err != nil {
		return x, false, err
	}
	as, err := settleStatement(r.As, iss)
	if err != nil {
		return x, false, err
	}
	x = Statement{Kind: Endorsement, IssuerID: iss.ID, ExternalID: r.ExternalID, ExpiresAt: r.ExpiresAt, CreatedAt: now, CreatedBy: r.Actor}
	asked := r
	asked.Actor, asked.IssuerRef, asked.As = "", iss.ID, as
	if x.RequestDigest, err = digestOf(asked); err != nil {
		return x, false, err
	}
	if known, err := s.replayStatement(ctx, x); err == nil || !fault.Is(err, fault.NotFound) {
		return known, err == nil, err
	}
	what, err := s.endorsed(ctx, r, iss)
	if err != nil {
		return x, false, err
	}
	x.About, x.Name = what.id, r.Name
	if x.Name == "" {
		x.Name = "Endorsement of " + what.name
	}
	err = s.sign(ctx, &x, as, func(u unsigned) ([]byte, error) {
		return endorsementDocument(u, x, r.Comment, profile(s.c.Catalog, iss))
	})
	if fault.Is(err, fault.Conflict) && x.ExternalID != "" {
		known, err := s.replayStatement(ctx, x) // somebody else was faster with the same request
		return known, err == nil, err
	}
	return x, false, err
}

func (r *EndorseRequest) check(now time.Time) error {
	named := 0
	for _, what := range [...]string{r.Achievement, r.Profile, r.Credential, r.Of} {
		if what != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return invalid("endorsement.what", "/of", "say what is endorsed: exactly one of achievement, profile, credential and of")
	case r.Of != "" && !subjectURI(r.Of):
		return invalid("endorsement.of", "/of", "what is endorsed is named by a DID or another absolute URI")
	case r.Version != 0 && r.Achievement == "" || r.Version < 0:
		return invalid("endorsement.version", "/version", "a version is that of an achievement")
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now):
		return invalid("award.expired", "/expires_at", "the endorsement would have expired already")
	case r.ExpiresAt.Year() > 9998:
		return invalid("award.time", "/expires_at", "the year lies outside 1900 to 9998")
	}
	r.ExpiresAt = r.ExpiresAt.UTC().Truncate(time.Second)
	for _, f := range [...]struct {
		at, value string
		max       int
		lines     bool
	}{
		{"/name", r.Name, nameLength, false}, {"/comment", r.Comment, limits.TextBytes / 4, true}, {"/external_id", r.ExternalID, labelLength, false},
		{"/of", r.Of, urlLength, false},
	} {
		if err := checkText(f.at, f.value, f.max, f.lines); err != nil {
			return err
		}
	}
	return nil
}

// endorsedThing is what an endorsement is about.
type endorsedThing struct{ id, name string }

// endorsed finds what a request names.
func (s *Service) endorsed(ctx context.Context, r EndorseRequest, by catalog.Issuer) (endorsedThing, error) {
	switch {
	case r.Achievement != "":
		owner := by.ID
		if strings.HasPrefix(r.Achievement, "ach_") {
			owner = ""
		}
		ach, err := s.c.Catalog.Achievement(ctx, owner, r.Achievement, r.Version)
		if err == nil && !ach.Locked && ach.IssuerID != by.ID {
			return endorsedThing{}, fault.New(fault.Conflict, nil, "version %d of this achievement is another issuer's, who still writes it", ach.Version).
				Code("endorsement.draft").At("/version").Hint("name an earlier version, or wait until it was awarded")
		}
		if err == nil && !ach.Locked {
			ach, err = s.c.Store.LockAchievement(ctx, ach.ID, ach.Version)
		}
		return endorsedThing{s.c.Catalog.AchievementURL(ach.ID, ach.Version), ach.Name}, at(err, "/achievement")
	case r.Profile != "":
		i, err := s.c.Catalog.Issuer(ctx, r.Profile)
		return endorsedThing{i.DID, i.Name}, at(err, "/profile")
	case r.Credential != "":
		id := strings.TrimPrefix(r.Credential, s.CredentialURL(""))
		a, err := s.c.Store.ByCredential(ctx, id)
		if err == nil && a.Revocation != nil {
			err = fault.New(fault.Conflict, nil, "the credential is revoked").Code("award.revoked")
		}
		return endorsedThing{s.CredentialURL(id), "a credential"}, at(err, "/credential")
	}
	return endorsedThing{r.Of, r.Of}, nil
}

// at makes an unknown thing that a request names a mistake of the request at that place.
func at(err error, pointer string) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	p := fault.Describe(err)
	return fault.New(fault.Invalid, err, "%s", p.Sentence).Code(p.Code).At(pointer).Hint("name one that exists, or give the id of something foreign in of")
}

// endorsementDocument writes the unsigned endorsement (OB 3.0 §EndorsementCredential).
func endorsementDocument(u unsigned, x Statement, comment string, by *credential.Profile) ([]byte, error) {
	name := x.Name
	if runes := []rune(name); len(runes) > nameLength {
		name = string(runes[:nameLength])
	}
	e := credential.EndorsementCredential{
		Context:   credential.ContextURLs(credential.ContextV2, contexts.OpenBadges),
		ID:        u.url,
		Type:      credential.List[string]{"VerifiableCredential", "EndorsementCredential"},
		Name:      credential.Plain(name),
		Issuer:    credential.ProfileRef{Profile: by},
		ValidFrom: credential.FormatTime(x.CreatedAt),
		Subject: credential.EndorsementSubject{
			ID: x.About, Type: credential.List[string]{"EndorsementSubject"}, Comment: credential.Plain(comment),
		},
		Status: u.status,
	}
	if !x.ExpiresAt.IsZero() {
		e.ValidUntil = credential.FormatTime(x.ExpiresAt)
	}
	return e.Marshal()
}

// achievementAt reads the address of one of our achievements: its id and version.
func (s *Service) achievementAt(url string) (id string, version int, ok bool) {
	rest, ok := strings.CutPrefix(url, s.c.BaseURL+"/achievements/")
	id, number, cut := strings.Cut(rest, "/")
	for _, c := range number {
		if c < '0' || c > '9' || version > 1<<20 {
			return "", 0, false
		}
		version = version*10 + int(c-'0')
	}
	ok = ok && cut && version > 0 && randid.Valid(strings.TrimPrefix(id, "ach_")) && s.c.Catalog.AchievementURL(id, version) == url
	return id, version, ok
}
