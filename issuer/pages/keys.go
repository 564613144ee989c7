package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/web"
)

const keysURL = "/console/keys"

// Keys shows and changes the keys of issuers; *keyring.Service is one.
type Keys interface {
	Keys(ctx context.Context, issuerID string) ([]keyring.Key, error)
	Rotate(ctx context.Context, r keyring.Rotation) ([]keyring.Key, error)
	Withdraw(ctx context.Context, w keyring.Withdrawal) (keyring.Key, error)
	PlanWithdraw(ctx context.Context, w keyring.Withdrawal) (keyring.Key, error)
}

// Issuing is the switch that stops everything from being signed; *signlog.Service is one.
type Issuing interface {
	Stop(ctx context.Context, st signlog.Stop) error
	Resume(ctx context.Context, issuerID, actor string) error
	Stops(ctx context.Context) ([]signlog.Stop, error)
}

// Effects says what a withdrawal of a key would do, and issues again what it took; *issuer.Service is one.
type Effects interface {
	PlanReissue(ctx context.Context, r issuer.Reissue) (issuer.Reissued, error)
	Reissue(ctx context.Context, r issuer.Reissue) (issuer.Reissued, error)
	Unbelievable(ctx context.Context, r issuer.Reissue) ([]issuer.Statement, error)
}

// KeysPage is the data of page "keys".
type KeysPage struct {
	web.Frame
	Problems []string
	Issuers  []IssuerKeys
	Everyone *StopView // everybody has stopped; nil when not
	MayStop  bool      // everybody
}

// IssuerKeys are the keys of one issuer, and whether it issues.
type IssuerKeys struct {
	ID, Name  string
	Keys      []KeyRow
	Stop      *StopView
	MayChange bool
	Waiting   bool // next keys are published and do not sign yet
}

// StopView says since when nothing is issued, and why.
type StopView struct {
	At          time.Time
	Who, Reason string
}

// KeyRow is one key. State is a keyring.State.
type KeyRow struct {
	ID, Algorithm, State, Holder                               string
	CreatedAt, UsedFrom, RetiredAt, WithdrawnAt, CompromisedAt time.Time
}

// RotatePage is the data of page "keys-rotate": what a rotation would change.
type RotatePage struct {
	web.Frame
	Problems     []string
	Issuer, Name string
	Keys         []KeyRow // that sign now
	Waiting      bool
}

// WithdrawPage is the data of page "keys-withdraw". Until it was planned, nothing is known of the effect.
type WithdrawPage struct {
	web.Frame
	Problems     []string
	Issuer, Name string
	Key          KeyRow
	From         string // as the field has it
	Planned      bool
	Lost         int  // credentials that would hold no more
	Believed     int  // that were recorded before
	Statements   int  // records, endorsements and what platforms wrote that would hold no more
	More         bool // the key signed more than was counted
}

func (p *Pages) registerKeys(r gin.IRouter) {
	p.read(r, keysURL, p.inside(access.Read, p.keys))
	p.read(r, keysURL+"/rotate", p.inside(access.Admin, p.rotateForm))
	r.POST(keysURL+"/rotate", p.change(access.Admin, p.rotate))
	p.read(r, keysURL+"/withdraw", p.inside(access.Admin, p.withdrawForm))
	r.POST(keysURL+"/withdraw", p.change(access.Admin, p.withdraw))
	p.registerReissue(r)
	if p.c.Issuing != nil {
		r.POST(keysURL+"/stop", p.change(access.Admin, p.stopIssuing))
		r.POST(keysURL+"/resume", p.change(access.Admin, p.resumeIssuing))
	}
}

func keyRow(k keyring.Key) KeyRow {
	return KeyRow{
		ID: k.ID, Algorithm: string(k.Alg), State: string(k.State), Holder: k.Holder, CreatedAt: k.CreatedAt, UsedFrom: k.UsedFrom, RetiredAt: k.RetiredAt,
		WithdrawnAt: k.WithdrawnAt, CompromisedAt: k.CompromisedAt,
	}
}

func (p *Pages) keysPage(c *gin.Context, s session) (KeysPage, error) {
	ctx := c.Request.Context()
	data := KeysPage{Frame: s.settings(c, "keys"), MayStop: s.may(access.Admin, "") && p.c.Issuing != nil}
	data.Path, data.Query = keysURL, ""
	issuers, err := s.issuers(ctx, access.Read)
	if err != nil {
		return data, err
	}
	stops, err := p.stops(ctx)
	if err != nil {
		return data, err
	}
	data.Everyone = stops[""]
	for _, i := range issuers {
		row := IssuerKeys{ID: i.ID, Name: i.Name, Stop: stops[i.ID], MayChange: s.may(access.Admin, i.ID)}
		all, err := p.c.Keys.Keys(ctx, i.ID)
		if err != nil {
			return data, fmt.Errorf("keys of issuer %s: %w", i.ID, err)
		}
		for _, k := range all {
			row.Keys = append(row.Keys, keyRow(k))
			row.Waiting = row.Waiting || k.State == keyring.Next
		}
		data.Issuers = append(data.Issuers, row)
	}
	return data, nil
}

