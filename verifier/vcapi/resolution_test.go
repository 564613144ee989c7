package vcapi_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/vcapi"
)

// loopback is a host with DID documents, and the resolver that may ask it.
func loopback(t *testing.T) (http.Handler, string) {
	t.Helper()
	var host string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := "did:web:" + strings.ReplaceAll(host, ":", "%3A")
		switch r.URL.Path {
		case "/.well-known/did.json":
			_, _ = w.Write([]byte(`{"id":"` + id + `","verificationMethod":[]}`))
		case "/of/another/did.json":
			_, _ = w.Write([]byte(`{"id":"` + id + `"}`))
		case "/moved/did.json":
			http.Redirect(w, r, "http://localhost:1/did.json", http.StatusFound)
		case "/broken/did.json":
			_, _ = w.Write([]byte(`{"id":`))
		case "/gone/did.json":
			w.WriteHeader(http.StatusGone)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	host = strings.TrimPrefix(s.URL, "http://")
	if _, _, err := net.SplitHostPort(host); err != nil {
		t.Fatal(err)
	}
	guarded := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	return engine(vcapi.Config{Keys: did.New(did.Config{Fetch: guarded})}), "did:web:" + strings.ReplaceAll(host, ":", "%3A")
}

// TestDIDResolutionResults are the rows of the suite for DID Resolution that did:key and did:web have, on loopback.
func TestDIDResolutionResults(t *testing.T) {
	t.Parallel()
	h, web := loopback(t)
	key := newParty(t, keys.ES256).did
	jwk := "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6Ik8yb252TTYycEMxaW82alFLbThOYzJVeUZYY2Q0a09tT3NCSW9ZdFoyaWsifQ"
	const result = "application/did-resolution"
	for _, row := range []struct {
		name, did, accept string
		status            int
		media, typ        string // of the error; "" for none
	}{
		{"a did:key", key, result, 200, result, ""},
		{"a did:jwk", jwk, result, 200, result, ""},
		{"a did:web with a port", web, result, 200, result, ""},
		{"whatever the server likes best", web, "*/*", 200, result, ""},
		{"no wish", web, "", 200, result, ""},
		{"the document alone", web, "application/did+json", 200, "application/did+json", ""},
		{"the document alone, under its newer name", web, "application/did", 200, "application/did", ""},
		{"the document alone, of a did:key", key, "application/did", 200, "application/did", ""},
		{"the result before the document", web, result + ", application/did;q=0.5", 200, result, ""},
		{"the document before the result", web, result + ";q=0.1, application/did", 200, "application/did", ""},
		{"what it does not want at all", web, "application/did;q=0", 406, result, "REPRESENTATION_NOT_SUPPORTED"},
		{"a page", web, "text/html", 406, result, "REPRESENTATION_NOT_SUPPORTED"},
		{"a representation that nobody knows", key, "application/did+cbor", 406, result, "REPRESENTATION_NOT_SUPPORTED"},
		{"no DID", "not-a-did", result, 400, result, "INVALID_DID"},
		{"a did without a method", "did::x", result, 400, result, "INVALID_DID"},
		{"a did without an identifier", "did:web:", result, 400, result, "INVALID_DID"},
		{"a did:key that is none", "did:key:z6Mk!", result, 400, result, "INVALID_DID"},
		{"a did:web that leads up", web + ":..:x", result, 400, result, "INVALID_DID"},
		{"a did:web in capitals", "did:web:A.example", result, 400, result, "INVALID_DID"},
		{"the document of another identity", web + ":of:another", result, 400, result, "INVALID_DID"},
		{"a method that is not read", "did:example:123", result, 501, result, "METHOD_NOT_SUPPORTED"},
		{"a did:web that is not there", web + ":nobody", result, 404, result, "NOT_FOUND"},
		{"a did:web that is gone", web + ":gone", result, 404, result, "NOT_FOUND"},
		{"a did:web behind another origin", web + ":moved", result, 404, result, "NOT_FOUND"},
		{"the document alone, of who is not there", web + ":nobody", "application/did", 404, result, "NOT_FOUND"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, r := resolve(t, h, "/identifiers/"+url.PathEscape(row.did), row.accept)
			media := w.Header().Get("Content-Type")
			if w.Code != row.status || media != row.media {
				t.Fatalf("%d, %q: %s", w.Code, media, w.Body)
			}
			var raw map[string]json.RawMessage
			if err := json.Unmarshal(w.Body.Bytes(), &raw); err != nil {
				t.Fatal(err)
			}
			switch {
			case row.media != result:
				if r.ID != row.did || raw["didDocument"] != nil {
					t.Errorf("no bare document: %s", w.Body)
				}
			case row.typ == "":
				if r.Document["id"] != row.did || r.Resolution["contentType"] != media || r.Resolution["error"] != nil || string(raw["didDocumentMetadata"]) != "{}" {
					t.Errorf("%s", w.Body)
				}
			default:
				e, _ := r.Resolution["error"].(map[string]any)
				if e["type"] != "https://www.w3.org/ns/did#"+row.typ || string(raw["didDocument"]) != "null" || string(raw["didDocumentMetadata"]) != "{}" ||
					r.Resolution["contentType"] != media {
					t.Errorf("%s", w.Body)
				}
			}
		})
	}
}
