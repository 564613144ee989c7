package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/web"
)

// Learners acts for learners; *learner.Service is one. A secret that nobody gave is fault.NotFound, one that is over fault.Gone.
type Learners interface {
	Invite(ctx context.Context, awardID string, life time.Duration, actor string) (secret string, l learner.Link, err error)
	Open(ctx context.Context, secret string) (learner.Person, error)
	Show(ctx context.Context, p learner.Person, awardID string, v issuer.Visibility) error
	Correct(ctx context.Context, p learner.Person, awardID, text string) error
	Ask(ctx context.Context, secret string) (awardID string, first bool, err error)
	AskByClaim(ctx context.Context, code string) error
	Renew(ctx context.Context, p learner.Person) (secret string, err error)
	Erase(ctx context.Context, p learner.Person) error
	Records(ctx context.Context, p learner.Person) ([]issuer.Statement, error)
	Wishes(ctx context.Context, issuerID string) ([]learner.Wish, error)
	Wish(ctx context.Context, id string) (learner.Wish, error)
	Close(ctx context.Context, id, actor string) error
}

// MyPage is the data of page "my": all badges of one learner. Over is empty, "expired", "unknown" or "erased".
type MyPage struct {
	web.Frame
	Over                     string
	Ask                      string // where the learner of a link that is over asks for a new one
	Asked                    bool   // they have asked, not long ago
	Done                     string // what was just done, a key below my.done
	Problem                  string // what was wrong with it, a key below my.problem
	Minor                    bool   // in words for children
	Root                     string // of the addresses below
	Name                     string
	IssuerName, IssuerDomain string
	Ends                     time.Time
	Badges                   []MyBadge
	Zip                      string // name of the file with everything
}

// MyBadge is one badge of a learner.
type MyBadge struct {
	ID, Name, Picture, PictureAlt string
	Language                      string // of the name
	State                         string
	AwardedAt, ExpiresAt          time.Time
	Visibility                    string
	Choices                       []string
	PageURL                       string // empty for a private badge
	Downloads                     []Download
	Wallet                        bool // it can go into a wallet
}

func (p *Pages) registerLearner(r gin.IRouter) {
	p.read(r, "/my/:secret", p.learners(p.my))
	p.read(r, "/my/:secret/erase", p.learners(p.myEraseForm))
	p.read(r, "/my/:secret/files/:file", p.learners(p.myFile))
	r.POST("/my/:secret/visibility", p.ofLearner(p.myShow))
	r.POST("/my/:secret/wallet", p.ofLearner(p.myWallet))
	r.POST("/my/:secret/correction", p.ofLearner(p.myCorrect))
	r.POST("/my/:secret/renew", p.ofLearner(p.myRenew))
	r.POST("/my/:secret/erase", p.ofLearner(p.myErase))
	r.POST("/my/:secret/ask", p.handle(p.myAsk))
	if p.c.Sessions != nil {
		if p.c.Printer != nil {
			r.POST("/console/slips", p.change(access.Award, p.slips))
		}
		p.read(r, "/console/wishes", p.inside(access.Read, p.wishes))
		r.POST("/console/wishes/:id/close", p.change(access.Award, p.closeWish))
		r.POST("/console/awards/:id/learner", p.change(access.Award, p.inviteLearner))
	}
}

// learners opens a learner's link. The answer is for nobody's index, cache or log of visited pages, and who guesses is slowed
// down. What is unknown answers like what was erased.
func (p *Pages) learners(h func(*gin.Context, learner.Person) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		head := c.Writer.Header()
		head.Set("Cache-Control", "no-store")
		head.Set("X-Robots-Tag", "noindex, nofollow")
		head.Set("Referrer-Policy", "no-referrer")
		person, err := p.c.Learners.Open(c.Request.Context(), c.Param("secret"))
		switch {
		case fault.Is(err, fault.NotFound):
			return p.myUnknown(c)
		case fault.Is(err, fault.Gone):
			return p.myOver(c, http.StatusGone, "expired", person)
		case err != nil:
			return err
		}
		return h(c, person)
	}
}

