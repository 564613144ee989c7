package pages

import (
	"context"
	"slices"
	"time"

	"github.com/openlaurel/laurel/issuer"
)

// Report is what the verifier's code said about a credential of ours.
type Report struct {
	Verdict   string // "valid", "invalid" or "undecided"
	Domain    string // of the issuer, when it is proven
	CheckedAt time.Time
	Checks    []Check
	Warnings  []Warning
}

// Check is one check of a Report.
type Check struct {
	ID, Outcome, Code, Detail, At string
}

// Warning is something that a person should see and that decides nothing.
type Warning struct {
	Code, Detail, At string
}

// check asks the Checker. When it cannot answer, the page says so: undecided, never valid.
func (p *Pages) check(ctx context.Context, signed []byte) Report {
	now := p.c.Clock().UTC()
	if p.c.Checker == nil {
		return undecided(now)
	}
	r, err := p.c.Checker.Check(ctx, signed)
	if err != nil {
		p.c.Logger.ErrorContext(ctx, "check of a badge page", "error", err)
		return undecided(now)
	}
	if r.CheckedAt.IsZero() {
		r.CheckedAt = now
	}
	return r
}

// undecided is the report when nothing could be checked.
func undecided(at time.Time) Report {
	return Report{Verdict: "undecided", CheckedAt: at, Checks: []Check{{ID: "form", Outcome: "unknown", Code: "internal"}}}
}

// checks are the report's checks as they stand on the badge's own page. A list of revocations can only say revoked; of an award that
// is suspended, the page that knows it does not add that this is final.
func (r Report) checks(a issuer.Award) []Check {
	if a.State() != issuer.Suspended {
		return r.Checks
	}
	out := slices.Clone(r.Checks)
	for i, c := range out {
		if c.Code == "status.revoked" {
			out[i].Code = "status.suspended"
		}
	}
	return out
}

// state says in one word what the strip shows: the verdict, or the reason why the badge no longer holds. Our own record of a
// revocation or suspension counts even when the verifier has not seen the list yet, or the list can only say revoked.
func (r Report) state(a issuer.Award) string {
	if s := a.State(); s != issuer.Active {
		return string(s)
	}
	switch r.Verdict {
	case "valid", "undecided":
		return r.Verdict
	}
	failed := ""
	for _, c := range r.Checks {
		if c.Outcome != "fail" {
			continue
		}
		if failed != "" {
			return "invalid" // more is wrong than one word says
		}
		failed = c.Code
	}
	switch failed {
	case "status.revoked":
		return "revoked"
	case "status.suspended":
		return "suspended"
	case "time.expired":
		return "expired"
	}
	return "invalid"
}

// tone is the look of a state.
func tone(state string) string {
	switch state {
	case "valid", "undecided":
		return state
	}
	return "invalid"
}
