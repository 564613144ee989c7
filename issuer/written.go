package issuer

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// WriteRequest asks for a credential that the caller wrote.
type WriteRequest struct {
	IssuerRef string      // id, slug or DID
	Document  ijson.Value // unsigned: version 2.0 of the data model, without proof and credentialStatus
	As        As          // the zero As: data-integrity
	Mandatory []string    // of ecdsa-sd-2023: JSON pointers
	Actor     string
}

// Write signs a credential that a platform wrote, and stores it before it returns. Its status is given here; its id and
// validFrom are when it has none; the rest stays as it is. replayed says that the same document was issued under its id before.
// A document that would not hold is fault.Invalid, another one under a known id fault.Conflict.
func (s *Service) Write(ctx context.Context, r WriteRequest) (x Statement, replayed bool, err error) {
	now := s.c.Clock().UTC().Truncate(time.Second)
	iss, err := s.c.Catalog.Issuer(ctx, r.IssuerRef)
	if err != nil {
		return x, false, err
	}
	as, err := settleWritten(r.As, iss)
	if err != nil {
		return x, false, err
	}
	x = Statement{Kind: Written, IssuerID: iss.ID, CreatedAt: now, CreatedBy: r.Actor}
	c, err := s.readWritten(r.Document, iss)
	if err != nil {
		return x, false, err
	}
	asked := string(ijson.Append(nil, r.Document))
	if x.RequestDigest, err = digestOf([]any{asked, as.Form, as.Cryptosuite, as.Alg, r.Mandatory}); err != nil {
		return x, false, err
	}
	x.ExternalID, x.About, x.ExpiresAt, x.Subject = c.ID, c.ID, c.Until, subjectOf(c)
	if known, err := s.replayStatement(ctx, x); err == nil || !fault.Is(err, fault.NotFound) {
		return known, err == nil, err
	}
	ids, err := randid.Several(s.c.Rand, 2)
	if err != nil {
		return x, false, err
	}
	x.ID, x.Name = x.Kind.prefix()+ids[0], nameOf(c)
	if x.About == "" {
		x.About = "urn:uuid:" + randid.UUID(ids[1])
	}
	err = s.signWritten(ctx, &x, as, r)
	if fault.Is(err, fault.Conflict) && x.ExternalID != "" {
		known, err := s.replayStatement(ctx, x) // somebody else was faster with the same request
		return known, err == nil, err
	}
	return x, false, err
}

// settleWritten fills in what was left open about how it is secured: in a form that is JSON, or goes into an envelope.
func settleWritten(as As, iss catalog.Issuer) (As, error) {
	if as.Form == "" {
		as.Form = proof.DataIntegrity
	}
	if as.Form != proof.DataIntegrity && as.Form != proof.VCJWT {
		return as, unsupported("credential.form", "/form", "use data-integrity or vc-jwt", "credentials that a platform wrote are not issued in this form")
	}
	return as.settle(keys.Algorithm(iss.Algorithm))
}

// readWritten refuses what a platform cannot say in a credential of that issuer.
func (s *Service) readWritten(doc ijson.Value, iss catalog.Issuer) (*credential.Credential, error) {
	c, err := credential.FromValue(nil, doc)
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.New(fault.Invalid, d, "%s", d.Detail).Code(d.Code).At(d.At)
	}
	if len(ijson.Append(nil, doc))*4/3+4096 > limits.CredentialBytes {
		return nil, fault.New(fault.TooLarge, nil, "it would have more than %d bytes", limits.CredentialBytes).Code("credential.too_large")
	}
	for name, hint := range map[string]string{
		"proof": "send it unsigned", "credentialStatus": "the entry is given here, so that the credential can be revoked",
	} {
		if _, has := doc.Get(name); has {
			return nil, fault.New(fault.Invalid, nil, "a credential to be signed has no %s yet", name).Code("credential.given").
				At("/"+name).Hint("leave it out: %s", hint)
		}
	}
	if c.IssuerID != iss.DID {
		return nil, invalid("credential.issuer", "/issuer", "the credential names another issuer")
	}
	if c.ID == s.c.BaseURL || strings.HasPrefix(c.ID, s.c.BaseURL+"/") {
		return nil, fault.New(fault.Invalid, nil, "addresses of this service are not given away as ids").Code("credential.id").At("/id").
			Hint("use an address or URN of your own, or leave it out")
	}
	if len(c.ID) > urlLength {
		return nil, invalid("credential.id", "/id", "the id has more than %d characters", urlLength)
	}
	if err := checkText("/id", c.ID, urlLength, false); err != nil {
		return nil, err
	}
	return c, sameProfile(c.Issuer, profile(s.c.Catalog, iss))
}

