package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

type achievementRequest struct {
	Issuer       string              `json:"issuer,omitempty" doc:"Id, slug or DID; may be left out when only one can be meant."`
	Slug         string              `json:"slug,omitempty" doc:"Made from the name when left out; never changed."`
	Name         string              `json:"name"`
	Description  string              `json:"description"`
	Criteria     string              `json:"criteria,omitempty" doc:"How it is earned, in Markdown. This or criteria_url is needed."`
	CriteriaURL  string              `json:"criteria_url,omitempty" format:"uri"`
	Type         string              `json:"type,omitempty" doc:"AchievementType of Open Badges 3.0, such as Course."`
	Tags         []string            `json:"tags,omitempty" nullable:"false"`
	Language     string              `json:"language,omitempty" doc:"BCP 47; that of the issuer when left out."`
	HumanCode    string              `json:"human_code,omitempty" doc:"Such as a course number."`
	FieldOfStudy string              `json:"field_of_study,omitempty"`
	Credits      *float64            `json:"credits,omitempty" doc:"Credits that can be earned."`
	Alignments   []alignment         `json:"alignments,omitempty" nullable:"false"`
	Results      []resultDescription `json:"results,omitempty" nullable:"false"`
	Translations []translation       `json:"translations,omitempty" nullable:"false" doc:"The texts in further languages; they are signed in every badge."`
	Minors       bool                `json:"minors,omitempty" doc:"Of a programme for minors: awards are private, and learners cannot make them public."`
	Image        *picture            `json:"image,omitempty" doc:"In a revision: left out, the picture stays; alt alone changes the text."`
}

type alignment struct {
	Name        string `json:"name"`
	URL         string `json:"url" format:"uri"`
	Code        string `json:"code,omitempty"`
	Framework   string `json:"framework,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty" doc:"AlignmentTargetType of Open Badges 3.0."`
}

type resultDescription struct {
	ID            string   `json:"id" doc:"A short key; results of awards name it."`
	Name          string   `json:"name"`
	Type          string   `json:"type" doc:"ResultType of Open Badges 3.0, such as Percent."`
	AllowedValues []string `json:"allowed_values,omitempty" nullable:"false"`
	Min           string   `json:"min,omitempty"`
	Max           string   `json:"max,omitempty"`
	Required      string   `json:"required,omitempty"`
}

// translation is the texts of an achievement in a further language.
type translation struct {
	Language     string       `json:"language" doc:"BCP 47, another language than the achievement's."`
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Criteria     string       `json:"criteria,omitempty" doc:"Markdown. Needed where the achievement has criteria."`
	Tags         []string     `json:"tags,omitempty" nullable:"false"`
	FieldOfStudy string       `json:"field_of_study,omitempty"`
	ImageAlt     string       `json:"image_alt,omitempty" doc:"The text that stands in for the picture."`
	Results      []resultName `json:"results,omitempty" nullable:"false" doc:"Names of result descriptions."`
}

type resultName struct {
	ID   string `json:"id" doc:"Of the result description."`
	Name string `json:"name"`
}

type achievementView struct {
	ID           string              `json:"id"`
	Issuer       string              `json:"issuer" doc:"Id of the issuer."`
	Version      int                 `json:"version" doc:"Counts from 1. A version is locked by its first award."`
	Locked       bool                `json:"locked"`
	Slug         string              `json:"slug"`
	Name         string              `json:"name"`
	Description  string              `json:"description"`
	Criteria     string              `json:"criteria,omitempty"`
	CriteriaURL  string              `json:"criteria_url,omitempty"`
	Type         string              `json:"type,omitempty"`
	Tags         []string            `json:"tags,omitempty" nullable:"false"`
	Language     string              `json:"language"`
	HumanCode    string              `json:"human_code,omitempty"`
	FieldOfStudy string              `json:"field_of_study,omitempty"`
	Credits      *float64            `json:"credits,omitempty"`
	Alignments   []alignment         `json:"alignments,omitempty" nullable:"false"`
	Results      []resultDescription `json:"results,omitempty" nullable:"false"`
	Translations []translation       `json:"translations,omitempty" nullable:"false"`
	Minors       bool                `json:"minors,omitempty"`
	Image        *picture            `json:"image,omitempty"`
	CreatedAt    string              `json:"created_at" format:"date-time"`
}

