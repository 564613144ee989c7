package credential

import "github.com/go-json-experiment/json/jsontext"

// ClrCredential is a learner's record: several credentials about one person, and how their achievements belong together
// (CLR 2.0 §ClrCredential).
type ClrCredential struct {
	Context        List[Context]            `json:"@context,omitempty"`
	ID             string                   `json:"id,omitzero"`
	Type           List[string]             `json:"type,omitempty"`
	Name           Text                     `json:"name,omitzero"`
	Description    Text                     `json:"description,omitzero"`
	Partial        *bool                    `json:"partial,omitzero"` // true: the issuer knows of more than stands here
	Issuer         ProfileRef               `json:"issuer,omitzero"`
	ValidFrom      string                   `json:"validFrom,omitzero"`
	ValidUntil     string                   `json:"validUntil,omitzero"`
	AwardedDate    string                   `json:"awardedDate,omitzero"`
	Subject        ClrSubject               `json:"credentialSubject,omitzero"`
	EndorsementJWT List[string]             `json:"endorsementJwt,omitempty"`
	Status         Single[CredentialStatus] `json:"credentialStatus,omitempty"`
	Extra          jsontext.Value           `json:",embed"`
}

// ClrSubject is whose record it is, and what is in it.
type ClrSubject struct {
	ID          string               `json:"id,omitzero"`
	Type        List[string]         `json:"type,omitempty"`
	Identifier  List[IdentityObject] `json:"identifier,omitempty"`
	Credential  List[jsontext.Value] `json:"verifiableCredential,omitempty"` // each a document, or a signed token as a string
	Achievement List[Achievement]    `json:"achievement,omitempty"`
	Association List[Association]    `json:"association,omitempty"`
	Extra       jsontext.Value       `json:",embed"`
}

// Association says how two achievements of a record belong together. Source and Target are ids of achievements.
type Association struct {
	Type   string          `json:"type,omitzero"` // "Association"
	Kind   AssociationType `json:"associationType,omitzero"`
	Source string          `json:"sourceId,omitzero"`
	Target string          `json:"targetId,omitzero"`
}

// AssociationType is how the source of an association relates to its target.
type AssociationType string

// AssociationTypes lists the eight kinds of CLR 2.0.
func AssociationTypes() []AssociationType {
	return []AssociationType{"exactMatchOf", "isChildOf", "isParentOf", "isPartOf", "isPeerOf", "isRelatedTo", "precedes", "replacedBy"}
}

// Marshal writes the record as AchievementCredential.Marshal does.
func (c *ClrCredential) Marshal() ([]byte, error) { return marshal(c) }

// Envelope writes a signed token as a JSON document that can be verified by itself (VCDM 2.0 §4.13). media is the token's.
func Envelope(media string, token []byte) ([]byte, error) {
	return marshal(struct {
		Context string `json:"@context"`
		ID      string `json:"id"`
		Type    string `json:"type"`
	}{ContextV2, "data:" + media + "," + string(token), "EnvelopedVerifiableCredential"})
}
