package issuer

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// RecordRequest asks for a learner record: several awards of one recipient of one issuer (CLR 2.0). Either Awards names them, or
// Recipient says whose awards all go in, by e-mail address or id.
type RecordRequest struct {
	IssuerRef    string
	Awards       []string
	Recipient    Recipient
	Name         string // "": "Learner record"
	Description  string
	Partial      *bool // nil: true when the issuer knows of more awards of the recipient that hold
	Associations []Association
	As           As // the zero As: ob-jwt
	ExternalID   string
	Actor        string
}

// Association says how two achievements belong together. Source and Target are an award of the record, an achievement (id or
// slug), or the address of one in the record.
type Association struct {
	Type   string `json:"type"`
	Source string `json:"source"`
	Target string `json:"target"`
}

// recordAssociations bounds the associations of one record.
const recordAssociations = 500

// Record makes a learner record, signs it and stores it before it returns; replayed says that the same request under the same
// external id had made it before. Awards of several people, of another issuer, revoked or expired ones are fault.Invalid.
func (s *Service) Record(ctx context.Context, r RecordRequest) (x Statement, replayed bool, err error) {
	if err := r.check(); err != nil {
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
	now := s.c.Clock().UTC().Truncate(time.Second)
	x = Statement{Kind: LearnerRecord, IssuerID: iss.ID, ExternalID: r.ExternalID, Name: r.Name, CreatedAt: now, CreatedBy: r.Actor}
	asked := r
	asked.Actor, asked.IssuerRef, asked.As = "", iss.ID, as
	if x.RequestDigest, err = digestOf(asked); err != nil {
		return x, false, err
	}
	if known, err := s.replayStatement(ctx, x); err == nil || !fault.Is(err, fault.NotFound) {
		return known, err == nil, err
	}
	d := recordDraft{request: r, urls: s.c.Catalog, issuer: iss, now: now}
	if err := s.gather(ctx, &d); err != nil {
		return x, false, err
	}
	for _, m := range d.members {
		x.Awards = append(x.Awards, m.award.ID)
	}
	if err := s.associate(ctx, &d); err != nil {
		return x, false, err
	}
	x.About = d.subject
	err = s.sign(ctx, &x, as, d.document)
	if fault.Is(err, fault.Conflict) && x.ExternalID != "" {
		known, err := s.replayStatement(ctx, x) // somebody else was faster with the same request
		return known, err == nil, err
	}
	return x, false, err
}

func (r *RecordRequest) check() error {
	r.Recipient.Email = credential.PlainAddress(r.Recipient.Email)
	if r.Name == "" {
		r.Name = "Learner record"
	}
	whose := r.Recipient.Email != "" || r.Recipient.ID != ""
	switch {
	case len(r.Awards) == 0 && !whose:
		return invalid("record.empty", "/awards", "say which awards go into the record, or whose")
	case len(r.Awards) > 0 && whose:
		return invalid("record.both", "/awards", "say which awards go into the record, or whose, and not both")
	case len(r.Awards) > limits.NestedCount:
		return invalid("record.too_many", "/awards", "a record holds at most %d awards", limits.NestedCount)
	case len(r.Associations) > recordAssociations:
		return invalid("record.too_many", "/associations", "a record holds at most %d associations", recordAssociations)
	case r.Recipient.Name != "":
		return invalid("record.by_name", "/recipient/name", "people are found by e-mail address or id; two may have one name")
	}
	for i, id := range r.Awards {
		if slices.Contains(r.Awards[:i], id) {
			return invalid("record.twice", fmt.Sprintf("/awards/%d", i), "the award %.40q is named twice", id)
		}
	}
	for at, f := range map[string]struct {
		text  string
		most  int
		lines bool
	}{
		"/name": {r.Name, nameLength, false}, "/description": {r.Description, limits.TextBytes / 4, true}, "/external_id": {r.ExternalID, labelLength, false},
		"/recipient/email": {r.Recipient.Email, nameLength, false}, "/recipient/id": {r.Recipient.ID, urlLength, false},
	} {
		if err := checkText(at, f.text, f.most, f.lines); err != nil {
			return err
		}
	}
	return nil
}

// member is an award of a record, with the signed credential that the learner has and what it says.
type member struct {
	award  Award
	signed []byte
	says   *credential.AchievementCredential
}

// recordDraft is everything that one record says.
type recordDraft struct {
	request      RecordRequest
	urls         Catalog
	issuer       catalog.Issuer
	now          time.Time
	members      []member
	partial      bool
	subject      string
	associations credential.List[credential.Association]
	beside       credential.List[credential.Achievement] // named by associations and not awarded
}

// gather finds the awards of a record, oldest first, and their credentials.
func (s *Service) gather(ctx context.Context, d *recordDraft) error {
	awards, err := s.chosen(ctx, d)
	if err != nil {
		return err
	}
	slices.SortStableFunc(awards, func(a, b Award) int { return a.AwardedAt.Compare(b.AwardedAt) })
	for _, a := range awards {
		if d.subject == "" {
			d.subject = a.Recipient.ID
		}
		c, err := s.memberOf(ctx, a, d.request.Actor)
		if err != nil {
			return err
		}
		m := member{award: a, signed: c.Signed}
		if m.says, err = readMember(c); err != nil {
			return err
		}
		if c.Holder != "" && d.subject == "" {
			d.subject = m.says.Subject.ID
		}
		d.members = append(d.members, m)
	}
	if d.subject == "" {
		id, err := randid.New(s.c.Rand)
		if err != nil {
			return err
		}
		d.subject = "urn:uuid:" + randid.UUID(id)
	}
	return nil
}

// chosen returns the awards that the request means, and notes whether there are more.
func (s *Service) chosen(ctx context.Context, d *recordDraft) ([]Award, error) {
	r := d.request
	if len(r.Awards) == 0 {
		all, err := s.holding(ctx, d.issuer.ID, r.Recipient, d.now)
		if err == nil && len(all) == 0 {
			err = invalid("record.nobody", "/recipient", "there is no award of this recipient that holds")
		}
		if err == nil {
			err = onePerson(all)
		}
		return all, err
	}
	var out []Award
	for i, id := range r.Awards {
		at := fmt.Sprintf("/awards/%d", i)
		a, err := s.c.Store.Award(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound), err == nil && a.IssuerID != d.issuer.ID:
			return nil, invalid("award.unknown", at, "there is no award %.40q of this issuer", id)
		case err != nil:
			return nil, err
		case !a.holds(d.now):
			return nil, invalid("record.not_valid", at, "the award %.40q is revoked, is suspended or has expired", id)
		}
		out = append(out, a)
	}
	if err := onePerson(out); err != nil {
		return nil, err
	}
	if r.Partial != nil {
		return out, nil
	}
	known, err := s.holding(ctx, d.issuer.ID, out[0].Recipient, d.now)
	d.partial = len(known) > len(out)
	return out, err
}

