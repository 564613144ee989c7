package vcapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier/vcapi"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// known is a Resolver that knows some documents, and counts what it is asked for.
type known struct {
	vcapi.Resolver
	documents map[string]*did.Document
	asked     map[string]int
}

func (k known) Resolve(ctx context.Context, id string) (*did.Document, error) {
	k.asked[id]++
	if doc, ok := k.documents[id]; ok {
		return doc, nil
	}
	if strings.HasPrefix(id, "did:key:") {
		return did.New(did.Config{}).Resolve(ctx, id)
	}
	return nil, fault.Unclear("did.unreachable", "", nil, "made up by a test")
}

// TestWhoseKeyAProofNames: a key must be published, by whom the credential names, as its own, for the purpose; what is wrong is said
// of the key, and no stranger is asked for one.
func TestWhoseKeyAProofNames(t *testing.T) {
	t.Parallel()
	const school, absent, stranger = "did:web:school.example", "did:web:absent.example", "did:web:stranger.example"
	anybody := newParty(t, keys.EdDSA)
	key := anybody.key
	method := did.Method{ID: school + "#1", Controller: school, Purposes: did.Assertion, Key: key.Public()}
	owned, presenting := method, method
	owned.ID, owned.Controller = school+"#2", stranger
	presenting.ID, presenting.Purposes = school+"#3", did.Authentication
	k := known{documents: map[string]*did.Document{school: {ID: school, Methods: []did.Method{method, owned, presenting}}}, asked: map[string]int{}}
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Keys: k})
	signed := func(issuer, method string) string {
		return party{issuer, key.WithID(method)}.sign(t, "eddsa-rdfc-2022", unsigned(issuer), dataintegrity.Statement{})
	}
	for _, tt := range []struct{ name, vc, want string }{
		{"the issuer's own key", signed(school, school+"#1"), ""},
		{"a key that somebody else controls", signed(school, school+"#2"), "did.mismatch"},
		{"a key for presenting", signed(school, school+"#3"), "key.purpose"},
		{"a key that is not published", signed(school, school+"#4"), "key.not_bound_to_issuer"},
		{"an issuer who cannot be found", signed(absent, absent+"#1"), "did.unreachable"},
		{"a stranger's key", signed(school, stranger+"#1"), "key.not_bound_to_issuer"},
		{"a suite that nobody knows, with a key that is not published", strings.Replace(signed(school, school+"#4"), "eddsa-rdfc-2022", "bbs-2023", 1), "proof.suite_unknown"},
	} {
		code, a := post(t, h, vcapi.CredentialPath, request(tt.vc, `{}`))
		got, _, _ := strings.Cut(codes(a), " ")
		if got != tt.want || (code == http.StatusOK) != (tt.want == "") || a.Verified != (tt.want == "") {
			t.Errorf("%s: %d %q, want %q", tt.name, code, codes(a), tt.want)
		}
	}
	if k.asked[stranger] != 0 {
		t.Errorf("the stranger was asked %d times", k.asked[stranger])
	}
}

// TestEnvelopesOfSomethingElse: an envelope is for what it says, and a credential is no presentation because it is wrapped.
func TestEnvelopesOfSomethingElse(t *testing.T) {
	t.Parallel()
	p := newParty(t, keys.EdDSA)
	token := p.token(t, unsigned(p.did))
	wrap := func(kind, media, text string) string {
		return `{"@context":"https://www.w3.org/ns/credentials/v2","type":"` + kind + `","id":"data:` + media + `,` + text + `"}`
	}
	envelope := func(kind, media string) string { return present(wrap(kind, media, token), asked) }
	shown := func(text string) string { return wrap("EnvelopedVerifiablePresentation", "application/vp+jwt", text) }
	head := `{"alg":"EdDSA","typ":"vp+jwt","kid":"` + p.key.Public().ID + `"}`
	signed := func(payload string) string { return verifiertest.SignWith(p.key, head, payload) }
	answer := func(more string) string { return strings.Replace(presentation(p.did), "{", "{"+more, 1) }
	for _, tt := range []struct {
		name string
		h    http.Handler
		body string
		want string
	}{
		{"a credential in the envelope of a presentation", open(), envelope("EnvelopedVerifiablePresentation", "application/vc+jwt"), "vc.envelope"},
		{"a credential in its own envelope, in production", engine(vcapi.Config{}), envelope("EnvelopedVerifiableCredential", "application/vc+jwt"), "vp.malformed"},
		{"an answer", open(), present(shown(signed(answer(`"nonce":"uAbc","aud":"verifier.example",`))), asked), ""},
		{"an answer to nobody's question", open(), present(shown(signed(answer(``))), `{}`), "proof.challenge"},
		{"a presentation that is no token", open(), present(shown("eyJ.eyJ"), asked), "jose.structure"},
		{"a presentation that is no JSON", open(), present(shown(signed(`{`)), asked), "json.syntax"},
		{"a credential as text in a presentation", open(), present(shown(signed(strings.Replace(answer(`"nonce":"uAbc","aud":"verifier.example",`),
			`"verifiableCredential":[`, `"verifiableCredential":["`+token+`"`, 1))), asked), "vp.malformed vc.malformed"},
	} {
		code, a := post(t, tt.h, vcapi.PresentationPath, tt.body)
		if codes(a) != tt.want || (code == http.StatusOK) != (tt.want == "") || a.Verified != (tt.want == "") {
			t.Errorf("%s: %d %q, want %q", tt.name, code, codes(a), tt.want)
		}
	}
}

// TestATokenOfAnotherKind: the envelope of a credential holds a vc+jwt, and not just any token that would hold.
func TestATokenOfAnotherKind(t *testing.T) {
	t.Parallel()
	p := newParty(t, keys.EdDSA)
	claims := verifiertest.Parse(unsigned(p.did)).With("/id", "urn:x:1").Claims().Text()
	for typ, want := range map[string]string{"vc+jwt": "", "JWT": "jose.typ"} {
		token := verifiertest.SignWith(p.key, `{"alg":"EdDSA","typ":"`+typ+`","kid":"`+p.key.Public().ID+`"}`, claims)
		body := request(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,`+token+`"}`, `{}`)
		if code, a := post(t, open(), vcapi.CredentialPath, body); codes(a) != want || (code == http.StatusOK) != (want == "") {
			t.Errorf("%s: %d %q", typ, code, codes(a))
		}
	}
}

// cut is a body whose connection breaks after some bytes.
type cut struct{ io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestARequestThatBreaksOff is not taken for a whole one, even when what came is whole.
func TestARequestThatBreaksOff(t *testing.T) {
	t.Parallel()
	p := newParty(t, keys.EdDSA)
	body := request(p.sign(t, "eddsa-rdfc-2022", unsigned(p.did), dataintegrity.Statement{}), `{}`)
	w := httptest.NewRecorder()
	open().ServeHTTP(w, httptest.NewRequest(http.MethodPost, vcapi.CredentialPath, cut{strings.NewReader(body)}))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "request.cut") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
