package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

// newConformance is what the official suite of VC-JOSE-COSE calls: it signs with any key that it is given, and verifies with
// it. Whose key that is, dates, status and trust are not looked at, so nobody should use it for anything else.
func newConformance(t terminal) *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "conformance", Short: "Answer the official suite of VC-JOSE-COSE", Hidden: true,
		Long: `Answer the official suite of VC-JOSE-COSE: sign a document with a given key, or verify one with it. Only the form, the data
model and the signature are looked at: not whose key it is, no dates, no status, no trust. Use "laurel verify" for all else.`,
	}, newConformanceStep(t, "issue", issueSecured), newConformanceStep(t, "verify", verifySecured))
	return cmd
}

// securedTask is one call of the suite.
type securedTask struct {
	feature string // credential_jose, presentation_cose, …
	input   []byte
	key     suiteKey
	sd      []string // paths of what is selectively disclosable
}

func (s securedTask) presentation() bool { return strings.HasPrefix(s.feature, "presentation_") }

// envelope is jose, cose or sdjwt.
func (s securedTask) envelope() string {
	_, envelope, _ := strings.Cut(s.feature, "_")
	return envelope
}

// kind is vc or vp.
func (s securedTask) kind() string {
	if s.presentation() {
		return "vp"
	}
	return "vc"
}

// newConformanceStep makes a command that writes {"result": "success"|"failure", "data": "…"} to a file. A document that is
// refused is a failure and no error.
func newConformanceStep(t terminal, name string, do func(securedTask) (string, error)) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: name + " one document with one key", Args: exactly(0, "flags only")}
	f := cmd.Flags()
	input, key := f.String("input", "", "file of the document (required)"), f.String("key", "", "file of the key (required)")
	feature := f.String("feature", "", "credential_jose, credential_cose, credential_sdjwt, or presentation_… (required)")
	sd, output := f.String("sd", "[]", "JSON list of the paths that can be left out"), f.String("output", "", "file of the result (required)")
	cmd.RunE = func(*cobra.Command, []string) error {
		task, err := readTask(*input, *key, *feature, *sd)
		if err != nil {
			return err
		}
		result := map[string]string{"result": "success"}
		if result["data"], err = do(task); err != nil {
			result = map[string]string{"result": "failure", "data": err.Error()}
		}
		text, err := json.Marshal(result)
		if err != nil {
			return err
		}
		say(t.out, "%s: %s\n", name, result["result"])
		return os.WriteFile(filepath.Clean(*output), text, 0o600)
	}
	return required(cmd, "input", "key", "feature", "output")
}

func readTask(input, key, feature, sd string) (securedTask, error) {
	s := securedTask{feature: feature}
	kind, envelope, _ := strings.Cut(feature, "_")
	if kind != "credential" && kind != "presentation" || !slices.Contains([]string{"jose", "cose", "sdjwt"}, envelope) {
		return s, fault.New(fault.Invalid, nil, "--feature %.40q is not known", feature)
	}
	var err error
	if s.input, err = os.ReadFile(filepath.Clean(input)); err != nil {
		return s, fault.New(fault.Invalid, err, "the document cannot be read: %s", reason(err))
	}
	if err := json.Unmarshal([]byte(sd), &s.sd); err != nil {
		return s, fault.New(fault.Invalid, err, "--sd is a JSON list of texts")
	}
	text, err := os.ReadFile(filepath.Clean(key))
	if err != nil {
		return s, fault.New(fault.Invalid, err, "the key cannot be read: %s", reason(err))
	}
	s.key, err = readSuiteKey(text)
	return s, err
}

// suiteKey is a key as the suite has it: a verification method with its private part.
type suiteKey struct {
	public keys.Public
	signer keys.Signer
}

func readSuiteKey(text []byte) (suiteKey, error) {
	var method struct {
		Public json.RawMessage `json:"publicKeyJwk"`
		Secret struct {
			D string `json:"d"`
		} `json:"secretKeyJwk"`
	}
	if err := json.Unmarshal(text, &method); err != nil {
		return suiteKey{}, fault.New(fault.Invalid, err, "the key is no verification method")
	}
	doc, err := ijson.Parse(method.Public, ijson.Bounds{})
	if err != nil {
		return suiteKey{}, err
	}
	public, err := keys.ParseJWK(doc)
	if err != nil {
		return suiteKey{}, err
	}
	d, err := base64.RawURLEncoding.DecodeString(method.Secret.D)
	if err != nil || len(d) == 0 {
		return suiteKey{}, fault.New(fault.Invalid, err, "the key has no private part")
	}
	private, err := privateKey(public.Alg, d)
	if err != nil {
		return suiteKey{}, err
	}
	signer, err := keys.NewSigner(public.ID, public.Alg, private)
	return suiteKey{public, signer}, err
}

func privateKey(alg keys.Algorithm, d []byte) (crypto.Signer, error) {
	curves := map[keys.Algorithm]elliptic.Curve{keys.ES256: elliptic.P256(), keys.ES384: elliptic.P384(), keys.ES512: elliptic.P521()}
	switch curve, is := curves[alg]; {
	case is:
		return ecdsa.ParseRawPrivateKey(curve, d)
	case alg == keys.EdDSA && len(d) == ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(d), nil
	}
	return nil, fault.New(fault.Invalid, nil, "a private key of this kind is not read")
}

