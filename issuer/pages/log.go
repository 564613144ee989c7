package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

const logURL = "/console/log"

// LogPage is the data of page "log": who did what. Its filters are those of its address.
type LogPage struct {
	web.Frame
	Problems             []string
	Who, What, About     string
	Since, Until, Issuer string
	Kinds                []string // of actions, as the select offers them
	Issuers              []Option
	Events               []EventRow
	Filtered             bool
	Next                 string // URL of the next page, or empty
}

// EventRow is one event. Who is the name of a person, else how the event names the actor.
type EventRow struct {
	At                      time.Time
	Actor, Who              string
	Action, Subject, Detail string
	Text                    string // of the action, empty where there is none
	Issuer                  string
	URL                     string // of what it is about, where there is a page
}

// kindsOfEvents are what the log can be narrowed to: the first word of actions.
func kindsOfEvents() []string {
	return []string{"award", "credential", "achievement", "issuer", "key", "issuing", "token", "person", "session", "passkey", "batch", "trust", "setting"}
}

func (p *Pages) log(c *gin.Context, s session) error {
	q := c.Request.URL.Query()
	data := LogPage{
		Frame: s.settings(c, "log"), Who: strings.TrimSpace(q.Get("who")), What: q.Get("what"), About: strings.TrimSpace(q.Get("about")),
		Since: q.Get("since"), Until: q.Get("until"), Issuer: q.Get("issuer"), Kinds: kindsOfEvents(),
	}
	data.Filtered = data.Who+data.What+data.About+data.Since+data.Until+data.Issuer != ""
	issuers, err := s.issuers(c.Request.Context(), access.Admin)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, i := range issuers {
		names[i.ID] = i.Name
		data.Issuers = append(data.Issuers, Option{Value: i.ID, Label: i.Name})
	}
	f, problems := p.eventFilter(c, s, data)
	if data.Problems = problems; len(problems) > 0 {
		return p.show(c, http.StatusUnprocessableEntity, "log", data)
	}
	page, next, err := p.c.Log.EventPage(c.Request.Context(), f)
	if err != nil {
		return err
	}
	if data.Events, err = p.eventRows(c, page, names); err != nil {
		return err
	}
	if next != "" {
		q.Set("after", next)
		q.Del("lang")
		data.Next = (&url.URL{Path: logURL, RawQuery: q.Encode()}).String()
	}
	return p.show(c, http.StatusOK, "log", data)
}

// eventFilter makes of the address what the log is asked. Who owns single issuers reads their events and no others.
func (p *Pages) eventFilter(c *gin.Context, s session, data LogPage) (event.Filter, []string) {
	f := event.Filter{Actor: data.Who, Subject: data.About, Cursor: c.Query("after"), Limit: perPage}
	if ids, all := access.Issuers(s.here.Person, access.Admin); !all {
		f.Issuers = append([]string{}, ids...)
	}
	if data.Issuer != "" {
		mine := s.may(access.Admin, data.Issuer)
		f.Issuers = slices.DeleteFunc([]string{data.Issuer}, func(string) bool { return !mine })
	}
	if slices.Contains(data.Kinds, data.What) {
		f.Action = data.What + "."
	}
	if strings.HasPrefix(f.Actor, "per_") {
		f.Actor = "console:" + f.Actor
	}
	var errS, errU error
	f.Since, errS = midnight(data.Since)
	if f.Before, errU = midnight(data.Until); !f.Before.IsZero() {
		f.Before = f.Before.AddDate(0, 0, 1)
	}
	if errS != nil || errU != nil {
		return f, []string{p.say(c, "form.problem.date")}
	}
	return f, nil
}

func (p *Pages) eventRows(c *gin.Context, page []event.Event, issuers map[string]string) ([]EventRow, error) {
	actors := make([]string, len(page))
	for i, e := range page {
		actors[i] = e.Actor
	}
	names := map[string]string{}
	if p.c.People != nil {
		var err error
		if names, err = p.c.People.Names(c.Request.Context(), actors); err != nil {
			return nil, err
		}
	}
	tr, err := p.c.Site.Translator(web.Locale(c.Writer, c.Request))
	if err != nil {
		return nil, err
	}
	rows := make([]EventRow, len(page))
	for i, e := range page {
		rows[i] = EventRow{
			At: e.At, Actor: e.Actor, Who: first(names[e.Actor], e.Actor), Action: e.Action, Subject: e.Subject, Detail: e.Detail,
			Issuer: first(issuers[e.IssuerID], e.IssuerID),
		}
		if key := "event." + e.Action; tr.Has(key) {
			rows[i].Text = tr.Text(key)
		}
		switch {
		case strings.HasPrefix(e.Subject, "awd_"):
			rows[i].URL = "/console/awards/" + url.PathEscape(e.Subject)
		case strings.HasPrefix(e.Subject, "per_"):
			rows[i].URL = peopleURL + "/" + url.PathEscape(e.Subject)
		}
	}
	return rows, nil
}
