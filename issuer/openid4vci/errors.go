package openid4vci

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
)

// refusal is an error of the protocol: a code of its lists, and a sentence for whoever looks for the mistake.
type refusal struct {
	status int
	code   string
	detail string
	scheme string // of WWW-Authenticate, "" for none
	nonce  string // drafts up to 14 read a new c_nonce beside the error
}

func (r *refusal) Error() string { return r.code + ": " + r.detail }

// asRefusal finds the refusal in err.
func asRefusal(err error) (*refusal, bool) {
	var r *refusal
	ok := errors.As(err, &r)
	return r, ok
}

func refuse(code, detail string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: code, detail: detail}
}

// The codes of RFC 6749 §5.2, OpenID4VCI 1.0 §8.3.1 and §11.3.
const (
	invalidRequest        = "invalid_request"
	invalidGrant          = "invalid_grant"
	unsupportedGrant      = "unsupported_grant_type"
	invalidCredentialReq  = "invalid_credential_request"
	unknownConfiguration  = "unknown_credential_configuration"
	unknownIdentifier     = "unknown_credential_identifier"
	invalidProof          = "invalid_proof"
	invalidNonce          = "invalid_nonce"
	invalidEncryption     = "invalid_encryption_parameters"
	requestDenied         = "credential_request_denied"
	invalidNotificationID = "invalid_notification_id"
	invalidNotification   = "invalid_notification_request"
	invalidTransaction    = "invalid_transaction_id"
	invalidDetails        = "invalid_authorization_details"
	invalidClient         = "invalid_client"
)

// handle lets handlers return their errors, and keeps everything out of caches.
func (a *API) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(g *gin.Context) {
		g.Header("Cache-Control", "no-store")
		err := a.offerNonce(g)
		if err == nil {
			err = h(g)
		}
		var r *refusal
		switch {
		case err == nil:
		case errors.As(err, &r):
			g.Abort()
			if r.scheme != "" {
				g.Header("WWW-Authenticate", r.scheme)
			}
			_ = write(g, r.status, failure{Error: r.code, Description: ascii(r.detail), Nonce: r.nonce})
		default:
			g.Abort()
			a.c.Errors.Write(g.Writer, g.Request, err)
		}
	}
}

// offerNonce puts a fresh nonce beside the answer to a wallet that proves its key.
func (a *API) offerNonce(g *gin.Context) error {
	if g.GetHeader(keyProofHeader) == "" {
		return nil
	}
	return a.offerKeyNonce(g)
}

type failure struct {
	Error       string `json:"error,omitempty"`
	Description string `json:"error_description,omitempty"`
	Nonce       string `json:"c_nonce,omitempty"`
}

// ascii keeps to what error_description may hold (RFC 6749 §5.2).
func ascii(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			out[i] = '\''
		}
	}
	return string(out)
}

func write(g *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	g.Header("Content-Length", strconv.Itoa(len(body)))
	g.Data(status, "application/json", body)
	return nil
}

// denied is what IssueTo refused: what the learner may read, unless it is our own affair.
func denied(err error) error {
	p := fault.Describe(err)
	switch {
	case p.Kind == fault.Internal, p.Kind == fault.Unavailable, p.Kind == fault.TooMany:
		return err
	}
	return refuse(requestDenied, p.Sentence)
}
