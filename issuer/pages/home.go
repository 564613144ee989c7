package pages

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/web"
)

// HomePage is the data of page "home".
type HomePage struct {
	web.Frame
	Issuers  []IssuerView
	SignedIn bool
}

// IssuerView is one issuer as the pages list it.
type IssuerView struct {
	Name, Domain, DID string
}

func (p *Pages) home(c *gin.Context) error {
	data := HomePage{Frame: web.NewFrame(c.Request)}
	data.Canonical = p.url("/")
	if p.c.Catalogue != nil {
		var err error
		if data.Issuers, err = p.issuers(c); err != nil {
			return err
		}
	}
	if p.c.Sessions != nil {
		_, err := p.session(c)
		data.SignedIn = err == nil
	}
	return p.show(c, http.StatusOK, "home", data)
}

func (p *Pages) issuers(c *gin.Context) ([]IssuerView, error) {
	all, err := p.c.Catalogue.Issuers(c.Request.Context())
	if err != nil {
		return nil, fmt.Errorf("issuers of the page: %w", err)
	}
	return issuerViews(all), nil
}

func issuerViews(all []catalog.Issuer) []IssuerView {
	views := make([]IssuerView, len(all))
	for i, iss := range all {
		views[i] = IssuerView{Name: iss.Name, Domain: domain(iss.DID), DID: iss.DID}
	}
	return views
}
