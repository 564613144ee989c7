package vcapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/vcapi"
)

const olderAccept = `application/ld+json;profile="https://w3id.org/did-resolution"`

// result has every member of both dialects.
type result struct {
	ID            string         `json:"id"`
	Document      map[string]any `json:"didDocument"`
	Resolution    map[string]any `json:"didResolutionMetadata"`
	Dereferencing map[string]any `json:"didDereferencingMetadata"`
}

func resolve(t *testing.T, h http.Handler, path, accept string) (*httptest.ResponseRecorder, result) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var out result
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w, out
}

// names answers for two identities.
type names struct{ doc *did.Document }

func (n names) Resolve(_ context.Context, id string) (*did.Document, error) {
	switch id {
	case n.doc.ID:
		return n.doc, nil
	case "did:web:away.example":
		return nil, fault.Unclear("did.unreachable", "", nil, "nobody answers")
	}
	return did.New(did.Config{}).Resolve(context.Background(), id)
}

func TestIdentifiersAreResolved(t *testing.T) {
	t.Parallel()
	p := newParty(t, keys.EdDSA)
	k := p.key.Public()
	k.ID = "did:web:a.example%3A8080#1"
	h := engine(vcapi.Config{Keys: names{&did.Document{ID: "did:web:a.example%3A8080", Methods: []did.Method{{ID: k.ID, Controller: "did:web:a.example%3A8080", Key: k, Purposes: did.Assertion}}}}})
	encoded := "/identifiers/" + url.PathEscape(p.did)
	for _, tt := range []struct{ name, path, accept, media, id string }{
		{"the present draft", encoded, "application/did-resolution", "application/did-resolution", p.did},
		{"anything", "/identifiers/" + p.did, "*/*", "application/did-resolution", p.did},
		{"the older draft", encoded, olderAccept, olderAccept, p.did},
		{"a port, encoded twice", "/identifiers/did%3Aweb%3Aa.example%253A8080", "", "application/did-resolution", "did:web:a.example%3A8080"},
		{"a port, as it stands", "/identifiers/did:web:a.example%3A8080", "", "application/did-resolution", "did:web:a.example%3A8080"},
	} {
		w, r := resolve(t, h, tt.path, tt.accept)
		if w.Code != http.StatusOK || r.Document["id"] != tt.id || w.Header().Get("Content-Type") != tt.media || r.Resolution["error"] != nil {
			t.Errorf("%s: %d %v %s", tt.name, w.Code, w.Header(), w.Body)
		}
	}
	if w, r := resolve(t, h, encoded, "application/did+json"); r.ID != p.did || w.Header().Get("Content-Type") != "application/did+json" {
		t.Errorf("the document alone: %d %s", w.Code, w.Body)
	}
	frag := "/identifiers/" + url.PathEscape(p.did+"#"+p.key.Public().Multikey())
	if w, r := resolve(t, h, frag, olderAccept); w.Code != http.StatusOK || r.Document["controller"] != p.did || r.Dereferencing == nil {
		t.Errorf("a method: %d %s", w.Code, w.Body)
	}
	if w, r := resolve(t, h, encoded+"?publicKeyFormat=JsonWebKey2020", olderAccept); w.Code != http.StatusOK ||
		r.Document["verificationMethod"].([]any)[0].(map[string]any)["publicKeyJwk"] == nil {
		t.Errorf("as JWK: %d %s", w.Code, w.Body)
	}
}

func TestIdentifiersThatAreNotResolved(t *testing.T) {
	t.Parallel()
	h := engine(vcapi.Config{Keys: names{&did.Document{ID: "did:web:a.example"}}})
	p := newParty(t, keys.EdDSA)
	for _, tt := range []struct {
		name, path string
		status     int
		older, typ string
	}{
		{"no DID", "notDid:key:z6", 400, "invalidDid", "INVALID_DID"},
		{"a DID of nothing", "did:key:", 400, "invalidDid", "INVALID_DID"},
		{"a method with capitals", "did:Key:z6", 400, "invalidDid", "INVALID_DID"},
		{"a method that is not read", "did:experimental:a", 501, "methodNotSupported", "METHOD_NOT_SUPPORTED"},
		{"no base58", "did:key:@", 400, "invalidDid", "INVALID_DID"},
		{"a key of another length", "did:key:zTjsVPtY", 400, "invalidPublicKeyLength", "INVALID_PUBLIC_KEY_LENGTH"},
		{"a key of another type", "did:key:z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ", 501, "unsupportedPublicKeyType", "UNSUPPORTED_PUBLIC_KEY_TYPE"},
		{"somebody who is away", "did:web:away.example", 404, "notFound", "NOT_FOUND"},
		{"a DID URL with odd characters", p.did + "/^#a", 400, "invalidDidUrl", "INVALID_DID_URL"},
		{"a method that is not there", p.did + "#a", 404, "notFound", "NOT_FOUND"},
		{"a path in the document", p.did + "/a", 404, "notFound", "NOT_FOUND"},
	} {
		path := "/identifiers/" + url.PathEscape(tt.path)
		w, r := resolve(t, h, path, olderAccept)
		errs := r.Resolution
		if r.Dereferencing != nil {
			errs = r.Dereferencing
		}
		if w.Code != tt.status || errs["error"] != tt.older || r.Document == nil {
			t.Errorf("%s, older: %d %s", tt.name, w.Code, w.Body)
		}
		w, r = resolve(t, h, path, "application/did-resolution")
		got, _ := r.Resolution["error"].(map[string]any)
		if w.Code != tt.status || got["type"] != "https://www.w3.org/ns/did#"+tt.typ || r.Document != nil || r.Resolution["contentType"] != w.Header().Get("Content-Type") {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	if w, _ := resolve(t, h, "/identifiers/"+p.did, "text/turtle"); w.Code != http.StatusNotAcceptable {
		t.Errorf("another representation: %d", w.Code)
	}
	if w, _ := resolve(t, h, "/identifiers/"+p.did+"?publicKeyFormat=odd", olderAccept); w.Code != http.StatusNotImplemented {
		t.Errorf("another key format: %d", w.Code)
	}
	if w, _ := resolve(t, h, "/identifiers/did%3Akey%3A%25", olderAccept); w.Code != http.StatusBadRequest {
		t.Errorf("a bad encoding: %d", w.Code)
	}
}