func (a *API) registerAchievements() {
	issuerParam := parameter{name: "issuer", in: "query", kind: "string", about: "Id, slug or DID."}
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/achievements", id: "createAchievement", tag: "Catalogue", scope: access.Admin,
		summary: "Add an achievement", status: http.StatusCreated, errors: []int{409, 413, 415}, bytes: limits.RequestBytes,
		body: exampleAchievement,
	}, a.addAchievement)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/achievements", id: "listAchievements", tag: "Catalogue", scope: access.Read,
		summary: "List the newest versions of achievements", status: http.StatusOK, params: []parameter{issuerParam},
	}, a.achievements)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/achievements/{id}", id: "getAchievement", tag: "Catalogue", scope: access.Read,
		summary: "Read an achievement", description: "The id may be a slug, too.", status: http.StatusOK, errors: []int{404},
		params: []parameter{issuerParam, {name: "version", in: "query", kind: "integer", about: "The newest when left out."}},
	}, a.achievement)
	add(a, operation{
		method: http.MethodPut, path: "/api/v1/achievements/{id}", id: "reviseAchievement", tag: "Catalogue", scope: access.Admin,
		summary: "Revise an achievement", status: http.StatusOK, errors: []int{404, 409, 413, 415}, bytes: limits.RequestBytes,
		description: "A version that has been awarded is locked: the revision then becomes the next version, and earlier awards " +
			"keep theirs. Nothing changes when the content is the same.",
		params: []parameter{{name: "If-Match", in: "header", kind: "string", about: "ETag of the state that the revision is based on."}},
		body:   exampleAchievement,
	}, a.reviseAchievement)
}

func (a *API) addAchievement(ctx context.Context, c call, in achievementRequest) (reply[achievementView], error) {
	iss, err := a.issuerFor(ctx, c, in.Issuer, access.Admin)
	if err != nil {
		return reply[achievementView]{}, err
	}
	n, err := in.catalogue(iss.ID)
	if err != nil {
		return reply[achievementView]{}, err
	}
	done, err := a.cfg.Achievements.AddAchievement(ctx, n, c.token.ID)
	if err != nil {
		return reply[achievementView]{}, err
	}
	return reply[achievementView]{body: a.viewAchievement(done), header: map[string]string{
		"Location": a.cfg.BaseURL + "/api/v1/achievements/" + done.ID,
	}}, nil
}

func (a *API) achievements(ctx context.Context, c call, _ empty) (reply[page[achievementView]], error) {
	issuerID := ""
	if ref := c.query("issuer"); ref != "" || c.token.IssuerID != "" {
		iss, err := a.issuerFor(ctx, c, ref, access.Read)
		if err != nil {
			return reply[page[achievementView]]{}, err
		}
		issuerID = iss.ID
	}
	all, err := a.cfg.Achievements.Achievements(ctx, issuerID)
	out := reply[page[achievementView]]{body: page[achievementView]{Items: make([]achievementView, len(all))}}
	for i, x := range all {
		out.body.Items[i] = a.viewAchievement(x)
	}
	return out, err
}

func (a *API) achievement(ctx context.Context, c call, _ empty) (reply[achievementView], error) {
	version := 0
	if c.query("version") != "" {
		var err error
		if version, err = queryNumber(c, "version", 0, 1_000_000); err != nil {
			return reply[achievementView]{}, err
		}
	}
	found, err := a.findAchievement(ctx, c, access.Read, c.query("issuer"), version)
	return reply[achievementView]{body: a.viewAchievement(found)}, err
}

