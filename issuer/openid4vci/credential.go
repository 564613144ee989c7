package openid4vci

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// requestBytes bounds a credential request, whose largest part is a key proof.
const requestBytes = 64 << 10

// readBody reads a body of at most most bytes.
func readBody(r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = errors.New("too long")
	}
	return body, err
}

// channel is how a request came.
type channel int

const (
	inTheClear channel = iota
	underEncryption
)

// readObject reads a JSON object, which may come encrypted; refuses with code.
func (a *API) readObject(r *http.Request, code string) (ijson.Value, channel, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" && media != "application/jwt" {
		return ijson.Value{}, inTheClear, refuse(code, "the request is JSON")
	}
	body, err := readBody(r, requestBytes)
	if err != nil {
		return ijson.Value{}, inTheClear, refuse(code, "the request is too long")
	}
	how := inTheClear
	if media == "application/jwt" {
		how = underEncryption
		if body, err = a.envelope.open(bytes.TrimSpace(body)); err != nil {
			return ijson.Value{}, how, err
		}
	}
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: requestBytes, Depth: 16, Members: 1024})
	if err != nil {
		return v, how, refuse(code, fault.AsDefect(err).Detail)
	}
	if v.Kind() != ijson.Object {
		return v, how, refuse(code, "the request is a JSON object")
	}
	return v, how, nil
}

type single struct {
	Credential json.RawMessage `json:"credential"`
}

type credentialAnswer struct {
	Credentials  []single `json:"credentials,omitempty"`
	Notification string   `json:"notification_id,omitempty"` // never beside a transaction id: one library takes them for a mistake
	Transaction  string   `json:"transaction_id,omitempty"`
	Interval     int      `json:"interval,omitempty"`
	// Drafts 11 to 14.
	Credential json.RawMessage `json:"credential,omitempty"`
	Nonce      string          `json:"c_nonce,omitempty"`
	NonceEnd   int             `json:"c_nonce_expires_in,omitempty"`
}

// credential answers a credential request (OpenID4VCI 1.0 §8).
func (a *API) credential(g *gin.Context) error {
	t, err := a.admit(g, CredentialPath)
	if err != nil {
		return err
	}
	body, how, err := a.readObject(g.Request, invalidCredentialReq)
	if err != nil {
		return err
	}
	shape, err := a.issueFor(g, t, body, how)
	return a.renewNonce(shape, err)
}

// renewNonce gives a wallet its next nonce beside an error: those of the drafts know no nonce endpoint, and some others do not ask
// it.
func (a *API) renewNonce(s shape, err error) error {
	r, ok := asRefusal(err)
	if !ok || r.code != invalidProof && r.code != invalidNonce {
		return err
	}
	n, _, nonceErr := a.c.Wallets.Nonce()
	if nonceErr != nil {
		return nonceErr
	}
	r.nonce = n
	if s == older && r.code == invalidNonce {
		r.code = invalidProof // drafts up to 14 have no other
	}
	return r
}

func (a *API) issueFor(g *gin.Context, t wallet.Ticket, body ijson.Value, how channel) (shape, error) {
	in, err := read(body, t.Configuration, how)
	if err == nil {
		err = a.mayProve(t.Configuration, in.proofs.kind)
	}
	if err != nil {
		return in.shape, err
	}
	p, err := a.proveAll(g.Request.Context(), in.proofs)
	if err != nil {
		return in.shape, err
	}
	if err := a.c.Wallets.UseNonce(g.Request.Context(), p.nonce); err != nil {
		if fault.Describe(err).Code == wallet.NonceWrong {
			return in.shape, refuse(invalidNonce, fault.Describe(err).Sentence)
		}
		return in.shape, err
	}
	d, err := a.c.Wallets.Issue(g.Request.Context(), t, p.holders)
	if err != nil {
		return in.shape, denied(err)
	}
	if in.shape == current {
		return in.shape, a.answer(g, t, d, in.sealing)
	}
	return in.shape, a.answerOlder(g, t, d)
}

// answer sends credentials, or says that they come later.
func (a *API) answer(g *gin.Context, t wallet.Ticket, d wallet.Delivered, s sealing) error {
	out, status := credentialAnswer{Notification: d.Notification}, http.StatusOK
	if d.Transaction != "" {
		out, status = credentialAnswer{Transaction: d.Transaction, Interval: int(limits.DeferralPause.Seconds())}, http.StatusAccepted
	}
	for _, one := range d.Issued {
		value, err := encode(t.Configuration, one.Signed)
		if err != nil {
			return err
		}
		out.Credentials = append(out.Credentials, single{value})
	}
	if s.key == nil {
		return write(g, status, out)
	}
	plain, err := json.Marshal(out)
	if err != nil {
		return err
	}
	sealed, err := s.seal(plain)
	if err != nil {
		return err
	}
	g.Data(status, "application/jwt", []byte(sealed))
	return nil
}

// answerOlder is the answer in the shape of drafts 11 to 14, which have one credential. They wait for none.
func (a *API) answerOlder(g *gin.Context, t wallet.Ticket, d wallet.Delivered) error {
	if d.Transaction != "" {
		return refuse(requestDenied, "nothing can be issued now: try again later")
	}
	value, err := encode(t.Configuration, d.Issued[0].Signed)
	if err != nil {
		return err
	}
	n, life, err := a.c.Wallets.Nonce()
	if err != nil {
		return err
	}
	return write(g, http.StatusOK, credentialAnswer{
		Credential: value, Nonce: n, NonceEnd: int(life.Seconds()), Notification: d.Notification,
	})
}