// stops returns who has stopped, by issuer; "" is everybody.
func (p *Pages) stops(ctx context.Context) (map[string]*StopView, error) {
	out := map[string]*StopView{}
	if p.c.Issuing == nil {
		return out, nil
	}
	all, err := p.c.Issuing.Stops(ctx)
	if err != nil {
		return nil, fmt.Errorf("stops of issuing: %w", err)
	}
	actors := make([]string, len(all))
	for i, st := range all {
		actors[i] = st.Actor
	}
	names := map[string]string{}
	if p.c.People != nil {
		if names, err = p.c.People.Names(ctx, actors); err != nil {
			return nil, err
		}
	}
	for _, st := range all {
		out[st.IssuerID] = &StopView{At: st.At, Who: first(names[st.Actor], st.Actor), Reason: st.Reason}
	}
	return out, nil
}

func (p *Pages) keys(c *gin.Context, s session) error {
	data, err := p.keysPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "keys", data)
}

// issuerOf finds the issuer that is named by its id, for its owners.
func (p *Pages) issuerOf(c *gin.Context, s session, id string) (catalog.Issuer, error) {
	if id == "" {
		return catalog.Issuer{}, notHere()
	}
	if err := s.permit(access.Admin, id); err != nil {
		return catalog.Issuer{}, err
	}
	i, err := p.c.Catalogue.Issuer(c.Request.Context(), id)
	if err == nil && i.ID != id {
		err = notHere()
	}
	return i, err
}

func (p *Pages) rotatePage(c *gin.Context, s session, id string) (catalog.Issuer, RotatePage, error) {
	i, err := p.issuerOf(c, s, id)
	if err != nil {
		return i, RotatePage{}, err
	}
	data := RotatePage{Frame: s.settings(c, "keys"), Issuer: i.ID, Name: i.Name}
	data.Path, data.Query = keysURL+"/rotate", url.Values{"issuer": {i.ID}}.Encode()
	all, err := p.c.Keys.Keys(c.Request.Context(), i.ID)
	if err != nil {
		return i, data, fmt.Errorf("keys of issuer %s: %w", i.ID, err)
	}
	for _, k := range all {
		if k.State == keyring.Active {
			data.Keys = append(data.Keys, keyRow(k))
		}
		data.Waiting = data.Waiting || k.State == keyring.Next
	}
	return i, data, nil
}

// rotateForm says what a rotation would change. Nothing changes by looking.
func (p *Pages) rotateForm(c *gin.Context, s session) error {
	_, data, err := p.rotatePage(c, s, c.Query("issuer"))
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "keys-rotate", data)
}

func (p *Pages) rotate(c *gin.Context, s session) error {
	i, data, err := p.rotatePage(c, s, c.Request.PostFormValue("issuer"))
	if err != nil {
		return err
	}
	r := keyring.Rotation{IssuerID: i.ID, DID: i.DID, Actor: s.actor()}
	switch c.Request.PostFormValue("pace") {
	case "announced":
	case "now":
		if r.Pace = keyring.Unannounced; c.Request.PostFormValue("sure") != "yes" {
			data.Problems = append(data.Problems, p.say(c, "form.problem.sure"))
		}
	default:
		data.Problems = append(data.Problems, p.say(c, "keys.problem.pace"))
	}
	if len(data.Problems) == 0 {
		if _, err := p.c.Keys.Rotate(c.Request.Context(), r); err == nil {
			return seeOther(c, keysURL)
		} else if data.Problems = p.correctable(c, err); data.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "keys-rotate", data)
}

func (p *Pages) withdrawPage(c *gin.Context, s session, issuerID, key string) (WithdrawPage, error) {
	i, err := p.issuerOf(c, s, issuerID)
	if err != nil {
		return WithdrawPage{}, err
	}
	data := WithdrawPage{Frame: s.settings(c, "keys"), Issuer: i.ID, Name: i.Name}
	data.Path, data.Query = keysURL+"/withdraw", url.Values{"issuer": {i.ID}, "key": {key}}.Encode()
	all, err := p.c.Keys.Keys(c.Request.Context(), i.ID)
	if err != nil {
		return data, fmt.Errorf("keys of issuer %s: %w", i.ID, err)
	}
	at := slices.IndexFunc(all, func(k keyring.Key) bool { return k.ID == key })
	if at < 0 {
		return data, notHere()
	}
	data.Key = keyRow(all[at])
	return data, nil
}

