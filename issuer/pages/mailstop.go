package pages

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/web"
)

// Mails ends mail to learners; *mailing.Service is one. A link that nobody gave is fault.NotFound.
type Mails interface {
	Stop(ctx context.Context, awardID, key string) error
}

// MailStopPage is the data of page "mail-stop". State is "ask", "done" or "unknown".
type MailStopPage struct {
	web.Frame
	State, Action string
}

// mailStopForm shows a button: a mail scanner that opens the link ends nothing (W24).
func (p *Pages) mailStopForm(c *gin.Context) error {
	return p.mailStopped(c, http.StatusOK, MailStopPage{State: "ask", Action: c.Request.URL.EscapedPath()})
}

// mailStop ends mail. Mail programs post here for their readers without opening the page (RFC 8058), so it comes from anywhere; what
// it changes needs the key of the link, and harms nobody.
func (p *Pages) mailStop(c *gin.Context) error {
	err := p.c.Mails.Stop(c.Request.Context(), c.Param("award"), c.Param("key"))
	if fault.Is(err, fault.NotFound) {
		return p.mailStopped(c, http.StatusNotFound, MailStopPage{State: "unknown"})
	}
	if err != nil {
		return err
	}
	return p.mailStopped(c, http.StatusOK, MailStopPage{State: "done"})
}

func (p *Pages) mailStopped(c *gin.Context, status int, data MailStopPage) error {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "no-referrer")
	data.Frame = web.Frame{Path: c.Request.URL.Path, NoIndex: true}
	return p.show(c, status, "mail-stop", data)
}
