package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

const trustURL = "/console/trust"

// TrustList is the list of issuers that the verifier of this deployment believes, beside its own. Only owners of every issuer
// change it.
type TrustList interface {
	// Show returns the list. Where none is configured, Configured is false.
	Show(ctx context.Context) (TrustView, error)
	// Doubts says what whoever adds that entry should look at twice.
	Doubts(ctx context.Context, e TrustRow) ([]TrustDoubt, error)
	// Add believes an issuer, or changes since when and for what; mistakes are fault.Invalid.
	Add(ctx context.Context, e TrustRow, actor string) error
	// Remove ends the trust in an issuer now and keeps its entry, as history; without any that goes on it is fault.NotFound.
	Remove(ctx context.Context, id, actor string) error
	// Erase takes an issuer out as if it had never been there; an unknown one is fault.NotFound.
	Erase(ctx context.Context, id, actor string) error
	// Export returns the list as the file that it is.
	Export(ctx context.Context) ([]byte, error)
}

// TrustView is a trust list.
type TrustView struct {
	Configured bool
	Editable   bool // it is in the form that is written here
	Issuers    []TrustRow
	Follows    []TrustFollowed // lists that it follows, with those that they follow
	Published  []TrustFollowed // what issuers of this deployment have published for others; not usable when its time is over
}

// TrustRow is one issuer that is believed. From and Until are days or moments, or empty.
type TrustRow struct {
	ID, Name, From, Until string
	Types                 []string // of achievements; none: all
	Ended                 bool     // its time is over
	Doubts                []TrustDoubt
}

// TrustFollowed is a list of somebody else. Where it cannot be used, nobody on it is believed.
type TrustFollowed struct {
	URL, Signer string
	Usable      bool
	Issuers     int
	Until       time.Time // zero when it cannot be used
	Soon        bool      // it ends within a week
	Problem     string    // why not, in English
}

// TrustDoubt is what is odd about an entry. Word names the sentence: unresolvable, confusable, lookalike, same_name or type_unknown.
type TrustDoubt struct {
	Word  string
	Other string // id of the entry that it is like
	Grave bool   // it is about who is meant: whoever adds the entry has to put it aside
}

// TrustPage is the data of page "trust".
type TrustPage struct {
	web.Frame
	TrustView
	Problems              []string
	Doubts                []TrustDoubt // about what the form says; it has to be sent again with "sure"
	ID, Name, From, Until string       // as the form was filled in
	Types                 string
}

func (p *Pages) registerTrust(r gin.IRouter) {
	p.read(r, trustURL, p.inside(access.Admin, p.trust))
	p.read(r, trustURL+"/export.json", p.inside(access.Admin, p.trustExport))
	r.POST(trustURL, p.change(access.Admin, p.trustAdd))
	r.POST(trustURL+"/remove", p.change(access.Admin, p.trustRemove))
	r.POST(trustURL+"/erase", p.change(access.Admin, p.trustErase))
}

func (p *Pages) trustPage(c *gin.Context, s session) (TrustPage, error) {
	data := TrustPage{Frame: s.settings(c, "trust")}
	data.Path, data.Query = trustURL, ""
	if err := s.permit(access.Admin, ""); err != nil {
		return data, err
	}
	var err error
	data.TrustView, err = p.c.Trust.Show(c.Request.Context())
	return data, err
}

func (p *Pages) trust(c *gin.Context, s session) error {
	data, err := p.trustPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "trust", data)
}

func (p *Pages) trustExport(c *gin.Context, s session) error {
	if err := s.permit(access.Admin, ""); err != nil {
		return err
	}
	body, err := p.c.Trust.Export(c.Request.Context())
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Cache-Control", "no-store")
	return send(c, file{media: mediaJSON, body: body, name: "trust-list.json"})
}

func (p *Pages) trustAdd(c *gin.Context, s session) error {
	data, err := p.trustPage(c, s)
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data.ID, data.Name, data.From, data.Until, data.Types = v("id"), v("name"), v("from"), v("until"), v("types")
	for _, day := range []string{data.From, data.Until} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			data.Problems = []string{p.say(c, "form.problem.date")}
		}
	}
	if data.ID == "" {
		data.Problems = append(data.Problems, p.say(c, "trust.problem.id"))
	}
	if len(data.Problems) == 0 {
		e := TrustRow{ID: data.ID, Name: data.Name, From: data.From, Until: data.Until, Types: tags(data.Types)}
		if v("sure") != "yes" {
			doubts, err := p.c.Trust.Doubts(c.Request.Context(), e)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(doubts, func(d TrustDoubt) bool { return d.Grave }) {
				data.Doubts = doubts
				return p.show(c, http.StatusUnprocessableEntity, "trust", data)
			}
		}
		if err = p.c.Trust.Add(c.Request.Context(), e, s.actor()); err == nil {
			return seeOther(c, trustURL)
		}
		if data.Problems = p.correctable(c, err); data.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "trust", data)
}

func (p *Pages) trustRemove(c *gin.Context, s session) error {
	return p.trustWithout(c, s, p.c.Trust.Remove)
}

func (p *Pages) trustErase(c *gin.Context, s session) error {
	return p.trustWithout(c, s, p.c.Trust.Erase)
}

func (p *Pages) trustWithout(c *gin.Context, s session, f func(ctx context.Context, id, actor string) error) error {
	if err := s.permit(access.Admin, ""); err != nil {
		return err
	}
	if err := f(c.Request.Context(), c.Request.PostFormValue("id"), s.actor()); err != nil {
		return err
	}
	return seeOther(c, trustURL)
}
