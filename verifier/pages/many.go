package pages

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/web"
)

// ManyPage is the data of page "results": many files, each judged by itself.
type ManyPage struct {
	web.Frame
	CheckedAt time.Time
	Rows      []Row

	Valid, Invalid, Undecided int
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

// many checks each file by itself, a few in the same moment, and shows a table. A file that is no badge is a row like others.
func (p *Pages) many(c *gin.Context, h handed) error {
	rows, errs := make([]Row, len(h.files)), make([]error, len(h.files))
	turns := make(chan struct{}, limits.VerifyAtOnce)
	var all sync.WaitGroup
	for i, f := range h.files {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			in := h.in
			in.File, in.FileName = f.data, f.name
			rows[i], errs[i] = p.row(c.Request.Context(), in)
			rows[i].Number = cmp.Or(h.number, i+1)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "results", manyPage(rows))
}

func (p *Pages) row(ctx context.Context, in Input) (Row, error) {
	r, err := p.c.Checker.Check(ctx, in)
	return rowOf(in.FileName, r), err
}

func rowOf(file string, r verifier.Result) Row {
	row := Row{File: file, State: state(r), Reason: reason(r), Result: r}
	row.Tone = tone(row.State)
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

func manyPage(rows []Row) ManyPage {
	page := ManyPage{Frame: frame(), Rows: rows}
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
