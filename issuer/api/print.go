package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// mediaPDF is the media type of what is printed.
const mediaPDF = "application/pdf"

// Printer prints awards.
type Printer interface {
	// Certificate prints one credential of an award in a language. fault.Gone says that the award does not hold any more,
	// fault.Unavailable that a font is missing.
	Certificate(ctx context.Context, a issuer.Award, credentialID string, l i18n.Locale) ([]byte, error)
	// Slips prints a slip for each award of the filter that holds and whose learner has no e-mail address, with a link to the
	// learner's page. None, and more than limits.Slips, are fault.Invalid.
	Slips(ctx context.Context, f issuer.Filter, l i18n.Locale, actor string) ([]byte, error)
}

func (a *API) registerPrint() {
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/awards/{id}/certificate", id: "getCertificate", tag: "Awards", scope: access.Read,
		summary: "Print the certificate of an award", status: http.StatusOK, errors: []int{404, 410, 503}, media: mediaPDF,
		description: "A tagged PDF document of one or two pages with the signed credential attached, so that the file itself verifies. A revoked or " +
			"suspended award is 410. What needs a font that the server does not have is 503 with the package to install.",
		params: []parameter{
			{name: "lang", in: "query", kind: "string", about: "Language of the labels; en by default.", enum: []any{"ar", "en", "es", "fr", "ru", "zh"}},
		},
	}, a.certificate)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/slips", id: "printSlips", tag: "Awards", scope: access.Award,
		summary: "Print slips for learners without e-mail", status: http.StatusOK, errors: []int{503}, media: mediaPDF,
		description: "A PDF document with ten slips a page, with cut marks: a slip for each award that holds and whose learner has no e-mail address, with a " +
			"link to the learner's page. Each printing makes new links. At most 500 slips.",
		body: `{"batch":"bat_…"}`,
	}, a.slips)
}

func (a *API) certificate(ctx context.Context, c call, _ empty) (reply[download], error) {
	found, err := a.find(ctx, c, access.Read)
	if err != nil {
		return reply[download]{}, err
	}
	l, err := language(c)
	if err != nil {
		return reply[download]{}, err
	}
	current, ok := found.Current()
	if a.cfg.Printer == nil || !ok {
		return reply[download]{}, fault.New(fault.NotFound, nil, "there is no certificate of this award").Code("certificate.none")
	}
	data, err := a.cfg.Printer.Certificate(ctx, found, current.ID, l)
	return reply[download]{body: download{name: "certificate.pdf", data: data}}, err
}

// language reads the parameter lang.
func language(c call) (i18n.Locale, error) {
	v := c.query("lang")
	if v == "" {
		return i18n.English, nil
	}
	l, ok := i18n.Parse(v)
	if !ok {
		return l, wrongQuery("lang", "ar, en, es, fr, ru or zh is expected")
	}
	return l, nil
}

type slipsRequest struct {
	Issuer      string `json:"issuer,omitempty" doc:"Id, slug or DID; may be left out when only one can be meant."`
	Achievement string `json:"achievement,omitempty" doc:"Only awards of it: id or slug."`
	Batch       string `json:"batch,omitempty" doc:"Only awards of this batch."`
	Lang        string `json:"lang,omitempty" enum:"ar,en,es,fr,ru,zh" doc:"Where an achievement says none; en by default."`
}

func (a *API) slips(ctx context.Context, c call, in slipsRequest) (reply[download], error) {
	iss, err := a.issuerFor(ctx, c, in.Issuer, access.Award)
	if err != nil {
		return reply[download]{}, err
	}
	f := issuer.Filter{IssuerID: iss.ID, BatchID: in.Batch}
	if in.Achievement != "" {
		ach, err := a.cfg.Achievements.Achievement(ctx, iss.ID, in.Achievement, 0)
		if err != nil {
			return reply[download]{}, mentioned(err)
		}
		f.AchievementID = ach.ID
	}
	l, _ := i18n.Parse(in.Lang)
	if a.cfg.Printer == nil {
		return reply[download]{}, fault.New(fault.NotFound, nil, "nothing is printed here").Code("certificate.none")
	}
	data, err := a.cfg.Printer.Slips(ctx, f, l, c.token.ID)
	return reply[download]{body: download{name: "slips.pdf", data: data}}, err
}
