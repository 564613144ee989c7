// Package schemas owns Laurel's own JSON Schemas for credentials, embedded, and a fast validator for them.
//
// The schemas are written in the part of JSON Schema 2019-09 that compile knows; a keyword outside it is refused when
// the schemas are compiled, never ignored. They say of Open Badges 3.0 documents what the official schemas of 2026-01
// say (values may stand alone or in an array, texts may be language maps), except for the differences that the tests
// list with their reasons. The package reads no file, uses no network and follows no reference out of the embedded set.
package schemas

import (
	"embed"
	"sync"

	"github.com/openlaurel/laurel/internal/ijson"
)

// The ids of the embedded schemas.
const (
	AchievementCredential   = "https://openlaurel.org/schemas/ob/3.0/achievement-credential.json"
	AchievementCredentialV1 = "https://openlaurel.org/schemas/ob/3.0/achievement-credential-v1.json" // on VCDM 1.1
	EndorsementCredential   = "https://openlaurel.org/schemas/ob/3.0/endorsement-credential.json"
	EndorsementCredentialV1 = "https://openlaurel.org/schemas/ob/3.0/endorsement-credential-v1.json" // on VCDM 1.1
	Profile                 = "https://openlaurel.org/schemas/ob/3.0/profile.json"
	ClrCredential           = "https://openlaurel.org/schemas/clr/2.0/clr-credential.json"
	ClrCredentialV1         = "https://openlaurel.org/schemas/clr/2.0/clr-credential-v1.json"    // on VCDM 1.1
	VerifiableCredential    = "https://openlaurel.org/schemas/vc/2.0/verifiable-credential.json" // the base for any other type
	VerifiableCredentialV1  = "https://openlaurel.org/schemas/vc/1.1/verifiable-credential.json" // the same on VCDM 1.1
	StatusListCredential    = "https://openlaurel.org/schemas/vc/2.0/status-list-credential.json"
)

// Violation is one thing that keeps a document from conforming to a schema.
type Violation struct {
	Code   string // schema.type, schema.required, schema.value, …, json.member_case, time.syntax, limits.depth
	At     string // JSON pointer; for a missing member, the place where it should stand
	Detail string // a sentence for people
}

//go:embed data/*.json
var files embed.FS

var compiled = sync.OnceValue(func() map[string]*node {
	set, err := load(files)
	if err != nil {
		panic("schemas: " + err.Error())
	}
	return set
})

// IDs returns the ids of the schemas that Validate takes, in a fixed order.
func IDs() []string {
	return []string{
		AchievementCredential, AchievementCredentialV1, EndorsementCredential, EndorsementCredentialV1,
		ClrCredential, ClrCredentialV1, Profile, VerifiableCredential, VerifiableCredentialV1, StatusListCredential,
	}
}

// Canonical returns our id for one of our ids or for the URL of an official schema of Open Badges or of learner records, in
// the spelling of schema/json/ or (Open Badges) of the older schema/json-ld/. ok is false for a schema that has no counterpart here.
func Canonical(url string) (id string, ok bool) {
	switch url {
	case officialPlain + "ob_v3p0_achievementcredential_schema.json", officialLinked + "ob_v3p0_achievementcredential_schema.json":
		return AchievementCredential, true
	case officialPlain + "ob_v3p0_endorsementcredential_schema.json", officialLinked + "ob_v3p0_endorsementcredential_schema.json":
		return EndorsementCredential, true
	case officialPlain + "ob_v3p0_profile_schema.json", officialLinked + "ob_v3p0_profile_schema.json":
		return Profile, true
	}
	if url == officialRecords+"clr_v2p0_clrcredential_schema.json" {
		return ClrCredential, true
	}
	for _, known := range IDs() {
		if url == known {
			return known, true
		}
	}
	return "", false
}

const (
	officialPlain   = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/"
	officialRecords = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/"
	officialLinked  = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json-ld/"
)

// Validate returns everything that keeps doc from conforming to the schema of that id, in the order of the document; none
// means that it conforms. id may also be the URL of an official schema (see Canonical). An id that is not known is one
// violation with code schema.unknown.
func Validate(id string, doc ijson.Value) []Violation {
	n := compiled()[id]
	if n == nil {
		own, ok := Canonical(id)
		if !ok {
			return []Violation{{Code: "schema.unknown", Detail: "this schema is not known here"}}
		}
		n = compiled()[own]
	}
	r := run{}
	r.check(n, &doc)
	return r.out
}

// Source returns the text of the schema of that id, to be served at its URL; ok is false for an id that is not ours.
func Source(id string) (text []byte, ok bool) {
	name, ok := fileName(id)
	if !ok {
		return nil, false
	}
	text, err := files.ReadFile("data/" + name)
	return text, err == nil
}
