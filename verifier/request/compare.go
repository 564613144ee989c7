package request

import (
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
)

// BadgeTypes are the types of Open Badges 3.0, one of which a badge has.
func BadgeTypes() []string { return []string{"OpenBadgeCredential", "AchievementCredential"} }

// compare says in what a presentation is not what was asked for. A wallet chooses on its own what it sends: the query is a wish,
// and only this comparison counts (OpenID4VP 1.0 §6.4.2).
func (r Request) compare(f Format, p verifier.PresentationResult) []verifier.Warning {
	var out []verifier.Warning
	no := func(code, at, detail string) { out = append(out, verifier.Warning{Code: code, Detail: detail, At: at}) }
	if !slices.Contains(r.formats(), f) || !fits(f, p.Form) {
		no("request.format", "", "The wallet answered in another format than was asked for.")
	}
	if len(p.Credentials) != 1 {
		no("request.extra", "", "One badge was asked for, and the presentation does not hold exactly one.")
		return out
	}
	c := p.Credentials[0]
	if !isBadge(f, c) {
		no("request.type", c.At+"/type", "What was presented is no badge.")
	}
	if a := r.Achievement; a != "" && (c.Result.Achievement == nil || !within(c.Result.Achievement.ID, a)) {
		no("request.achievement", c.At+"/credentialSubject/achievement", "The badge is for another achievement than was asked for.")
	}
	if len(r.Issuers) > 0 && !r.issuedBy(c.Result.Issuer) {
		no("request.issuer", c.At+"/issuer", "The badge was issued by somebody else than was asked for.")
	}
	if !r.Since.IsZero() && (c.Result.ValidFrom == nil || c.Result.ValidFrom.Before(r.Since)) {
		no("request.since", c.At+"/validFrom", "The badge is older than was asked for.")
	}
	return out
}

// formats are those in which the wallet may answer.
func (r Request) formats() []Format {
	if r.Dialect == VCAPI {
		return []Format{LDP}
	}
	if len(r.Formats) == 0 {
		return Formats()
	}
	return r.Formats
}

// older reports whether a presentation, or one of its proofs, is of the proof type before Data Integrity.
func older(presentation []byte) bool {
	doc, err := ijson.Parse(presentation, ijson.Bounds{})
	if err != nil {
		return false // whatever it is, the verifier has refused it
	}
	return slices.ContainsFunc(doc.Member("proof").Items(), func(p ijson.Value) bool { return p.Member("type").Text() == dataintegrity.Ed25519Sig })
}

// fits reports whether a presentation of that securing form is one of the format.
func fits(f Format, form proof.Form) bool {
	switch f {
	case SDJWT:
		return form == proof.SDJWT
	case JWT:
		return form == proof.JWTVC11 || form == proof.VCJWT || form == proof.OBJWT
	case LDP:
		return form == proof.DataIntegrity
	}
	return false
}

func isBadge(f Format, c verifier.Presented) bool {
	if f == SDJWT && c.Result.Type != sdjwt.BadgeType {
		return false
	}
	for _, t := range c.Claims.Member("type").Texts() {
		if slices.Contains(BadgeTypes(), t) {
			return true
		}
	}
	return false
}

// within reports whether id is the achievement that was named or a version of it.
func within(id, asked string) bool {
	return id == asked || strings.HasPrefix(id, strings.TrimSuffix(asked, "/")+"/")
}

// issuedBy reports whether the issuer is one of those that were named: by its id, or by the domain that was proven.
func (r Request) issuedBy(i *verifier.Issuer) bool {
	return i != nil && slices.ContainsFunc(r.Issuers, func(asked string) bool { return asked == i.ID || i.Domain != "" && asked == i.Domain })
}
