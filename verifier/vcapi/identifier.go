package vcapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
)

// Media types of DID resolution (DID Resolution v0.3).
const (
	mediaResult   = "application/did-resolution"
	mediaDocument = "application/did+json"
	mediaLDResult = `application/ld+json;profile="https://w3id.org/did-resolution"`
)

// resolution is a DID resolution result, or that of dereferencing a DID URL.
type resolution struct {
	Context  string         `json:"@context,omitempty"`
	Document *document      `json:"didDocument"`
	About    struct{}       `json:"didDocumentMetadata"`
	Metadata map[string]any `json:"didResolutionMetadata"`
}

// dereferenced is what a DID URL with a fragment leads to.
type dereferenced struct {
	Context  []string       `json:"@context,omitempty"`
	Metadata map[string]any `json:"didDereferencingMetadata"`
	*method
}

// document is a DID document with what Laurel reads of it: the methods and what they are for.
type document struct {
	Context        []string `json:"@context"`
	ID             string   `json:"id"`
	Methods        []method `json:"verificationMethod"`
	Assertion      []string `json:"assertionMethod,omitempty"`
	Authentication []string `json:"authentication,omitempty"`
}

type method struct {
	ID         string         `json:"id"`
	Type       string         `json:"type"`
	Controller string         `json:"controller"`
	Multikey   string         `json:"publicKeyMultibase,omitempty"`
	JWK        jsontext.Value `json:"publicKeyJwk,omitzero"`
}

func describe(m did.Method) method {
	out := method{ID: m.ID, Type: "Multikey", Controller: m.Controller, Multikey: m.Key.Multikey()}
	if out.Multikey == "" {
		out.Type, out.JWK = "JsonWebKey", jsontext.Value(m.Key.JWK())
	}
	return out
}

func described(d *did.Document) *document {
	out := &document{Context: []string{contexts.DIDV1, contexts.MultikeyV1}, ID: d.ID, Methods: []method{}}
	for _, m := range d.Methods {
		out.Methods = append(out.Methods, describe(m))
		if m.Purposes&did.Assertion != 0 {
			out.Assertion = append(out.Assertion, m.ID)
		}
		if m.Purposes&did.Authentication != 0 {
			out.Authentication = append(out.Authentication, m.ID)
		}
	}
	return out
}

// identifier resolves a DID. There are two dialects of errors: an object with a type in the present draft, a text in the
// older one that asks for JSON-LD; the header Accept tells them apart.
func (a *API) identifier(g *gin.Context) {
	accept := g.GetHeader("Accept")
	older := strings.Contains(accept, "https://w3id.org/did-resolution")
	if !older && !acceptable(accept) {
		a.unresolved(g, older, problemOf("representationNotSupported", "the header Accept asks for a representation that is not written"))
		return
	}
	id, err := asked(g.Request)
	if err != nil {
		a.unresolved(g, older, err)
		return
	}
	subject, fragment, isURL := strings.Cut(id, "#")
	if err := syntax(subject); err != nil {
		a.unresolved(g, older, err)
		return
	}
	doc, err := a.cfg.Keys.Resolve(g.Request.Context(), subject)
	switch {
	case err != nil:
		a.unresolved(g, older, err)
	case isURL:
		a.dereference(g, doc, subject+"#"+fragment)
	case older:
		a.write(g, http.StatusOK, mediaLDResult, resolution{
			Context: "https://w3id.org/did-resolution/v1", Document: described(doc), Metadata: map[string]any{"contentType": "application/did+ld+json"},
		})
	case strings.Contains(accept, mediaDocument) || strings.Contains(accept, "application/did+ld+json"):
		a.write(g, http.StatusOK, mediaDocument, described(doc))
	default:
		a.write(g, http.StatusOK, mediaResult, resolution{Document: described(doc), Metadata: map[string]any{"contentType": mediaResult}})
	}
}

func acceptable(accept string) bool {
	if accept == "" {
		return true
	}
	for _, media := range []string{"*/*", "application/*", mediaResult, mediaDocument, "application/did+ld+json", "application/did", "application/json", "application/ld+json"} {
		if strings.Contains(accept, media) {
			return true
		}
	}
	return false
}

