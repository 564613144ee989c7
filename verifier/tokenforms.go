package verifier

import (
	"bytes"
	"strconv"
	"time"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/status"
)

// readStatusJWT takes a status list token in JWT form apart (Token Status List §5.1).
func readStatusJWT(body []byte, url string) (statusToken, error) {
	msg, err := jose.Read(bytes.TrimRight(body, "\r\n"))
	if err != nil {
		return statusToken{}, unreadableToken(url, err)
	}
	if msg.Header.Type != "statuslist+jwt" {
		return statusToken{}, otherToken(url, msg.Header.Type)
	}
	claims, err := ijson.Parse(msg.Payload, ijson.Bounds{Bytes: tokenBytes})
	if err != nil || claims.Kind() != ijson.Object {
		return statusToken{}, noClaims(url, err)
	}
	inside := claims.Member("status_list")
	out := statusClaims{
		sub: claims.Member("sub").Text(), iat: jsonDate(claims, "iat"), exp: jsonDate(claims, "exp"),
		ttl: clipped(claims.Member("ttl"), int64(limits.StatusTTLMaximum.Seconds())),
		values: func(width int) (*status.Values, error) {
			return status.DecodeValues(inside.Member("lst").Text(), width)
		},
	}
	if n, err := strconv.Atoi(inside.Member("bits").Literal()); err == nil {
		out.width = n
	}
	if iss, has := claims.Get("iss"); has {
		out.iss, out.hasIss = iss.Text(), true
	}
	return statusToken{msg.Header, msg, out}, nil
}

func jsonDate(claims ijson.Value, name string) tokenDate {
	d := tokenDate{name: name}
	claim, has := claims.Get(name)
	if d.has = has; has {
		n, err := jose.NumericDate(claim)
		d.at, d.err = time.Unix(n, 0).UTC(), err
	}
	return d
}

// The claims of a status list token as CWT (RFC 8392 §4; Token Status List §5.2), and the tag that may stand before a CWT.
const (
	cwtIssuer     = 1
	cwtSubject    = 2
	cwtExpiration = 4
	cwtIssuedAt   = 6
	cwtTTL        = 65534
	cwtStatusList = 65533
	cwtTag        = "\xd8\x3d" // 61
	typeCWT       = "application/statuslist+cwt"
)

// isCWT reports whether a status list token begins like one in CWT form; no JWT does.
func isCWT(body []byte) bool { return cose.Is(bytes.TrimPrefix(body, []byte(cwtTag))) }

// readStatusCWT takes a status list token in CWT form apart: a tagged COSE_Sign1 around claims with numbers (§5.2).
func readStatusCWT(body []byte, url string) (statusToken, error) {
	msg, err := cose.ReadUpTo(bytes.TrimPrefix(body, []byte(cwtTag)), tokenBytes)
	if err != nil {
		return statusToken{}, unreadableToken(url, err)
	}
	if msg.Header.Type != typeCWT {
		return statusToken{}, otherToken(url, msg.Header.Type)
	}
	claims, err := cbor.ParseUpTo(msg.Payload, tokenBytes)
	if err != nil || claims.Kind() != cbor.Map {
		return statusToken{}, noClaims(url, err)
	}
	inside := claims.At(cwtStatusList)
	out := statusClaims{
		sub: claims.At(cwtSubject).Text(), iss: claims.At(cwtIssuer).Text(), hasIss: claims.At(cwtIssuer).Kind() != cbor.None,
		iat: cborDate(claims, "iat", cwtIssuedAt), exp: cborDate(claims, "exp", cwtExpiration),
		values: func(width int) (*status.Values, error) {
			return status.InflateValues(inside.Member("lst").Bytes(), width)
		},
	}
	if n, ok := claims.At(cwtTTL).Int(); ok {
		out.ttl = int64(max(0, min(n, int(limits.StatusTTLMaximum.Seconds()))))
	}
	if n, ok := inside.Member("bits").Int(); ok {
		out.width = n
	}
	return statusToken{jose.Header{Alg: msg.Header.Alg, KeyID: msg.Header.KeyID, Type: msg.Header.Type}, msg, out}, nil
}

func cborDate(claims cbor.Value, name string, label int) tokenDate {
	d := tokenDate{name: name}
	claim := claims.At(label)
	if d.has = claim.Kind() != cbor.None; d.has {
		n, ok := claim.Int()
		if !ok || n < 0 || n > 253402300799 { // the year 9999, as in JSON
			d.err = fault.Wrong("time.syntax", "", "not a whole number of seconds")
		}
		d.at = time.Unix(int64(n), 0).UTC()
	}
	return d
}

func unreadableToken(url string, err error) error {
	return fault.Unclear("status.malformed_list", url, err, "The status list token cannot be read: %s", fault.AsDefect(err).Detail)
}

func otherToken(url, typ string) error {
	return fault.Unclear("status.type", url, nil, "What stands at the status list's address is a token of another kind (%.40q).", typ)
}

func noClaims(url string, err error) error {
	return fault.Unclear("status.malformed_list", url, err, "The content of the status list token cannot be read.")
}