// findAchievement returns the achievement of the path. Another issuer's answers as an unknown one.
func (a *API) findAchievement(ctx context.Context, c call, scope access.Scope, issuerRef string, version int) (catalog.Achievement, error) {
	if issuerRef == "" {
		issuerRef = c.token.IssuerID
	}
	found, err := a.cfg.Achievements.Achievement(ctx, issuerRef, c.id(), version)
	if err != nil {
		return catalog.Achievement{}, err
	}
	if !access.Allows(c.token, scope, found.IssuerID) {
		return catalog.Achievement{}, fault.New(fault.NotFound, nil, "there is no such achievement").Code("achievement.unknown")
	}
	return found, nil
}

func (a *API) reviseAchievement(ctx context.Context, c call, in achievementRequest) (reply[achievementView], error) {
	old, err := a.findAchievement(ctx, c, access.Admin, in.Issuer, 0)
	if err != nil {
		return reply[achievementView]{}, err
	}
	if seen := c.header("If-Match"); seen != "" {
		body, err := render(a.viewAchievement(old))
		if err != nil {
			return reply[achievementView]{}, err
		}
		if !matches(seen, etag(body)) {
			return reply[achievementView]{}, fault.New(fault.Conflict, nil, "the achievement has changed since you read it").
				Code("achievement.changed").Hint("read it again, and send its new ETag in If-Match")
		}
	}
	n, err := in.catalogue(old.IssuerID)
	if err != nil {
		return reply[achievementView]{}, err
	}
	done, err := a.cfg.Achievements.ReviseAchievement(ctx, old.ID, n, c.token.ID)
	return reply[achievementView]{body: a.viewAchievement(done)}, err
}

func (in achievementRequest) catalogue(issuerID string) (catalog.NewAchievement, error) {
	img, err := in.Image.read()
	n := catalog.NewAchievement{
		Issuer: issuerID, Slug: in.Slug, Name: in.Name, Description: in.Description, Criteria: in.Criteria,
		CriteriaURL: in.CriteriaURL, Type: in.Type, Tags: in.Tags, Language: in.Language, HumanCode: in.HumanCode,
		FieldOfStudy: in.FieldOfStudy, Credits: in.Credits, Minors: in.Minors, Image: img,
	}
	for _, x := range in.Alignments {
		n.Alignments = append(n.Alignments, catalog.Alignment(x))
	}
	for _, x := range in.Results {
		n.Results = append(n.Results, catalog.ResultDescription(x))
	}
	for _, x := range in.Translations {
		t := catalog.Translation{Language: x.Language, Name: x.Name, Description: x.Description, Criteria: x.Criteria, Tags: x.Tags,
			FieldOfStudy: x.FieldOfStudy, ImageAlt: x.ImageAlt}
		for _, r := range x.Results {
			t.Results = append(t.Results, catalog.ResultName(r))
		}
		n.Translations = append(n.Translations, t)
	}
	return n, err
}

func (a *API) viewAchievement(x catalog.Achievement) achievementView {
	out := achievementView{
		ID: x.ID, Issuer: x.IssuerID, Version: x.Version, Locked: x.Locked, CreatedAt: written(x.CreatedAt),
		Slug: x.Slug, Name: x.Name, Description: x.Description, Criteria: x.Criteria, CriteriaURL: x.CriteriaURL, Type: x.Type,
		Tags: x.Tags, Language: x.Language, HumanCode: x.HumanCode, FieldOfStudy: x.FieldOfStudy, Credits: x.Credits, Minors: x.Minors,
	}
	for _, al := range x.Alignments {
		out.Alignments = append(out.Alignments, alignment(al))
	}
	for _, r := range x.Results {
		out.Results = append(out.Results, resultDescription(r))
	}
	for _, t := range x.Translations {
		v := translation{Language: t.Language, Name: t.Name, Description: t.Description, Criteria: t.Criteria, Tags: t.Tags,
			FieldOfStudy: t.FieldOfStudy, ImageAlt: t.ImageAlt}
		for _, r := range t.Results {
			v.Results = append(v.Results, resultName(r))
		}
		out.Translations = append(out.Translations, v)
	}
	if x.Image != nil {
		out.Image = &picture{Type: x.Image.Type, Alt: x.Image.Alt, URL: a.cfg.Achievements.ImageURL(x)}
	}
	return out
}