// asked reads the DID from the path. A DID may hold percent-encoding of its own (the port of did:web), so a path that was
// not encoded as a whole is taken as it stands.
func asked(r *http.Request) (string, error) {
	raw := strings.TrimPrefix(r.URL.EscapedPath(), "/identifiers/")
	if strings.HasPrefix(raw, "did:") && !strings.Contains(raw, "%25") && !strings.Contains(raw, "%23") {
		return raw, nil
	}
	id, err := url.PathUnescape(raw)
	if err != nil {
		return "", problemOf("invalidDid", "the path is not encoded as it should be")
	}
	return id, nil
}

// syntax checks what every DID has (DID Core §3.1).
func syntax(id string) error {
	rest, ok := strings.CutPrefix(id, "did:")
	name, specific, colon := strings.Cut(rest, ":")
	if !ok || !colon || specific == "" || name == "" || strings.ContainsAny(id, " /?#\\\"<>") {
		return problemOf("invalidDid", "this is no DID")
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return problemOf("invalidDid", "the name of a DID method is of small letters and digits")
		}
	}
	return nil
}

// dereference answers with one method of a document.
func (a *API) dereference(g *gin.Context, doc *did.Document, id string) {
	m, err := doc.Find(id)
	if err != nil {
		a.write(g, http.StatusNotFound, "application/json", dereferenced{
			Metadata: map[string]any{"error": dialect(true, problemOf("notFound", "there is nothing of this name in the DID document"))},
		})
		return
	}
	found := describe(m)
	a.write(g, http.StatusOK, "application/ld+json", dereferenced{
		Context: []string{contexts.DIDV1, contexts.MultikeyV1}, Metadata: map[string]any{"contentType": "application/ld+json"}, method: &found,
	})
}

// problemOf makes a Defect with a code of the older draft.
func problemOf(code, detail string) error { return fault.Wrong(code, "", "%s", detail) }

// cases of failing, in both dialects and as a status.
func failure(err error) (older, newer string, status int) {
	var d *fault.Defect
	if !errors.As(err, &d) {
		return "internalError", "INTERNAL_ERROR", http.StatusInternalServerError
	}
	switch d.Code {
	case "invalidDid", "did.syntax", "did.mismatch":
		return "invalidDid", "INVALID_DID", http.StatusBadRequest
	case "did.method_unsupported", "key.unsupported":
		return "methodNotSupported", "METHOD_NOT_SUPPORTED", http.StatusNotImplemented
	case "key.weak", "key.alg_mismatch", "key.private_leaked":
		return "invalidPublicKey", "INVALID_PUBLIC_KEY", http.StatusBadRequest
	case "invalidPublicKeyLength":
		return d.Code, "INVALID_PUBLIC_KEY_LENGTH", http.StatusBadRequest
	case "unsupportedPublicKeyType":
		return d.Code, "UNSUPPORTED_PUBLIC_KEY_TYPE", http.StatusNotImplemented
	case "representationNotSupported":
		return d.Code, "REPRESENTATION_NOT_SUPPORTED", http.StatusNotAcceptable
	case "internal":
		return "internalError", "INTERNAL_ERROR", http.StatusInternalServerError
	}
	return "notFound", "NOT_FOUND", http.StatusNotFound
}

func dialect(older bool, err error) any {
	text, typ, _ := failure(err)
	if older {
		return text
	}
	return map[string]string{"type": "https://www.w3.org/ns/did#" + typ, "title": typ, "detail": fault.AsDefect(err).Detail}
}

func (a *API) unresolved(g *gin.Context, older bool, err error) {
	_, _, status := failure(err)
	media, r := mediaResult, resolution{Metadata: map[string]any{"error": dialect(older, err)}}
	if older {
		media, r.Context = mediaLDResult, "https://w3id.org/did-resolution/v1"
	} else {
		r.Metadata["contentType"] = mediaResult
	}
	a.write(g, status, media, r)
}
