package pages

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/passkey"
	"github.com/openlaurel/laurel/issuer/access"
)

// Keychain keeps passkeys and the state of ceremonies; *access.Service is one.
type Keychain interface {
	Hold(ctx context.Context, purpose, personID string, data []byte) (secret string, err error)
	Held(ctx context.Context, purpose, secret string) (personID string, data []byte, err error)
	PasskeysOf(ctx context.Context, personID string) (access.Person, []access.Passkey, error)
	AddPasskey(ctx context.Context, who access.Person, k access.Passkey) error
	RenamePasskey(ctx context.Context, who access.Person, id []byte, name string) error
	RemovePasskey(ctx context.Context, who access.Person, id []byte) error
	EnterByPasskey(ctx context.Context, personID string, id, body []byte) (access.Session, error)
}

// The addresses of passkeys, and what their ceremonies are for.
const (
	passkeysURL    = accountURL + "/passkeys"
	signInURL      = "/console/sign-in"
	registerKey    = "passkey.register"
	signInKey      = "passkey.signin"
	ceremonyOrigin = "The form was not sent from a page of this service."
)

// PasskeyRow is one passkey on the page of the account. ID is its id in base64url.
type PasskeyRow struct {
	ID, Name          string
	CreatedAt, UsedAt time.Time
}

func (p *Pages) registerPasskeys(r gin.IRouter) {
	r.POST(passkeysURL+"/begin", p.change(access.Read, p.passkeyBegin))
	r.POST(passkeysURL, p.change(access.Read, p.passkeyAdd))
	r.POST(passkeysURL+"/:id/rename", p.change(access.Read, p.passkeyRename))
	r.POST(passkeysURL+"/:id/remove", p.change(access.Read, p.passkeyRemove))
	r.POST(signInURL+"/passkey/begin", p.handle(p.challenge))
	r.POST(signInURL+"/passkey", p.handle(p.passkeySignIn))
}

// hasPasskeys reports whether browsers can have passkeys for this deployment.
func (p *Pages) hasPasskeys() bool { return p.c.Passkeys != nil && p.c.Keychain != nil }

func (p *Pages) passkeyRows(c *gin.Context, s session) ([]PasskeyRow, error) {
	if !p.hasPasskeys() {
		return nil, nil
	}
	_, all, err := p.c.Keychain.PasskeysOf(c.Request.Context(), s.here.Person.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]PasskeyRow, len(all))
	for i, k := range all {
		rows[i] = PasskeyRow{base64.RawURLEncoding.EncodeToString(k.ID), k.Name, k.CreatedAt, k.UsedAt}
	}
	return rows, nil
}

func (p *Pages) ownerOf(ctx context.Context, personID string) (passkey.Owner, error) {
	who, all, err := p.c.Keychain.PasskeysOf(ctx, personID)
	if err != nil {
		return passkey.Owner{}, err
	}
	o := passkey.Owner{ID: who.ID, Name: first(who.Email, who.Name)}
	for _, k := range all {
		o.Keys = append(o.Keys, k.Body)
	}
	return o, nil
}

