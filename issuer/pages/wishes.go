package pages

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/web"
)

// WishesPage is the data of page "wishes": what learners ask of the people in the console.
type WishesPage struct {
	web.Frame
	Wishes []WishRow
}

// WishRow is one wish.
type WishRow struct {
	ID, Kind, AwardID, Recipient, Achievement, Text string
	At                                              time.Time
	Closable                                        bool // by who looks
}

func (p *Pages) wishes(c *gin.Context, s session) error {
	rows, err := p.openWishes(c.Request.Context(), s, math.MaxInt)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "wishes", WishesPage{Frame: s.frame(c, "awards"), Wishes: rows})
}

// openWishes lists the open wishes of the learners of issuers whose awards the person sees, oldest first, at most n.
func (p *Pages) openWishes(ctx context.Context, s session, n int) ([]WishRow, error) {
	if p.c.Learners == nil {
		return nil, nil
	}
	open, err := ofIssuers(s, access.Read, func(id string) ([]learner.Wish, error) { return p.c.Learners.Wishes(ctx, id) })
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(open, func(a, b learner.Wish) int { return a.At.Compare(b.At) })
	var rows []WishRow
	for _, w := range open[:min(n, len(open))] {
		a, err := p.c.Awards.Find(ctx, w.AwardID)
		if err != nil {
			return nil, err
		}
		ach, err := p.achievementOf(ctx, a)
		if err != nil {
			return nil, err
		}
		rows = append(rows, WishRow{
			ID: w.ID, Kind: string(w.Kind), AwardID: a.ID, Recipient: named(a), Achievement: ach.Name, Text: w.Text, At: w.At,
			Closable: s.may(access.Award, w.IssuerID),
		})
	}
	return rows, nil
}

func (p *Pages) closeWish(c *gin.Context, s session) error {
	w, err := p.c.Learners.Wish(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.permit(access.Award, w.IssuerID); err != nil {
		return err
	}
	if err := p.c.Learners.Close(c.Request.Context(), c.Param("id"), s.actor()); err != nil {
		return err
	}
	return seeOther(c, "/console/wishes")
}

// inviteLearner makes a link to all badges of the learner of an award and shows it, once.
func (p *Pages) inviteLearner(c *gin.Context, s session) error {
	ctx := c.Request.Context()
	a, err := s.award(ctx, access.Award, c.Param("id"))
	if err != nil {
		return err
	}
	if !a.ErasedAt.IsZero() {
		return fault.New(fault.Conflict, nil, "The learner's data of this award were erased.").Code("award.erased")
	}
	secret, _, err := p.c.Learners.Invite(ctx, a.ID, 0, s.actor())
	if err != nil {
		return err
	}
	data, err := p.awardPage(c, s, a)
	if err != nil {
		return err
	}
	data.Path, data.Query = "/console/awards/"+url.PathEscape(a.ID), ""
	data.LearnerURL = p.url("/my/" + secret)
	return p.show(c, http.StatusCreated, "award", data)
}
