package vcapi

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
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

// resolution is a DID resolution result. About is didDocumentMetadata, which nothing is known for.
type resolution struct {
	Document *document      `json:"didDocument"`
	About    struct{}       `json:"didDocumentMetadata"`
	Metadata map[string]any `json:"didResolutionMetadata"`
}

// older is a result in the form of the older draft, for a DID or a DID URL. Its document is never null.
type older struct {
	Context       string         `json:"@context"`
	Document      any            `json:"didDocument"`
	About         struct{}       `json:"didDocumentMetadata"`
	Resolution    map[string]any `json:"didResolutionMetadata,omitzero"`
	Dereferencing map[string]any `json:"didDereferencingMetadata,omitzero"`
}

const olderContext = "https://w3id.org/did-resolution/v1"

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

func describe(m did.Method, encoding string) method {
	out := method{ID: m.ID, Type: "Multikey", Controller: m.Controller, Multikey: m.Key.Multikey()}
	if out.Multikey == "" || encoding == "JsonWebKey2020" {
		out.Type, out.Multikey, out.JWK = "JsonWebKey", "", jsontext.Value(m.Key.JWK())
	}
	if encoding == "JsonWebKey2020" {
		out.Type = encoding
	}
	return out
}

func described(d *did.Document, encoding string) *document {
	out := &document{Context: []string{contexts.DIDV1, contexts.MultikeyV1}, ID: d.ID, Methods: []method{}}
	for _, m := range d.Methods {
		out.Methods = append(out.Methods, describe(m, encoding))
		if m.Purposes&did.Assertion != 0 {
			out.Assertion = append(out.Assertion, m.ID)
		}
		if m.Purposes&did.Authentication != 0 {
			out.Authentication = append(out.Authentication, m.ID)
		}
	}
	return out
}

// request is what a caller asks for. There are two dialects: errors are objects with a type in the present draft, and texts
// in the older one that asks for JSON-LD; the header Accept tells them apart.
type request struct {
	accept   string
	older    bool
	did      string
	rest     string // of a DID URL, from its "/", "?" or "#"
	encoding string // the parameter publicKeyFormat of the older draft
}

// identifier resolves a DID, or finds the method that a DID URL names.
func (a *API) identifier(g *gin.Context) {
	r := request{accept: g.GetHeader("Accept"), encoding: g.Query("publicKeyFormat")}
	r.older = strings.Contains(r.accept, "https://w3id.org/did-resolution")
	id, err := asked(g.Request)
	r.did = id
	if i := strings.IndexAny(id, "/?#"); i >= 0 {
		r.did, r.rest = id[:i], id[i:]
	}
	if err == nil {
		err = r.check()
	}
	if err != nil {
		a.unresolved(g, r, err)
		return
	}
	doc, err := a.cfg.Keys.Resolve(g.Request.Context(), r.did)
	if err != nil {
		a.unresolved(g, r, misshapen(r.did, err))
		return
	}
	if r.rest != "" {
		a.dereference(g, r, doc)
		return
	}
	found := described(doc, r.encoding)
	switch {
	case r.older:
		about := map[string]any{"contentType": "application/did+ld+json"}
		a.write(g, http.StatusOK, mediaLDResult, older{Context: olderContext, Document: found, Resolution: about})
	case wanted(r.accept) == mediaResult:
		a.write(g, http.StatusOK, mediaResult, resolution{Document: found, Metadata: map[string]any{"contentType": mediaResult}})
	default:
		a.write(g, http.StatusOK, wanted(r.accept), found)
	}
}

// check looks at everything that needs no resolving.
func (r request) check() error {
	if err := syntax(r.did); err != nil {
		return err
	}
	for _, c := range []byte(r.rest) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>\"{}|\\^`", c) >= 0 {
			return problemOf("invalidDidUrl", "there is a character that no URL has")
		}
	}
	switch {
	case !r.older && wanted(r.accept) == "":
		return problemOf("representationNotSupported", "the header Accept asks for a representation that is not written")
	case r.encoding == "" || r.encoding == "Multikey" || r.encoding == "JsonWebKey2020":
		return nil
	case r.rest != "":
		return problemOf("invalidPublicKeyType", "keys are written as Multikey or JsonWebKey2020")
	}
	return problemOf("unsupportedPublicKeyType", "keys are written as Multikey or JsonWebKey2020")
}

