package credential

import "github.com/go-json-experiment/json/jsontext"

// Profile is a person or an organisation.
type Profile struct {
	ID               string                      `json:"id,omitzero"`
	Type             List[string]                `json:"type,omitempty"`
	Name             Text                        `json:"name,omitzero"`
	URL              string                      `json:"url,omitzero"`
	Phone            Text                        `json:"phone,omitzero"`
	Description      Text                        `json:"description,omitzero"`
	Image            *Image                      `json:"image,omitzero"`
	Email            Text                        `json:"email,omitzero"`
	Address          *Address                    `json:"address,omitzero"`
	OtherIdentifier  List[IdentifierEntry]       `json:"otherIdentifier,omitempty"`
	Official         Text                        `json:"official,omitzero"`
	ParentOrg        *Profile                    `json:"parentOrg,omitzero"`
	FamilyName       Text                        `json:"familyName,omitzero"`
	GivenName        Text                        `json:"givenName,omitzero"`
	AdditionalName   Text                        `json:"additionalName,omitzero"`
	PatronymicName   Text                        `json:"patronymicName,omitzero"`
	HonorificPrefix  Text                        `json:"honorificPrefix,omitzero"`
	HonorificSuffix  Text                        `json:"honorificSuffix,omitzero"`
	FamilyNamePrefix Text                        `json:"familyNamePrefix,omitzero"`
	DateOfBirth      string                      `json:"dateOfBirth,omitzero"`
	Endorsement      List[EndorsementCredential] `json:"endorsement,omitempty"`
	EndorsementJWT   List[string]                `json:"endorsementJwt,omitempty"`
	Extra            jsontext.Value              `json:",embed"`
}

// Address is a postal address.
type Address struct {
	Type                List[string]    `json:"type,omitempty"`
	AddressCountry      Text            `json:"addressCountry,omitzero"`
	AddressCountryCode  Text            `json:"addressCountryCode,omitzero"` // ISO 3166-1 alpha-2
	AddressRegion       Text            `json:"addressRegion,omitzero"`
	AddressLocality     Text            `json:"addressLocality,omitzero"`
	StreetAddress       Text            `json:"streetAddress,omitzero"`
	PostOfficeBoxNumber Text            `json:"postOfficeBoxNumber,omitzero"`
	PostalCode          Text            `json:"postalCode,omitzero"`
	Geo                 *GeoCoordinates `json:"geo,omitzero"`
	Extra               jsontext.Value  `json:",embed"`
}

// GeoCoordinates is a place on the earth, WGS84, in degrees.
type GeoCoordinates struct {
	Type      Single[string] `json:"type,omitempty"`
	Latitude  float64        `json:"latitude"`
	Longitude float64        `json:"longitude"`
	Extra     jsontext.Value `json:",embed"`
}

// IdentifierEntry is an identifier of another system.
type IdentifierEntry struct {
	Type           Single[string] `json:"type,omitempty"`
	Identifier     string         `json:"identifier,omitzero"`
	IdentifierType string         `json:"identifierType,omitzero"`
	Extra          jsontext.Value `json:",embed"`
}

// Multikey is a public key as a verification method (Controlled Identifiers §2.2.2).
type Multikey struct {
	ID                 string         `json:"id,omitzero"`
	Type               Single[string] `json:"type,omitempty"`
	Cryptosuite        string         `json:"cryptosuite,omitzero"`
	Controller         string         `json:"controller,omitzero"`
	PublicKeyMultibase string         `json:"publicKeyMultibase,omitzero"`
	Extra              jsontext.Value `json:",embed"`
}

// JWK is a public key as it is published; the members of each key type are in Extra. Package keys reads and checks keys.
type JWK struct {
	Kty     string         `json:"kty,omitzero"`
	Use     string         `json:"use,omitzero"`
	KeyOps  List[string]   `json:"key_ops,omitempty"`
	Alg     string         `json:"alg,omitzero"`
	Kid     string         `json:"kid,omitzero"`
	X5u     string         `json:"x5u,omitzero"`
	X5c     List[string]   `json:"x5c,omitempty"`
	X5t     string         `json:"x5t,omitzero"`
	X5tS256 string         `json:"x5t#S256,omitzero"`
	Extra   jsontext.Value `json:",embed"`
}

// JWKS is a set of public keys.
type JWKS struct {
	Keys  List[JWK]      `json:"keys,omitempty"`
	Extra jsontext.Value `json:",embed"`
}