// holds reports whether the award is neither revoked nor suspended nor expired.
func (a Award) holds(now time.Time) bool {
	return a.State() == Active && a.ErasedAt.IsZero() && (a.ExpiresAt.IsZero() || a.ExpiresAt.After(now))
}

// holding returns all awards of a recipient that hold, with their credentials. A recipient of whom only the name is known has none.
func (s *Service) holding(ctx context.Context, issuerID string, p Recipient, now time.Time) ([]Award, error) {
	f := Filter{IssuerID: issuerID, RecipientID: p.ID, Limit: 200}
	if p.ID == "" {
		if f.RecipientEmail = p.Email; p.Email == "" {
			return nil, nil
		}
	}
	var out []Award
	for {
		page, next, err := s.c.Store.Awards(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if !a.holds(now) {
				continue
			}
			if len(out) == limits.NestedCount {
				return nil, invalid("record.too_many", "/recipient", "the recipient has more than %d awards; name those that go in", limits.NestedCount)
			}
			if a, err = s.c.Store.Award(ctx, a.ID); err != nil {
				return nil, err
			}
			out = append(out, a)
		}
		if f.Cursor = next; next == "" {
			slices.Reverse(out) // oldest first, also of those of one moment
			return out, nil
		}
	}
}

// onePerson refuses awards that are not known to be of one person: they share an id or an e-mail address, each with another
// one of them; of people who have neither, the names are the same.
func onePerson(awards []Award) error {
	known := []Recipient{awards[0].Recipient}
	rest := awards[1:]
	for found := true; found && len(rest) > 0; {
		found = false
		var left []Award
		for _, a := range rest {
			if slices.ContainsFunc(known, func(k Recipient) bool { return sameRecipient(k, a.Recipient) }) {
				known, found = append(known, a.Recipient), true
			} else {
				left = append(left, a)
			}
		}
		rest = left
	}
	if len(rest) > 0 {
		return invalid("record.recipients", "/awards", "the award %s is not known to be of the same person as %s", rest[0].ID, awards[0].ID)
	}
	return nil
}

func sameRecipient(a, b Recipient) bool {
	switch {
	case a.ID != "" && b.ID != "":
		return a.ID == b.ID
	case a.Email != "" && b.Email != "":
		return a.Email == b.Email
	}
	return a.ID+a.Email+b.ID+b.Email == "" && a.Name == b.Name
}

// memberOf returns the credential of an award that goes into records: the one that is made with every award, or, where a wallet's
// took its place, one in the same form about the same wallet.
func (s *Service) memberOf(ctx context.Context, a Award, actor string) (Credential, error) {
	current, ok := a.Current()
	if !ok {
		return Credential{}, fmt.Errorf("award %s: it has no credential", a.ID)
	}
	if a.Superseded() && current.Form != proof.OBJWT {
		id, _, _ := strings.Cut(current.Holder, " ") // the thumbprint of its key may stand behind it
		return s.IssueAs(ctx, a.ID, As{Form: proof.OBJWT, Holder: Holder{ID: id}}, actor)
	}
	for _, c := range a.Credentials {
		if c.Form == proof.OBJWT && c.SupersededAt.IsZero() && (c.Holder == "" || a.Superseded()) {
			return c, nil
		}
	}
	return Credential{}, fmt.Errorf("award %s: it has no credential that goes into a record", a.ID)
}

