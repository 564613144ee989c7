// Package credential owns the data model: VC Data Model 2.0 (and 1.1, for reading only) with Open Badges 3.0 and
// CLR 2.0.
//
// Parse reads a credential strictly and keeps the exact bytes; the typed classes (AchievementCredential, Profile, …)
// are for writing credentials and for showing them. The package refuses what is not I-JSON and what is not a
// credential at all; whether a credential follows its schema is said by package schemas.
package credential

import (
	"bytes"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// Base contexts: the first entry of @context decides the version (VCDM 2.0 §4.3, VCDM 1.1 §4.1).
const (
	ContextV2 = "https://www.w3.org/ns/credentials/v2"
	ContextV1 = "https://www.w3.org/2018/credentials/v1"
)

// Version is the version of the VC Data Model.
type Version uint8

// The versions. UnknownVersion means that @context does not begin with a base context.
const (
	UnknownVersion Version = iota
	V1
	V2
)

// String gives "1.1", "2.0" or "unknown".
func (v Version) String() string { return [...]string{"unknown", "1.1", "2.0"}[v] }

// Credential is a parsed credential. Doc is the whole document; the other fields are what checks need of it, read from
// it once. Missing members are zero here and are reported by the schema check.
type Credential struct {
	Raw      []byte // the exact JSON bytes
	Doc      ijson.Value
	Version  Version
	Contexts []string // the string entries of @context, in order
	ID       string
	Types    []string
	IssuerID string      // issuer as a string, or issuer.id
	Issuer   ijson.Value // the issuer as it stands
	Subjects []ijson.Value
	From     time.Time // validFrom or issuanceDate; zero when absent or not a dateTimeStamp
	Until    time.Time // validUntil or expirationDate; zero when absent or not a dateTimeStamp
	Status   []Status
}

// Status is one entry of credentialStatus, as it stands.
type Status struct {
	Type string
	Doc  ijson.Value
	At   string // JSON pointer
}

// Parse reads one credential from its exact JSON bytes. The error is a *fault.Defect: one of package ijson's codes,
// vc.malformed when the document is no credential, or vc.version when it mixes two versions of the data model.
func Parse(raw []byte) (*Credential, error) {
	doc, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	return FromValue(bytes.Clone(raw), doc)
}

// FromValue makes a Credential of a document that is parsed already; raw are the bytes it was parsed from.
func FromValue(raw []byte, doc ijson.Value) (*Credential, error) {
	if doc.Kind() != ijson.Object {
		return nil, fault.Wrong("vc.malformed", "", "a credential is a JSON object, this is %s", doc.Kind())
	}
	c := &Credential{Raw: raw, Doc: doc}
	c.Contexts = doc.Member("@context").Texts()
	c.Version = versionOf(doc.Member("@context"))
	c.Types = doc.Member("type").Texts()
	c.ID = doc.Member("id").Text()
	c.Issuer = doc.Member("issuer")
	c.IssuerID = c.Issuer.Text()
	if c.Issuer.Kind() == ijson.Object {
		c.IssuerID = c.Issuer.Member("id").Text()
	}
	c.Subjects = doc.Member("credentialSubject").Items()
	from, until := "validFrom", "validUntil"
	if c.Version == V1 {
		from, until = "issuanceDate", "expirationDate"
	}
	c.From, _ = ParseTime(doc.Member(from).Text())
	c.Until, _ = ParseTime(doc.Member(until).Text())
	c.readStatus()
	return c, nil
}

func versionOf(context ijson.Value) Version {
	items := context.Items()
	if len(items) == 0 {
		return UnknownVersion
	}
	switch items[0].Text() {
	case ContextV2:
		return V2
	case ContextV1:
		return V1
	}
	return UnknownVersion
}

func (c *Credential) readStatus() {
	v, ok := c.Doc.Get("credentialStatus")
	if !ok {
		return
	}
	if v.Kind() != ijson.Array {
		c.Status = []Status{{Type: v.Member("type").Text(), Doc: v, At: "/credentialStatus"}}
		return
	}
	for i, e := range v.Elems() {
		c.Status = append(c.Status, Status{Type: e.Member("type").Text(), Doc: e, At: ijson.Index("/credentialStatus", i)})
	}
}

// HasType reports whether name is among the credential's types.
func (c *Credential) HasType(name string) bool {
	for _, t := range c.Types {
		if t == name {
			return true
		}
	}
	return false
}

// OfOpenBadges reports whether c is of any of the types of OB 3.0 and CLR 2.0, whose rules are narrower than the data model's.
func (c *Credential) OfOpenBadges() bool {
	return c.isBadge() || c.HasType("EndorsementCredential") || c.HasType("ClrCredential")
}

func (c *Credential) isBadge() bool {
	return c.HasType("OpenBadgeCredential") || c.HasType("AchievementCredential")
}

// Achievement returns the achievement of the first subject, or a null Value.
func (c *Credential) Achievement() ijson.Value {
	if len(c.Subjects) == 0 {
		return ijson.Value{}
	}
	return c.Subjects[0].Member("achievement")
}

// SubjectID returns the id of the first subject, or "".
func (c *Credential) SubjectID() string {
	if len(c.Subjects) == 0 {
		return ""
	}
	return c.Subjects[0].Member("id").Text()
}