// ofLearner lets a form through only from our own pages, with a link that is good.
func (p *Pages) ofLearner(h func(*gin.Context, learner.Person) error) gin.HandlerFunc {
	return p.handle(func(c *gin.Context) error {
		if err := p.origin.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("learner.origin")
		}
		if err := parse(c); err != nil {
			return err
		}
		return p.learners(h)(c)
	})
}

// myUnknown answers a link that leads nowhere. A good one is opened however many were tried from the same address, which a whole
// school may share: nobody guesses 128 bits.
func (p *Pages) myUnknown(c *gin.Context) error {
	if !p.codes.take(c.ClientIP(), p.c.Clock()) {
		return fault.New(fault.TooMany, nil, "Too many links were tried from here.").Code("limits.codes").Hint("Wait a few minutes and open the link again.")
	}
	return p.myOver(c, http.StatusNotFound, "unknown", learner.Person{})
}

func (p *Pages) myOver(c *gin.Context, status int, over string, person learner.Person) error {
	data := MyPage{Frame: web.Frame{Path: "/", NoIndex: true}, Over: over}
	if over == "expired" {
		data.Path = c.Request.URL.Path
		data.Asked = !person.Link.AskedAt.IsZero() && p.c.Clock().Before(person.Link.AskedAt.Add(limits.LearnerAskPause))
		if !data.Asked {
			data.Ask = "/my/" + c.Param("secret") + "/ask"
		}
	}
	return p.show(c, status, "my", data)
}

func (p *Pages) my(c *gin.Context, person learner.Person) error {
	data, err := p.myPage(c, person)
	if err != nil {
		return err
	}
	switch done := c.Query("done"); done {
	case "visibility", "correction", "renew":
		data.Done = done
	}
	return p.show(c, http.StatusOK, "my", data)
}

func (p *Pages) myPage(c *gin.Context, person learner.Person) (MyPage, error) {
	by, err := p.c.Catalogue.Issuer(c.Request.Context(), person.IssuerID())
	if err != nil {
		return MyPage{}, fmt.Errorf("issuer of a learner's page: %w", err)
	}
	root := "/my/" + c.Param("secret")
	data := MyPage{
		Frame: web.Frame{Path: root, NoIndex: true}, Minor: person.Minor(), Root: root, Name: person.Name(), IssuerName: by.Name,
		IssuerDomain: domain(by.DID), Ends: person.Link.ExpiresAt, Zip: fileName(by.Name, "zip"),
	}
	for _, a := range person.Awards {
		if cred, ok := a.Current(); ok {
			data.Badges = append(data.Badges, p.myBadge(a, cred, root, web.Locale(c.Writer, c.Request)))
		}
	}
	return data, nil
}

func (p *Pages) myBadge(a learner.Held, cred issuer.Credential, root string, l i18n.Locale) MyBadge {
	ach := a.Achievement.In(l.Tag())
	b := MyBadge{
		ID: a.ID, Name: ach.Name, Language: ach.Language, Picture: root + "/files/" + cred.ID + ".picture", PictureAlt: alt(ach), State: p.stateOf(a.Award),
		AwardedAt: a.AwardedAt, ExpiresAt: a.ExpiresAt, Visibility: string(a.Visibility), Choices: []string{"private", "unlisted", "public"},
	}
	if a.Achievement.Minors {
		b.Choices = b.Choices[:2]
	}
	if a.Visibility != issuer.Private {
		b.PageURL = "/c/" + cred.ID
	}
	b.Wallet = p.c.Wallets != nil && p.c.Offers != nil && b.State == "active"
	for _, d := range downloads(root+"/files/"+cred.ID, a.Achievement.Name, cred.Form) {
		if strings.HasPrefix(d.Key, "qr") || d.Key == "pdf" && (p.c.Printer == nil || a.State() != issuer.Active) {
			continue
		}
		b.Downloads = append(b.Downloads, d)
	}
	return b
}

