package credential

import (
	"github.com/go-json-experiment/json/jsontext"
)

// AchievementCredential is an award as a document (OB 3.0 §AchievementCredential). Times are texts as they stand in the
// document: write them with FormatTime. Members that no field names are kept in Extra, here and in every class.
type AchievementCredential struct {
	Context        List[Context]               `json:"@context,omitempty"`
	ID             string                      `json:"id,omitzero"`
	Type           List[string]                `json:"type,omitempty"`
	Name           Text                        `json:"name,omitzero"`
	Description    Text                        `json:"description,omitzero"`
	Image          *Image                      `json:"image,omitzero"`
	Issuer         ProfileRef                  `json:"issuer,omitzero"`
	ValidFrom      string                      `json:"validFrom,omitzero"`
	ValidUntil     string                      `json:"validUntil,omitzero"`
	IssuanceDate   string                      `json:"issuanceDate,omitzero"`   // VCDM 1.1, for reading
	ExpirationDate string                      `json:"expirationDate,omitzero"` // VCDM 1.1, for reading
	AwardedDate    string                      `json:"awardedDate,omitzero"`
	Subject        AchievementSubject          `json:"credentialSubject,omitzero"`
	Evidence       List[Evidence]              `json:"evidence,omitempty"`
	Endorsement    List[EndorsementCredential] `json:"endorsement,omitempty"`
	EndorsementJWT List[string]                `json:"endorsementJwt,omitempty"`
	Schema         List[CredentialSchema]      `json:"credentialSchema,omitempty"`
	Status         Single[CredentialStatus]    `json:"credentialStatus,omitempty"`
	RefreshService *RefreshService             `json:"refreshService,omitzero"`
	TermsOfUse     List[TermsOfUse]            `json:"termsOfUse,omitempty"`
	Proof          List[Proof]                 `json:"proof,omitempty"`
	Extra          jsontext.Value              `json:",embed"`
}

// EndorsementCredential is what somebody says of a profile, an achievement or a credential (OB 3.0 §EndorsementCredential).
type EndorsementCredential struct {
	Context        List[Context]            `json:"@context,omitempty"`
	ID             string                   `json:"id,omitzero"`
	Type           List[string]             `json:"type,omitempty"`
	Name           Text                     `json:"name,omitzero"`
	Description    Text                     `json:"description,omitzero"`
	Issuer         ProfileRef               `json:"issuer,omitzero"`
	ValidFrom      string                   `json:"validFrom,omitzero"`
	ValidUntil     string                   `json:"validUntil,omitzero"`
	IssuanceDate   string                   `json:"issuanceDate,omitzero"`   // VCDM 1.1, for reading
	ExpirationDate string                   `json:"expirationDate,omitzero"` // VCDM 1.1, for reading
	AwardedDate    string                   `json:"awardedDate,omitzero"`
	Subject        EndorsementSubject       `json:"credentialSubject,omitzero"`
	Evidence       List[Evidence]           `json:"evidence,omitempty"`
	Schema         List[CredentialSchema]   `json:"credentialSchema,omitempty"`
	Status         Single[CredentialStatus] `json:"credentialStatus,omitempty"`
	RefreshService *RefreshService          `json:"refreshService,omitzero"`
	TermsOfUse     List[TermsOfUse]         `json:"termsOfUse,omitempty"`
	Proof          List[Proof]              `json:"proof,omitempty"`
	Extra          jsontext.Value           `json:",embed"`
}

// EndorsementSubject is what is endorsed, and in what words.
type EndorsementSubject struct {
	ID      string         `json:"id,omitzero"`
	Type    List[string]   `json:"type,omitempty"`
	Comment Text           `json:"endorsementComment,omitzero"` // Markdown
	Extra   jsontext.Value `json:",embed"`
}

// CredentialSchema names a schema that the issuer says the credential follows.
type CredentialSchema struct {
	ID    string         `json:"id,omitzero"`
	Type  Single[string] `json:"type,omitempty"`
	Extra jsontext.Value `json:",embed"`
}

// CredentialStatus says where to look up whether the credential still stands. The members of the entry types
// (BitstringStatusListEntry: VC Bitstring Status List §2.1) are here because Laurel writes them.
type CredentialStatus struct {
	ID            string         `json:"id,omitzero"`
	Type          Single[string] `json:"type,omitempty"`
	Purpose       string         `json:"statusPurpose,omitzero"`
	ListIndex     string         `json:"statusListIndex,omitzero"` // a decimal number as a string
	ListReference string         `json:"statusListCredential,omitzero"`
	Extra         jsontext.Value `json:",embed"`
}

// RefreshService says where to get a newer copy.
type RefreshService struct {
	ID    string         `json:"id,omitzero"`
	Type  Single[string] `json:"type,omitempty"`
	Extra jsontext.Value `json:",embed"`
}

// TermsOfUse says under what terms the credential was given.
type TermsOfUse struct {
	ID    string         `json:"id,omitzero"`
	Type  Single[string] `json:"type,omitempty"`
	Extra jsontext.Value `json:",embed"`
}

// Proof is an embedded proof (Data Integrity §2.1).
type Proof struct {
	ID                 string         `json:"id,omitzero"`
	Type               Single[string] `json:"type,omitempty"`
	Created            string         `json:"created,omitzero"`
	Cryptosuite        string         `json:"cryptosuite,omitzero"`
	Challenge          string         `json:"challenge,omitzero"`
	Domain             Single[string] `json:"domain,omitempty"`
	Nonce              string         `json:"nonce,omitzero"`
	Purpose            string         `json:"proofPurpose,omitzero"`
	VerificationMethod string         `json:"verificationMethod,omitzero"`
	Value              string         `json:"proofValue,omitzero"`
	Extra              jsontext.Value `json:",embed"`
}

// Marshal writes the credential as compact JSON: arrays for sets, plain strings for texts, no null and no empty array.
// The same value always gives the same bytes.
func (a *AchievementCredential) Marshal() ([]byte, error) { return marshal(a) }

// Marshal writes the endorsement as AchievementCredential.Marshal does.
func (e *EndorsementCredential) Marshal() ([]byte, error) { return marshal(e) }

// Marshal writes the profile as AchievementCredential.Marshal does.
func (p *Profile) Marshal() ([]byte, error) { return marshal(p) }

// Decode reads a parsed credential into the typed classes. The error is a *fault.Defect with code vc.malformed and the
// place of a value that has another JSON type than the data model gives it; a document that conforms to its schema has
// none but for the rare members that the schemas leave open. A missing member is no error here.
func Decode(c *Credential) (*AchievementCredential, error) {
	out := &AchievementCredential{}
	if err := decode(c.Doc, out); err != nil {
		return nil, err
	}
	return out, nil
}

// DecodeEndorsement reads a parsed endorsement as Decode does.
func DecodeEndorsement(c *Credential) (*EndorsementCredential, error) {
	out := &EndorsementCredential{}
	if err := decode(c.Doc, out); err != nil {
		return nil, err
	}
	return out, nil
}
