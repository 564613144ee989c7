package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// everyIssuer is the value of a form that stands for every issuer.
const everyIssuer = "*"

const peopleURL = "/console/people"

// PeoplePage is the data of page "people": who may do what, and the form that lets somebody in.
type PeoplePage struct {
	web.Frame
	Problems    []string
	People      []PersonRow
	Issuers     []Option // for which somebody can be let in; the first may stand for every issuer
	Roles       []string
	Name, Email string // as the form was filled in
	SignOn      bool   // people are found by their address at a sign-in service
	Role, For   string
}

// PersonRow is one person of the list.
type PersonRow struct {
	ID, Name, Email string
	Roles           []RoleRow
	JoinedAt        time.Time // zero: invited only
	Self            bool
}

// RoleRow is one role of a person. For is the issuer's id or "*", Issuer its name, empty for every issuer.
type RoleRow struct{ For, Issuer, Role string }

// PersonPage is the data of page "person".
type PersonPage struct {
	web.Frame
	PersonRow
	Problems []string
	All      []string   // roles that there are
	Tokens   []TokenRow // that they made and that still count
	Logins   []LoginRow
	Others   []Option // issuers for which a further role can be given
}

// PersonLinkPage is the data of page "person-link": a link that signs somebody in, shown once.
type PersonLinkPage struct {
	web.Frame
	Name, Link string
	New        bool // was let in just now
	Ends       time.Time
}

func (p *Pages) registerSettings(r gin.IRouter) {
	p.read(r, "/console/settings", p.inside(access.Read, p.settings))
	p.read(r, accountURL, p.inside(access.Read, p.account))
	r.POST(accountURL+"/elsewhere", p.change(access.Read, p.signOutElsewhere))
	if p.c.People != nil {
		r.POST(accountURL, p.change(access.Read, p.accountSave))
		p.read(r, peopleURL, p.inside(access.Admin, p.people))
		r.POST(peopleURL, p.change(access.Admin, p.invite))
		p.read(r, peopleURL+"/:id", p.inside(access.Admin, p.person))
		r.POST(peopleURL+"/:id/role", p.change(access.Admin, p.roleSet))
		r.POST(peopleURL+"/:id/remove", p.change(access.Admin, p.roleRemove))
		r.POST(peopleURL+"/:id/link", p.change(access.Admin, p.personLink))
	}
	if p.c.Profiles != nil {
		p.registerProfile(r)
	}
	if p.c.Keys != nil {
		p.registerKeys(r)
	}
	if p.c.Switches != nil {
		p.registerSwitches(r)
	}
	if p.c.Trust != nil {
		p.registerTrust(r)
	}
	if p.c.Tokens != nil {
		p.registerTokens(r)
	}
	if p.c.Log != nil {
		p.read(r, logURL, p.inside(access.Admin, p.log))
	}
}

func roleNames() []string {
	out := make([]string, 0, 3)
	for _, r := range access.Roles() {
		out = append(out, string(r))
	}
	return out
}

// owned lists the issuers whose people the person may change, for a select.
func (p *Pages) owned(c *gin.Context, s session) (options []Option, names map[string]string, err error) {
	all, err := s.issuers(c.Request.Context(), access.Admin)
	if err != nil {
		return nil, nil, err
	}
	names = map[string]string{}
	if s.may(access.Admin, "") {
		options = append(options, Option{Value: everyIssuer})
	}
	for _, i := range all {
		names[i.ID] = i.Name
		options = append(options, Option{Value: i.ID, Label: i.Name})
	}
	return options, names, nil
}

func rowOf(s session, x access.Person, names map[string]string) PersonRow {
	row := PersonRow{ID: x.ID, Name: x.Name, Email: x.Email, JoinedAt: x.JoinedAt, Self: x.ID == s.here.Person.ID}
	for _, g := range x.Roles {
		r := RoleRow{For: g.IssuerID, Issuer: first(names[g.IssuerID], g.IssuerID), Role: string(g.Role)}
		if g.IssuerID == "" {
			r.For = everyIssuer
		}
		row.Roles = append(row.Roles, r)
	}
	return row
}

func (p *Pages) peoplePage(c *gin.Context, s session) (PeoplePage, error) {
	frame := s.settings(c, "people")
	frame.Path, frame.Query = peopleURL, ""
	data := PeoplePage{Frame: frame, SignOn: p.hasSignOn(), Roles: roleNames(), Role: string(access.Awarder)}
	options, names, err := p.owned(c, s)
	if err != nil {
		return data, err
	}
	data.Issuers = options
	all, err := p.c.People.People(c.Request.Context(), s.here.Person)
	if err != nil {
		return data, err
	}
	for _, x := range all {
		data.People = append(data.People, rowOf(s, x, names))
	}
	return data, nil
}

func (p *Pages) people(c *gin.Context, s session) error {
	data, err := p.peoplePage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "people", data)
}

// grantOf reads for which issuer and as what. An issuer that is not named is a mistake, never every issuer.
func grantOf(c *gin.Context) (access.Grant, error) {
	g := access.Grant{IssuerID: c.Request.PostFormValue("issuer"), Role: access.Role(c.Request.PostFormValue("role"))}
	switch g.IssuerID {
	case "":
		return g, fault.New(fault.Invalid, nil, "no issuer is named").Code("person.issuer").At("/issuer")
	case everyIssuer:
		g.IssuerID = ""
	}
	return g, nil
}

