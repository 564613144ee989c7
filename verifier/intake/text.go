package intake

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/cose"
)

// maxLink is the longest address that is handed back; no server is obliged to take a longer one (RFC 9110 §4.1).
const maxLink = 8000

// readText reads text of any source: JSON, a JOSE object in compact form, or a link.
func readText(data []byte, src Source) (Item, string, error) {
	data = bytes.Trim(data, space)
	switch {
	case len(data) == 0:
		return Item{}, "", fault.Wrong(CodeEmpty, "", "There is nothing in it.")
	case len(data) > limits.CredentialBytes:
		return Item{}, "", tooLarge(len(data), limits.CredentialBytes)
	case data[0] == '{' || data[0] == '[' || data[0] == '"':
		item, err := readJSON(data, src)
		return item, "", err
	case bytes.HasPrefix(data, []byte("ey")): // base64url of {" : every JOSE header begins so
		item, err := readJOSE(data, src)
		return item, "", err
	case bytes.HasPrefix(data, []byte(coseText)):
		item, err := readCOSEText(string(data), src)
		return item, "", err
	}
	link, err := readLink(string(data))
	return Item{}, link, err
}

func readLink(s string) (string, error) {
	scheme, _, _ := strings.Cut(s, ":")
	u, err := url.Parse(s)
	if strings.ContainsAny(s, space) || err != nil || !u.IsAbs() {
		return "", fault.Wrong(CodeNone, "", "The text is neither a credential nor a link.")
	}
	switch strings.ToLower(scheme) {
	case "https", "http":
		if u.Host == "" || len(s) > maxLink {
			return "", fault.Wrong(CodeNone, "", "The text looks like a link, but it is none that can be opened.")
		}
		return s, nil
	case "openid-credential-offer", "openid4vp", "haip", "openid-vc", "mdoc-openid4vp", "didcomm":
		return "", fault.Wrong(CodeUnsupported, "", "This is a request to a wallet app, not a credential. Please open it in a wallet.")
	}
	return "", fault.Wrong(CodeUnsupported, "", "Links that begin with %.40q are not opened here; only https is.", scheme+":")
}

// readJSON says what a JSON document is by the names of its members.
func readJSON(data []byte, src Source) (Item, error) {
	if src == Text {
		src = JSON
	}
	doc, err := ijson.Parse(data, ijson.Bounds{})
	if err != nil {
		return Item{}, err
	}
	item := Item{Bytes: bytes.Clone(data), Source: src, Form: proof.None}
	if _, ok := doc.Get("proof"); ok {
		item.Form = proof.DataIntegrity
	}
	types := doc.Member("type").Texts()
	switch {
	case has(types, "EnvelopedVerifiableCredential"), has(types, "EnvelopedVerifiablePresentation"):
		return readEnvelope(data, doc, src)
	case has(types, "VerifiablePresentation"):
		item.Presentation = true
		return item, nil
	case isJWS(doc):
		return Item{}, fault.Wrong(codeStructure, "",
			"This is a JWS in JSON form. Only the compact form (three parts with dots between them) is used for credentials.")
	case has(types, "Assertion") && !has(types, "VerifiableCredential"):
		item.Form = proof.OB2
		return item, nil
	case item.Form == proof.None && !looksLikeCredential(doc): // what is no object, too
		return Item{}, notCredential(doc)
	}
	return item, nil
}

func looksLikeCredential(doc ijson.Value) bool {
	for _, name := range []string{"@context", "type", "credentialSubject"} {
		if _, ok := doc.Get(name); ok {
			return true
		}
	}
	return false
}

// isJWS tells the general and the flattened JSON serialization (RFC 7515 §7.2).
func isJWS(doc ijson.Value) bool {
	_, payload := doc.Get("payload")
	_, one := doc.Get("signature")
	_, many := doc.Get("signatures")
	return payload && (one || many)
}

func notCredential(doc ijson.Value) error {
	const plain = "This is JSON, but not a credential."
	if strings.HasPrefix(doc.Text(), "ey") {
		return fault.Wrong(CodeNone, "", "%s It is a text in quotation marks; please give the text without them.", plain)
	}
	for _, m := range doc.Members() {
		inner := m.Value.Items()
		if len(inner) > 0 && strings.HasPrefix(inner[0].Text(), "ey") || m.Name == "credential" || m.Name == "verifiableCredential" {
			return fault.Wrong(CodeNone, ijson.Pointer("", m.Name), "%s There may be one inside it; please give that alone.", plain)
		}
	}
	return fault.Wrong(CodeNone, "", "%s", plain)
}

// readEnvelope unwraps an enveloped credential once (VCDM 2.0 §4.13): its id is a data: URL that holds the secured form.
func readEnvelope(data []byte, doc ijson.Value, src Source) (Item, error) {
	rest, ok := cutFold(doc.Member("id").Text(), "data:")
	media, body, comma := strings.Cut(rest, ",")
	if !ok || !comma {
		return Item{}, fault.Wrong(CodeNone, "/id", "The envelope holds no credential; its id must be a data: URL.")
	}
	media = strings.ToLower(media)
	if media == cose.TypeCredential+";base64" || media == cose.TypePresentation+";base64" {
		return readCOSEText(body, src)
	}
	switch media {
	case "application/vc+jwt", "application/vc+ld+json+jwt", "application/vp+jwt", "application/jwt",
		"application/vc+sd-jwt", "application/dc+sd-jwt", "application/vp+sd-jwt":
	default:
		return Item{}, fault.Wrong(CodeUnsupported, "/id", "The envelope holds %.60q, which is not read here.", media)
	}
	if !strings.HasPrefix(body, "ey") || !bytes.Contains(data, []byte(body)) { // escapes inside would leave the bytes in doubt
		return Item{}, fault.Wrong(CodeNone, "/id", "The envelope holds no credential in compact form.")
	}
	return readJOSE([]byte(body), src)
}

func cutFold(s, lower string) (string, bool) {
	if len(s) < len(lower) || !strings.EqualFold(s[:len(lower)], lower) {
		return s, false
	}
	return s[len(lower):], true
}

func has(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}
