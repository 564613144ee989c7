package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

const (
	accountURL = "/console/account"
	inviteLife = limits.InviteLife
)

// SettingsPage is the data of page "settings": where to change what.
type SettingsPage struct {
	web.Frame
	Links []string // names of the pages that the person may open
}

// AccountPage is the data of page "account": who is signed in.
type AccountPage struct {
	web.Frame
	Problems        []string
	PersonID        string
	Name, Email     string
	Roles           []RoleRow
	Passkeys        []PasskeyRow
	MayPasskey      bool // browsers can have passkeys for this deployment
	Logins          []LoginRow
	SignOn          bool // there is a sign-in service
	Saved, Reckoned bool // the name was saved; all other sessions were ended
}

// settings is the frame of a page under Settings.
func (s session) settings(c *gin.Context, page string) web.Frame {
	f := s.frame(c, "settings")
	f.Console.Page = page
	return f
}

func (p *Pages) settings(c *gin.Context, s session) error {
	data := SettingsPage{Frame: s.settings(c, "")}
	owner := access.Has(s.here.Person, access.Admin)
	for _, link := range [...]struct {
		name string
		open bool
	}{
		{"account", true}, {"profile", owner && p.c.Profiles != nil}, {"keys", p.c.Keys != nil}, {"people", owner && p.c.People != nil},
		{"tokens", owner && p.c.Tokens != nil},
		{"wallets", s.may(access.Admin, "") && p.c.Switches != nil},
		{"trust", s.may(access.Admin, "") && p.c.Trust != nil}, {"log", owner && p.c.Log != nil},
	} {
		if link.open {
			data.Links = append(data.Links, link.name)
		}
	}
	return p.show(c, http.StatusOK, "settings", data)
}

func (p *Pages) accountPage(c *gin.Context, s session) (AccountPage, error) {
	who := s.here.Person
	data := AccountPage{Frame: s.settings(c, "account"), PersonID: who.ID, Name: who.Name, Email: who.Email}
	data.Path, data.Query = accountURL, ""
	all, err := s.issuers(c.Request.Context(), access.Read)
	if err != nil {
		return data, err
	}
	names := map[string]string{}
	for _, i := range all {
		names[i.ID] = i.Name
	}
	data.Roles, data.MayPasskey = rowOf(s, who, names).Roles, p.hasPasskeys()
	if data.Passkeys, err = p.passkeyRows(c, s); err != nil {
		return data, err
	}
	data.SignOn = p.hasSignOn()
	data.Logins, err = p.loginRows(c, who.ID)
	return data, err
}

func (p *Pages) account(c *gin.Context, s session) error {
	data, err := p.accountPage(c, s)
	if err != nil {
		return err
	}
	data.Saved, data.Reckoned = c.Query("done") == "saved", c.Query("done") == "elsewhere"
	return p.show(c, http.StatusOK, "account", data)
}

func (p *Pages) accountSave(c *gin.Context, s session) error {
	data, err := p.accountPage(c, s)
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data.Name, data.Email = v("name"), v("email")
	if err = p.c.People.Rename(c.Request.Context(), s.here.Person, data.Name, data.Email); err == nil {
		return seeOther(c, accountURL+"?done=saved")
	}
	if data.Problems = p.correctable(c, err); data.Problems == nil {
		return err
	}
	return p.show(c, http.StatusUnprocessableEntity, "account", data)
}

// signOutElsewhere ends all sessions of the person but this one.
func (p *Pages) signOutElsewhere(c *gin.Context, s session) error {
	if err := p.c.Sessions.SignOutElsewhere(c.Request.Context(), s.here); err != nil {
		return err
	}
	return seeOther(c, accountURL+"?done=elsewhere")
}