func (p *Pages) invite(c *gin.Context, s session) error {
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	g, err := grantOf(c)
	if err == nil {
		var x access.Person
		var secret string
		in := access.Invitation{Name: v("name"), Email: v("email"), Grant: g}
		if x, secret, err = p.c.People.Invite(c.Request.Context(), s.here.Person, in); err == nil {
			return p.showLink(c, s, PersonLinkPage{Name: x.Name, Link: secret, New: true})
		}
	}
	problems := p.correctable(c, err)
	if problems == nil {
		return err
	}
	data, err := p.peoplePage(c, s)
	if err != nil {
		return err
	}
	data.Problems, data.Name, data.Email, data.Role, data.For = problems, v("name"), v("email"), v("role"), v("issuer")
	return p.show(c, http.StatusUnprocessableEntity, "people", data)
}

// showLink shows the link whose secret is in data.Link, this once.
func (p *Pages) showLink(c *gin.Context, s session, data PersonLinkPage) error {
	data.Frame = s.settings(c, "people")
	data.Path, data.Query = peopleURL, ""
	data.Link = p.url("/console/sign-in/" + data.Link)
	data.Ends = p.c.Clock().Add(inviteLife)
	return p.show(c, http.StatusCreated, "person-link", data)
}

func (p *Pages) personLink(c *gin.Context, s session) error {
	x, secret, err := p.c.People.Link(c.Request.Context(), s.here.Person, c.Param("id"))
	if err != nil {
		return err
	}
	return p.showLink(c, s, PersonLinkPage{Name: x.Name, Link: secret})
}

func (p *Pages) personPage(c *gin.Context, s session) (PersonPage, error) {
	frame := s.settings(c, "people")
	data := PersonPage{Frame: frame, All: roleNames()}
	options, names, err := p.owned(c, s)
	if err != nil {
		return data, err
	}
	all, err := p.c.People.People(c.Request.Context(), s.here.Person)
	if err != nil {
		return data, err
	}
	i := slices.IndexFunc(all, func(x access.Person) bool { return x.ID == c.Param("id") })
	if i < 0 {
		return data, notHere()
	}
	data.PersonRow = rowOf(s, all[i], names)
	data.Path, data.Query = peopleURL+"/"+data.ID, ""
	for _, o := range options {
		if !slices.ContainsFunc(data.Roles, func(r RoleRow) bool { return r.For == o.Value }) {
			data.Others = append(data.Others, o)
		}
	}
	if data.Logins, err = p.loginRows(c, data.ID); err != nil {
		return data, err
	}
	made, err := p.tokensBy(c, s, all[i])
	for _, t := range made {
		data.Tokens = append(data.Tokens, p.tokenRow(t, names))
	}
	return data, err
}

// tokensBy lists the tokens that somebody made, of the issuers that the person who looks owns.
func (p *Pages) tokensBy(c *gin.Context, s session, who access.Person) ([]access.Token, error) {
	if p.c.Tokens == nil {
		return nil, nil
	}
	made, err := p.c.Tokens.TokensBy(c.Request.Context(), who)
	return slices.DeleteFunc(made, func(t access.Token) bool { return !s.may(access.Admin, t.IssuerID) }), err
}

// tokensEnd revokes the tokens that somebody made: those of one issuer, or all when g names every issuer.
func (p *Pages) tokensEnd(c *gin.Context, s session, who access.Person, g access.Grant) error {
	made, err := p.tokensBy(c, s, who)
	for _, t := range made {
		if err == nil && (g.IssuerID == "" || g.IssuerID == t.IssuerID) {
			err = p.c.Tokens.RevokeToken(c.Request.Context(), t.ID, s.actor())
		}
	}
	return err
}

func (p *Pages) person(c *gin.Context, s session) error {
	data, err := p.personPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "person", data)
}

func (p *Pages) roleSet(c *gin.Context, s session) error {
	g, err := grantOf(c)
	if err == nil && g.Role == "" {
		err = fault.New(fault.Invalid, nil, "no role is named").Code("person.role").At("/role")
	}
	return p.setRole(c, s, g, err)
}

// roleRemove takes a role away, after somebody said that they are sure.
func (p *Pages) roleRemove(c *gin.Context, s session) error {
	g, err := grantOf(c)
	g.Role = ""
	if err == nil && c.Request.PostFormValue("sure") != "yes" {
		err = fault.New(fault.Invalid, nil, "%s", p.say(c, "form.problem.sure")).Code("form.sure")
	}
	return p.setRole(c, s, g, err)
}

func (p *Pages) setRole(c *gin.Context, s session, g access.Grant, err error) error {
	data, missing := p.personPage(c, s)
	if missing != nil {
		return missing
	}
	var x access.Person
	if err == nil {
		x, err = p.c.People.SetRole(c.Request.Context(), s.here.Person, data.ID, g)
	}
	if err == nil {
		if g.Role == "" && c.Request.PostFormValue("tokens") == "revoke" {
			if err := p.tokensEnd(c, s, x, g); err != nil {
				return err
			}
		}
		switch {
		case data.Self && !access.Has(x, access.Admin):
			return seeOther(c, "/console")
		case !x.RemovedAt.IsZero() || len(data.Roles) == 1 && g.Role == "":
			return seeOther(c, peopleURL)
		}
		return seeOther(c, peopleURL+"/"+url.PathEscape(data.ID))
	}
	if data.Problems = p.peopleProblems(c, err); data.Problems == nil {
		return err
	}
	return p.show(c, http.StatusUnprocessableEntity, "person", data)
}

// peopleProblems says in the reader's language what stands in the way most often.
func (p *Pages) peopleProblems(c *gin.Context, err error) []string {
	if fault.Describe(err).Code == "person.last_owner" {
		return []string{p.say(c, "people.problem.last_owner")}
	}
	return p.correctable(c, err)
}
