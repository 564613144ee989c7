package crosscheck_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// verifyMessage lets another library verify a COSE message under the published key that it names, and refuse its tampered twin.
// It returns the credential inside.
func verifyMessage(t *testing.T, client *laureltest.Client, m made) json.RawMessage {
	t.Helper()
	raw := []byte(m.text)
	msg, err := cose.Read(raw)
	if err != nil {
		t.Fatalf("%s: %v", m.name(), err)
	}
	text, err := client.Text(t.Context(), "/.well-known/jwks.json", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		t.Fatal(err)
	}
	var jwk json.RawMessage
	for _, k := range set.Keys {
		var named struct {
			ID string `json:"kid"`
		}
		if err := json.Unmarshal(k, &named); err == nil && named.ID == msg.Header.KeyID {
			jwk = k
		}
	}
	twin := append([]byte(nil), raw...)
	twin[len(twin)/2] ^= 1
	var got struct {
		Verified []struct {
			OK       bool     `json:"ok"`
			Payload  string   `json:"payload"`
			Problems []string `json:"problems"`
		} `json:"verified"`
	}
	encode := base64.RawURLEncoding.EncodeToString
	npmtest.Run(t, "cose.mjs", map[string]any{"verify": []any{
		map[string]any{"cose": encode(raw), "jwk": jwk}, map[string]any{"cose": encode(twin), "jwk": jwk},
	}}, &got)
	if v := got.Verified; len(v) != 2 || !v[0].OK || v[1].OK {
		t.Fatalf("%s: %+v", m.name(), v)
	}
	return json.RawMessage(got.Verified[0].Payload)
}

// TestCOSEBothWays: another library reads what we sign, refuses its damaged twin, and we read what it signs.
func TestCOSEBothWays(t *testing.T) {
	type item struct {
		COSE string          `json:"cose"`
		JWK  json.RawMessage `json:"jwk"`
	}
	type answer struct {
		Verified []struct {
			OK       bool     `json:"ok"`
			Payload  string   `json:"payload"`
			Problems []string `json:"problems"`
		} `json:"verified"`
		Signed item `json:"signed"`
	}
	const payload = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"name":"Über"}`
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA} {
		t.Run(string(alg), func(t *testing.T) {
			k, err := keys.Generate(alg, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			k = k.WithID("did:web:school.example#key-1")
			signer, err := cose.NewSigner(cose.TypeCredential, cose.Credential, k)
			if err != nil {
				t.Fatal(err)
			}
			good, err := signer.Sign([]byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			bad := append([]byte(nil), good...)
			bad[len(bad)-70-len(payload)/2] ^= 1
			var items []item
			for _, b := range [][]byte{good, bad} {
				items = append(items, item{base64.RawURLEncoding.EncodeToString(b), k.Public().JWK()})
			}
			var got answer
			npmtest.Run(t, "cose.mjs", map[string]any{"verify": items, "sign": map[string]string{
				"payload": payload, "alg": string(alg), "kid": "did:web:a.example#k", "typ": cose.TypeCredential, "content_type": cose.Credential,
			}}, &got)
			if v := got.Verified; len(v) != 2 || !v[0].OK || v[0].Payload != payload || v[1].OK {
				t.Errorf("theirs on ours: %+v", v)
			}
			raw, err := base64.RawURLEncoding.DecodeString(got.Signed.COSE)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := ijson.Parse(got.Signed.JWK, ijson.Bounds{})
			if err != nil {
				t.Fatal(err)
			}
			pub, err := keys.ParseJWK(doc)
			if err != nil {
				t.Fatal(err)
			}
			m, err := cose.Read(raw)
			if err != nil || string(m.Payload) != payload || m.Header.KeyID != "did:web:a.example#k" {
				t.Fatalf("ours on theirs: %v", err)
			}
			if err := m.Verify(pub); err != nil {
				t.Errorf("ours on theirs: %v", err)
			}
			raw[len(raw)-3] ^= 1
			if m, err := cose.Read(raw); err == nil && m.Verify(pub) == nil {
				t.Error("a damaged one of theirs verifies")
			}
		})
	}
}
