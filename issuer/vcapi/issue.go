package vcapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/schemas"
)

// issue answers 201 with the credential, and 400 for whatever does not follow the data model.
func (a *API) issue(g *gin.Context, who caller, body ijson.Value) error {
	if err := who.has(access.Issue); err != nil {
		return err
	}
	doc, o, err := order(body)
	if err != nil {
		return err
	}
	o.Actor = who.actor()
	if a.cfg.Mode == ConformanceUnsafe {
		o.Inline = InlineTaken
		if form := g.Query("form"); form != "" {
			o.Form = proof.Form(form)
		}
		// A suite changes the options that it was given; what must stay as it is stands in the address.
		if suite := g.Query("cryptosuite"); suite != "" {
			o.Cryptosuite = suite
		}
		if g.Query("status") != "" {
			o.Status = EntryGiven
		}
	}
	c, err := examine(doc, o)
	if err != nil {
		return err
	}
	owner, err := a.owner(g.Request.Context(), c.IssuerID, "/credential/issuer")
	if err != nil {
		return err
	}
	if err := who.may(access.Issue, owner); err != nil {
		return err
	}
	signed, err := a.cfg.Issuers.Secure(g.Request.Context(), doc, o)
	if err != nil {
		return err
	}
	if signed, err = single(signed); err != nil {
		return err
	}
	return write(g, http.StatusCreated, issued{Credential: jsontext.Value(signed)})
}

// owner is our id of an issuer that a request names at that place.
func (a *API) owner(ctx context.Context, did, at string) (string, error) {
	id, err := a.cfg.Issuers.Owner(ctx, did)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, err, "the issuer that is named is none of this service").Code("issuer.not_found").At(at)
	}
	return id, err
}

// single writes a proof that stands alone without its list: readers of the VC-API expect an object. No proof covers the
// difference (VC Data Integrity §2.1).
func single(signed []byte) ([]byte, error) {
	doc, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	proofs := doc.Member("proof").Elems()
	if len(proofs) != 1 {
		return signed, nil
	}
	out := []byte{'{'}
	for i, m := range doc.Members() {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = jsontext.AppendQuote(out, m.Name); err != nil {
			return nil, err
		}
		out = append(out, ':')
		if m.Name == "proof" {
			m.Value = proofs[0]
		}
		out = ijson.Append(out, m.Value)
	}
	return append(out, '}'), nil
}

// order takes the request apart. Options that are not known are the affair of other implementations.
func order(body ijson.Value) (doc ijson.Value, o Order, err error) {
	doc, ok := body.Get("credential")
	if !ok || doc.Kind() != ijson.Object {
		return doc, o, typed("/credential", "credential is an object")
	}
	options, ok := body.Get("options")
	if ok && options.Kind() != ijson.Object {
		return doc, o, typed("/options", "options is an object")
	}
	suite, ok := options.Get("cryptosuite")
	if ok && !suite.IsString() {
		return doc, o, typed("/options/cryptosuite", "cryptosuite is a text")
	}
	form, ok := options.Get("form")
	if ok && !form.IsString() {
		return doc, o, typed("/options/form", "form is a text")
	}
	pointers, ok := options.Get("mandatoryPointers")
	if ok && (pointers.Kind() != ijson.Array || len(pointers.Texts()) != len(pointers.Elems())) {
		return doc, o, typed("/options/mandatoryPointers", "mandatoryPointers is a list of JSON pointers")
	}
	return doc, Order{Form: proof.Form(form.Text()), Cryptosuite: suite.Text(), Mandatory: pointers.Texts()}, nil
}

func typed(at, sentence string) error {
	return fault.New(fault.Invalid, nil, "%s", sentence).Code("json.type").At(at)
}

// examine checks the credential as strictly as a verifier would: what is issued must be worth something to every reader.
func examine(doc ijson.Value, o Order) (*credential.Credential, error) {
	c, err := credential.FromValue(nil, doc)
	if err != nil {
		return nil, refuse(err)
	}
	found := c.Problems()
	if o.Inline == InlineTaken {
		found = c.GeneralProblems()
	}
	if len(found) > 0 {
		return nil, refuse(found[0])
	}
	if o.Inline == InlineRefused {
		return c, lossless(doc, o) // the schema is looked at when id and validFrom are there
	}
	if c.Version == credential.V2 && (c.HasType("OpenBadgeCredential") || c.HasType("AchievementCredential")) {
		if v := schemas.Validate(schemas.AchievementCredential, doc); len(v) > 0 {
			return nil, refuse(fault.Wrong(v[0].Code, v[0].At, "%s", v[0].Detail))
		}
	}
	return c, lossless(doc, o)
}

// lossless refuses terms, types and ids that mean nothing. A cryptosuite with rdfc does not cover them, and one with jcs
// covers what nobody can understand (VC Data Integrity §2.4.1).
func lossless(doc ijson.Value, o Order) error {
	with := []jsonld.Option{jsonld.Omit("proof")}
	if o.Inline == InlineRefused {
		_, err := jsonld.ToRDF(doc, with...)
		return orNil(err)
	}
	with = append(with, jsonld.Inline())
	_, err := jsonld.ToRDF(doc, with...)
	if err != nil {
		if code := fault.AsDefect(err).Code; code == "context.invalid" || code == "jsonld.unsupported" {
			_, err = jsonld.ToRDFGeneral(doc, with...)
		}
	}
	return orNil(err)
}

func orNil(err error) error {
	if err == nil {
		return nil
	}
	return refuse(err)
}