// myFile sends a file of one badge, or everything at once.
func (p *Pages) myFile(c *gin.Context, person learner.Person) error {
	name := c.Param("file")
	if name == "all.zip" {
		return p.myZip(c, person)
	}
	id, suffix, _ := strings.Cut(name, ".")
	for _, a := range person.Awards {
		cred, ok := a.Current()
		if !ok || cred.ID != id {
			continue
		}
		s, err := p.complete(c.Request.Context(), a.Award, cred)
		if err != nil {
			return err
		}
		switch suffix {
		case "picture":
			return p.picture(c, s)
		case "qr.png", "qr.svg":
			return notHere() // they lead to the public page, which may be hidden
		}
		return p.deliver(c, s, suffix)
	}
	return notHere()
}

func (p *Pages) back(c *gin.Context, done string) error {
	return seeOther(c, "/my/"+url.PathEscape(c.Param("secret"))+"?done="+done)
}

func (p *Pages) myShow(c *gin.Context, person learner.Person) error {
	v := issuer.Visibility(c.Request.PostFormValue("visibility"))
	if err := p.c.Learners.Show(c.Request.Context(), person, c.Request.PostFormValue("award"), v); err != nil {
		return err
	}
	return p.back(c, "visibility")
}

// myWallet makes a fresh claim link, by which a wallet takes the badge, and leads there.
func (p *Pages) myWallet(c *gin.Context, person learner.Person) error {
	b, err := person.Badge(c.Request.PostFormValue("award"))
	if err != nil {
		return err
	}
	if p.c.Offers == nil {
		return notHere()
	}
	earlier, err := p.c.Offers.Of(c.Request.Context(), b.ID)
	if err != nil {
		return err
	}
	o := offer.Order{Actor: "learner", ExpiresAt: p.c.Clock().Add(limits.OfferLifeOwn)}
	for _, e := range earlier {
		if e.CreatedBy != "learner" { // what becomes of the files, the issuer chose
			o.Unbound = e.Unbound
			break
		}
	}
	fresh, err := p.c.Offers.Create(c.Request.Context(), b.ID, o)
	if err != nil {
		return err
	}
	return seeOther(c, "/claim/"+fresh.Code+"#wallet")
}

func (p *Pages) myCorrect(c *gin.Context, person learner.Person) error {
	err := p.c.Learners.Correct(c.Request.Context(), person, c.Request.PostFormValue("award"), c.Request.PostFormValue("text"))
	if err == nil {
		return p.back(c, "correction")
	}
	problem := map[fault.Kind]string{fault.Invalid: "text", fault.TooMany: "many"}[fault.KindOf(err)]
	if problem == "" {
		return err
	}
	data, err := p.myPage(c, person)
	if err != nil {
		return err
	}
	data.Problem = problem
	return p.show(c, http.StatusUnprocessableEntity, "my", data)
}

func (p *Pages) myRenew(c *gin.Context, person learner.Person) error {
	secret, err := p.c.Learners.Renew(c.Request.Context(), person)
	if err != nil {
		return err
	}
	return seeOther(c, "/my/"+secret+"?done=renew")
}

func (p *Pages) myEraseForm(c *gin.Context, person learner.Person) error {
	data, err := p.myPage(c, person)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "my-erase", data)
}

// myErase erases when the box was ticked; else the question is asked again.
func (p *Pages) myErase(c *gin.Context, person learner.Person) error {
	if c.Request.PostFormValue("sure") != "yes" {
		data, err := p.myPage(c, person)
		if err != nil {
			return err
		}
		data.Problem = "sure"
		return p.show(c, http.StatusUnprocessableEntity, "my-erase", data)
	}
	if err := p.c.Learners.Erase(c.Request.Context(), person); err != nil {
		return err
	}
	c.Writer.Header().Set("Clear-Site-Data", `"cache"`)
	return p.show(c, http.StatusOK, "my", MyPage{Frame: web.Frame{Path: "/", NoIndex: true}, Over: "erased"})
}

// myAsk tells the issuer that the learner of a link that is over asks for a new one. Whoever has no link learns nothing here
// that the page of an unknown link does not say.
func (p *Pages) myAsk(c *gin.Context) error {
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("learner.origin")
	}
	c.Writer.Header().Set("Referrer-Policy", "no-referrer")
	_, _, err := p.c.Learners.Ask(c.Request.Context(), c.Param("secret"))
	if fault.Is(err, fault.NotFound) {
		return p.myUnknown(c)
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/my/"+url.PathEscape(c.Param("secret")))
}
