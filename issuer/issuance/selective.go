package issuance

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

// StatusClaim is the place of a credential in a Token Status List (Token Status List §6.1).
type StatusClaim struct {
	List  string // its address; "" for none
	Index int
}

// disclosable is what an SD-JWT is made of.
type disclosable struct {
	claims  ijson.Value
	hidden  []string // JSON pointers to what its holder can leave out
	options sdjwt.Options
}

// disclosing prepares the claims of an SD-JWT: of SD-JWT VC with a vct, the registered claims beside the document and the
// status claim; of VC-JOSE-COSE §3.2 the document itself.
func disclosing(o Order, c *credential.Credential) (*disclosable, error) {
	d := &disclosable{claims: c.Doc, hidden: sdjwt.Disclosable(c), options: sdjwt.Options{Holder: bare(o.Holder)}}
	if o.Form == proof.VCSDJWT {
		return d, nil
	}
	var err error
	if d.claims, err = sdjwt.BadgeClaims(c); err != nil {
		return nil, err
	}
	d.options.VCT = sdjwt.BadgeType
	if o.Status.List != "" {
		d.claims, err = withStatus(d.claims, o.Status)
	}
	return d, err
}

// bare is a key without its name, which is the wallet's own affair.
func bare(k *keys.Public) *keys.Public {
	if k == nil {
		return nil
	}
	out := *k
	out.ID = ""
	return &out
}

// withStatus adds the status claim.
func withStatus(claims ijson.Value, s StatusClaim) (ijson.Value, error) {
	text := bytes.TrimSuffix(ijson.Append(nil, claims), []byte("}"))
	text, err := jsontext.AppendQuote(append(text, `,"status":{"status_list":{"idx":`+strconv.Itoa(s.Index)+`,"uri":`...), s.List)
	if err != nil {
		return claims, fmt.Errorf("address of a status list: %w", err)
	}
	text = append(text, "}}}"...)
	return ijson.Parse(text, ijson.Bounds{Bytes: len(text)})
}

// prepareDisclosing signs SD-JWTs.
func (s *Service) prepareDisclosing(form proof.Form, key keys.Signer) (signer, error) {
	c := sdjwt.Config{Type: sdjwt.TypeVC}
	if form == proof.VCSDJWT {
		c.Type = sdjwt.TypeVCDM
	}
	if s.certs != nil {
		c.Chain = s.certs.Chain(key.Public())
	}
	named := key
	if form == proof.SDJWT {
		named = asMultikey(key)
	}
	secure, err := sdjwt.NewSigner(named, c)
	if err != nil {
		return signer{}, err
	}
	return signer{keyID: key.Public().ID, sign: func(t *Ticket) ([]byte, error) {
		issued, err := secure.Issue(t.disclosable.claims, t.disclosable.hidden, t.disclosable.options)
		if err != nil {
			return nil, err
		}
		return []byte(issued.Compact), nil
	}}, nil
}

// undisclosed is an SD-JWT of which its holder shows as little as possible.
func undisclosed(compact []byte) []byte {
	return compact[:bytes.IndexByte(compact, '~')+1]
}