// sameProfile refuses a credential that says of its issuer what the issuer's profile does not.
func sameProfile(said ijson.Value, iss *credential.Profile) error {
	text, err := json.Marshal(iss)
	if err != nil {
		return err
	}
	own, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		return err
	}
	for _, m := range said.Members() {
		known, ok := own.Get(m.Name)
		if !ok || string(ijson.Append(nil, m.Value)) != string(ijson.Append(nil, known)) && !(m.Name == "type" && m.Value.Text() == "Profile") {
			return fault.New(fault.Invalid, nil, "this is not what the profile of the issuer says").Code("issuer.profile").At(ijson.Pointer("/issuer", m.Name)).
				Hint("write only the DID of the issuer, or its profile as it is")
		}
	}
	return nil
}

// nameOf is what a list of credentials calls it.
func nameOf(c *credential.Credential) string {
	name := c.Doc.Member("name").Text()
	if name == "" && len(c.Types) > 0 {
		name = c.Types[len(c.Types)-1]
	}
	if runes := []rune(name); len(runes) > nameLength {
		name = string(runes[:nameLength])
	}
	if checkText("", name, nameLength, false) != nil {
		return ""
	}
	return name
}

// subjectOf is the id by which an erasure finds a credential; "" when it has none that an award could have too.
func subjectOf(c *credential.Credential) string {
	if id := c.SubjectID(); len(id) <= urlLength {
		return id
	}
	return ""
}

// signWritten reserves an index, signs the completed document, and stores it.
func (s *Service) signWritten(ctx context.Context, x *Statement, as As, r WriteRequest) error {
	order := issuance.Order{
		IssuerID: x.IssuerID, Form: as.Form, Cryptosuite: as.Cryptosuite, Alg: as.Alg, Author: issuance.Platform, Mandatory: r.Mandatory,
	}
	// An index is not spent on what would be refused: the document is prepared first without one.
	if _, err := s.c.Issuance.Prepare(order, completed(r.Document, *x, nil)); err != nil {
		return err
	}
	entry, err := s.c.Lists.Reserve(ctx, x.IssuerID, statuslist.Revocation)
	if err != nil {
		return err
	}
	status, err := json.Marshal(draft{entry: entry, as: as, purpose: statuslist.Revocation}.status())
	if err != nil {
		return err
	}
	ticket, err := s.c.Issuance.Prepare(order, completed(r.Document, *x, status))
	if err != nil {
		return err
	}
	signed, err := s.c.Issuance.Sign(ctx, ticket)
	if d := (*fault.Defect)(nil); errors.As(err, &d) && fault.Is(err, fault.Internal) {
		err = fault.New(fault.Invalid, err, "the credential would not be valid: %s", d.Detail).Code(d.Code).At(d.At)
	}
	if err != nil {
		return err
	}
	x.Form, x.Cryptosuite, x.Alg, x.KeyID = as.Form, as.Cryptosuite, as.Alg, signed.KeyID
	x.StatusList, x.StatusIndex, x.Signed = entry.ListID, entry.Index, signed.Bytes
	return s.c.Statements.InsertStatement(ctx, *x, s.event(x.CreatedBy, "credential.created", x.IssuerID, x.ID, ""))
}

// completed is doc with what it lacks: id, validFrom and, unless it is empty, status.
func completed(doc ijson.Value, x Statement, status []byte) []byte {
	out := ijson.Append(nil, doc)
	out = out[:len(out)-1]
	add := func(name string, value []byte) { out = append(append(out, `,"`+name+`":`...), value...) }
	if _, has := doc.Get("id"); !has {
		add("id", text(x.About))
	}
	if _, has := doc.Get("validFrom"); !has {
		add("validFrom", text(credential.FormatTime(x.CreatedAt)))
	}
	if len(status) > 0 {
		add("credentialStatus", status)
	}
	return append(out, '}')
}

func text(s string) []byte {
	out, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return []byte(`""`) // not UTF-8, which no caller sends
	}
	return out
}

// WrittenAs returns what platforms wrote under that id, one for each issuer that has issued it; none is no error.
func (s *Service) WrittenAs(ctx context.Context, credentialID string) ([]Statement, error) {
	if credentialID == "" {
		return nil, nil
	}
	found, _, err := s.c.Statements.Statements(ctx, StatementFilter{Kind: Written, About: credentialID})
	return found, err
}
