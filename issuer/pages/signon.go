package pages

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// SignOn is the sign-in service of the organisation. Its faults have codes that begin with "signon.".
type SignOn interface {
	// Service is what people call the service, and its issuer.
	Service() (name, issuer string)
	// Begin returns the address to which a browser is sent with state, and what End wants back.
	Begin(ctx context.Context, state string) (address string, keep []byte, err error)
	// End says who came back with the answer q.
	End(ctx context.Context, keep []byte, q url.Values) (access.Identity, error)
}

// Logins knows by which services people sign in; *access.Service is one.
type Logins interface {
	EnterByIdentity(ctx context.Context, i access.Identity) (access.Session, error)
	LoginsOf(ctx context.Context, personID string) ([]access.Login, error)
	Unlink(ctx context.Context, by access.Person, id, issuer string) error
}

// LoginRow is a service by which a person signs in.
type LoginRow struct {
	Name, Issuer string // Name is empty for one that is no longer configured
	Follows      bool   // roles follow the service
	UsedAt       time.Time
}

// The addresses of single sign-on, and what its way is for.
const (
	signOnURL  = signInURL + "/sso"
	signOnBack = signOnURL + "/back"
	signOnWay  = "signon"
)

// way is what a browser's way to the service keeps here; the browser has the secret to it in a cookie, so that nobody can
// send another browser in on an answer of their own (OpenID Connect Core §3.1.2.1, state).
type way struct {
	State string `json:"state"`
	Keep  []byte `json:"keep"`
}

// SignOnBack is the path to which the service sends people back.
func SignOnBack() string { return signOnBack }

func (p *Pages) hasSignOn() bool {
	return p.c.SignOn != nil && p.c.Logins != nil && p.c.Keychain != nil
}

func (p *Pages) registerSignOn(r gin.IRouter) {
	r.GET(signOnURL, p.handle(p.signOnBegin)) // and not HEAD: looking begins nothing
	r.GET(signOnBack, p.handle(p.signOnEnd))
	if p.c.People != nil {
		r.POST(peopleURL+"/:id/unlink", p.change(access.Admin, p.unlink))
	}
}

func (p *Pages) wayCookie(value string, life time.Duration) *http.Cookie {
	c := p.cookie(value, int(life.Seconds())) //nolint:gosec // it has them all
	if c.Name = "laurel_way"; c.Secure {
		c.Name = "__Host-laurel-way"
	}
	return c
}

// signOnBegin sends a browser to the service. It is a link and no form, because the content security policy would stop a form
// at the first redirect to somebody else; other pages can therefore lead here, and are shown the button instead.
func (p *Pages) signOnBegin(c *gin.Context) error {
	site := c.Request.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" || strings.Contains(c.Request.Header.Get("Sec-Purpose"), "prefetch") {
		return p.signInWays(c)
	}
	w := way{State: rand.Text()}
	address, keep, err := p.c.SignOn.Begin(c.Request.Context(), w.State)
	if err != nil {
		return p.notIn(c, err)
	}
	w.Keep = keep
	data, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("way to the sign-in service: %w", err)
	}
	secret, err := p.c.Keychain.Hold(c.Request.Context(), signOnWay, "", data)
	if err != nil {
		return err
	}
	http.SetCookie(c.Writer, p.wayCookie(secret, limits.CeremonyLife))
	return seeOther(c, address)
}

// signOnEnd lets in whoever came back to the browser that began, once.
func (p *Pages) signOnEnd(c *gin.Context) error {
	who, err := p.identity(c)
	http.SetCookie(c.Writer, p.wayCookie("", -time.Second))
	if err != nil {
		return p.notIn(c, err)
	}
	here, err := p.c.Logins.EnterByIdentity(c.Request.Context(), who)
	if err != nil {
		return p.notIn(c, err)
	}
	return p.entered(c, here)
}

