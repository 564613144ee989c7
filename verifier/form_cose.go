package verifier

import (
	"context"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// coseForm is a credential as COSE_Sign1 (VC-JOSE-COSE §3.3).
type coseForm struct {
	plain
	msg *cose.Message
}

func readCOSE(r *run, raw []byte) secured {
	msg, err := cose.Read(raw)
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	if msg.Header.Type != cose.TypeCredential || msg.Header.ContentType != "" && msg.Header.ContentType != cose.Credential {
		r.set(CheckForm, Fail, "cose.typ", "", "The header says that this is something else than a credential.")
		return nil
	}
	doc, err := ijson.Parse(msg.Payload, ijson.Bounds{})
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	for _, name := range [...]string{"vc", "vp"} {
		if _, has := doc.Get(name); has {
			r.set(CheckForm, Fail, "vc.ambiguous", "/"+name, "A claim vc or vp has no place here (VC-JOSE-COSE §3).")
			return nil
		}
	}
	if r.cred, err = credential.FromValue(msg.Payload, doc); err != nil {
		r.cred = nil
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	if r.cred.Version != credential.V2 {
		r.set(CheckForm, Fail, "vc.version", "/@context", "VC-JOSE-COSE secures documents of the data model 2.0; this is an older one.")
	} else {
		r.set(CheckForm, Pass, "form.vc-cose", "", "A signed credential (VC-JOSE-COSE, COSE_Sign1), well formed.")
	}
	return &coseForm{msg: msg}
}

func (f *coseForm) prove(ctx context.Context, r *run) {
	r.envelope(ctx, jose.Header{Alg: f.msg.Header.Alg, KeyID: f.msg.Header.KeyID}, f.msg)
}
