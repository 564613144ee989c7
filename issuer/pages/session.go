package pages

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// formBytes bounds the body of a form without a file.
const formBytes = 4 * limits.TextBytes

// session is who is signed in.
type session struct {
	id   string
	csrf string
	here access.Session
	p    *Pages
}

// actor is how events name the person.
func (s session) actor() string { return s.here.Person.Actor() }

// SignInPage is the data of page "signin". Action is empty when the page only says that one must sign in.
type SignInPage struct {
	web.Frame
	Action string
	Name   string // whom the link is for

	Problem  string // why a way did not lead in, as a key of signin.problem
	Passkeys bool   // one can sign in by a passkey
	SignOn   string // the name of the service by which one can sign in, or empty
}

// cookieName has the prefix that binds the cookie to this host where the deployment has https (RFC 6265bis §4.1.3.2).
func (p *Pages) cookieName() string {
	if p.base.Scheme == "https" {
		return "__Host-laurel"
	}
	return "laurel_session"
}

func (p *Pages) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // not Secure only where the deployment is plain http on its own machine
		Name: p.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: p.base.Scheme == "https", SameSite: http.SameSiteLaxMode,
	}
}

// session returns who is signed in, or fault.Unauthorized.
func (p *Pages) session(c *gin.Context) (session, error) {
	cookie, err := c.Request.Cookie(p.cookieName())
	if err != nil || cookie.Value == "" {
		return session{}, fault.New(fault.Unauthorized, nil, "You are not signed in.").Code("session.none")
	}
	here, err := p.c.Sessions.Session(c.Request.Context(), cookie.Value)
	if err != nil {
		return session{}, err
	}
	if here.Stale() {
		if here, err = p.c.Sessions.Rotate(c.Request.Context(), here); err != nil {
			return session{}, err
		}
		p.keep(c, here)
	}
	return session{id: here.ID, csrf: csrfToken(here.Secret), here: here, p: p}, nil
}

// keep sets the cookie of a session.
func (p *Pages) keep(c *gin.Context, here access.Session) {
	age := int(here.ExpiresAt.Sub(p.c.Clock()).Seconds())
	http.SetCookie(c.Writer, p.cookie(here.Secret, max(age, 1)))
}

// Visitor is the id of the person who is signed into the console, of a visitor of any page; fault.Unauthorized when nobody is.
func (p *Pages) Visitor(r *http.Request) (string, error) {
	cookie, err := r.Cookie(p.cookieName())
	if err != nil || cookie.Value == "" {
		return "", fault.New(fault.Unauthorized, nil, "You are not signed in.").Code("session.none")
	}
	s, err := p.c.Sessions.Session(r.Context(), cookie.Value)
	return s.Person.ID, err
}

// csrfToken is bound to the session: who does not have its secret cannot make it.
func csrfToken(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("laurel console form"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// inside lets only people who are signed in and have the scope for some issuer see a page; the others are told how to sign in.
// For which issuer, the methods of session ask.
func (p *Pages) inside(scope access.Scope, h func(*gin.Context, session) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		s, err := p.session(c)
		if fault.Is(err, fault.Unauthorized) {
			return p.show(c, http.StatusUnauthorized, "signin", p.signInPage(c))
		}
		if err != nil {
			return err
		}
		if !access.Has(s.here.Person, scope) {
			return access.Permit(s.here.Person, scope, "")
		}
		return h(c, s)
	}
}

// change lets a form through only from our own pages, with a session and its token.
func (p *Pages) change(scope access.Scope, h func(*gin.Context, session) error) gin.HandlerFunc {
	return p.handle(func(c *gin.Context) error {
		if err := p.origin.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("console.origin")
		}
		return p.inside(scope, func(c *gin.Context, s session) error {
			if err := parse(c); err != nil {
				return err
			}
			if !hmac.Equal([]byte(c.Request.PostFormValue("csrf")), []byte(s.csrf)) {
				return fault.New(fault.Forbidden, nil, "The form does not belong to this session.").Code("console.csrf").
					Hint("load the page again and send the form once more")
			}
			return h(c, s)
		})(c)
	})
}

// parse reads a form within bounds. Files may be large only where a page asks for them.
func parse(c *gin.Context) error {
	bound := int64(formBytes)
	switch c.FullPath() {
	case "/console/batch":
		bound += limits.CSVBytes
	case newURL, achievementsURL + "/:id/edit", profileURL + "/:id/picture":
		bound += limits.ImageBytes
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bound)
	var err error
	if strings.HasPrefix(c.Request.Header.Get("Content-Type"), "multipart/form-data") {
		err = c.Request.ParseMultipartForm(1 << 20)
	} else {
		err = c.Request.ParseForm()
	}
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), "request body too large") { // multipart hides the *http.MaxBytesError
		return fault.New(fault.TooLarge, err, "The form is too large.").Code("limits.request")
	}
	return fault.New(fault.Invalid, err, "The form arrived damaged.").Code("form.malformed")
}

// signInForm shows a button: a link that is only looked at signs nobody in (W24).
func (p *Pages) signInForm(c *gin.Context) error {
	who, err := p.c.Sessions.Invited(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return err
	}
	data := SignInPage{Frame: web.Frame{Path: c.Request.URL.Path, NoIndex: true}, Action: c.Request.URL.EscapedPath(), Name: who.Name}
	return p.show(c, http.StatusOK, "signin", data)
}

// signIn uses the link up and sets the cookie of a new session; a session that came along ends, so that nobody can plant
// one (W15).
func (p *Pages) signIn(c *gin.Context) error {
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("console.origin")
	}
	here, err := p.c.Sessions.Redeem(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return err
	}
	return p.entered(c, here)
}

func (p *Pages) signOut(c *gin.Context, _ session) error {
	if cookie, err := c.Request.Cookie(p.cookieName()); err == nil {
		if err := p.c.Sessions.SignOut(c.Request.Context(), cookie.Value); err != nil {
			return err
		}
	}
	http.SetCookie(c.Writer, p.cookie("", -1))
	c.Writer.Header().Set("Clear-Site-Data", `"cache"`)
	return seeOther(c, "/")
}

// seeOther leads to another page of ours after a form was taken; path is always written by us.
func seeOther(c *gin.Context, path string) error {
	c.Writer.Header().Set("Cache-Control", "no-store")
	c.Writer.Header().Set("Location", path)
	c.Writer.WriteHeader(http.StatusSeeOther)
	c.Writer.WriteHeaderNow()
	return nil
}

// frame is the frame of a console page.
func (s session) frame(c *gin.Context, section string) web.Frame {
	f := web.NewFrame(c.Request)
	f.NoIndex = true
	who := s.here.Person
	f.Console = &web.Console{
		CSRF: s.csrf, Section: section, Name: who.Name, MayAward: access.Has(who, access.Award), MayRevoke: access.Has(who, access.Revoke),
		MayManage: access.Has(who, access.Admin), MayAll: access.Allows(who, access.Admin, ""),
	}
	return f
}
