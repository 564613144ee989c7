package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
)

// suiteMethod makes a key file as the suite of VC-JOSE-COSE has them.
func suiteMethod(t *testing.T, alg keys.Algorithm) suiteKey {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	var d []byte
	var public any
	switch alg {
	case keys.EdDSA:
		pub, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		d, public = private.Seed(), pub
	default:
		curve := map[keys.Algorithm]elliptic.Curve{keys.ES256: elliptic.P256(), keys.ES384: elliptic.P384(), keys.ES512: elliptic.P521()}[alg]
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if d, err = k.Bytes(); err != nil {
			t.Fatal(err)
		}
		public = &k.PublicKey
	}
	p, err := keys.NewPublic("key-1", alg, public)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"publicKeyJwk": json.RawMessage(p.JWK()), "secretKeyJwk": map[string]string{"d": b64(d)}})
	if err != nil {
		t.Fatal(err)
	}
	k, err := readSuiteKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const suiteCredential = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],"type":["VerifiableCredential"],` +
	`"issuer":"https://school.example/1","validFrom":"2020-01-01T00:00:00Z","credentialSubject":{"id":"did:example:1","name":{"first":"A","tags":["x","y"]}}}`

func suitePresentation(inside string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"holder":"did:example:1","verifiableCredential":[` +
		`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"` + inside + `"}]}`
}

// TestTheSuiteOfVCJOSECOSE holds what the official suite asks of an implementation, with keys and documents of our own: each
// feature with each algorithm there and back, and next to it what must be refused.
func TestTheSuiteOfVCJOSECOSE(t *testing.T) {
	documents := map[string]string{"credential": suiteCredential, "presentation": suitePresentation("data:application/vc+jwt,eyJhbGciOiJub25lIn0.e30.")}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.ES512, keys.EdDSA} {
		key, other := suiteMethod(t, alg), suiteMethod(t, alg)
		for kind, document := range documents {
			for _, envelope := range []string{"jose", "cose", "sdjwt"} {
				t.Run(fmt.Sprintf("%s %s %s", alg, kind, envelope), func(t *testing.T) {
					task := securedTask{feature: kind + "_" + envelope, input: []byte(document), key: key}
					if kind == "credential" && envelope == "sdjwt" {
						task.sd = []string{"credentialSubject.name.first", "credentialSubject.name.tags[1]"}
					}
					signed, err := issueSecured(task)
					if err != nil {
						t.Fatal(err)
					}
					task.input = []byte(signed)
					if _, err := verifySecured(task); err != nil {
						t.Errorf("our own: %v", err)
					}
					refusedBy(t, task, other, signed)
				})
			}
		}
	}
}

// refusedBy wants the twins of a good token to be refused.
func refusedBy(t *testing.T, task securedTask, other suiteKey, signed string) {
	t.Helper()
	wrong := task
	wrong.key = other
	if _, err := verifySecured(wrong); err == nil {
		t.Error("verifies with another key")
	}
	kind, envelope, _ := strings.Cut(task.feature, "_")
	asked := map[string]string{"credential": "presentation", "presentation": "credential"}[kind]
	if _, err := verifySecured(securedTask{feature: asked + "_" + envelope, input: task.input, key: task.key}); err == nil {
		t.Errorf("a %s passes for a %s", kind, asked)
	}
	cut := signed[:len(signed)/2] + signed[len(signed)/2+4:]
	if _, err := verifySecured(securedTask{feature: task.feature, input: []byte(cut), key: task.key}); err == nil {
		t.Error("four characters were cut out, and it verifies")
	}
	raw, _ := base64.RawURLEncoding.DecodeString(signed)
	if _, err := verifySecured(securedTask{feature: task.feature, input: fmt.Appendf(nil, "%x", raw), key: task.key}); err == nil {
		t.Error("hexadecimal is taken")
	}
}

func TestTheSuiteOfVCJOSECOSERefuses(t *testing.T) {
	key := suiteMethod(t, keys.ES256)
	for name, row := range map[string]struct{ feature, document string }{
		"a member that no data model knows":  {"credential_jose", strings.Replace(suiteCredential, `"issuer"`, `"extra":{"a":1},"issuer"`, 1)},
		"a vc claim":                         {"credential_jose", strings.Replace(suiteCredential, `"issuer"`, `"vc":{},"issuer"`, 1)},
		"a credential without an issuer":     {"credential_cose", strings.Replace(suiteCredential, `"issuer":"https://school.example/1",`, "", 1)},
		"an envelope without a data: URL":    {"presentation_jose", suitePresentation("urn:uuid:1")},
		"an envelope of something else":      {"presentation_cose", suitePresentation("data:text/plain,x")},
		"a credential as a presentation":     {"presentation_sdjwt", suiteCredential},
		"a path that leads nowhere, with it": {"credential_sdjwt", suiteCredential},
		"no JSON":                            {"credential_jose", "{"},
	} {
		if out, err := issueSecured(securedTask{feature: row.feature, input: []byte(row.document), key: key, sd: []string{"nowhere.at.all"}}); err == nil {
			t.Errorf("%s is signed: %s", name, out)
		}
	}
	for name, text := range map[string]string{
		"no private part": `{"publicKeyJwk":` + string(key.public.JWK()) + `}`, "no key": `{}`, "no JSON": `x`,
		"a private part of another length": `{"publicKeyJwk":` + string(key.public.JWK()) + `,"secretKeyJwk":{"d":"AA"}}`,
	} {
		if _, err := readSuiteKey([]byte(text)); err == nil {
			t.Errorf("a key with %s is taken", name)
		}
	}
}
