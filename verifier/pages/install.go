package pages

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/web"
)

// Offline gives what a browser keeps to check without a network: a pack of package offline, as JSON.
type Offline interface {
	Pack(ctx context.Context) ([]byte, error)
}

// registerInstall adds what makes the verify page one that a browser keeps.
func (p *Pages) registerInstall(r gin.IRouter) {
	r.GET("/sw.js", func(c *gin.Context) { p.c.Site.ServiceWorker(c.Writer, c.Request) })
	r.GET("/manifest.webmanifest", p.handle(p.manifest))
	if p.c.Offline != nil {
		r.GET("/verify/pack.json", p.handle(p.pack))
	}
}

// pack is the same for everybody. It is asked for when the page is opened, whatever is checked there, so that asking tells nothing.
func (p *Pages) pack(c *gin.Context) error {
	text, err := p.c.Offline.Pack(c.Request.Context())
	if err == nil {
		c.Header("Cache-Control", "public, max-age=60")
		c.Data(http.StatusOK, "application/json", text)
	}
	return err
}

// manifest describes the page to a browser that keeps it (Web Application Manifest).
func (p *Pages) manifest(c *gin.Context) error {
	t, err := p.c.Site.Translator(web.Locale(c.Writer, c.Request))
	if err != nil {
		return err
	}
	c.Header("Vary", "Accept-Language, Cookie")
	c.Header("Cache-Control", "public, max-age=3600")
	c.Header("Content-Type", "application/manifest+json")
	c.JSON(http.StatusOK, map[string]any{
		"id": "/verify", "start_url": "/verify", "scope": "/", "display": "standalone", "name": t.Text("verify.title") + " · Laurel", "short_name": "Laurel",
		"description": t.Text("verify.lead"), "lang": t.Locale().Tag(), "dir": t.Locale().Dir(), "theme_color": "#1b5e42", "background_color": "#ffffff",
		"icons": []map[string]string{{"src": p.c.Site.Asset("laurel.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
	return nil
}
