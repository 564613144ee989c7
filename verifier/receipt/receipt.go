// Package receipt owns signed receipts of checks: who found what about which exact bytes, when, and under which policy, as a
// compact JWS (RFC 7515) of a type of its own, signed by the deployment that checked.
//
// A receipt is no credential, and says nothing of today: it tells what was found at its time. It names the bytes by their
// digest, every check with outcome and code, and the issuer of the badge. The recipient, the achievement and the sentences of
// the checks, in which a name may stand, are left out unless whoever saves it chose otherwise. What is saved is kept for a
// bounded time under a link that nobody guesses; only a hash of that link is stored.
package receipt

import (
	"cmp"
	"time"

	"github.com/openlaurel/laurel/verifier"
)

// Type is the "typ" of a receipt.
const Type = "laurel-receipt+jwt"

// Detail says how much a receipt tells.
type Detail string

// The details. The zero Detail is Plain.
const (
	Plain Detail = "plain" // nothing of the person
	Names Detail = "names" // also the achievement, the recipient as far as the badge says, and its id
)

// Receipt is the payload of the JWS.
type Receipt struct {
	Issuer    string    `json:"iss"` // the DID of the deployment that checked
	ID        string    `json:"jti"`
	IssuedAt  int64     `json:"iat"`
	CheckedAt time.Time `json:"checked_at"`
	SHA256    string    `json:"sha256"` // of the exact bytes that were verified, in hexadecimal
	Form      string    `json:"form"`
	Verdict   string    `json:"verdict"`
	Checks    []Check   `json:"checks"`
	Warnings  []string  `json:"warnings,omitempty"` // codes
	Refresh   string    `json:"refresh,omitempty"`  // code
	Policy    Policy    `json:"policy"`
	Badge     Badge     `json:"badge"`
	Record    *Record   `json:"record,omitempty"`
	Names     *Named    `json:"names,omitempty"`
}

// Check is the outcome of one check with its code.
type Check struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Code    string `json:"code"`
}

// Policy is under what the check was made.
type Policy struct {
	Name      string     `json:"name"`                // default, compatible or any-issuer-unsafe
	At        *time.Time `json:"at,omitempty"`        // judged for that moment instead of the time of the check
	Recipient bool       `json:"recipient,omitempty"` // whether it is about an expected person was asked
	Refresh   bool       `json:"refresh,omitempty"`   // a newer edition was asked for
}

// Badge is what is told of the badge in any case: nothing of a person.
type Badge struct {
	Issuer     string     `json:"issuer,omitempty"`
	Domain     string     `json:"domain,omitempty"` // only when it is proven
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
}

// Record counts the credentials of a learner record.
type Record struct {
	Members   int `json:"members"`
	Valid     int `json:"valid"`
	Invalid   int `json:"invalid"`
	Undecided int `json:"undecided"`
}

// Named is what is told only when it was chosen.
type Named struct {
	ID          string `json:"id,omitempty"`
	IssuerName  string `json:"issuer_name,omitempty"` // as the badge says
	Achievement string `json:"achievement,omitempty"`
	Recipient   string `json:"recipient,omitempty"`
}

// Of is the receipt of a result, unsigned and without who signs it. It has Names; Keep takes them out. False for a result about
// nothing: where no credential was found, there are no bytes to name.
func Of(r verifier.Result, p verifier.Policy) (Receipt, bool) {
	if r.SHA256 == "" {
		return Receipt{}, false
	}
	out := Receipt{
		CheckedAt: r.CheckedAt, SHA256: r.SHA256, Form: string(r.Form), Verdict: string(r.Verdict),
		Policy: Policy{Name: p.Name(), At: r.JudgedFor, Recipient: p.Recipient != "", Refresh: p.Refresh},
		Badge:  Badge{ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil}, Names: &Named{ID: r.ID},
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, Check{string(c.ID), string(c.Outcome), c.Code})
	}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, w.Code)
	}
	if r.Refresh != nil {
		out.Refresh = r.Refresh.Code
	}
	if r.Issuer != nil {
		out.Badge.Issuer, out.Badge.Domain, out.Names.IssuerName = r.Issuer.ID, r.Issuer.Domain, r.Issuer.Name
	}
	if r.Achievement != nil {
		out.Names.Achievement = r.Achievement.Name
	}
	if r.Recipient != nil {
		out.Names.Recipient = cmp.Or(r.Recipient.Name, r.Recipient.ID)
	}
	if m := r.Record; m != nil {
		out.Record = &Record{m.Members, m.Valid, m.Invalid, m.Undecided}
	}
	return out, true
}

// Keep leaves out what d does not ask for.
func (r Receipt) Keep(d Detail) Receipt {
	if d != Names {
		r.Names = nil
	}
	return r
}
