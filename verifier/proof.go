package verifier

import (
	"context"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
)

// issuerMethod finds a signing method in what the issuer published, with find.
func (r *run) issuerMethod(ctx context.Context, find func(*did.Document) (did.Method, *fault.Defect)) (did.Method, *fault.Defect) {
	issuer := r.cred.IssuerID
	if issuer == "" {
		return did.Method{}, fault.Wrong("binding.no_issuer", "/issuer", "The credential names no issuer to whom a key could belong.")
	}
	if did.Domain(issuer) != "" && !r.mayAsk(ctx, issuer) {
		return did.Method{}, r.notAsked("/issuer")
	}
	doc, err := r.v.keys.Resolve(ctx, issuer)
	if err != nil {
		return did.Method{}, fault.AsDefect(err)
	}
	m, d := find(doc)
	if d != nil && !d.Unknown {
		// The issuer may have rotated since the document was kept.
		if doc, err = r.v.keys.Refresh(ctx, issuer); err != nil {
			return m, fault.AsDefect(err)
		}
		m, d = find(doc)
	}
	r.shown = doc
	switch {
	case d != nil:
		return m, d
	case doc.ID != issuer:
		return m, fault.Wrong("did.mismatch", "", "The document that was found is about another identity.")
	case m.Controller != "" && m.Controller != issuer:
		return m, fault.Wrong("did.mismatch", m.ID, "The key is controlled by somebody else than the issuer.")
	}
	if d := r.keyTime(ctx, m); d != nil {
		return m, d
	}
	if m.Purposes&did.Assertion == 0 && m.Revoked.IsZero() { // of a revoked key the record says what it was for
		return m, fault.Wrong("key.purpose", m.ID, "The issuer did not publish this key for signing credentials (assertionMethod).")
	}
	return m, nil
}

// subjectOf cuts the fragment from a DID URL.
func subjectOf(url string) string {
	id, _, _ := strings.Cut(url, "#")
	return id
}
