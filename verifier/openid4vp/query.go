package openid4vp

import (
	"regexp"
	"slices"

	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier/request"
)

// query asks for one badge, in one of the formats (DCQL, OpenID4VP 1.0 §6). What was chosen stands in it as far as DCQL can say it, so that
// a wallet offers only badges that can be an answer; the answer is compared with all of it again.
func query(r request.Request) map[string]any {
	if r.Client == request.RedirectURI && len(r.Editions) > 3 {
		r.Editions = nil // it has to fit into a QR code
	}
	var credentials, options []any
	for _, f := range asking(r) {
		c := map[string]any{"id": queryID(f), "format": string(f)}
		if f == request.SDJWT {
			c["meta"] = map[string]any{"vct_values": []string{sdjwt.BadgeType}}
		} else { // types as they expand, and as wallets without JSON-LD see them
			c["meta"] = map[string]any{"type_values": [][]string{{sdjwt.BadgeType}, {"OpenBadgeCredential"}, {"AchievementCredential"}}}
		}
		addClaims(c, r, f)
		credentials, options = append(credentials, c), append(options, []string{queryID(f)})
	}
	q := map[string]any{"credentials": credentials}
	if len(options) > 1 {
		q["credential_sets"] = []any{map[string]any{"options": options}}
	}
	return q
}

// addClaims asks for what a badge must say (§6.3), and of an SD-JWT for what its holder may hide, if the badge has it: most of it first
// (§6.4.1). Without such claims nothing that can be hidden is shown.
func addClaims(c map[string]any, r request.Request, f request.Format) {
	var claims []any
	var must, may []string
	add := func(id string, values []string, path ...string) {
		one := map[string]any{"id": id, "path": path}
		if len(values) > 0 {
			one["values"] = values
		}
		claims = append(claims, one)
	}
	if len(r.Editions) > 0 {
		must = append(must, "achievement")
		add("achievement", r.Editions, "credentialSubject", "achievement", "id")
	}
	if ids := r.IssuerIDs(); len(ids) > 0 {
		must = append(must, "issuer")
		add("issuer", ids, "issuer", "id")
	}
	if f == request.SDJWT {
		for _, p := range hidden(r.Claims) {
			may = append(may, p[len(p)-1])
			add(p[len(p)-1], nil, p...)
		}
	}
	if len(may) > 0 && len(must) == 0 { // no set may be empty, and every badge has a type
		must = append(must, "type")
		add("type", nil, "type")
	}
	if len(claims) > 0 {
		c["claims"] = claims
	}
	if len(may) > 0 {
		choices := sets(must, may)
		if r.Client == request.RedirectURI {
			choices = [][]string{choices[0], choices[len(choices)-1]}
		}
		c["claim_sets"] = choices
	}
}

// hidden are the members of a badge that a holder may hide, for the claims that were asked for. A name can stand in two places.
func hidden(claims []request.Claim) (out [][]string) {
	for _, c := range claims {
		switch c {
		case request.ClaimName:
			out = append(out, []string{"credentialSubject", "identifier"}, []string{"credentialSubject", "name"})
		case request.ClaimResult:
			out = append(out, []string{"credentialSubject", "result"})
		case request.ClaimEvidence:
			out = append(out, []string{"evidence"})
		}
	}
	return out
}

// sets are must with every choice of may, the largest first.
func sets(must, may []string) [][]string {
	var out [][]string
	for chosen := range 1 << len(may) {
		set := slices.Clone(must)
		for i, id := range may {
			if chosen&(1<<i) != 0 {
				set = append(set, id)
			}
		}
		out = append(out, set)
	}
	slices.SortStableFunc(out, func(a, b []string) int { return len(b) - len(a) })
	return out
}

// definition asks for one badge in one of the formats (Presentation Exchange 2.0).
func definition(r request.Request, name string) map[string]any {
	var descriptors []any
	for _, f := range asking(r) {
		d := map[string]any{
			"id": queryID(f), "purpose": r.Purpose, "format": legacyFormat(f), "constraints": map[string]any{"fields": fields(r, f)},
		}
		if len(asking(r)) > 1 {
			d["group"] = []string{"badge"}
		}
		descriptors = append(descriptors, d)
	}
	out := map[string]any{"id": r.ID, "name": name, "purpose": r.Purpose, "input_descriptors": descriptors}
	if len(descriptors) > 1 {
		out["submission_requirements"] = []any{map[string]any{"rule": "pick", "count": 1, "from": "badge"}}
	}
	return out
}

// fields are what a badge must say, in either data model.
func fields(r request.Request, f request.Format) []any {
	field := func(filter map[string]any, paths ...string) any {
		return map[string]any{"path": paths, "filter": filter}
	}
	kind := field(map[string]any{"type": "array", "contains": map[string]any{"const": "OpenBadgeCredential"}}, "$.type", "$.vc.type")
	if f == request.SDJWT {
		kind = field(map[string]any{"type": "string", "const": sdjwt.BadgeType}, "$.vct")
	}
	out := []any{kind}
	if r.Achievement != "" {
		pattern := "^" + regexp.QuoteMeta(r.Achievement) + "(/.*)?$"
		out = append(out, field(map[string]any{"type": "string", "pattern": pattern}, "$.credentialSubject.achievement.id", "$.vc.credentialSubject.achievement.id"))
	}
	if ids := r.IssuerIDs(); len(ids) > 0 {
		out = append(out, field(map[string]any{"type": "string", "enum": ids}, "$.issuer.id", "$.vc.issuer.id"))
	}
	return out
}