// misshapen tells a did:key of the wrong length from one that is not base58 at all, as the method's specification asks.
func misshapen(id string, err error) error {
	text, ok := strings.CutPrefix(id, "did:key:z")
	switch code := fault.AsDefect(err).Code; {
	case ok && code == "did.method_unsupported":
		return problemOf("unsupportedPublicKeyType", "keys of this type are not read")
	case !ok || code != "did.syntax" || strings.Trim(text, base58) != "":
		return err
	}
	return problemOf("invalidPublicKeyLength", "the key does not have the length that its type has")
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// wanted is the media type that an Accept header likes best of those that are written; "" when it takes none of them. Of two that
// it likes as much, the one that it names first. The document alone is what DID Core calls application/did; it has older names.
func wanted(accept string) string {
	if strings.TrimSpace(accept) == "" {
		return mediaResult
	}
	best, most := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, has := parameters["q"]; has {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		if is := written(media); is != "" && q > most {
			best, most = is, q
		}
	}
	return best
}

// written is what is answered with to who asks for a media type.
func written(media string) string {
	switch media {
	case "*/*", "application/*", mediaResult, "application/json", "application/ld+json":
		return mediaResult
	case "application/did":
		return media
	case mediaDocument, "application/did+ld+json":
		return mediaDocument
	}
	return ""
}

// asked reads the DID or DID URL from the path. A DID may hold percent-encoding of its own (the port of did:web), so a path
// that was not encoded as a whole is taken as it stands.
func asked(r *http.Request) (string, error) {
	raw := strings.TrimPrefix(r.URL.EscapedPath(), "/identifiers/")
	whole := !strings.HasPrefix(raw, "did:")
	for _, delimiter := range []string{"%25", "%23", "%2F", "%2f", "%3F", "%3f"} {
		whole = whole || strings.Contains(raw, delimiter)
	}
	if !whole {
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

// dereference answers with one method of a document. Nothing else of it has a name here.
func (a *API) dereference(g *gin.Context, r request, doc *did.Document) {
	m, err := doc.Find(r.did + r.rest)
	if err != nil || r.rest[0] != '#' {
		a.unresolved(g, r, problemOf("notFound", "there is nothing of this name in the DID document"))
		return
	}
	found := struct {
		Context []string `json:"@context"`
		method
	}{[]string{contexts.DIDV1, contexts.MultikeyV1}, describe(m, r.encoding)}
	if r.older {
		about := map[string]any{"contentType": "application/did+ld+json"}
		a.write(g, http.StatusOK, mediaLDResult, older{Context: olderContext, Document: found, Dereferencing: about})
		return
	}
	a.write(g, http.StatusOK, mediaDocument, found)
}

// problemOf makes a Defect with a code of the older draft.
func problemOf(code, detail string) error { return fault.Wrong(code, "", "%s", detail) }

// failure names an error in both dialects and as a status.
func failure(err error) (text, typ string, status int) {
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
	case "invalidDidUrl":
		return d.Code, "INVALID_DID_URL", http.StatusBadRequest
	case "invalidPublicKeyType":
		return d.Code, "INVALID_PUBLIC_KEY_TYPE", http.StatusBadRequest
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

func (a *API) unresolved(g *gin.Context, r request, err error) {
	text, typ, status := failure(err)
	if !r.older {
		about := map[string]any{"contentType": mediaResult, "error": map[string]string{
			"type": "https://www.w3.org/ns/did#" + typ, "title": typ, "detail": fault.AsDefect(err).Detail,
		}}
		a.write(g, status, mediaResult, resolution{Metadata: about})
		return
	}
	out := older{Context: olderContext, Document: struct{}{}}
	if r.rest != "" {
		out.Dereferencing = map[string]any{"error": text}
	} else {
		out.Resolution = map[string]any{"error": text}
	}
	a.write(g, status, mediaLDResult, out)
}