// issueSecured signs a document that follows the data model.
func issueSecured(s securedTask) (string, error) {
	doc, err := ijson.Parse(s.input, ijson.Bounds{})
	if err != nil {
		return "", err
	}
	if err := s.examine(doc); err != nil {
		return "", err
	}
	if !s.presentation() {
		if err := known(doc); err != nil {
			return "", err
		}
	}
	payload := ijson.Append(nil, doc)
	switch s.envelope() {
	case "jose":
		token, err := jose.NewTokenSigner(s.kind()+"+jwt", s.key.signer)
		if err != nil {
			return "", err
		}
		out, err := token.Sign(payload)
		return string(out), err
	case "cose":
		typ, content := cose.TypeCredential, cose.Credential
		if s.presentation() {
			typ, content = cose.TypePresentation, cose.Presentation
		}
		message, err := cose.NewSigner(typ, content, s.key.signer)
		if err != nil {
			return "", err
		}
		out, err := message.Sign(payload)
		return base64.RawURLEncoding.EncodeToString(out), err
	}
	return s.issueSelective(doc)
}

func (s securedTask) issueSelective(doc ijson.Value) (string, error) {
	signer, err := sdjwt.NewSigner(s.key.signer, sdjwt.Config{Type: s.kind() + "+sd-jwt"})
	if err != nil {
		return "", err
	}
	pointers := make([]string, len(s.sd))
	for i, path := range s.sd {
		pointers[i] = "/" + strings.ReplaceAll(index.ReplaceAllString(path, ".$1"), ".", "/")
	}
	issued, err := signer.Issue(doc, pointers, sdjwt.Options{})
	if err != nil {
		return "", err
	}
	return issued.Compact, nil
}

// index is an element of an array in a path of the suite: "phoneNumbers[0]".
var index = regexp.MustCompile(`\[(\d+)\]`)

// verifySecured checks form, data model and signature.
func verifySecured(s securedTask) (string, error) {
	text := []byte(strings.TrimSpace(string(s.input)))
	switch s.envelope() {
	case "jose":
		return s.verifyToken(text)
	case "cose":
		return s.verifyMessage(string(text))
	}
	p, err := sdjwt.Read(text)
	if err != nil {
		return "", err
	}
	if p.Header.Type != s.kind()+"+sd-jwt" {
		return "", fault.Wrong("jose.typ", "/typ", "typ %.40q is not the one that is asked for", p.Header.Type)
	}
	if err := p.Verify(s.key.public); err != nil {
		return "", err
	}
	return string(p.Payload()), s.examine(p.Claims())
}

func (s securedTask) verifyToken(text []byte) (string, error) {
	msg, err := jose.Read(text)
	if err != nil {
		return "", err
	}
	if h := msg.Header; h.Type != s.kind()+"+jwt" || h.ContentType != "" && h.ContentType != s.kind() {
		return "", fault.Wrong("jose.typ", "/typ", "typ %.40q with cty %.40q is not what is asked for", h.Type, h.ContentType)
	}
	if err := msg.Verify(s.key.public); err != nil {
		return "", err
	}
	return s.payload(msg.Payload)
}

func (s securedTask) verifyMessage(text string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "=")))
	if err != nil {
		return "", fault.Wrong("cose.structure", "", "this is not base64")
	}
	msg, err := cose.Read(raw)
	if err != nil {
		return "", err
	}
	if h := msg.Header; h.Type != "application/"+s.kind()+"+cose" || h.ContentType != "" && h.ContentType != "application/"+s.kind() {
		return "", fault.Wrong("cose.typ", "", "typ %.40q with content type %.40q is not what is asked for", h.Type, h.ContentType)
	}
	if err := msg.Verify(s.key.public); err != nil {
		return "", err
	}
	return s.payload(msg.Payload)
}

func (s securedTask) payload(raw []byte) (string, error) {
	doc, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return "", err
	}
	return string(raw), s.examine(doc)
}

// examine holds the rules of the data model, and of VC-JOSE-COSE §3: no claims vc and vp.
func (s securedTask) examine(doc ijson.Value) error {
	for _, name := range [...]string{"vc", "vp"} {
		if _, has := doc.Get(name); has {
			return fault.Wrong("vc.ambiguous", "/"+name, "a claim %s has no place here", name)
		}
	}
	if !s.presentation() {
		c, err := credential.FromValue(nil, doc)
		if err != nil {
			return err
		}
		return firstOf(c.GeneralProblems())
	}
	p, problems := credential.ReadPresentation(doc)
	if err := firstOf(problems); err != nil {
		return err
	}
	for _, inside := range p.Credentials {
		if !credential.IsEnvelope(inside) {
			return fault.Wrong("vc.envelope", "/verifiableCredential", "a credential in this presentation is enveloped")
		}
		media, _, err := credential.Unwrap(inside, "EnvelopedVerifiableCredential")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(media, "application/vc+") {
			return fault.Wrong("vc.envelope", "/verifiableCredential", "%.60q is no secured credential", media)
		}
	}
	return nil
}

func firstOf(problems []*fault.Defect) error {
	if len(problems) == 0 {
		return nil
	}
	return problems[0]
}

// known refuses members of a credential that no data model gives a meaning, although a context with @vocab would.
func known(doc ijson.Value) error {
	members := []string{
		"@context", "id", "type", "name", "description", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus",
		"credentialSchema", "relatedResource", "refreshService", "termsOfUse", "evidence", "renderMethod", "confidenceMethod",
	}
	for _, m := range doc.Members() {
		if !slices.Contains(members, m.Name) {
			return fault.Wrong("vc.unknown_member", ijson.Pointer("", m.Name), "%s", fmt.Sprintf("the data model has no member %.40q of a credential", m.Name))
		}
	}
	return nil
}
