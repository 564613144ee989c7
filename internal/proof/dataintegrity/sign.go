package dataintegrity

import (
	"fmt"
	"sync"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// Signer makes proofs of one suite with one key. It is safe for concurrent use when the key is.
type Signer struct {
	suite     suite
	key       keys.Signer
	templates templates
	room      sync.Pool // *canonicalRoom
}

// NewSigner makes a Signer. Suites are EdDSARDFC, EdDSAJCS, ECDSARDFC, ECDSAJCS and ECDSASD; another one, or a key that is not for the
// suite, is fault.Unsupported.
func NewSigner(cryptosuite string, key keys.Signer) (*Signer, error) {
	s, ok := suiteNamed(cryptosuite)
	if !ok || !s.write {
		return nil, fault.New(fault.Unsupported, nil, "proofs of the suite %.60q are not made", cryptosuite).Code("proof.suite_unknown")
	}
	if key == nil || !s.takes(key.Public().Alg) {
		return nil, fault.New(fault.Unsupported, nil, "the key is not one for proofs of the suite %s", cryptosuite).Code("key.alg_mismatch")
	}
	return &Signer{suite: s, key: key}, nil
}

// Statement is what a proof says besides its signature.
type Statement struct {
	VerificationMethod string    // an absolute URL; "" means the ID of the key
	Purpose            string    // "" means AssertionMethod
	Created            time.Time // whole seconds, UTC; zero means that the proof does not say
	Expires            time.Time
	ID                 string // of the proof, an absolute URL, for chains
	Domain, Challenge  string
	Previous           []string // ids of proofs in the document that this one covers, too
	Mandatory          []string // for ECDSASD: JSON pointers to what a holder cannot leave out
}

// Sign returns doc as compact JSON with the proof as the last element of its array "proof"; proofs that are there stay. A
// document of VCDM 1.1 without a context for proofs gets contexts.DataIntegrityV2. The error is a *fault.Defect with the codes
// of Verify when doc cannot be signed without loss.
//
// With WithInlineContexts a document with context objects in it is signed, too, but not for selective disclosure.
func (s *Signer) Sign(doc ijson.Value, st Statement, opts ...Option) ([]byte, error) {
	doc, err := defining(doc)
	if err != nil {
		return nil, err
	}
	st = s.withDefaults(st)
	context := doc.Member("@context")
	p := &Proof{suite: s.suite}
	if p.earlier, err = previous(doc, st.Previous); err != nil {
		return nil, err
	}
	config := s.config(st, context)
	if p.value, err = ijson.Parse(append(config, '}'), ijson.Bounds{}); err != nil {
		return nil, fmt.Errorf("proof of the suite %s: %w", s.suite.name, err)
	}
	if !absolute(p.value.Member("verificationMethod").Text()) {
		return nil, fmt.Errorf("proof of the suite %s: the verification method is no absolute URL", s.suite.name)
	}
	value, err := s.value(p, doc, st, collect(opts))
	if err != nil {
		return nil, err
	}
	return secured(doc, config, value), nil
}

// withDefaults fills what a proof always says.
func (s *Signer) withDefaults(st Statement) Statement {
	if st.Purpose == "" {
		st.Purpose = AssertionMethod
	}
	if st.VerificationMethod == "" {
		st.VerificationMethod = s.key.Public().ID
	}
	return st
}

// secured writes doc with the proof config, which has no closing brace yet, and its value, behind the proofs that are there.
func secured(doc ijson.Value, config []byte, value string) []byte {
	out := beginProof(appendWithout(nil, doc.Members(), "proof"), doc.Member("proof").Items())
	return endProof(append(out, config...), value)
}

// beginProof opens the array of proofs behind the members of an object, and writes those that are there.
func beginProof(object []byte, there []ijson.Value) []byte {
	object = append(object, `,"proof":[`...)
	for _, v := range there {
		object = append(ijson.Append(object, v), ',')
	}
	return object
}

// endProof writes the value behind a proof without its closing brace, and closes the object.
func endProof(out []byte, value string) []byte {
	out = append(append(out, `,"proofValue":"`...), value...)
	return append(out, `"}]}`...)
}

// value makes the proof value.
func (s *Signer) value(p *Proof, doc ijson.Value, st Statement, o options) (string, error) {
	if s.suite.sd {
		return ecdsasd.Base(doc, p.value, s.key, st.Mandatory, nil)
	}
	hashes, err := s.hashes(p, doc, o)
	if err != nil {
		return "", err
	}
	return s.signature(hashes)
}

func (s *Signer) signature(hashes []byte) (string, error) {
	signature, err := s.key.Sign(hashes)
	if err != nil {
		return "", fmt.Errorf("proof of the suite %s: %w", s.suite.name, err)
	}
	return encodeMultibase(signature), nil
}

// config writes the proof without its value and without its closing brace.
func (s *Signer) config(st Statement, context ijson.Value) []byte {
	out := []byte{'{'}
	field := func(name, text string) {
		if text != "" {
			out = append(appendText(append(out, separator(out)...), name), ':')
			out = appendText(out, text)
		}
	}
	if s.suite.jcs && context.Kind() != ijson.Null {
		out = ijson.Append(append(out, `"@context":`...), context)
	}
	field("id", st.ID)
	field("type", dataIntegrityProof)
	field("cryptosuite", s.suite.name)
	if !st.Created.IsZero() {
		field("created", credential.FormatTime(st.Created))
	}
	if !st.Expires.IsZero() {
		field("expires", credential.FormatTime(st.Expires))
	}
	field("verificationMethod", st.VerificationMethod)
	field("proofPurpose", st.Purpose)
	field("domain", st.Domain)
	field("challenge", st.Challenge)
	if len(st.Previous) == 1 {
		field("previousProof", st.Previous[0])
	} else if len(st.Previous) > 1 {
		out = append(append(out, separator(out)...), `"previousProof":[`...)
		for i, id := range st.Previous {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendText(out, id)
		}
		out = append(out, ']')
	}
	return out
}

func separator(object []byte) string {
	if len(object) > 1 {
		return ","
	}
	return ""
}

// hashes is what gets signed.
func (s *Signer) hashes(p *Proof, doc ijson.Value, o options) ([]byte, error) {
	h := hashOf(s.key.Public().Alg)
	if s.suite.jcs {
		return p.hashesJCS(doc, h)
	}
	return p.hashesRDF(doc, rdf{inline: o.inline, hash: h}, "")
}

// defining adds to a document of VCDM 1.1 the context that defines what a proof says.
func defining(doc ijson.Value) (ijson.Value, error) {
	context := doc.Member("@context")
	old := false
	for _, c := range context.Items() {
		switch c.Text() {
		case contexts.CredentialsV2, contexts.DataIntegrityV2, contexts.DataIntegrityV1:
			return doc, nil
		case contexts.CredentialsV1:
			old = true
		}
	}
	if !old {
		return doc, nil
	}
	text := []byte(`{"@context":[`)
	for _, c := range context.Items() {
		text = append(ijson.Append(text, c), ',')
	}
	text = append(appendText(text, contexts.DataIntegrityV2), ']')
	for _, m := range without(doc.Members(), "@context") {
		text = append(appendText(append(text, ','), m.Name), ':')
		text = ijson.Append(text, m.Value)
	}
	text = append(text, '}')
	return ijson.Parse(text, ijson.Bounds{Bytes: len(text)})
}

// previous finds the proofs of doc with these ids.
func previous(doc ijson.Value, ids []string) ([]ijson.Value, error) {
	var out []ijson.Value
	for _, id := range ids {
		found := false
		for _, v := range doc.Member("proof").Items() {
			if v.Member("id").Text() == id {
				out, found = append(out, v), true
				break
			}
		}
		if !found {
			return nil, fault.Wrong("proof.malformed", "/proof", "there is no proof with the id %.100q", id)
		}
	}
	return out, nil
}
