package verifier

import (
	"context"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier/intake"
)

// secured is what was read of a credential in one securing form: how the form proves itself. Its reader has put the content
// into run.cred and the outcome of the form check into the result. Each form is one file, form_NAME.go.
type secured interface {
	// prove checks the signature, and whether the key that made it is the issuer's: the checks proof and binding. It sets
	// run.key when the signature holds.
	prove(ctx context.Context, r *run)
	// time checks since when and until when the credential says that it is valid: the check time.
	time(r *run)
	// tokenTime checks the dates of the envelope where they are not the credential's own: more of the check time.
	tokenTime(r *run)
	// schema checks the content against the data model of its form: the check schema.
	schema(r *run)
}

// foreign is a form whose content is no document of the VC Data Model, so that what the checks look for stands elsewhere in it.
type foreign interface {
	// status says whether it was revoked: the check status.
	status(ctx context.Context, r *run)
	// subject compares the recipient that the caller expects: the check subject.
	subject(r *run)
	// nested says what stands inside: the check nested.
	nested(r *run)
}

// reader reads one form. What it cannot read it writes into the form check, and returns nil.
type reader func(r *run, raw []byte) secured

// readerOf is the table of the forms that the verifier reads.
func readerOf(f proof.Form) reader {
	switch f {
	case proof.OBJWT, proof.VCJWT, proof.JWTVC11:
		return readJOSE
	case proof.DataIntegrity:
		return readEmbedded
	case proof.None:
		return readBare
	case proof.SDJWT, proof.VCSDJWT:
		return readSDJWT
	case proof.VCCOSE:
		return readCOSE
	case proof.OB2:
		return readOB2
	}
	return nil
}

// form reads the item: is it what it says, and is it well formed? It returns nil when there is no credential to go on with.
func (r *run) form(item intake.Item) secured {
	r.out.Form = item.Form
	if item.Presentation {
		r.set(CheckForm, Fail, "form.presentation", "", "This is a presentation where a credential is expected.")
		return nil
	}
	read := readerOf(item.Form)
	if read == nil {
		r.set(CheckForm, Fail, "form.unknown", "", "This is no credential in a form that Laurel reads.")
		return nil
	}
	out := read(r, item.Bytes)
	if out != nil && credential.IsEnvelope(r.cred.Doc) {
		r.set(CheckForm, Fail, "limits.nested", "/type", "Inside of what was signed stands an envelope again, where a credential is expected.")
		r.cred = nil
		return nil
	}
	if out != nil {
		r.editions()
	}
	return out
}

// editions warns of what is read for the sake of credentials that exist, and that nobody should issue any more.
func (r *run) editions() {
	if r.cred.Version == credential.V1 {
		r.warn("vc.version_1_1", "/@context", "The credential follows version 1.1 of the data model, which issuers should no longer use.")
	}
	for _, c := range r.cred.Contexts {
		switch c {
		case contexts.OpenBadges300, contexts.OpenBadges301, contexts.OpenBadges302:
			r.warn("ob.context_old", "/@context", "The credential uses a context of Open Badges from before 3.0.3, which issuers should no longer use.")
			return
		}
	}
}

// plain is the part of a form whose content is a document of the VC Data Model with no dates around it.
type plain struct{}

func (plain) time(r *run) { r.time() }

func (plain) tokenTime(*run) {}

func (plain) schema(r *run) { r.schema() }
