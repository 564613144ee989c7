package pages

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/web"
)

const reissueURL = keysURL + "/reissue"

// reissueAtOnce is how many credentials one press of the button looks at: each is signed and stored before the page is answered.
const reissueAtOnce = 200

// ReissuePage is the data of page "keys-reissue": what would become, or has become, of what a withdrawn key signed.
type ReissuePage struct {
	web.Frame
	Problems                               []string
	Issuer, Name                           string
	Key                                    KeyRow
	All                                    bool // also what was recorded before the theft
	Did                                    bool // something was issued again, else it is a plan
	Done, Believed, Revoked, Stay, Expired int  // Stay is suspended
	More                                   bool // there is more than was counted
	Cursor                                 string
	Statements                             []string // ids of records, endorsements and what platforms wrote that hold no more
}

func (p *Pages) registerReissue(r gin.IRouter) {
	if p.c.Effects == nil {
		return
	}
	p.read(r, reissueURL, p.inside(access.Admin, p.reissueForm))
	r.POST(reissueURL, p.change(access.Admin, p.reissue))
}

// reissuePage finds the withdrawn key that a request names, and says what to issue again.
func (p *Pages) reissuePage(c *gin.Context, s session, of func(string) string) (ReissuePage, issuer.Reissue, error) {
	w, err := p.withdrawPage(c, s, of("issuer"), of("key"))
	if err != nil {
		return ReissuePage{}, issuer.Reissue{}, err
	}
	data := ReissuePage{Frame: w.Frame, Issuer: w.Issuer, Name: w.Name, Key: w.Key, All: of("scope") == string(issuer.All)}
	data.Path, data.Query = reissueURL, url.Values{"issuer": {w.Issuer}, "key": {w.Key.ID}, "scope": {of("scope")}}.Encode()
	if keyring.State(w.Key.State) != keyring.Withdrawn {
		return data, issuer.Reissue{}, notHere()
	}
	r := issuer.Reissue{IssuerID: w.Issuer, KeyID: w.Key.ID, From: w.Key.CompromisedAt, Upto: limits.KeyPlan, Actor: s.actor()}
	if data.All {
		r.Scope = issuer.All
	}
	return data, r, nil
}

func (d *ReissuePage) count(done issuer.Reissued) {
	d.Done, d.Believed, d.Revoked, d.Stay, d.Expired = done.Done, done.Believed, done.Revoked, done.Suspended, done.Expired
	d.Cursor, d.More = done.Next, done.Next != ""
}

// reissueForm says what would be issued again. Nothing changes by looking.
func (p *Pages) reissueForm(c *gin.Context, s session) error {
	data, r, err := p.reissuePage(c, s, c.Query)
	if err != nil {
		return err
	}
	plan, err := p.c.Effects.PlanReissue(c.Request.Context(), r)
	if err != nil {
		return fmt.Errorf("credentials of a key: %w", err)
	}
	data.count(plan)
	data.Cursor = "" // the work begins at the beginning
	return p.showReissue(c, http.StatusOK, data, r)
}

// reissue issues a part again, and says how far it is.
func (p *Pages) reissue(c *gin.Context, s session) error {
	of := func(name string) string { return c.Request.PostFormValue(name) }
	data, r, err := p.reissuePage(c, s, of)
	if err != nil {
		return err
	}
	if of("sure") != "yes" {
		data.Problems = []string{p.say(c, "form.problem.sure")}
		return p.showReissue(c, http.StatusUnprocessableEntity, data, r)
	}
	r.Most, r.Cursor = reissueAtOnce, of("cursor")
	done, err := p.c.Effects.Reissue(c.Request.Context(), r)
	if err != nil {
		if data.Problems = p.correctable(c, err); data.Problems == nil {
			return err
		}
		return p.showReissue(c, http.StatusUnprocessableEntity, data, r)
	}
	data.Did = true
	data.count(done)
	return p.showReissue(c, http.StatusOK, data, r)
}

func (p *Pages) showReissue(c *gin.Context, status int, data ReissuePage, r issuer.Reissue) error {
	r.Cursor, r.Most = "", 0
	lost, err := p.c.Effects.Unbelievable(c.Request.Context(), r)
	if err != nil {
		return fmt.Errorf("statements of a key: %w", err)
	}
	for _, x := range lost {
		data.Statements = append(data.Statements, x.ID)
	}
	return p.show(c, status, "keys-reissue", data)
}