// deferred answers a wallet that asks again (OpenID4VCI 1.0 §9).
func (a *API) deferred(g *gin.Context) error {
	t, err := a.admit(g, DeferredPath)
	if err != nil {
		return err
	}
	body, how, err := a.readObject(g.Request, invalidCredentialReq)
	if err != nil {
		return err
	}
	s, err := readSealing(body, how)
	if err != nil {
		return err
	}
	d, err := a.c.Wallets.Deferred(g.Request.Context(), t, body.Member("transaction_id").Text())
	if err != nil {
		if fault.Describe(err).Code == wallet.TransactionUnknown {
			return refuse(invalidTransaction, fault.Describe(err).Sentence)
		}
		return denied(err)
	}
	return a.answer(g, t, d, s)
}

// encode writes a credential as its format does: an object for embedded proofs, a string for all others.
func encode(c wallet.Configuration, signed []byte) (json.RawMessage, error) {
	if c.Format == wallet.FormatLDP {
		return json.RawMessage(signed), nil
	}
	return json.Marshal(string(signed))
}

// shape is the edition of the protocol that a request is written in.
type shape int

const (
	current shape = iota // 1.0, and draft 15
	older                // drafts 11 to 14: one proof in "proof"
)

type request struct {
	shape   shape
	proofs  proofs
	sealing sealing
}

// read takes a request apart: which credential, its key proofs, and how the answer is to be encrypted.
func read(body ijson.Value, granted wallet.Configuration, how channel) (request, error) {
	var in request
	_, one := body.Get("proof")
	_, format := body.Get("format")
	_, many := body.Get("proofs")
	if one || format && !many {
		in.shape = older
	}
	var err error
	if in.sealing, err = readSealing(body, how); err != nil {
		return in, err
	}
	if err := choice(body, in.shape, granted); err != nil {
		return in, err
	}
	switch {
	case one && many:
		err = refuse(invalidCredentialReq, "proof and proofs exclude each other")
	case in.shape == older:
		in.proofs, err = oneProof(body.Member("proof"))
	default:
		in.proofs, err = proofsOf(body.Member("proofs"))
	}
	return in, err
}

// mayProve refuses a type of proof that the metadata does not list for a configuration.
func (a *API) mayProve(c wallet.Configuration, kind string) error {
	if _, ok := a.proofTypes(c)[kind]; !ok {
		return refuse(invalidProof, "the metadata lists no such type of proof for this credential")
	}
	return nil
}

// choice checks that the request is for what the token was given for.
func choice(body ijson.Value, s shape, granted wallet.Configuration) error {
	id, byID := body.Get("credential_configuration_id")
	name, byName := body.Get("credential_identifier")
	format, byFormat := body.Get("format")
	switch {
	case byID && byName:
		return refuse(invalidCredentialReq, "credential_configuration_id and credential_identifier exclude each other")
	case byName && name.Text() != granted.ID:
		return refuse(unknownIdentifier, "the token is not for this credential identifier")
	case byID && id.Text() != granted.ID:
		return refuse(unknownConfiguration, "the token is not for this credential configuration")
	case byID || byName:
		return nil
	case s == older && byFormat:
		if !slices.Contains(formatNames(granted), format.Text()) {
			return refuse("unsupported_credential_format", "the token is not for this format")
		}
		return nil
	}
	return refuse(invalidCredentialReq, "the request names no credential")
}

// formatNames lists what a format was called: SD-JWT VC had another name up to draft 14.
func formatNames(c wallet.Configuration) []string {
	if c.Format == wallet.FormatSDJWT {
		return []string{c.Format, "vc+sd-jwt"}
	}
	return []string{c.Format}
}

// oneProof reads the proof of a request of the drafts.
func oneProof(v ijson.Value) (proofs, error) {
	if v.Member("proof_type").Text() != proofJWT || v.Member(proofJWT).Text() == "" {
		return proofs{}, refuse(invalidProof, "a key proof of the type jwt is required")
	}
	return proofs{kind: proofJWT, list: []ijson.Value{v.Member(proofJWT)}}, nil
}

// proofsOf reads proofs: an object with one type, whose list has a proof for each credential. Members that are no list are of
// clients that write more than the standard knows.
func proofsOf(v ijson.Value) (proofs, error) {
	var out proofs
	for _, m := range v.Members() {
		if m.Value.Kind() != ijson.Array {
			continue
		}
		if out.kind != "" {
			return proofs{}, refuse(invalidProof, "proofs holds one type of proof")
		}
		out = proofs{kind: m.Name, list: m.Value.Elems()}
	}
	switch {
	case len(out.list) == 0:
		return proofs{}, refuse(invalidProof, "a key proof is required")
	case len(out.list) > limits.WalletBatch:
		return proofs{}, refuse(invalidCredentialReq, "there are more key proofs than credentials are given at once")
	case out.kind == proofAttestation && len(out.list) > 1:
		return proofs{}, refuse(invalidProof, "there is one key attestation")
	}
	return out, nil
}

// notification takes what a wallet says of what it was sent (OpenID4VCI 1.0 §11).
func (a *API) notification(g *gin.Context) error {
	t, err := a.admit(g, NotificationPath)
	if err != nil {
		return err
	}
	body, _, err := a.readObject(g.Request, invalidNotification)
	if err != nil {
		return err
	}
	id, event := body.Member("notification_id"), body.Member("event").Text()
	if !id.IsString() || !slices.Contains(wallet.Events(), event) {
		return refuse(invalidNotification, "notification_id or event is missing or not known")
	}
	err = a.c.Wallets.Notify(g.Request.Context(), t, id.Text(), event)
	if fault.Describe(err).Code == wallet.NotifyUnknown && err != nil {
		return refuse(invalidNotificationID, fault.Describe(err).Sentence)
	}
	if err == nil {
		g.Status(http.StatusNoContent)
		g.Writer.WriteHeaderNow()
	}
	return err
}
