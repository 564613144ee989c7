package vcapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier/vcapi"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func engine(c vcapi.Config) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	c.Clock, c.Logger = now, slog.New(slog.DiscardHandler)
	e := gin.New()
	vcapi.New(c).Register(e)
	return e
}

// open is the API as the test suites use it.
func open() *gin.Engine { return engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe}) }

// post sends a body and reads the answer.
func post(t *testing.T, h http.Handler, path, body string) (int, vcapi.Answer) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var a vcapi.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%d %.200s: %v", w.Code, w.Body, err)
	}
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	return w.Code, a
}

// codes lists the codes of an answer's errors.
func codes(a vcapi.Answer) string {
	var out []string
	for _, e := range a.Errors {
		out = append(out, e.Code)
	}
	return strings.Join(out, " ")
}

// party is a did:key with its key.
type party struct {
	did string
	key keys.Private
}

func newParty(t *testing.T, alg keys.Algorithm) party {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := "did:key:" + k.Public().Multikey()
	return party{id, k.WithID(id + "#" + k.Public().Multikey())}
}

func parse(t *testing.T, text string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// sign adds an embedded proof.
func (p party) sign(t *testing.T, suite, text string, st dataintegrity.Statement) string {
	t.Helper()
	s, err := dataintegrity.NewSigner(suite, p.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(parse(t, text), st, dataintegrity.WithInlineContexts())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// token signs a text as JWT of the type vc+jwt.
func (p party) token(t *testing.T, text string) string {
	t.Helper()
	s, err := jose.NewSigner(proof.VCJWT, p.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// unsigned is a credential by issuer, in general: no badge.
func unsigned(issuer string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2",{"Rank":"https://a.example/Rank"}],"type":["VerifiableCredential","Rank"],
		"issuer":"` + issuer + `","validFrom":"2026-01-01T00:00:00Z","validUntil":"2026-12-31T00:00:00Z","credentialSubject":{"id":"did:example:amal"}}`
}
