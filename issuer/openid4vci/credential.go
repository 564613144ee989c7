package openid4vci

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
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

// admit finds the access token, in the header alone (RFC 6750 §2.1): one in the address would stand in logs.
func (a *API) admit(g *gin.Context) (wallet.Ticket, error) {
	scheme, token, _ := strings.Cut(g.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return wallet.Ticket{}, &refusal{status: http.StatusUnauthorized, scheme: "Bearer"}
	}
	t, err := a.c.Wallets.Admit(g.Request.Context(), token)
	if fault.Is(err, fault.Unauthorized) {
		return t, &refusal{status: http.StatusUnauthorized, code: "invalid_token", detail: fault.Describe(err).Sentence, scheme: `Bearer error="invalid_token"`}
	}
	return t, err
}

// readObject reads a JSON object; refuses with code.
func readObject(r *http.Request, code string) (ijson.Value, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/jwt" {
		return ijson.Value{}, refuse(invalidEncryption, "encrypted requests are not taken")
	}
	if err != nil || media != "application/json" {
		return ijson.Value{}, refuse(code, "the request is JSON")
	}
	body, err := readBody(r, requestBytes)
	if err != nil {
		return ijson.Value{}, refuse(code, "the request is too long")
	}
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: requestBytes, Depth: 16, Members: 1024})
	if err != nil {
		return v, refuse(code, fault.AsDefect(err).Detail)
	}
	if v.Kind() != ijson.Object {
		return v, refuse(code, "the request is a JSON object")
	}
	return v, nil
}

type single struct {
	Credential json.RawMessage `json:"credential"`
}

type credentialAnswer struct {
	Credentials  []single `json:"credentials,omitempty"`
	Notification string   `json:"notification_id,omitempty"`
	// Drafts 11 to 14.
	Credential json.RawMessage `json:"credential,omitempty"`
	Nonce      string          `json:"c_nonce,omitempty"`
	NonceEnd   int             `json:"c_nonce_expires_in,omitempty"`
}

// credential answers a credential request (OpenID4VCI 1.0 §8).
func (a *API) credential(g *gin.Context) error {
	t, err := a.admit(g)
	if err != nil {
		return err
	}
	body, err := readObject(g.Request, invalidCredentialReq)
	if err != nil {
		return err
	}
	shape, err := a.issueFor(g, t, body)
	if shape == older {
		return a.renewNonce(err)
	}
	return err
}

// renewNonce gives a wallet of the drafts its next nonce beside an error, as it knows no nonce endpoint.
func (a *API) renewNonce(err error) error {
	var r *refusal
	if !errors.As(err, &r) || r.code != invalidProof && r.code != invalidNonce {
		return err
	}
	n, _, nonceErr := a.c.Wallets.Nonce()
	if nonceErr != nil {
		return nonceErr
	}
	r.nonce = n
	if r.code == invalidNonce {
		r.code = invalidProof // drafts up to 14 have no other
	}
	return r
}

func (a *API) issueFor(g *gin.Context, t wallet.Ticket, body ijson.Value) (shape, error) {
	in, err := read(body, t.Configuration)
	if err != nil {
		return in.shape, err
	}
	p, err := a.prove(g.Request.Context(), in.proof)
	if err != nil {
		return in.shape, err
	}
	if err := a.c.Wallets.UseNonce(g.Request.Context(), p.nonce); err != nil {
		if fault.Describe(err).Code == wallet.NonceWrong {
			return in.shape, refuse(invalidNonce, fault.Describe(err).Sentence)
		}
		return in.shape, err
	}
	issued, notification, err := a.c.Wallets.Issue(g.Request.Context(), t, p.holder)
	if err != nil {
		return in.shape, denied(err)
	}
	value, err := encode(t.Configuration, issued.Signed)
	if err != nil {
		return in.shape, err
	}
	out := credentialAnswer{Notification: notification}
	if in.shape == current {
		out.Credentials = []single{{value}}
		return in.shape, write(g, http.StatusOK, out)
	}
	n, life, err := a.c.Wallets.Nonce()
	if err != nil {
		return in.shape, err
	}
	out.Credential, out.Nonce, out.NonceEnd = value, n, int(life.Seconds())
	return in.shape, write(g, http.StatusOK, out)
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
	shape shape
	proof string
}

// read takes a request apart: which credential, and the one key proof.
func read(body ijson.Value, granted wallet.Configuration) (request, error) {
	var in request
	_, one := body.Get("proof")
	_, format := body.Get("format")
	_, many := body.Get("proofs")
	if one || format && !many {
		in.shape = older
	}
	if _, has := body.Get("credential_response_encryption"); has {
		return in, refuse(invalidEncryption, "responses are not encrypted")
	}
	if err := choice(body, in.shape, granted); err != nil {
		return in, err
	}
	var err error
	switch {
	case one && many:
		err = refuse(invalidCredentialReq, "proof and proofs exclude each other")
	case in.shape == older:
		in.proof, err = oneProof(body.Member("proof"))
	default:
		in.proof, err = proofOf(body.Member("proofs"))
	}
	return in, err
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
func oneProof(v ijson.Value) (string, error) {
	if v.Member("proof_type").Text() != "jwt" || v.Member("jwt").Text() == "" {
		return "", refuse(invalidProof, "a key proof of the type jwt is required")
	}
	return v.Member("jwt").Text(), nil
}

// proofOf reads proofs: an object with one type, whose list has one proof, because no more than one credential is given. Members
// that are no list are of clients that write more than the standard knows.
func proofOf(v ijson.Value) (string, error) {
	types := 0
	for _, m := range v.Members() {
		if m.Value.Kind() == ijson.Array {
			types++
		}
	}
	list, ok := v.Get("jwt")
	switch {
	case !ok || list.Kind() != ijson.Array || len(list.Elems()) == 0:
		return "", refuse(invalidProof, "a key proof of the type jwt is required")
	case types != 1:
		return "", refuse(invalidProof, "proofs holds one type of proof")
	case len(list.Elems()) > 1:
		return "", refuse(invalidCredentialReq, "one credential is given at a time, so there is one key proof")
	case list.Elems()[0].Text() == "":
		return "", refuse(invalidProof, "a key proof is a text")
	}
	return list.Elems()[0].Text(), nil
}

// notification takes what a wallet says of what it was sent (OpenID4VCI 1.0 §11).
func (a *API) notification(g *gin.Context) error {
	t, err := a.admit(g)
	if err != nil {
		return err
	}
	body, err := readObject(g.Request, invalidNotification)
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
