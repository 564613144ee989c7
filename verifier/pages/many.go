package pages

import (
	"cmp"
	"context"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier/view"
)

// many checks each file by itself, a few in the same moment, and shows a table. A file that is no badge is a row like others.
func (p *Pages) many(c *gin.Context, h handed) error {
	rows, errs := make([]view.Row, len(h.files)), make([]error, len(h.files))
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
	page := view.Many(rows)
	page.Frame = frame()
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "results", page)
}

func (p *Pages) row(ctx context.Context, in Input) (view.Row, error) {
	r, err := p.c.Checker.Check(ctx, in)
	return view.RowOf(in.FileName, r), err
}
