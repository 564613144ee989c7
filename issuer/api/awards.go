package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

const (
	idempotencyBytes = 255
	pageDefault      = 50
	pageMost         = 200
)

func (a *API) registerAwards() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards", id: "createAward", tag: "Awards", scope: access.Award,
		summary: "Award an achievement", status: http.StatusCreated, errors: []int{409, 413, 415},
		description: "Signs and stores a credential before it answers. The same request again, under the same external_id or " +
			"Idempotency-Key, answers 200 with the first award and the header Idempotent-Replayed: true; another request under " +
			"the same is 409.",
		params: []parameter{{name: "Idempotency-Key", in: "header", kind: "string", about: "Up to 255 visible ASCII characters of your choice."}},
		body:   exampleAwardRequest, answer: exampleAward,
	}, a.award)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/awards", id: "listAwards", tag: "Awards", scope: access.Read,
		summary: "List awards, newest first", status: http.StatusOK,
		params: []parameter{
			{name: "issuer", in: "query", kind: "string", about: "Id, slug or DID."},
			{name: "achievement", in: "query", kind: "string", about: "Id, or slug under the issuer."},
			{name: "external_id", in: "query", kind: "string", about: "Your own id of the award."},
			{name: "batch", in: "query", kind: "string", about: "Id of the batch that made the awards."},
			{name: "q", in: "query", kind: "string", about: "Part of name, e-mail address or external id."},
			{name: "status", in: "query", kind: "string", about: "Only those.", enum: []any{"active", "suspended", "revoked", "expired"}},
			{name: "since", in: "query", kind: "string", about: "Made at this moment (RFC 3339) or later."},
			{name: "before", in: "query", kind: "string", about: "Made before this moment (RFC 3339)."},
			{name: "limit", in: "query", kind: "integer", about: "1 to 200, 50 by default."},
			{name: "cursor", in: "query", kind: "string", about: "The next of the page before."},
		},
	}, a.awards)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/awards/{id}", id: "getAward", tag: "Awards", scope: access.Read,
		summary: "Read an award", status: http.StatusOK, errors: []int{404}, answer: exampleAward,
	}, a.awardByID)
}

func (a *API) award(ctx context.Context, c call, in awardRequest) (reply[award], error) {
	key := c.header("Idempotency-Key")
	if len(key) > idempotencyBytes || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return reply[award]{}, fault.New(fault.Invalid, nil, "an Idempotency-Key has 1 to %d visible ASCII characters", idempotencyBytes).
			Code("idempotency.key")
	}
	iss, err := a.awarder(ctx, c, in)
	if err != nil {
		return reply[award]{}, err
	}
	r, err := in.request()
	if err != nil {
		return reply[award]{}, err
	}
	r.IssuerRef, r.IdempotencyKey, r.Actor = iss.ID, key, c.token.ID
	done, err := a.cfg.Awards.Award(ctx, r)
	if err != nil {
		return reply[award]{}, mentioned(err)
	}
	out := reply[award]{body: a.viewAward(done.Award), header: map[string]string{
		"Location": a.cfg.BaseURL + "/api/v1/awards/" + done.Award.ID,
	}}
	if done.ClaimCode != "" {
		out.body.ClaimURL = a.cfg.BaseURL + "/claim/" + done.ClaimCode
	}
	if done.Replayed {
		out.status, out.header["Idempotent-Replayed"] = http.StatusOK, "true"
		return out, nil
	}
	a.cfg.Counter.Award(1)
	return out, nil
}

// awarder finds the issuer that a request means: the one it names, the token's own, the achievement's, or the only one.
func (a *API) awarder(ctx context.Context, c call, in awardRequest) (catalog.Issuer, error) {
	ref := in.Issuer
	if ref == "" && c.token.IssuerID == "" && strings.HasPrefix(in.Achievement, "ach_") {
		ach, err := a.cfg.Achievements.Achievement(ctx, "", in.Achievement, 0)
		if err != nil {
			return catalog.Issuer{}, mentioned(err)
		}
		ref = ach.IssuerID
	}
	return a.issuerFor(ctx, c, ref, access.Award)
}

// issuerFor resolves the issuer that a body or query mentions ("" for the token's own, or the only one) and asks whether
// the token may do that for it.
func (a *API) issuerFor(ctx context.Context, c call, ref string, scope access.Scope) (catalog.Issuer, error) {
	if ref == "" {
		ref = c.token.IssuerID
	}
	iss, err := a.cfg.Issuers.Issuer(ctx, ref)
	if err != nil {
		return catalog.Issuer{}, mentioned(err)
	}
	return iss, c.permit(scope, iss.ID)
}

