package issuer

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// draft is everything that one credential says.
type draft struct {
	urls        Catalog
	url         string // of the credential: its id
	issuer      catalog.Issuer
	achievement catalog.Achievement
	award       *Award
	entry       statuslist.Entry
	subject     string // credentialSubject.id
	salt        string // of the hashed e-mail address
	issuedAt    time.Time
	as          As
	purpose     string      // of the status entry
	again       *Credential // what is issued again, or nil

	ofIssuer, ofAchievement []Attachment // endorsements that go in
}

// document writes the unsigned credential (Open Badges 3.0 §AchievementCredential). validFrom is the moment of issuing;
// when it was earned stands in awardedDate, so that nothing is ever signed with a date before its key.
func (d draft) document() ([]byte, error) {
	a := d.award
	c := credential.AchievementCredential{
		Context:     credential.ContextURLs(credential.ContextV2, contexts.OpenBadges),
		ID:          d.url,
		Type:        credential.List[string]{"VerifiableCredential", "OpenBadgeCredential"},
		Name:        credential.Plain(d.achievement.In(a.Recipient.Language).Name), // what a wallet shows: in the learner's language
		Issuer:      credential.ProfileRef{Profile: profile(d.urls, d.issuer)},
		AwardedDate: credential.FormatTime(a.AwardedAt),
		Subject:     d.subjectOf(),
		Evidence:    evidence(a.Evidence),
		Status:      d.status(),
	}
	endorse(d.as.Form, d.ofIssuer, &c.Issuer.Profile.EndorsementJWT, &c.Issuer.Profile.Extra)
	endorse(d.as.Form, d.ofAchievement, &c.Subject.Achievement.EndorsementJWT, &c.Subject.Achievement.Extra)
	from, until := &c.ValidFrom, &c.ValidUntil
	if d.as.Form == proof.JWTVC11 {
		c.Context = credential.ContextURLs(credential.ContextV1, contexts.OpenBadges, contexts.StatusV1)
		from, until = &c.IssuanceDate, &c.ExpirationDate
	}
	*from = credential.FormatTime(d.issuedAt)
	if !a.ExpiresAt.IsZero() {
		*until = credential.FormatTime(a.ExpiresAt)
	}
	return c.Marshal()
}

// claim is the place of an SD-JWT VC in its Token Status List.
func (d draft) claim() issuance.StatusClaim {
	if d.as.Form != proof.SDJWT {
		return issuance.StatusClaim{}
	}
	return issuance.StatusClaim{List: d.entry.In(statuslist.JWT), Index: d.entry.Index}
}

// status is the entry of the credential's index, in the list whose own proof is one that readers of this form know.
func (d draft) status() credential.Single[credential.CredentialStatus] {
	if d.as.Form == proof.SDJWT {
		return nil // it has a status claim
	}
	signed := statuslist.Token
	if d.as.Form == proof.DataIntegrity {
		signed = statuslist.Embedded
	}
	url, index := d.entry.In(signed), strconv.Itoa(d.entry.Index)
	return credential.Single[credential.CredentialStatus]{{
		ID: url + "#" + index, Type: credential.Single[string]{"BitstringStatusListEntry"},
		Purpose: d.purpose, ListIndex: index, ListReference: url,
	}}
}

func (d draft) subjectOf() credential.AchievementSubject {
	a := d.award
	s := credential.AchievementSubject{
		ID:            d.subject,
		Type:          credential.List[string]{"AchievementSubject"},
		Identifier:    identifiers(a.Recipient, d.salt),
		Achievement:   achievement(d.urls, d.achievement, d.issuer),
		Narrative:     credential.Plain(a.Narrative),
		Term:          credential.Plain(a.Term),
		Role:          credential.Plain(a.Role),
		CreditsEarned: a.Credits,
	}
	if !a.ActivityStart.IsZero() {
		s.ActivityStartDate = credential.FormatTime(a.ActivityStart)
	}
	if !a.ActivityEnd.IsZero() {
		s.ActivityEndDate = credential.FormatTime(a.ActivityEnd)
	}
	base := d.urls.AchievementURL(d.achievement.ID, d.achievement.Version)
	for _, r := range a.Results {
		out := credential.Result{Type: credential.List[string]{"Result"}, Value: credential.Plain(r.Value), Status: r.Status}
		if r.Description != "" {
			out.ResultDescription = resultURL(base, r.Description)
		}
		s.Result = append(s.Result, out)
	}
	return s
}

// identifiers names the recipient: the name in clear, because a badge without one proves little, and the e-mail address
// only as a salted hash (Open Badges 3.0 §IdentityHash).
func identifiers(r Recipient, salt string) credential.List[credential.IdentityObject] {
	var out credential.List[credential.IdentityObject]
	object := credential.Single[string]{"IdentityObject"}
	if r.Name != "" {
		out = append(out, credential.IdentityObject{Type: object, IdentityHash: r.Name, IdentityType: "name"})
	}
	if r.Email != "" {
		out = append(out, credential.IdentityObject{
			Type: object, Hashed: true, IdentityHash: credential.HashIdentity(r.Email, salt), IdentityType: "emailAddress", Salt: salt,
		})
	}
	return out
}

