package web

import (
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
)

// Fixture is a page in one state, with data that comes from nowhere: for tests and for the catalogue of pages. Page and
// State together name one Fixture only.
type Fixture struct {
	Page  string // the template's folder
	State string // a few words
	Data  any    // a struct that embeds a Frame
}

// Fixtures lists the pages of this package in every state. text makes the strings of strangers out of those given here: the
// identity to look at the pages, something hostile to test them.
func Fixtures(text func(string) string) []Fixture {
	out := []Fixture{}
	for _, e := range [...]struct {
		state string
		kind  fault.Kind
		said  string
	}{
		{"not understood", fault.Invalid, "The field name is missing."},
		{"not signed in", fault.Unauthorized, "There is no session."},
		{"forbidden", fault.Forbidden, "The session may not award."},
		{"unknown", fault.NotFound, "There is no such page, or it is not public."},
		{"conflict", fault.Conflict, "Another award has the same external id."},
		{"gone", fault.Gone, "The link was used."},
		{"too large", fault.TooLarge, "The file has more than 5 MiB."},
		{"too many requests", fault.TooMany, "Wait a minute."},
		{"our own fault", fault.Internal, ""},
		{"unavailable", fault.Unavailable, "The database does not answer."},
	} {
		d := problem.Of(fault.New(e.kind, nil, "%s", text(e.said)).Hint("%s", text("Try again.")))
		if d.Status == http.StatusInternalServerError {
			d.RequestID = "01J"
		}
		inside := ""
		if d.Status == http.StatusForbidden {
			inside = "/console/people"
		}
		out = append(out, Fixture{"error", e.state, ErrorPage{Frame: Frame{Path: "/", NoIndex: true}, Document: d, Text: problemText(d.Status), Inside: inside}})
	}
	return out
}