func (p *Pages) withdrawForm(c *gin.Context, s session) error {
	data, err := p.withdrawPage(c, s, c.Query("issuer"), c.Query("key"))
	if err != nil {
		return err
	}
	data.From = p.c.Clock().UTC().Format(minuteField)
	return p.show(c, http.StatusOK, "keys-withdraw", data)
}

// minuteField is how a field of date and time writes a moment; here it is one of UTC.
const minuteField = "2006-01-02T15:04"

// withdraw first says what it would do, and does it when the form comes again with the same moment and "sure".
func (p *Pages) withdraw(c *gin.Context, s session) error {
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data, err := p.withdrawPage(c, s, v("issuer"), v("key"))
	if err != nil {
		return err
	}
	data.From = v("from")
	from, bad := time.Parse(minuteField, data.From)
	if bad != nil {
		data.Problems = []string{p.say(c, "form.problem.date")}
		return p.show(c, http.StatusUnprocessableEntity, "keys-withdraw", data)
	}
	w := keyring.Withdrawal{IssuerID: data.Issuer, Key: data.Key.ID, From: from, Actor: s.actor()}
	if _, err := p.c.Keys.PlanWithdraw(c.Request.Context(), w); err != nil {
		if data.Problems = p.correctable(c, err); data.Problems == nil {
			return err
		}
		return p.show(c, http.StatusUnprocessableEntity, "keys-withdraw", data)
	}
	if v("step") != "withdraw" || v("sure") != "yes" {
		if err := p.withdrawEffect(c.Request.Context(), &data, from); err != nil {
			return err
		}
		if v("step") != "withdraw" {
			return p.show(c, http.StatusOK, "keys-withdraw", data)
		}
		data.Problems = []string{p.say(c, "form.problem.sure")}
		return p.show(c, http.StatusUnprocessableEntity, "keys-withdraw", data)
	}
	if _, err = p.c.Keys.Withdraw(c.Request.Context(), w); err == nil {
		if p.c.Effects == nil {
			return seeOther(c, keysURL)
		}
		return seeOther(c, reissueURL+"?"+url.Values{"issuer": {data.Issuer}, "key": {data.Key.ID}}.Encode())
	}
	if data.Problems = p.correctable(c, err); data.Problems == nil {
		return err
	}
	return p.show(c, http.StatusUnprocessableEntity, "keys-withdraw", data)
}

// withdrawEffect counts what would hold no more, by the question that the verifier asks of the issuance log.
func (p *Pages) withdrawEffect(ctx context.Context, data *WithdrawPage, from time.Time) error {
	if p.c.Effects == nil {
		return nil
	}
	r := issuer.Reissue{IssuerID: data.Issuer, KeyID: data.Key.ID, From: from, Upto: limits.KeyPlan}
	plan, err := p.c.Effects.PlanReissue(ctx, r)
	if err != nil {
		return fmt.Errorf("credentials of a key: %w", err)
	}
	lost, err := p.c.Effects.Unbelievable(ctx, r)
	if err != nil {
		return fmt.Errorf("statements of a key: %w", err)
	}
	data.Lost, data.Believed = plan.Done+plan.Suspended, plan.Believed
	data.Statements, data.More, data.Planned = len(lost), plan.Next != "", true
	return nil
}

// switched reads for whom the switch is thrown: an issuer, or everybody.
func (p *Pages) switched(c *gin.Context, s session) (string, error) {
	id := c.Request.PostFormValue("issuer")
	if id == everyIssuer {
		return "", s.permit(access.Admin, "")
	}
	i, err := p.issuerOf(c, s, id)
	return i.ID, err
}

func (p *Pages) stopIssuing(c *gin.Context, s session) error {
	id, err := p.switched(c, s)
	if err != nil {
		return err
	}
	err = p.c.Issuing.Stop(c.Request.Context(), signlog.Stop{IssuerID: id, Actor: s.actor(), Reason: c.Request.PostFormValue("reason")})
	if err == nil {
		return seeOther(c, keysURL)
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	data, broken := p.keysPage(c, s)
	if broken != nil {
		return broken
	}
	data.Problems = []string{p.say(c, "form.problem.reason")}
	return p.show(c, http.StatusUnprocessableEntity, "keys", data)
}

func (p *Pages) resumeIssuing(c *gin.Context, s session) error {
	id, err := p.switched(c, s)
	if err != nil {
		return err
	}
	if err := p.c.Issuing.Resume(c.Request.Context(), id, s.actor()); err != nil {
		return err
	}
	return seeOther(c, keysURL)
}
