package credential_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// badge is the smallest award that says something in every place that the tests touch.
const badge = `{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "urn:uuid:3b2c", "type": ["VerifiableCredential", "OpenBadgeCredential"],
 "issuer": {"id": "did:web:school.example", "type": ["Profile"], "name": "School"},
 "validFrom": "2026-01-31T09:00:00Z", "validUntil": "2027-01-31T09:00:00Z", "name": "Welding",
 "credentialStatus": {"id": "https://s.example/1#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
  "statusListIndex": "7", "statusListCredential": "https://s.example/1"},
 "credentialSubject": {"id": "did:example:ada", "type": ["AchievementSubject"],
  "achievement": {"id": "https://school.example/a/1", "type": ["Achievement"], "name": "Welding", "description": "Joins metal",
   "criteria": {"narrative": "Weld"}}}
}`

func Example() {
	c, err := credential.Parse([]byte(badge))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Version, c.IssuerID, len(c.Problems()))

	award, err := credential.Decode(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(award.Subject.Achievement.Name, award.Status[0].ListIndex)
	// Output:
	// 2.0 did:web:school.example 0
	// Welding 7
}

func TestParseTime(t *testing.T) {
	accepted := map[string]time.Time{
		"2026-01-31T09:00:00Z":           time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
		"2026-01-31T09:00:00.5Z":         time.Date(2026, 1, 31, 9, 0, 0, 500_000_000, time.UTC),
		"2026-01-31T09:00:00.123456789Z": time.Date(2026, 1, 31, 9, 0, 0, 123_456_789, time.UTC),
		"2026-01-31T09:00:00-06:00":      time.Date(2026, 1, 31, 15, 0, 0, 0, time.UTC),
		"2026-01-31T09:00:00+14:00":      time.Date(2026, 1, 30, 19, 0, 0, 0, time.UTC),
		"2026-01-31T09:00:00+00:00":      time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
		"2026-01-31T09:00:00-00:00":      time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
		"2024-02-29T23:59:59Z":           time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC),
		"2038-01-19T03:14:08Z":           time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC),
		"2106-02-07T06:28:16Z":           time.Date(2106, 2, 7, 6, 28, 16, 0, time.UTC),
		"0001-01-01T00:00:00Z":           {},
	}
	for s, want := range accepted {
		got, err := credential.ParseTime(s)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", s, got, err, want)
		}
	}
	refused := map[string]string{
		"a leap second":                "2016-12-31T23:59:60Z",
		"a comma before the fraction":  "2026-01-31T09:00:00,5Z",
		"z in lower case":              "2026-01-31T09:00:00z",
		"t in lower case":              "2026-01-31t09:00:00Z",
		"an hour of one digit":         "2026-01-31T9:00:00Z",
		"a blank for T":                "2026-01-31 09:00:00Z",
		"no offset":                    "2026-01-31T09:00:00",
		"no seconds":                   "2026-01-31T09:00Z",
		"a date only":                  "2026-01-31",
		"hour 24":                      "2026-01-31T24:00:00Z",
		"minute 60":                    "2026-01-31T09:60:00Z",
		"29 February of a common year": "2026-02-29T00:00:00Z",
		"29 February of 2100":          "2100-02-29T00:00:00Z",
		"31 April":                     "2026-04-31T00:00:00Z",
		"month 13":                     "2026-13-01T00:00:00Z",
		"month 0":                      "2026-00-01T00:00:00Z",
		"day 0":                        "2026-01-00T00:00:00Z",
		"an offset of 15 hours":        "2026-01-31T09:00:00+15:00",
		"an offset of 14 hours 60":     "2026-01-31T09:00:00+13:60",
		"an offset without a colon":    "2026-01-31T09:00:00+0100",
		"an offset of hours":           "2026-01-31T09:00:00+01",
		"a minus that is no hyphen":    "2026-01-31T09:00:00−01:00",
		"a fraction without digits":    "2026-01-31T09:00:00.Z",
		"a fraction of ten digits":     "2026-01-31T09:00:00.1234567890Z",
		"a year of five digits":        "12026-01-31T09:00:00Z",
		"a negative year":              "-2026-01-31T09:00:00Z",
		"a sign before the year":       "+2026-01-31T09:00:00Z",
		"blanks around":                " 2026-01-31T09:00:00Z",
		"a line feed at the end":       "2026-01-31T09:00:00Z\n",
		"two zones":                    "2026-01-31T09:00:00Z+01:00",
		"digits of another script":     "２026-01-31T09:00:00Z",
		"nothing":                      "",
		"fifty thousand digits":        strings.Repeat("0", 50_000),
		"another order":                "31-01-2026T09:00:00Z",
	}
	for name, s := range refused {
		if _, err := credential.ParseTime(s); codeOf(err) != "time.syntax" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func codeOf(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func TestFormatTime(t *testing.T) {
	zone := time.FixedZone("", -6*3600)
	if got := credential.FormatTime(time.Date(2026, 1, 31, 9, 0, 0, 999_999_999, zone)); got != "2026-01-31T15:00:00Z" {
		t.Error(got)
	}
}

// FuzzParseTime: what is taken reads the same after it was written, and XML Schema's rules hold for it.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-01-31T09:00:00Z", "2026-01-31T09:00:00.5+01:30", "2016-12-31T23:59:60Z", "2026-1-1T1:1:1Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := credential.ParseTime(s)
		if err != nil {
			if codeOf(err) != "time.syntax" {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again, err := credential.ParseTime(at.Format(time.RFC3339Nano))
		if err != nil || !again.Equal(at) {
			t.Errorf("%q is %v, written and read %v, %v", s, at, again, err)
		}
		if !strings.HasSuffix(s, "Z") && s[len(s)-3] != ':' || s[10] != 'T' {
			t.Errorf("%q is taken", s)
		}
	})
}

func TestParse(t *testing.T) {
	raw := []byte(badge)
	c, err := credential.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw[0] = 'x'
	if string(c.Raw) != badge {
		t.Error("Raw is not a copy of the exact bytes")
	}
	if c.Version != credential.V2 || c.ID != "urn:uuid:3b2c" || c.IssuerID != "did:web:school.example" || len(c.Contexts) != 2 || c.SubjectID() != "did:example:ada" {
		t.Errorf("%+v", c)
	}
	if credential.FormatTime(c.From) != "2026-01-31T09:00:00Z" || credential.FormatTime(c.Until) != "2027-01-31T09:00:00Z" {
		t.Errorf("%v, %v", c.From, c.Until)
	}
	if !c.HasType("OpenBadgeCredential") || c.HasType("openbadgecredential") || c.Achievement().Member("name").Text() != "Welding" {
		t.Error("type or achievement")
	}
	if len(c.Status) != 1 || c.Status[0].At != "/credentialStatus" || c.Status[0].Type != "BitstringStatusListEntry" {
		t.Errorf("%+v", c.Status)
	}
	for text, code := range map[string]string{`[]`: "vc.malformed", `"x"`: "vc.malformed", `null`: "vc.malformed", `{`: "json.syntax", `{"id":1,"id":2}`: "json.duplicate_member"} {
		if _, err := credential.Parse([]byte(text)); codeOf(err) != code {
			t.Errorf("%s: %v, want %s", text, err, code)
		}
	}
}

func TestFromValue(t *testing.T) {
	rows := []struct {
		name, text string
		version    credential.Version
		issuer     string
		status     []string
	}{
		{name: "an empty object", text: `{}`},
		{name: "a bare base context", text: `{"@context":"https://www.w3.org/ns/credentials/v2","issuer":"did:web:a"}`, version: credential.V2, issuer: "did:web:a"},
		{name: "version 1.1", text: `{"@context":["https://www.w3.org/2018/credentials/v1"],"issuanceDate":"2026-01-31T09:00:00Z"}`, version: credential.V1},
		{name: "the base context is the first", text: `{"@context":["https://t.example","https://www.w3.org/ns/credentials/v2"]}`},
		{name: "an inline context first", text: `{"@context":[{},"https://www.w3.org/ns/credentials/v2"]}`},
		{name: "an issuer that is none", text: `{"issuer":["did:web:a"]}`},
		{name: "an issuer whose id is none", text: `{"issuer":{"id":7}}`},
		{name: "two status entries", text: `{"credentialStatus":[{"type":"A"},{"type":"B"}]}`, status: []string{"A /credentialStatus/0", "B /credentialStatus/1"}},
		{name: "no status entries", text: `{"credentialStatus":[]}`},
		{name: "a status that is none", text: `{"credentialStatus":7}`, status: []string{" /credentialStatus"}},
	}
	for _, row := range rows {
		doc, err := ijson.Parse([]byte(row.text), ijson.Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := credential.FromValue([]byte(row.text), doc)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var status []string
		for _, s := range c.Status {
			status = append(status, s.Type+" "+s.At)
		}
		if c.Version != row.version || c.IssuerID != row.issuer || strings.Join(status, ",") != strings.Join(row.status, ",") {
			t.Errorf("%s: %v %q %v", row.name, c.Version, c.IssuerID, status)
		}
	}
}