func evidence(in []Evidence) credential.List[credential.Evidence] {
	var out credential.List[credential.Evidence]
	for _, e := range in {
		out = append(out, credential.Evidence{
			ID: e.URL, Type: credential.List[string]{"Evidence"}, Name: credential.Plain(e.Name), Description: credential.Plain(e.Description),
			Narrative: credential.Plain(e.Narrative), Genre: credential.Plain(e.Genre), Audience: credential.Plain(e.Audience),
		})
	}
	return out
}

// profile is the issuer as it stands in credentials.
func profile(urls Catalog, i catalog.Issuer) *credential.Profile {
	out := &credential.Profile{
		ID: i.DID, Type: credential.List[string]{"Profile"}, Name: credential.Plain(i.Name), URL: i.URL,
		Description: credential.Plain(i.Description), Email: credential.Plain(i.Email),
	}
	if i.Image != nil {
		out.Image = &credential.Image{ID: urls.IssuerImageURL(i), Type: credential.Single[string]{"Image"}, Caption: credential.Plain(i.Image.Alt)}
	}
	return out
}

// achievement is the achievement as it stands in credentials, and at its own address.
func achievement(urls Catalog, a catalog.Achievement, by catalog.Issuer) *credential.Achievement {
	url := urls.AchievementURL(a.ID, a.Version)
	out := &credential.Achievement{
		ID: url, Type: credential.List[string]{"Achievement"}, Name: credential.Plain(a.Name), Description: credential.Plain(a.Description),
		Criteria:        &credential.Criteria{ID: a.CriteriaURL, Narrative: credential.Plain(a.Criteria)},
		AchievementType: a.Type, InLanguage: a.Language, HumanCode: credential.Plain(a.HumanCode), FieldOfStudy: credential.Plain(a.FieldOfStudy),
		CreditsAvailable: a.Credits, Version: credential.Plain(strconv.Itoa(a.Version)),
		Creator: &credential.Profile{ID: by.DID, Type: credential.List[string]{"Profile"}, Name: credential.Plain(by.Name)},
	}
	if a.Image != nil {
		out.Image = &credential.Image{ID: urls.ImageURL(a), Type: credential.Single[string]{"Image"}, Caption: credential.Plain(a.Image.Alt)}
	}
	out.Related = translations(url, a, urls.ImageURL(a))
	for _, t := range a.Tags {
		out.Tag = append(out.Tag, credential.Plain(t))
	}
	for _, l := range a.Alignments {
		out.Alignment = append(out.Alignment, credential.Alignment{
			Type: credential.List[string]{"Alignment"}, TargetName: credential.Plain(l.Name), TargetURL: l.URL, TargetCode: credential.Plain(l.Code),
			TargetFramework: credential.Plain(l.Framework), TargetDescription: credential.Plain(l.Description), TargetType: l.Type,
		})
	}
	for _, r := range a.Results {
		d := credential.ResultDescription{
			ID: resultURL(url, r.ID), Type: credential.List[string]{"ResultDescription"}, Name: credential.Plain(r.Name), ResultType: r.Type,
			ValueMin: credential.Plain(r.Min), ValueMax: credential.Plain(r.Max), RequiredValue: credential.Plain(r.Required),
		}
		for _, v := range r.AllowedValues {
			d.AllowedValue = append(d.AllowedValue, credential.Plain(v))
		}
		out.ResultDescription = append(out.ResultDescription, d)
	}
	return out
}

func resultURL(achievement, id string) string { return achievement + "#" + id }

// checkResults refuses a result that does not fit what the achievement describes (Open Badges 3.0 §Result).
func checkResults(results []Result, a catalog.Achievement) error {
	described := map[string]catalog.ResultDescription{}
	for _, d := range a.Results {
		described[d.ID] = d
	}
	for i, r := range results {
		at := fmt.Sprintf("/results/%d", i)
		d, known := described[r.Description]
		switch {
		case r.Description != "" && !known:
			return fault.New(fault.Invalid, nil, "the achievement describes no result %q", r.Description).Code("award.result_unknown").
				At(at + "/description").Hint("use the id of one of its result descriptions")
		case d.Type == "Status" && r.Status == "":
			return invalid("award.result_status", at+"/status", "a result of the type Status needs a status")
		case r.Status != "" && !resultStatus(r.Status):
			return invalid("award.result_status", at+"/status", "the status is one of Completed, Enrolled, Failed, InProgress, OnHold, Provisional, Withdrew")
		case len(d.AllowedValues) > 0 && r.Value != "" && !slices.Contains(d.AllowedValues, r.Value):
			return invalid("award.result_value", at+"/value", "the value is not one of those that the achievement allows")
		}
	}
	return nil
}

// resultStatus reports whether s is a ResultStatusType.
func resultStatus(s string) bool {
	return slices.Contains([]string{"Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew"}, s)
}
