package pages

import (
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
)

// state says in one word what the strip shows: the verdict, or the one reason why the badge no longer holds.
func state(r verifier.Result) string {
	if r.Verdict != verifier.Invalid {
		if r.Verdict == verifier.Valid && r.Record != nil && !r.Record.AllHold() {
			return "record_part"
		}
		if r.Verdict == verifier.Valid {
			return "valid"
		}
		return "undecided"
	}
	failed := ""
	for _, c := range r.Checks {
		if c.Outcome != verifier.Fail {
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
	case "intake.empty", "intake.no_credential", "intake.unsupported", "image.no_credential", "pdf.no_credential":
		return "none" // the wrong file is no forged badge
	}
	return "invalid"
}

// tone is the look of a state.
func tone(state string) string {
	switch state {
	case "valid", "undecided":
		return state
	case "record_part":
		return "undecided"
	}
	return "invalid"
}

func unavailable() error {
	return fault.New(fault.Unavailable, nil, "Badges cannot be checked here at the moment.").Code("verify.unavailable")
}
