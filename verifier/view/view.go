// Package view owns what a page shows of results: the one word and the look of a verdict, and the table of many. The server and the
// verifier in a browser show the same.
//
// It refuses to soften: what is not valid is never shown as valid, and of what is undecided it says why. DESIGN, "The two flows".
package view

import (
	"slices"
	"time"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/web"
)

// ManyPage is the data of page "results": many files, each judged by itself.
type ManyPage struct {
	web.Frame
	CheckedAt time.Time
	Rows      []Row

	Valid, Invalid, Undecided int

	// AsOf is when the data on trust and status was had, for what a browser checked by itself; zero: it was looked up.
	AsOf time.Time
}

// Row is one file with its result.
type Row struct {
	Number      int
	File        string
	State, Tone string
	Reason      *verifier.Check // the check that decided against it; nil where none did
	Result      verifier.Result
}

// Issuer is whose badge it is: its domain where that is proven.
func (r Row) Issuer() string {
	if r.Result.Issuer == nil {
		return ""
	}
	return r.Result.Issuer.Domain
}

// Against are the checks that failed or stayed unknown: they are told whole.
func (r Row) Against() []verifier.Check {
	return slices.DeleteFunc(slices.Clone(r.Result.Checks), func(c verifier.Check) bool { return !speaksAgainst(c) })
}

// Others are the rest, told briefly: the page is about many.
func (r Row) Others() []verifier.Check {
	return slices.DeleteFunc(slices.Clone(r.Result.Checks), speaksAgainst)
}

func speaksAgainst(c verifier.Check) bool {
	return c.Outcome == verifier.Fail || c.Outcome == verifier.Unknown
}

// RowOf is the row of a file; its Number is for the caller to set.
func RowOf(file string, r verifier.Result) Row {
	row := Row{File: file, State: State(r), Reason: reason(r), Result: r}
	row.Tone = Tone(row.State)
	return row
}

// reason is the first check that failed, else the first that stayed unknown, of a result that is not valid.
func reason(r verifier.Result) *verifier.Check {
	want := map[verifier.Verdict]verifier.Outcome{verifier.Invalid: verifier.Fail, verifier.Undecided: verifier.Unknown}[r.Verdict]
	for _, c := range r.Checks {
		if want != "" && c.Outcome == want {
			return &c
		}
	}
	return nil
}

// Many is the page about rows; its Frame is for the caller to set.
func Many(rows []Row) ManyPage {
	page := ManyPage{Rows: rows}
	for _, r := range rows {
		if r.Result.CheckedAt.After(page.CheckedAt) {
			page.CheckedAt = r.Result.CheckedAt
		}
		switch r.Tone {
		case "valid":
			page.Valid++
		case "undecided":
			page.Undecided++
		default:
			page.Invalid++
		}
	}
	return page
}

// State says in one word what the strip shows: the verdict, or the one reason why the badge no longer holds.
func State(r verifier.Result) string {
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

// Tone is the look of a state.
func Tone(state string) string {
	switch state {
	case "valid", "undecided":
		return state
	case "record_part":
		return "undecided"
	}
	return "invalid"
}
