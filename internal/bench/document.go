package bench

import (
	"fmt"

	"github.com/openlaurel/laurel/contexts"
)

// document is an ordinary badge, about 1.5 KB: what most deployments sign.
func document() []byte { return documentFor("2f4a1e3b7c10") }

// documentFor is the same badge for another recipient, whom 12 digits tell apart.
func documentFor(recipient string) []byte {
	return fmt.Appendf(nil, `{"@context":["https://www.w3.org/ns/credentials/v2","%s"],`+
		`"id":"https://badges.example/c/k5u3m2qhw4d7zc%s","type":["VerifiableCredential","OpenBadgeCredential"],`+
		`"name":"First aid","issuer":{"id":"%s","type":["Profile"],"name":"School of Measurements","url":"https://school.example/"},`+
		`"validFrom":"2026-01-02T03:04:05Z","awardedDate":"2026-01-02T03:04:05Z",`+
		`"credentialSubject":{"id":"urn:uuid:5f1c1a3e-0d2f-4c58-9a55-%s","type":["AchievementSubject"],`+
		`"identifier":[{"type":"IdentityObject","hashed":true,"identityHash":`+
		`"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913a%s","identityType":"emailAddress","salt":"Kosher"}],`+
		`"achievement":{"id":"https://badges.example/achievements/first-aid/1","type":["Achievement"],"achievementType":"Course",`+
		`"name":"First aid","description":"Keeps a person alive until help comes: assessment, recovery position, resuscitation.",`+
		`"criteria":{"narrative":"Attended sixteen hours and passed the practical test on a manikin."},`+
		`"image":{"id":"https://badges.example/achievements/first-aid/1.png","type":"Image","caption":"A green cross"},`+
		`"tag":["health","safety"],"inLanguage":"en"}},`+
		`"credentialStatus":{"id":"%s#94567","type":"BitstringStatusListEntry","statusPurpose":"revocation",`+
		`"statusListIndex":"94567","statusListCredential":"%s"}}`, contexts.OpenBadges, recipient, issuerDID, recipient, recipient, listURL, listURL)
}
