package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// achievementView is an achievement as the command line shows it.
type achievementView struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Version int    `json:"version"`
	Locked  bool   `json:"locked"`
	URL     string `json:"url"`
}

func newAchievement(t terminal) *cobra.Command {
	return group(&cobra.Command{Use: "achievement", Short: "Add and list achievements"},
		newAchievementAdd(t), newAchievementList(t))
}

func newAchievementAdd(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add", Short: "Add an achievement", Args: exactly(0, "flags only"),
		Example: "  laurel achievement add --name \"First aid\" --description \"Can give first aid.\" --criteria \"Passed the test.\" \\\n" +
			"    --image badge.svg --alt \"A red cross in a circle\"",
	}
	var n catalog.NewAchievement
	f := cmd.Flags()
	f.StringVar(&n.Issuer, "issuer", "", "id, slug or DID; may be left out when there is one issuer")
	f.StringVar(&n.Name, "name", "", "name (required)")
	f.StringVar(&n.Slug, "slug", "", "short name for addresses (default: from the name)")
	f.StringVar(&n.Description, "description", "", "what somebody can do who has it (required)")
	f.StringVar(&n.Criteria, "criteria", "", "how it is earned, in Markdown")
	f.StringVar(&n.CriteriaURL, "criteria-url", "", "page that says how it is earned")
	f.BoolVar(&n.Minors, "minors", false, "of a programme for minors: badges are private unless an award says otherwise")
	f.StringVar(&n.Type, "type", "", "type, such as Course, Badge, Certificate or MicroCredential")
	f.StringVar(&n.Language, "language", "", "language of its texts (default: the issuer's)")
	translations := f.String("translations", "", "JSON file with the texts in further languages: a list as in the API")
	tags := f.String("tags", "", "tags, with commas between")
	image := f.String("image", "", "picture: a PNG or SVG file")
	alt := f.String("alt", "", "text that stands in for the picture; required with one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		n.Tags = list(*tags)
		if *image != "" {
			data, err := os.ReadFile(filepath.Clean(*image))
			if err != nil {
				return fault.New(fault.Invalid, err, "the picture %s cannot be read", plain(*image))
			}
			n.Image = &catalog.Image{Data: data, Alt: *alt}
		}
		if *translations != "" {
			data, err := os.ReadFile(filepath.Clean(*translations))
			if err == nil {
				err = json.Unmarshal(data, &n.Translations, json.RejectUnknownMembers(true))
			}
			if err != nil {
				return fault.New(fault.Invalid, err, "the translations %s cannot be read as a JSON list", plain(*translations)).
					Hint(`such as [{"language": "ar", "name": "…", "description": "…", "criteria": "…"}]`)
			}
		}
		return withApp(cmd, t, func(a *app) error {
			made, err := a.catalog.AddAchievement(cmd.Context(), n, actorCLI)
			if err != nil {
				return err
			}
			v := a.viewAchievement(made)
			return show(cmd, t, v, func(w io.Writer) {
				say(w, "%s\n  id    %s\n  slug  %s\n  page  %s\n", plain(v.Name), v.ID, v.Slug, v.URL)
			})
		})
	}
	return withJSON(required(cmd, "name", "description"))
}

func newAchievementList(t terminal) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the newest versions of the achievements", Args: exactly(0, "flags only")}
	ref := cmd.Flags().String("issuer", "", "only this issuer's (id, slug or DID)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			all, err := a.catalog.Achievements(cmd.Context(), *ref)
			if err != nil {
				return err
			}
			views := make([]achievementView, len(all))
			for i := range all {
				views[i] = a.viewAchievement(all[i])
			}
			return show(cmd, t, views, func(w io.Writer) {
				for _, v := range views {
					say(w, "%s  %-24s v%d  %s\n", v.ID, v.Slug, v.Version, plain(v.Name))
				}
				if len(views) == 0 {
					sayln(w, `No achievements yet: laurel achievement add --name "…" makes one.`)
				}
			})
		})
	}
	return withJSON(cmd)
}

func (a *app) viewAchievement(x catalog.Achievement) achievementView {
	return achievementView{
		ID: x.ID, Issuer: x.IssuerID, Slug: x.Slug, Name: x.Name, Version: x.Version, Locked: x.Locked, URL: a.catalog.AchievementURL(x.ID, x.Version),
	}
}
