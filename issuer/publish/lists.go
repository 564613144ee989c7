package publish

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/web"
)

// list serves a signed status list: as it is, or with the parameter at (RFC 3339) or time (seconds since 1970, Token Status
// List §8.4) as it was then. Its max-age is the ttl inside it. The aggregation of an issuer stands beside its lists.
func (p *Publisher) list(c *gin.Context) error {
	id, form := c.Param("list"), statuslist.At(c.Param("form"))
	if id == "aggregation" {
		return p.aggregation(c)
	}
	if form == statuslist.JWT && web.Prefer(c.GetHeader("Accept"), typeJWT, typeCWT) == typeCWT {
		form = statuslist.CWT
	}
	if !randid.Valid(id) {
		return fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
	}
	at, past, err := Moment(c.Request.URL.Query())
	if err != nil {
		return err
	}
	var pub statuslist.Published
	if past {
		pub, err = p.c.Lists.PublishAt(c.Request.Context(), id, form, at)
	} else {
		pub, err = p.c.Lists.Publish(c.Request.Context(), id, form)
	}
	if err != nil {
		return err
	}
	c.Header("Last-Modified", pub.LastModified.UTC().Format(http.TimeFormat))
	reply(c, answer{MediaType(pub.Form, c.GetHeader("Accept")), pub.Body, pub.MaxAge})
	return nil
}

// Moment reads the parameter at or time of a query for a list of the past; past is false when neither is there.
func Moment(q url.Values) (at time.Time, past bool, err error) {
	switch {
	case q.Has("at") && q.Has("time"):
		err = fault.New(fault.Invalid, nil, "at and time exclude each other")
	case q.Has("at"):
		at, err = credential.ParseTime(q.Get("at"))
	case q.Has("time"):
		var n int64
		if n, err = strconv.ParseInt(q.Get("time"), 10, 64); err == nil && (n < 0 || n > 253402300799) {
			err = strconv.ErrRange
		}
		at = time.Unix(n, 0)
	default:
		return at, false, nil
	}
	if err != nil {
		return at, true, fault.New(fault.Invalid, err, "the moment that is asked for cannot be read").Code("query.value").
			Hint("write at=2026-01-31T09:00:00Z, or time= and the seconds since 1970")
	}
	return at, true, nil
}

// aggregation serves the addresses of an issuer's token status lists (Token Status List §9).
func (p *Publisher) aggregation(c *gin.Context) error {
	lists, err := p.c.Lists.Aggregation(c.Request.Context(), c.Param("form"))
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string][]string{"status_lists": lists})
	if err != nil {
		return err
	}
	reply(c, answer{"application/json", body, keyAge})
	return nil
}

// The media types of status list tokens.
const (
	typeJWT = "application/statuslist+jwt"
	typeCWT = "application/statuslist+cwt"
)

// MediaType is what a list in that form is sent as, to a reader who accepts that.
func MediaType(f statuslist.Form, accept string) string {
	switch f {
	case statuslist.Embedded:
		return jsonType(accept)
	case statuslist.JWT:
		return typeJWT
	case statuslist.CWT:
		return typeCWT
	}
	return jwtType(accept)
}

// jsonType answers with the media type of VCDM 2.0 §C.1, or as JSON to a reader who would rather have that.
func jsonType(accept string) string {
	return web.Prefer(accept, "application/vc", "application/ld+json", "application/json")
}

// jwtType answers in the media type that the reader names: VC-JOSE-COSE says application/vc+jwt, Open Badges 3.0
// text/plain, others application/jwt.
func jwtType(accept string) string {
	return web.Prefer(accept, "application/vc+jwt", "application/jwt", "text/plain")
}