// readMember reads what a credential of the form ob-jwt says.
func readMember(c Credential) (*credential.AchievementCredential, error) {
	msg, err := jose.Read(c.Signed)
	if err != nil {
		return nil, fmt.Errorf("credential %s as stored: %w", c.ID, err)
	}
	content, err := msg.Content()
	if err != nil {
		return nil, fmt.Errorf("credential %s as stored: %w", c.ID, err)
	}
	return credential.Decode(content.Credential)
}

// associate turns what associations name into the ids of achievements.
func (s *Service) associate(ctx context.Context, d *recordDraft) error {
	for i, in := range d.request.Associations {
		at := fmt.Sprintf("/associations/%d", i)
		if !slices.Contains(credential.AssociationTypes(), credential.AssociationType(in.Type)) {
			return invalid("record.association_type", at+"/type", "%.40q is no kind of association of CLR 2.0", in.Type)
		}
		source, err := s.achievementOf(ctx, d, in.Source, at+"/source")
		if err != nil {
			return err
		}
		target, err := s.achievementOf(ctx, d, in.Target, at+"/target")
		if err != nil {
			return err
		}
		if source == target {
			return invalid("record.association_self", at, "an association is between two achievements")
		}
		d.associations = append(d.associations, credential.Association{
			Type: "Association", Kind: credential.AssociationType(in.Type), Source: source, Target: target,
		})
	}
	return nil
}

// achievementOf finds the achievement that an association means: of an award of the record, or of the catalogue. The latter is
// put into the record, and its version is locked for that.
func (s *Service) achievementOf(ctx context.Context, d *recordDraft, ref, at string) (string, error) {
	for _, m := range d.members {
		url := s.c.Catalog.AchievementURL(m.award.AchievementID, m.award.Version)
		if ref == m.award.ID || ref == m.award.AchievementID || ref == url {
			return url, nil
		}
	}
	ach, err := s.c.Catalog.Achievement(ctx, d.issuer.ID, ref, 0)
	if fault.Is(err, fault.NotFound) {
		return "", invalid("record.association_unknown", at, "%.80q is neither an award of the record nor an achievement of the issuer", ref)
	}
	if err != nil {
		return "", err
	}
	for _, m := range d.members { // named by its slug
		if m.award.AchievementID == ach.ID {
			return s.c.Catalog.AchievementURL(ach.ID, m.award.Version), nil
		}
	}
	if !ach.Locked {
		if ach, err = s.c.Store.LockAchievement(ctx, ach.ID, ach.Version); err != nil {
			return "", err
		}
	}
	out := achievement(s.c.Catalog, ach, d.issuer)
	if !slices.ContainsFunc(d.beside, func(b credential.Achievement) bool { return b.ID == out.ID }) {
		d.beside = append(d.beside, *out)
	}
	return out.ID, nil
}

// document writes the unsigned record (CLR 2.0 §ClrCredential). Its identifiers are those of the credentials in it, so that a
// reader sees that they are about one person.
func (d *recordDraft) document(u unsigned) ([]byte, error) {
	c := credential.ClrCredential{
		Context:     credential.ContextURLs(credential.ContextV2, contexts.CLR, contexts.OpenBadges),
		ID:          u.url,
		Type:        credential.List[string]{"VerifiableCredential", "ClrCredential"},
		Name:        credential.Plain(d.request.Name),
		Description: credential.Plain(d.request.Description),
		Partial:     d.request.Partial,
		Issuer:      credential.ProfileRef{Profile: profile(d.urls, d.issuer)},
		ValidFrom:   credential.FormatTime(d.now),
		Status:      u.status,
		Subject: credential.ClrSubject{
			ID: d.subject, Type: credential.List[string]{"ClrSubject"}, Achievement: d.beside, Association: d.associations,
		},
	}
	if c.Partial == nil && d.partial {
		c.Partial = &d.partial
	}
	seen := map[string]bool{}
	for _, m := range d.members {
		c.Subject.Credential = append(c.Subject.Credential, jsontext.Value(strconv.Quote(string(m.signed)))) // base64url and dots
		for _, id := range m.says.Subject.Identifier {
			key := strings.Join([]string{id.IdentityType, strconv.FormatBool(id.Hashed), id.IdentityHash, id.Salt}, "\n")
			if !seen[key] {
				seen[key] = true
				c.Subject.Identifier = append(c.Subject.Identifier, id)
			}
		}
	}
	return c.Marshal()
}
