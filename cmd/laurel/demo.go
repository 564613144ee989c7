package main

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/testvectors"
)

// hello is what a start tells about the deployment.
type hello struct {
	badge                string // address of a badge page, if there is one
	issuer               string
	achievements, awards int // that this start made
}

// actorDemo is how events name the example.
const actorDemo = "demo"

// firstStart makes the example where it is wanted and nothing has been made yet, and finds a badge to show. An example that
// a crash cut off is finished: the same importer repeats no award.
func (a *app) firstStart(ctx context.Context) (hello, error) {
	var h hello
	issuers, err := a.catalog.Issuers(ctx)
	if err != nil {
		return h, err
	}
	wanted := a.cfg.Demo == config.On || a.cfg.Demo == config.Auto && local(a.base)
	if wanted && (len(issuers) == 0 || len(issuers) == 1 && issuers[0].Slug == demoSlug) {
		if h, err = a.example(ctx); err != nil {
			return h, fmt.Errorf("the example: %w", err)
		}
	}
	page, _, err := a.awards.List(ctx, issuer.Filter{Limit: 1})
	if err != nil || len(page) == 0 {
		return h, err
	}
	full, err := a.awards.Find(ctx, page[0].ID)
	if err == nil && len(full.Credentials) > 0 {
		h.badge = a.awards.CredentialURL(full.Credentials[0].ID)
	}
	return h, err
}

const demoSlug = "example-university"

// demoCourse is one achievement of the example, and the column of the course-completion file that says who earned it.
type demoCourse struct {
	catalog.NewAchievement
	column string
	design picture.Design
}

func demoCourses() []demoCourse {
	return []demoCourse{
		{
			NewAchievement: catalog.NewAchievement{
				Slug: "digital-teaching", Name: "Digital Teaching Foundations", Type: "Course", Language: "en",
				Description: "Plans, runs and reviews a lesson that uses digital means with a purpose.",
				Criteria:    "Complete **all units** of the course:\n\n- plan a lesson with a digital tool\n- teach it\n- review it with a colleague",
				Tags:        []string{"teaching", "digital skills"},
				Alignments: []catalog.Alignment{{
					Name: "Teaching", URL: "https://joint-research-centre.ec.europa.eu/digcompedu_en", Code: "3.1", Framework: "DigCompEdu",
				}},
			},
			column: testvectors.CourseColumn,
			design: picture.Design{Shape: picture.Hexagon, Background: "#1d4e89", Foreground: "#ffffff", Letters: "DT"},
		},
		{
			NewAchievement: catalog.NewAchievement{
				Slug: "accessible-content", Name: "Accessible Content Workshop", Type: "Badge", Language: "en",
				Description: "Makes texts, pictures and videos that everybody in the class can use.",
				Criteria:    "Take part in the workshop and bring one piece of your own content to WCAG 2.2 level AA.",
				Tags:        []string{"accessibility"},
			},
			column: testvectors.WorkshopColumn,
			design: picture.Design{Shape: picture.Circle, Background: "#1b6b4b", Foreground: "#ffffff", Letters: "A11"},
		},
	}
}

// example makes an issuer, two achievements and the awards of a course-completion file, through the ways that everybody uses.
func (a *app) example(ctx context.Context) (hello, error) {
	var h hello
	i, err := a.catalog.Issuer(ctx, demoSlug)
	if fault.Is(err, fault.NotFound) {
		i, err = a.newIssuer(ctx, catalog.NewIssuer{
			Name: "Example University", Slug: demoSlug, URL: "https://example.org", Language: "en",
			Description: "A made-up issuer that shows how Laurel works.", Actor: actorDemo,
		})
	}
	if err != nil {
		return h, err
	}
	if _, err := a.keys.Create(ctx, i.ID, i.DID); err != nil { // a crash may have come between issuer and keys
		return h, err
	}
	h.issuer = i.Name
	csv, err := testvectors.Read(testvectors.CourseCompletion)
	if err != nil {
		return h, err
	}
	for _, c := range demoCourses() {
		made, n, err := a.exampleCourse(ctx, i, c, csv)
		if err != nil {
			return h, err
		}
		h.achievements += made
		h.awards += n
	}
	return h, nil
}

func (a *app) exampleCourse(ctx context.Context, i catalog.Issuer, c demoCourse, csv []byte) (achievements, awards int, err error) {
	_, err = a.catalog.Achievement(ctx, i.ID, c.Slug, 0)
	if fault.Is(err, fault.NotFound) {
		svg, err := picture.Generate(c.design)
		if err != nil {
			return 0, 0, err
		}
		c.Issuer = i.ID
		c.Image = &catalog.Image{Type: "image/svg+xml", Data: svg, Alt: "Badge with the letters " + c.design.Letters}
		if _, err := a.catalog.AddAchievement(ctx, c.NewAchievement, actorDemo); err != nil {
			return 0, 0, err
		}
		achievements = 1
	} else if err != nil {
		return 0, 0, err
	}
	sheet, err := batch.Parse(csv, batch.Options{Map: map[batch.Field]string{batch.AwardedAt: c.column}})
	if err != nil {
		return 0, 0, err
	}
	im := a.importer(actorDemo, "bat_demo")
	plan, err := im.Plan(ctx, sheet, batch.Target{Issuer: i.ID, Achievement: c.Slug})
	if err != nil {
		return 0, 0, err
	}
	rep, err := im.Run(ctx, plan, nil)
	if err != nil {
		return 0, 0, err
	}
	for _, r := range rep.Rows {
		if r.Status == batch.Failed && len(r.Reasons) > 0 {
			return 0, 0, fmt.Errorf("line %d of the course-completion file: %s", r.Line, r.Reasons[0].Sentence)
		}
	}
	return achievements, rep.Totals()[batch.Awarded], nil
}

// newIssuer makes an issuer with its keys.
func (a *app) newIssuer(ctx context.Context, n catalog.NewIssuer) (catalog.Issuer, error) {
	i, err := a.catalog.AddIssuer(ctx, n)
	if err != nil {
		return i, err
	}
	_, err = a.keys.Create(ctx, i.ID, i.DID)
	return i, err
}
