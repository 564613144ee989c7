package pages

import (
	"context"
	"fmt"
	"slices"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// What a page of the console shows or changes goes through these methods, which ask package access about every issuer. What
// a person may not look at is as if it were not there.

// may reports whether the person has the scope for that issuer.
func (s session) may(scope access.Scope, issuerID string) bool {
	return access.Allows(s.here.Person, scope, issuerID)
}

func (s session) permit(scope access.Scope, issuerID string) error {
	return access.Permit(s.here.Person, scope, issuerID)
}

// filter keeps a list of awards to those for which the person has the scope.
func (s session) filter(scope access.Scope, f issuer.Filter) issuer.Filter {
	if ids, all := access.Issuers(s.here.Person, scope); !all {
		f.Issuers = append([]string{}, ids...)
	}
	return f
}

func (s session) issuers(ctx context.Context, scope access.Scope) ([]catalog.Issuer, error) {
	all, err := s.p.c.Catalogue.Issuers(ctx)
	if err != nil {
		return nil, fmt.Errorf("issuers: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(i catalog.Issuer) bool { return !s.may(scope, i.ID) }), nil
}

func (s session) achievements(ctx context.Context, scope access.Scope) ([]catalog.Achievement, error) {
	all, err := s.p.c.Catalogue.Achievements(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("achievements: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(a catalog.Achievement) bool { return !s.may(scope, a.IssuerID) }), nil
}

// achievement finds the newest version of an achievement by its id.
func (s session) achievement(ctx context.Context, scope access.Scope, id string) (catalog.Achievement, error) {
	a, err := s.p.c.Catalogue.Achievement(ctx, "", id, 0)
	if err != nil {
		return catalog.Achievement{}, err
	}
	return a, s.permit(scope, a.IssuerID)
}

func (s session) award(ctx context.Context, scope access.Scope, id string) (issuer.Award, error) {
	a, err := s.p.c.Awards.Find(ctx, id)
	if err != nil {
		return issuer.Award{}, err
	}
	return a, s.permit(scope, a.IssuerID)
}

// choices lists achievements for a form, and for its select.
func (s session) choices(ctx context.Context, scope access.Scope) ([]Option, []catalog.Achievement, error) {
	all, err := s.achievements(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	issuers, err := s.issuers(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	return options(all, issuers), all, nil
}

// ofIssuers asks once for every issuer when the person has the scope for all, and else for each of theirs, so that a bound on what
// is listed counts nothing that they may not see.
func ofIssuers[T any](s session, scope access.Scope, ask func(issuerID string) ([]T, error)) ([]T, error) {
	ids, all := access.Issuers(s.here.Person, scope)
	if all {
		ids = []string{""}
	}
	var out []T
	for _, id := range ids {
		some, err := ask(id)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}
