package pages

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

const switchesURL = "/console/wallets"

// Switches is how the deployment stands to wallets, beyond the standards. Only owners of every issuer change it.
type Switches interface {
	// Switches lists the switches, each with its position.
	Switches(ctx context.Context) ([]Switch, error)
	// Switch moves one from the next wallet on. The position in which it is changes nothing; one that there is not is
	// fault.Invalid, one that the configuration of the server holds is fault.Conflict.
	Switch(ctx context.Context, name, value, actor string) error
}

// Switch is one of them. Its first choice is the one that waives nothing.
type Switch struct {
	Name, Value string
	Choices     []string
	Fixed       bool // by the configuration of the server
}

// SwitchesPage is the data of page "wallets".
type SwitchesPage struct {
	web.Frame
	Problems []string
	Switches []Switch
	Saved    bool
}

func (p *Pages) registerSwitches(r gin.IRouter) {
	p.read(r, switchesURL, p.inside(access.Admin, p.switches))
	r.POST(switchesURL, p.change(access.Admin, p.switchSave))
}

func (p *Pages) switchesPage(c *gin.Context, s session) (SwitchesPage, error) {
	data := SwitchesPage{Frame: s.settings(c, "wallets")}
	data.Path, data.Query = switchesURL, ""
	if err := s.permit(access.Admin, ""); err != nil {
		return data, err
	}
	var err error
	data.Switches, err = p.c.Switches.Switches(c.Request.Context())
	return data, err
}

func (p *Pages) switches(c *gin.Context, s session) error {
	data, err := p.switchesPage(c, s)
	if err != nil {
		return err
	}
	data.Saved = c.Query("done") == "saved"
	return p.show(c, http.StatusOK, "wallets", data)
}

func (p *Pages) switchSave(c *gin.Context, s session) error {
	data, err := p.switchesPage(c, s)
	if err != nil {
		return err
	}
	if err = p.c.Switches.Switch(c.Request.Context(), c.Request.PostFormValue("switch"), c.Request.PostFormValue("value"), s.actor()); err == nil {
		return seeOther(c, switchesURL+"?done=saved")
	}
	if data.Problems = p.correctable(c, err); data.Problems == nil {
		return err
	}
	return p.show(c, http.StatusUnprocessableEntity, "wallets", data)
}
