package jose

import (
	"strconv"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
)

// Content is the credential inside a JWT and the claims around it.
type Content struct {
	Credential *credential.Credential
	Claims     ijson.Value // the whole payload
	Form       proof.Form
}

// vcdm2 are the members that make a payload a VCDM 2.0 document of its own.
var vcdm2 = [...]string{"@context", "credentialSubject", "issuer", "validFrom"}

// Content reads the payload. The form follows from its shape alone: a "vc" claim means VCDM 1.1, typ vc+jwt means
// VC-JOSE-COSE, anything else is an Open Badges VC-JWT. The error is a *fault.Defect.
func (m *Message) Content() (*Content, error) {
	doc, err := ijson.Parse(m.Payload, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	if doc.Kind() != ijson.Object {
		return nil, fault.Wrong("json.syntax", "", "the payload is %s, not an object", doc.Kind())
	}
	out := &Content{Claims: doc, Form: proof.OBJWT}
	switch m.Header.Type {
	case "", "JWT", "jwt":
	case "vc+jwt", "vc+ld+json+jwt", "vc+ld+jwt":
		out.Form = proof.VCJWT
	default:
		return nil, fault.Wrong("jose.typ", "/typ", "typ %q is not the type of a credential", m.Header.Type)
	}
	vc, wrapped := doc.Get("vc")
	if _, vp := doc.Get("vp"); vp {
		return nil, fault.Wrong("vc.ambiguous", "/vp", "a presentation was sent where a credential is expected")
	}
	if !wrapped {
		if out.Form == proof.OBJWT && (m.Header.ContentType != "" || m.Header.Issuer != "") {
			return nil, fault.Wrong("jose.header_not_allowed", "", "Open Badges allows no header members but alg, kid, jwk and typ")
		}
		if out.Credential, err = credential.FromValue(m.Payload, doc); err != nil {
			return nil, err
		}
		if out.Credential.Version == credential.V1 {
			return nil, fault.Wrong("vc.version", "/@context", "a VCDM 1.1 credential stands in a vc claim, this one stands beside the claims")
		}
		return out, nil
	}
	if out.Form == proof.VCJWT {
		return nil, fault.Wrong("vc.ambiguous", "/vc", "typ vc+jwt and a vc claim exclude each other (VC-JOSE-COSE §3.1)")
	}
	for _, name := range vcdm2 {
		if _, ok := doc.Get(name); ok {
			return nil, fault.Wrong("vc.ambiguous", "/"+name, "the credential stands both in the vc claim and beside it")
		}
	}
	out.Form = proof.JWTVC11
	if out.Credential, err = credential.FromValue(m.Payload, vc); err != nil {
		return nil, err
	}
	if out.Credential.Version == credential.V2 {
		return nil, fault.Wrong("vc.version", "/vc/@context", "a vc claim holds a VCDM 1.1 credential, this one is 2.0")
	}
	return out, nil
}

// CheckClaims compares the claims with the members that they repeat (Open Badges 3.0 §8.2.4). A difference is the error, a
// *fault.Defect; missing are the claims that the form requires and that are not there.
func (c *Content) CheckClaims() (missing []*fault.Defect, err error) {
	if missing, err = c.checkNames(); err != nil {
		return nil, err
	}
	if c.Form == proof.VCJWT {
		// VC-JOSE-COSE §3.1.3: the claims may be absent; nbf and exp are about the token and are not validFrom and validUntil.
		return nil, nil
	}
	more, err := c.checkDates()
	return append(missing, more...), err
}

func (c *Content) checkNames() (missing []*fault.Defect, err error) {
	cred := c.Credential
	for _, t := range [...]struct{ claim, member, value string }{
		{"iss", "issuer.id", cred.IssuerID}, {"jti", "id", cred.ID}, {"sub", "credentialSubject.id", cred.SubjectID()},
	} {
		v, ok := c.Claims.Get(t.claim)
		switch {
		case !ok && t.value == "" && t.claim == "sub":
			// Open Badges requires sub and lets the subject go without an id: nothing is left to compare.
		case !ok:
			missing = append(missing, absent(t.claim))
		case v.Text() != t.value || !v.IsString():
			return nil, differs(t.claim, t.member)
		}
	}
	return missing, nil
}

func (c *Content) checkDates() (missing []*fault.Defect, err error) {
	for _, t := range [...]struct {
		claim, member string
		value         time.Time
	}{{"nbf", "validFrom", c.Credential.From}, {"exp", "validUntil", c.Credential.Until}} {
		at, has, err := c.date(t.claim)
		switch {
		case err != nil:
			return nil, err
		case !has && !t.value.IsZero():
			missing = append(missing, absent(t.claim))
		case has && (t.value.IsZero() || !at.Equal(t.value)):
			return nil, differs(t.claim, t.member)
		}
	}
	return missing, nil
}

// Validity returns from when until when the token itself holds (nbf and exp), zero where it does not say. For an Open Badge
// these are the dates of the credential; a VC-JOSE-COSE token has dates of its own.
func (c *Content) Validity() (from, until time.Time, err error) {
	if from, _, err = c.date("nbf"); err != nil {
		return from, until, err
	}
	until, _, err = c.date("exp")
	return from, until, err
}

func (c *Content) date(claim string) (at time.Time, has bool, err error) {
	v, has := c.Claims.Get(claim)
	if !has {
		return at, false, nil
	}
	n, err := NumericDate(v)
	if err != nil {
		return at, true, fault.Wrong("time.syntax", "/"+claim, "the %s claim is not a whole number of seconds", claim)
	}
	return time.Unix(n, 0), true, nil
}

func absent(claim string) *fault.Defect {
	return fault.Wrong("claims."+claim+"_missing", "/"+claim, "the JWT has no %s claim", claim)
}

func differs(claim, member string) error {
	return fault.Wrong("claims."+claim+"_mismatch", "/"+claim, "the %s claim differs from %s", claim, member)
}

// NumericDate reads a whole, non-negative number of seconds before the year 10000 (RFC 7519 §2, without fractions, which
// Open Badges cannot compare with validFrom).
func NumericDate(v ijson.Value) (int64, error) {
	lit := v.Literal()
	n, err := strconv.ParseInt(lit, 10, 64)
	if err != nil || n < 0 || n > 253402300799 || lit[0] == '-' {
		return 0, fault.Wrong("time.syntax", "", "not a whole number of seconds")
	}
	return n, nil
}