func (p *Pages) identity(c *gin.Context) (access.Identity, error) {
	elsewhere := fault.New(fault.Unauthorized, nil, "this sign-in was not begun in this browser, or too long ago").Code("signon.elsewhere")
	cookie, err := c.Request.Cookie(p.wayCookie("", 0).Name)
	if err != nil || cookie.Value == "" {
		return access.Identity{}, elsewhere
	}
	_, data, err := p.c.Keychain.Held(c.Request.Context(), signOnWay, cookie.Value)
	if fault.Is(err, fault.Gone) {
		return access.Identity{}, elsewhere
	}
	if err != nil {
		return access.Identity{}, err
	}
	var w way
	if err := json.Unmarshal(data, &w); err != nil {
		return access.Identity{}, fmt.Errorf("way to the sign-in service: %w", err)
	}
	q := c.Request.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(w.State)) != 1 {
		return access.Identity{}, elsewhere
	}
	return p.c.SignOn.End(c.Request.Context(), w.Keep, q)
}

// notIn says on the page of all ways why this one did not lead in. What is no fault of single sign-on is returned.
func (p *Pages) notIn(c *gin.Context, err error) error {
	d := fault.Describe(err)
	why, ok := strings.CutPrefix(d.Code, "signon.")
	if !ok {
		return err
	}
	p.c.Logger.WarnContext(c.Request.Context(), "nobody was let in by single sign-on", "code", d.Code, "error", err)
	data := p.signInPage(c)
	data.Path, data.Query = signInURL, ""
	data.Problem = why
	status := http.StatusUnauthorized
	if d.Kind == fault.Forbidden {
		status = http.StatusForbidden
	}
	c.Writer.Header().Set("Cache-Control", "no-store")
	return p.show(c, status, "signin", data)
}

// loginRows lists by which services a person signs in.
func (p *Pages) loginRows(c *gin.Context, personID string) ([]LoginRow, error) {
	if p.c.Logins == nil {
		return nil, nil
	}
	all, err := p.c.Logins.LoginsOf(c.Request.Context(), personID)
	rows := make([]LoginRow, len(all))
	for i, l := range all {
		rows[i] = LoginRow{Issuer: l.Issuer, Follows: l.Follows, UsedAt: l.UsedAt}
		if p.c.SignOn == nil {
			continue
		}
		if name, issuer := p.c.SignOn.Service(); issuer == l.Issuer {
			rows[i].Name = name
		}
	}
	return rows, err
}

// noWayBack reports whether somebody who could have a passkey has neither one nor a login of a service.
func (p *Pages) noWayBack(c *gin.Context, s session) (bool, error) {
	if !p.hasPasskeys() {
		return false, nil
	}
	logins, err := p.loginRows(c, s.here.Person.ID)
	if err != nil || len(logins) > 0 {
		return false, err
	}
	keys, err := p.passkeyRows(c, s)
	return len(keys) == 0, err
}

// unlink parts a person from the service, for an owner.
func (p *Pages) unlink(c *gin.Context, s session) error {
	id := c.Param("id")
	if err := p.c.Logins.Unlink(c.Request.Context(), s.here.Person, id, c.Request.PostFormValue("login")); err != nil {
		return err
	}
	return seeOther(c, peopleURL+"/"+url.PathEscape(id))
}

// signInPage offers the ways to sign in to somebody without a link.
func (p *Pages) signInPage(c *gin.Context) SignInPage {
	data := SignInPage{Frame: web.NewFrame(c.Request), Passkeys: p.hasPasskeys()}
	if p.hasSignOn() {
		data.SignOn, _ = p.c.SignOn.Service()
	}
	data.NoIndex = true
	return data
}

// signInWays shows them; who is in already is led inside.
func (p *Pages) signInWays(c *gin.Context) error {
	if _, err := p.session(c); err == nil {
		return seeOther(c, "/console")
	}
	return p.show(c, http.StatusOK, "signin", p.signInPage(c))
}
