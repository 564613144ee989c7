package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/web"
)

const profileURL = "/console/profile"

// Profiles changes what issuers say of themselves; *catalog.Service is one. Mistakes are fault.Invalid.
type Profiles interface {
	// PlanIssuer says what ReviseIssuer would make of an issuer, and changes nothing.
	PlanIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error)
	ReviseIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error)
}

// Counts counts awards; the store is one.
type Counts interface {
	CountAwards(ctx context.Context, f issuer.Filter) (int, error)
}

// ProfilePage is the data of page "profile": the profile of one issuer, or (without ID) a choice among Issuers.
type ProfilePage struct {
	web.Frame
	ProfileFields
	Issuers      []Option
	Problems     []string
	ID, DID      string
	Picture, Alt string // address of the picture, empty when there is none; what it shows
	Saved        bool
}

// ProfileFields are what the form says, as it was filled in.
type ProfileFields struct{ Name, URL, Email, Description, Language string }

// ProfilePlanPage is the data of page "profile-plan": what a change of a profile would change.
type ProfilePlanPage struct {
	web.Frame
	ProfileFields
	ID      string
	Changes []ProfileChange // none: nothing would
	Awards  int             // that were awarded until now, and keep what was signed
}

// ProfileChange is one member of a profile that would change. Label is the key of what it is called.
type ProfileChange struct{ Label, From, To string }

func (p *Pages) registerProfile(r gin.IRouter) {
	p.read(r, profileURL, p.inside(access.Admin, p.profiles))
	p.read(r, profileURL+"/:id", p.inside(access.Admin, p.profile))
	r.POST(profileURL+"/:id", p.change(access.Admin, p.profileSave))
	r.POST(profileURL+"/:id/picture", p.change(access.Admin, p.profilePicture))
}

// profiles leads to the one issuer that the person owns, or lets them choose.
func (p *Pages) profiles(c *gin.Context, s session) error {
	all, err := s.issuers(c.Request.Context(), access.Admin)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return seeOther(c, profileURL+"/"+url.PathEscape(all[0].ID))
	}
	data := ProfilePage{Frame: s.settings(c, "profile")}
	for _, i := range all {
		data.Issuers = append(data.Issuers, Option{Value: i.ID, Label: i.Name, Group: domain(i.DID)})
	}
	return p.show(c, http.StatusOK, "profile", data)
}

// owns finds an issuer that the person owns; another is as if it were not there.
func (p *Pages) owns(c *gin.Context, s session) (catalog.Issuer, error) {
	i, err := p.c.Catalogue.Issuer(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.permit(access.Admin, i.ID)
	}
	return i, err
}

func fieldsOfProfile(i catalog.Issuer) ProfileFields {
	return ProfileFields{i.Name, i.URL, i.Email, i.Description, i.Language}
}

func (p *Pages) profilePage(c *gin.Context, s session, i catalog.Issuer) ProfilePage {
	data := ProfilePage{Frame: s.settings(c, "profile"), ID: i.ID, DID: i.DID, ProfileFields: fieldsOfProfile(i)}
	data.Path, data.Query = profileURL+"/"+i.ID, ""
	if i.Image != nil {
		data.Picture, data.Alt = "/issuers/"+url.PathEscape(i.Slug)+"/"+i.Image.FileName(), i.Image.Alt
	}
	return data
}

func (p *Pages) profile(c *gin.Context, s session) error {
	i, err := p.owns(c, s)
	if err != nil {
		return err
	}
	data := p.profilePage(c, s, i)
	data.Saved = c.Query("done") == "saved"
	return p.show(c, http.StatusOK, "profile", data)
}

// profileSave says first what a change would change, and changes it when it is sent again from there.
func (p *Pages) profileSave(c *gin.Context, s session) error {
	i, err := p.owns(c, s)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	f := ProfileFields{v("name"), v("url"), v("email"), v("description"), v("language")}
	n := catalog.NewIssuer{Name: f.Name, URL: f.URL, Email: f.Email, Description: strings.ReplaceAll(f.Description, "\r\n", "\n"), Language: f.Language,
		Actor: s.actor()}
	if v("step") == "save" {
		if _, err = p.c.Profiles.ReviseIssuer(ctx, i.ID, n); err == nil {
			return seeOther(c, profileURL+"/"+url.PathEscape(i.ID)+"?done=saved")
		}
	} else {
		var next catalog.Issuer
		if next, err = p.c.Profiles.PlanIssuer(ctx, i.ID, n); err == nil {
			return p.profilePlan(c, s, i, next)
		}
	}
	data := p.profilePage(c, s, i)
	data.ProfileFields = f
	if data.Problems = p.correctable(c, err); data.Problems == nil {
		return err
	}
	return p.show(c, http.StatusUnprocessableEntity, "profile", data)
}

func (p *Pages) profilePlan(c *gin.Context, s session, old, next catalog.Issuer) error {
	data := ProfilePlanPage{Frame: s.settings(c, "profile"), ID: old.ID, ProfileFields: fieldsOfProfile(next)}
	data.Path, data.Query = profileURL+"/"+old.ID, ""
	for _, ch := range []ProfileChange{
		{"people.name", old.Name, next.Name}, {"profile.url", old.URL, next.URL}, {"field.email", old.Email, next.Email},
		{"field.description", old.Description, next.Description}, {"field.language", old.Language, next.Language},
	} {
		if ch.From != ch.To {
			data.Changes = append(data.Changes, ch)
		}
	}
	if p.c.Counts != nil {
		var err error
		if data.Awards, err = p.c.Counts.CountAwards(c.Request.Context(), issuer.Filter{Issuers: []string{old.ID}}); err != nil {
			return fmt.Errorf("awards of issuer %s: %w", old.ID, err)
		}
	}
	return p.show(c, http.StatusOK, "profile-plan", data)
}

// profilePicture replaces the picture, changes what is said of it, or takes it away.
func (p *Pages) profilePicture(c *gin.Context, s session) error {
	i, err := p.owns(c, s)
	if err != nil {
		return err
	}
	f := fieldsOfProfile(i)
	n := catalog.NewIssuer{Name: f.Name, URL: f.URL, Email: f.Email, Description: f.Description, Language: f.Language, Actor: s.actor()}
	data := p.profilePage(c, s, i)
	data.Alt = strings.TrimSpace(c.Request.PostFormValue("alt"))
	switch file, err := upload(c, "picture", limits.ImageBytes); {
	case errors.Is(err, errTooLarge):
		data.Problems = []string{p.say(c, "form.problem.picture")}
	case err != nil:
		return err
	case c.Request.PostFormValue("way") == "remove":
		n.Image = &catalog.Image{}
	case file == nil && data.Picture == "":
		data.Problems = []string{p.say(c, "form.problem.file")}
	case data.Alt == "":
		data.Problems = []string{p.say(c, "form.problem.alt")}
	default:
		n.Image = &catalog.Image{Alt: data.Alt, Data: file}
	}
	if len(data.Problems) == 0 {
		if _, err = p.c.Profiles.ReviseIssuer(c.Request.Context(), i.ID, n); err == nil {
			return seeOther(c, profileURL+"/"+url.PathEscape(i.ID)+"?done=saved")
		}
		if data.Problems = p.correctable(c, err); data.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "profile", data)
}
