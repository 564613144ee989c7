package issuer

import (
	"slices"
	"strconv"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// translations are the texts of an achievement in its further languages: each an achievement that is related to it (Open
// Badges 3.0 §Related), whole, so that the one signature covers them. Terms and schema are those of the standard; see
// docs/decisions/0036-texts-in-several-languages.md.
func translations(url string, a catalog.Achievement, image string) credential.List[credential.Related] {
	var out credential.List[credential.Related]
	for _, t := range a.Translations {
		id := translationURL(url, t.Language)
		r := credential.Related{
			ID: id, Type: credential.List[string]{"Achievement", "Related"}, InLanguage: t.Language, Version: credential.Plain(strconv.Itoa(a.Version)),
			Name: credential.Plain(t.Name), Description: credential.Plain(t.Description), FieldOfStudy: credential.Plain(t.FieldOfStudy),
			Criteria: &credential.Criteria{Narrative: credential.Plain(t.Criteria)},
		}
		if t.Criteria == "" {
			r.Criteria.ID = a.CriteriaURL // one node with texts in two languages would say of neither which it is
		}
		if a.Image != nil && t.ImageAlt != "" {
			r.Image = &credential.Image{ID: image + "#" + t.Language, Type: credential.Single[string]{"Image"}, Caption: credential.Plain(t.ImageAlt)}
		}
		for _, tag := range t.Tags {
			r.Tag = append(r.Tag, credential.Plain(tag))
		}
		for _, named := range t.Results {
			d := credential.ResultDescription{
				ID: resultURL(id, named.ID), Type: credential.List[string]{"ResultDescription"}, Name: credential.Plain(named.Name),
			}
			if i := slices.IndexFunc(a.Results, func(d catalog.ResultDescription) bool { return d.ID == named.ID }); i >= 0 {
				d.ResultType = a.Results[i].Type
			}
			r.ResultDescription = append(r.ResultDescription, d)
		}
		out = append(out, r)
	}
	return out
}

// translationURL is the id of an achievement's texts in a further language. At this address stands the achievement with all of them.
func translationURL(achievement, language string) string { return achievement + "?lang=" + language }
