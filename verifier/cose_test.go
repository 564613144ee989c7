package verifier_test

import (
	"encoding/base64"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// coseBadge signs a document as COSE_Sign1.
func coseBadge(t *testing.T, key keys.Signer, typ, contentType, document string) []byte {
	t.Helper()
	s, err := cose.NewSigner(typ, contentType, key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCOSE(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b := w.School.Badge()
	own, foreign := w.School.Key(keys.ES256), w.Stranger.Key(keys.ES256)
	for _, row := range []struct {
		name      string
		key       keys.Signer
		typ, kind string
		document  string
		want      want
	}{
		{"a badge", own, cose.TypeCredential, cose.Credential, b.Text(), ok()},
		{"a badge without a content type", own, cose.TypeCredential, "", b.Text(), ok()},
		{"by a stranger", foreign, cose.TypeCredential, cose.Credential, b.Text(), refused(verifier.CheckBinding, "key.not_bound_to_issuer")},
		{"by a stranger under the school's key id", foreign.WithID(own.Public().ID), cose.TypeCredential, cose.Credential, b.Text(), refused(verifier.CheckProof, "cose.signature")},
		{"with another type", own, "application/vc+jwt", cose.Credential, b.Text(), refused(verifier.CheckForm, "cose.typ")},
		{"with another content type", own, cose.TypeCredential, "text/plain", b.Text(), refused(verifier.CheckForm, "cose.typ")},
		{"with a vc claim", own, cose.TypeCredential, cose.Credential, b.With("/vc", map[string]any{}).Text(), refused(verifier.CheckForm, "vc.ambiguous")},
		{"with a vp claim", own, cose.TypeCredential, cose.Credential, b.With("/vp", map[string]any{}).Text(), refused(verifier.CheckForm, "vc.ambiguous")},
		{"of the older data model", own, cose.TypeCredential, cose.Credential, w.School.OldBadge().Text(), refused(verifier.CheckForm, "vc.version")},
		{"that has expired", own, cose.TypeCredential, cose.Credential, b.With("/validUntil", "2026-02-01T00:00:00Z").Text(), refused(verifier.CheckTime, "time.expired")},
		{"that is no JSON", own, cose.TypeCredential, cose.Credential, "{", refused(verifier.CheckForm, "json.syntax")},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw := coseBadge(t, row.key, row.typ, row.kind, row.document)
			text := base64.RawURLEncoding.EncodeToString(raw)
			for how, in := range map[string]verifier.Input{
				"as a file": {File: raw, FileName: "badge.cose"}, "as text": {Text: text},
				"in an envelope": {Text: `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+cose;base64,` + text + `"}`},
			} {
				r := w.Verifier().Check(t.Context(), in, verifier.Policy{})
				t.Log(how)
				look(t, r, row.want)
				if r.Form != "vc-cose" {
					t.Errorf("%s: the form is %s", how, r.Form)
				}
			}
		})
	}
	r := w.Verifier().Check(t.Context(), verifier.Input{Text: "0oRYnothing"}, verifier.Policy{})
	look(t, r, refused(verifier.CheckForm, "cbor.syntax"))
}
