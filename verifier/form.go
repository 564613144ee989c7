package verifier

import (
	"strings"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier/intake"
)

// form reads the item: is it what it says, and is it well formed? It sets r.cred when there is a credential to go on with.
func (r *run) form(item intake.Item) (*jose.Message, *jose.Content) {
	r.out.Form = item.Form
	if item.Presentation {
		r.set(CheckForm, Unknown, "form.presentation", "",
			"This is what a wallet presents, with credentials inside. Laurel does not judge presentations yet; hand over the credential itself.")
		return nil, nil
	}
	switch item.Form {
	case proof.OBJWT, proof.VCJWT, proof.JWTVC11:
		return r.joseForm(item.Bytes)
	case proof.DataIntegrity, proof.None:
		c, err := credential.Parse(item.Bytes)
		if err != nil {
			r.defect(CheckForm, fault.AsDefect(err))
			return nil, nil
		}
		r.cred = c
		r.set(CheckForm, Pass, "form.json", "", "A credential as JSON, well formed.")
		return nil, nil
	case proof.SDJWT:
		r.set(CheckForm, Unknown, "form.unsupported", "", "This is an SD-JWT. Laurel does not read this form yet.")
		return nil, nil
	}
	r.set(CheckForm, Fail, "form.unknown", "", "This is no credential in a form that Laurel reads.")
	return nil, nil
}

func (r *run) joseForm(compact []byte) (*jose.Message, *jose.Content) {
	msg, err := jose.Read(compact)
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil, nil
	}
	content, err := msg.Content()
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil, nil
	}
	r.cred, r.out.Form = content.Credential, content.Form
	r.set(CheckForm, Pass, "form."+string(content.Form), "", formSentence(content.Form))
	missing, wrong := content.CheckClaims()
	if wrong != nil {
		r.defect(CheckForm, fault.AsDefect(wrong))
	}
	for _, d := range missing {
		if r.policy.waives(MissingClaims) {
			r.warn(d.Code, d.At, d.Detail+". Open Badges requires it; the policy lets it go, because what it repeats is signed too.")
		} else {
			r.defect(CheckForm, d)
		}
	}
	if content.Credential.Version == credential.V1 {
		r.warn("vc.version_1_1", "/@context", "The credential follows version 1.1 of the data model, which issuers should no longer use.")
	}
	return msg, content
}

func formSentence(f proof.Form) string {
	switch f {
	case proof.VCJWT:
		return "A signed credential (VC-JOSE-COSE), well formed."
	case proof.JWTVC11:
		return "A signed credential of the older data model 1.1, well formed."
	}
	return "A signed Open Badge (VC-JWT), well formed."
}

// text returns a string, or of a language map or language value the English or first text.
func text(v ijson.Value) string {
	switch v.Kind() {
	case ijson.String:
		return v.Text()
	case ijson.Object:
		if s := v.Member("@value"); s.IsString() {
			return s.Text()
		}
		if s := v.Member("en"); s.IsString() {
			return s.Text()
		}
		for _, m := range v.Members() {
			if m.Value.IsString() && !strings.HasPrefix(m.Name, "@") {
				return m.Value.Text()
			}
		}
	case ijson.Array:
		if len(v.Elems()) > 0 {
			return text(v.Elems()[0])
		}
	}
	return ""
}