// mentioned makes a request wrong that mentions what does not exist: 404 would say that the address is.
func mentioned(err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	p := fault.Describe(err)
	if p.Hint == "" {
		p.Hint = "what there is, is listed at /api/v1/issuers and /api/v1/achievements"
	}
	return fault.New(fault.Invalid, err, "%s", p.Sentence).Code(p.Code).At(p.Pointer).Hint("%s", p.Hint)
}

func (a *API) awards(ctx context.Context, c call, _ empty) (reply[page[award]], error) {
	f, err := a.filter(ctx, c)
	if err != nil {
		return reply[page[award]]{}, err
	}
	found, next, err := a.cfg.Awards.List(ctx, f)
	if err != nil {
		return reply[page[award]]{}, err
	}
	out := reply[page[award]]{body: page[award]{Items: make([]award, len(found)), Next: next}}
	for i, x := range found {
		out.body.Items[i] = a.viewAward(x)
	}
	if next != "" {
		q := c.g.Request.URL.Query()
		q.Set("cursor", next)
		out.header = map[string]string{"Link": "<" + a.cfg.BaseURL + "/api/v1/awards?" + q.Encode() + `>; rel="next"`}
	}
	return out, nil
}

func (a *API) filter(ctx context.Context, c call) (issuer.Filter, error) {
	f := issuer.Filter{
		ExternalID: c.query("external_id"), BatchID: c.query("batch"), Query: c.query("q"), Cursor: c.query("cursor"),
	}
	if ref := c.query("issuer"); ref != "" || c.token.IssuerID != "" {
		iss, err := a.issuerFor(ctx, c, ref, access.Read)
		if err != nil {
			return f, err
		}
		f.IssuerID = iss.ID
	}
	if ref := c.query("achievement"); ref != "" {
		ach, err := a.cfg.Achievements.Achievement(ctx, f.IssuerID, ref, 0)
		if err != nil {
			return f, mentioned(err)
		}
		f.AchievementID = ach.ID
	}
	switch s := c.query("status"); s {
	case "":
	case "active", "suspended", "revoked":
		f.State = issuer.State(s)
	case "expired":
		f.State, f.ExpiredAt = issuer.Active, a.cfg.Clock()
	default:
		return f, wrongQuery("status", "active, suspended, revoked or expired is expected")
	}
	var err error
	if f.Since, err = queryTime(c, "since"); err != nil {
		return f, err
	}
	if f.Before, err = queryTime(c, "before"); err != nil {
		return f, err
	}
	f.Limit, err = queryNumber(c, "limit", pageDefault, pageMost)
	return f, err
}

func (a *API) awardByID(ctx context.Context, c call, _ empty) (reply[award], error) {
	found, err := a.find(ctx, c, access.Read)
	return reply[award]{body: a.viewAward(found)}, err
}

// find returns the award of the path. Another issuer's award answers as an unknown one.
func (a *API) find(ctx context.Context, c call, scope access.Scope) (issuer.Award, error) {
	found, err := a.cfg.Awards.Find(ctx, c.id())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return issuer.Award{}, err
	}
	if err != nil || !access.Allows(c.token, scope, found.IssuerID) {
		return issuer.Award{}, fault.New(fault.NotFound, err, "there is no such award").Code("award.not_found")
	}
	return found, nil
}

func wrongQuery(name, format string, args ...any) error {
	return fault.New(fault.Invalid, nil, name+": "+format, args...).Code("query.value").Hint("the parameters are described at /api")
}

func queryTime(c call, name string) (time.Time, error) {
	v := c.query(name)
	if v == "" {
		return time.Time{}, nil
	}
	t, err := credential.ParseTime(v)
	if err != nil {
		return t, wrongQuery(name, "a moment such as 2026-01-31T09:00:00Z is expected, with + written as %%2B")
	}
	return t, nil
}

func queryNumber(c call, name string, otherwise, most int) (int, error) {
	v := c.query(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most || strconv.Itoa(n) != v {
		return 0, wrongQuery(name, "a whole number from 1 to %d is expected", most)
	}
	return n, nil
}

// credentialURL is the address of a credential and of its page; suffixes choose a form.
func (a *API) credentialURL(id string) string { return a.cfg.BaseURL + "/c/" + url.PathEscape(id) }
