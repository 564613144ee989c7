package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/issuer/batch"
)

// writeLinks writes one row for every learner of a file who has an award now: the badge page and the claim link, for mail
// merge or for slips of paper.
func (a *app) writeLinks(ctx context.Context, w io.Writer, rows []batch.Outcome) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"line", "name", "email", "external_id", "page", "claim_url"}); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	for _, r := range rows {
		if r.AwardID == "" {
			continue
		}
		x, err := a.awards.Find(ctx, r.AwardID)
		if err != nil {
			return err
		}
		_, code, err := a.offers.Prepare(x.ID)
		if err != nil {
			return err
		}
		row := []string{
			strconv.Itoa(r.Line), inert(x.Recipient.Name), inert(x.Recipient.Email), inert(x.ExternalID), a.viewAward(x).Page, a.awards.ClaimURL(code),
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("links: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from running a cell (threat W03).
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
