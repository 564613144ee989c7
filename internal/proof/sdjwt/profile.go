package sdjwt

import (
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// profile reads the claims that every SD-JWT of its kind must have, or must have in one shape.
func (p *Presentation) profile() error {
	vct, err := p.text("vct")
	if err != nil {
		return err
	}
	if p.Issuer, err = p.text("iss"); err != nil {
		return err
	}
	p.VCT, p.VCDM = vct, p.Header.Type == TypeVP || p.Header.Type == TypeVCDM && vct == ""
	if err := p.checkKind(); err != nil {
		return err
	}
	if p.From, err = p.date("nbf"); err != nil {
		return err
	}
	if p.Until, err = p.date("exp"); err != nil {
		return err
	}
	return p.confirmation()
}

func (p *Presentation) checkKind() error {
	if !p.VCDM {
		if p.VCT == "" {
			return fault.Wrong("sdjwt.vct", "/vct", "an SD-JWT VC names its type in a vct claim, this has none")
		}
		return nil
	}
	if _, ok := p.claims.Get("@context"); !ok {
		return fault.Wrong("sdjwt.vct", "", "the payload has neither a vct claim nor a VCDM 2.0 @context")
	}
	for _, name := range [...]string{"vc", "vp"} {
		if _, ok := p.claims.Get(name); ok {
			return fault.Wrong("vc.ambiguous", "/"+name, "typ %s and a %s claim exclude each other (VC-JOSE-COSE §3.2.1)", p.Header.Type, name)
		}
	}
	return nil
}

// text returns a claim that is a non-empty string when it is there.
func (p *Presentation) text(name string) (string, error) {
	v, ok := p.claims.Get(name)
	if ok && v.Text() == "" {
		return "", fault.Wrong("sdjwt.claim", "/"+name, "the %s claim is no text", name)
	}
	return v.Text(), nil
}

func (p *Presentation) date(name string) (time.Time, error) {
	v, ok := p.claims.Get(name)
	if !ok {
		return time.Time{}, nil
	}
	n, err := jose.NumericDate(v)
	if err != nil {
		return time.Time{}, fault.Wrong("time.syntax", "/"+name, "the %s claim is not a whole number of seconds", name)
	}
	return time.Unix(n, 0).UTC(), nil
}

// confirmation reads cnf (RFC 7800 §3.1). A key of a kind that is not read here binds nothing that we could check, which is
// no reason to refuse the rest; a key that is wrong is.
func (p *Presentation) confirmation() error {
	cnf, ok := p.claims.Get("cnf")
	if !ok {
		return nil
	}
	if cnf.Kind() != ijson.Object || len(cnf.Members()) == 0 {
		return fault.Wrong("sdjwt.claim", "/cnf", "the cnf claim names no key")
	}
	jwk, ok := cnf.Get("jwk")
	if !ok {
		return nil
	}
	k, err := keys.ParseJWK(jwk)
	if err != nil {
		d := *fault.AsDefect(err)
		if d.Code == "key.unsupported" {
			return nil
		}
		d.At = "/cnf/jwk" + d.At
		return &d
	}
	p.holder = k
	return nil
}
