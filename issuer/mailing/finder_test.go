package mailing_test

import (
	"context"

	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
)

// finder finds in the store what the services find there.
type finder struct{ s *store.Store }

func (f finder) Find(ctx context.Context, id string) (issuer.Award, error) { return f.s.Award(ctx, id) }

func (f finder) Issuer(ctx context.Context, ref string) (catalog.Issuer, error) {
	all, err := f.s.Issuers(ctx)
	for _, i := range all {
		if i.ID == ref {
			return i, nil
		}
	}
	return catalog.Issuer{}, err
}

func (f finder) Achievement(ctx context.Context, _, ref string, version int) (catalog.Achievement, error) {
	return f.s.Achievement(ctx, ref, version)
}

// shelf is the store as it lists offers.
type shelf struct{ s *store.Store }

func (x shelf) Of(ctx context.Context, awardID string) ([]offer.Offer, error) {
	return x.s.Offers(ctx, awardID)
}
