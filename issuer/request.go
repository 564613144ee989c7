package issuer

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Request asks for an award. IssuerRef and AchievementRef take an id, a slug, or (the issuer) a DID.
type Request struct {
	IssuerRef      string
	AchievementRef string
	Recipient      Recipient
	ExternalID     string
	IdempotencyKey string
	AwardedAt      time.Time // zero: now
	ExpiresAt      time.Time // zero: never
	ActivityStart  time.Time
	ActivityEnd    time.Time
	Narrative      string
	Term           string
	Role           string
	Credits        *float64
	Evidence       []Evidence
	Results        []Result
	Visibility     Visibility // "": unlisted, or private for an achievement of a programme for minors
	BatchID        string
	Actor          string // who asks: a token's id, "cli", "console:…"
}

// digest identifies the content of a request, so that a repetition is told from a contradiction.
func (r Request) digest(issuerID, achievementID string) ([]byte, error) {
	r.IssuerRef, r.AchievementRef = issuerID, achievementID
	r.IdempotencyKey, r.Actor, r.BatchID = "", "", ""
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("digest of the request: %w", err)
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// maximum lengths in characters.
const (
	nameLength  = 200
	labelLength = 300
	urlLength   = 2000
)

// check refuses what could not become a credential. now is the moment of the request.
func (r *Request) check(now time.Time) error {
	for _, f := range [...]struct {
		at, value string
		max       int
		lines     bool
	}{
		{"/recipient/name", r.Recipient.Name, nameLength, false},
		{"/recipient/email", r.Recipient.Email, nameLength, false},
		{"/recipient/id", r.Recipient.ID, urlLength, false},
		{"/external_id", r.ExternalID, labelLength, false},
		{"/narrative", r.Narrative, limits.TextBytes, true},
		{"/term", r.Term, labelLength, false},
		{"/role", r.Role, labelLength, false},
	} {
		if err := checkText(f.at, f.value, f.max, f.lines); err != nil {
			return err
		}
	}
	if err := r.checkRecipient(); err != nil {
		return err
	}
	if err := r.checkTimes(now); err != nil {
		return err
	}
	switch r.Visibility {
	case "":
		r.Visibility = Unlisted
	case Public, Unlisted, Private:
	default:
		return invalid("award.visibility", "/visibility", "visibility is one of public, unlisted, private")
	}
	if r.Credits != nil && !(*r.Credits >= 0 && *r.Credits <= 1e6) {
		return invalid("award.credits", "/credits", "credits are a number from 0 to 1,000,000")
	}
	return r.checkParts()
}

func (r *Request) checkTimes(now time.Time) error {
	for at, t := range map[string]*time.Time{
		"/awarded_at": &r.AwardedAt, "/expires_at": &r.ExpiresAt, "/activity_start": &r.ActivityStart, "/activity_end": &r.ActivityEnd,
	} {
		if t.IsZero() {
			continue
		}
		*t = t.UTC().Truncate(time.Second)
		if y := t.Year(); y < 1900 || y > 9998 {
			return invalid("award.time", at, "the year lies outside 1900 to 9998")
		}
	}
	switch {
	case r.AwardedAt.After(now.Add(limits.ClockSkew)):
		return invalid("award.in_future", "/awarded_at", "an award cannot be dated in the future")
	case !r.ActivityEnd.IsZero() && r.ActivityEnd.Before(r.ActivityStart):
		return invalid("award.activity", "/activity_end", "the activity ends before it starts")
	}
	return nil
}

func (r *Request) checkParts() error {
	if len(r.Evidence) > 50 || len(r.Results) > 50 {
		return invalid("award.too_many", "/evidence", "an award takes at most 50 pieces of evidence and 50 results")
	}
	for i, e := range r.Evidence {
		at := fmt.Sprintf("/evidence/%d", i)
		if e == (Evidence{}) {
			return invalid("award.evidence", at, "a piece of evidence needs at least a url, a name or a narrative")
		}
		if e.URL != "" && !webURL(e.URL) {
			return invalid("award.evidence_url", at+"/url", "the url of evidence begins with https:// or http://")
		}
		for member, v := range map[string]string{
			"url": e.URL, "name": e.Name, "description": e.Description, "narrative": e.Narrative, "genre": e.Genre, "audience": e.Audience,
		} {
			if err := checkText(at+"/"+member, v, limits.TextBytes/4, true); err != nil {
				return err
			}
		}
	}
	for i, res := range r.Results {
		at := fmt.Sprintf("/results/%d", i)
		if res.Value == "" && res.Status == "" {
			return invalid("award.result", at, "a result needs a value or a status")
		}
		for member, v := range map[string]string{"value": res.Value, "status": res.Status, "description": res.Description} {
			if err := checkText(at+"/"+member, v, labelLength, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkText refuses invalid UTF-8, control characters and text that is too long. NUL is what PostgreSQL cannot store.
func checkText(at, s string, characters int, lines bool) error {
	if !utf8.ValidString(s) {
		return invalid("text.utf8", at, "the text is not UTF-8")
	}
	if utf8.RuneCountInString(s) > characters {
		return invalid("text.too_long", at, "the text is longer than %d characters", characters)
	}
	for _, c := range s {
		if unicode.IsControl(c) && !(lines && (c == '\n' || c == '\r' || c == '\t')) {
			return invalid("text.control", at, "the text holds a control character (U+%04X)", c)
		}
	}
	return nil
}

func invalid(code, at, format string, args ...any) error {
	return fault.New(fault.Invalid, nil, format, args...).Code(code).At(at).Hint("%s", nextStep(code))
}

// nextStep says what to do about a refusal of that code.
func nextStep(code string) string {
	switch code {
	case "text.utf8", "text.control":
		return "send plain text in UTF-8, without control characters"
	case "text.too_long":
		return "shorten it; long texts belong behind a link"
	case "award.recipient":
		return "give at least one of name, email and id"
	case "award.recipient_id":
		return "write it as did:…, urn:… or https://…; an e-mail address goes into email"
	case "email.syntax":
		return "correct it, or leave it out"
	case "award.evidence", "award.result":
		return "fill it in, or leave it out of the list"
	case "award.evidence_url":
		return "put the file where a browser finds it, and give that address"
	case "award.in_future", "award.expired", "award.activity", "award.time":
		return "correct the time; times are written as 2026-01-31T09:00:00Z"
	}
	return "correct the value, or leave it out"
}