// begun answers with what the browser needs for a ceremony.
func begun(c *gin.Context, options []byte, state string) error {
	body, err := json.Marshal(map[string]any{"options": json.RawMessage(options), "state": state})
	if err != nil {
		return fmt.Errorf("answer to a passkey: %w", err)
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(body) // the client is gone: nobody is left to tell
	return nil
}

func (p *Pages) passkeyBegin(c *gin.Context, s session) error {
	o, err := p.ownerOf(c.Request.Context(), s.here.Person.ID)
	if err != nil {
		return err
	}
	options, state, err := p.c.Passkeys.Register(o)
	if err != nil {
		return err
	}
	secret, err := p.c.Keychain.Hold(c.Request.Context(), registerKey, o.ID, state)
	if err != nil {
		return err
	}
	return begun(c, options, secret)
}

// passkeyAdd ends a registration, for the person who began it.
func (p *Pages) passkeyAdd(c *gin.Context, s session) error {
	ctx := c.Request.Context()
	personID, state, err := p.c.Keychain.Held(ctx, registerKey, c.Request.PostFormValue("state"))
	if err != nil {
		return err
	}
	if personID != s.here.Person.ID {
		return fault.New(fault.Forbidden, nil, "This was begun by somebody else.").Code("passkey.person")
	}
	o, err := p.ownerOf(ctx, personID)
	if err != nil {
		return err
	}
	key, err := p.c.Passkeys.Registered(o, state, []byte(c.Request.PostFormValue("credential")))
	if err == nil {
		err = p.c.Keychain.AddPasskey(ctx, s.here.Person, access.Passkey{ID: key.ID, Name: c.Request.PostFormValue("name"), Body: key.Body})
	}
	return p.accountAgain(c, s, err)
}

func (p *Pages) passkeyRename(c *gin.Context, s session) error {
	id, err := passkeyID(c)
	if err != nil {
		return err
	}
	return p.accountAgain(c, s, p.c.Keychain.RenamePasskey(c.Request.Context(), s.here.Person, id, c.Request.PostFormValue("name")))
}

func (p *Pages) passkeyRemove(c *gin.Context, s session) error {
	id, err := passkeyID(c)
	if err != nil {
		return err
	}
	// Without the last one the next sign-in takes a link, or the service: whoever removes it has to say that they are sure.
	if _, all, err := p.c.Keychain.PasskeysOf(c.Request.Context(), s.here.Person.ID); err != nil {
		return err
	} else if len(all) == 1 && c.Request.PostFormValue("sure") != "yes" {
		return p.accountAgain(c, s, fault.New(fault.Invalid, nil, "%s", p.say(c, "form.problem.sure")).Code("form.sure"))
	}
	return p.accountAgain(c, s, p.c.Keychain.RemovePasskey(c.Request.Context(), s.here.Person, id))
}

func passkeyID(c *gin.Context) ([]byte, error) {
	id, err := base64.RawURLEncoding.Strict().DecodeString(c.Param("id"))
	if err != nil {
		return nil, notHere()
	}
	return id, nil
}

// accountAgain leads back to the account after a form was taken, or shows what was wrong with it.
func (p *Pages) accountAgain(c *gin.Context, s session, err error) error {
	if err == nil {
		return seeOther(c, accountURL+"?done=saved")
	}
	problems := p.correctable(c, err)
	if problems == nil {
		return err
	}
	data, broken := p.accountPage(c, s)
	if broken != nil {
		return broken
	}
	data.Problems = problems
	return p.show(c, http.StatusUnprocessableEntity, "account", data)
}

// challenge begins a sign-in by a passkey. Anybody may ask; it says nothing of anybody.
func (p *Pages) challenge(c *gin.Context) error {
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, ceremonyOrigin).Code("console.origin")
	}
	options, state, err := p.c.Passkeys.Challenge()
	if err != nil {
		return err
	}
	secret, err := p.c.Keychain.Hold(c.Request.Context(), signInKey, "", state)
	if err != nil {
		return err
	}
	return begun(c, options, secret)
}

// passkeySignIn ends a sign-in: it sets the cookie of a new session, and ends one that came along (W15).
func (p *Pages) passkeySignIn(c *gin.Context) error {
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, ceremonyOrigin).Code("console.origin")
	}
	if err := parse(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	_, state, err := p.c.Keychain.Held(ctx, signInKey, c.Request.PostFormValue("state"))
	if err != nil {
		return err
	}
	personID, key, err := p.c.Passkeys.Answered(state, []byte(c.Request.PostFormValue("credential")), func(id string) (passkey.Owner, error) {
		return p.ownerOf(ctx, id)
	})
	if err != nil {
		return err
	}
	here, err := p.c.Keychain.EnterByPasskey(ctx, personID, key.ID, key.Body)
	if err != nil {
		return err
	}
	return p.entered(c, here)
}

// entered sets the cookie of a session that begins, ends one that came along, and leads into the console.
func (p *Pages) entered(c *gin.Context, here access.Session) error {
	if old, err := c.Request.Cookie(p.cookieName()); err == nil && old.Value != "" {
		if err := p.c.Sessions.SignOut(c.Request.Context(), old.Value); err != nil {
			return err
		}
	}
	p.keep(c, here)
	return seeOther(c, "/console")
}
