package dataintegrity

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// The proof purposes that a credential or a presentation has a use for.
const (
	AssertionMethod = "assertionMethod"
	Authentication  = "authentication"
)

// proofLimit bounds how many proofs one document may carry.
const proofLimit = 16

// Proof is one embedded proof, as it says of itself. Nothing of it is to be believed before Verify.
type Proof struct {
	At                 string // JSON pointer of the proof in its document
	ID                 string
	Type               string
	Cryptosuite        string // "" for a proof type that is its own suite
	VerificationMethod string // an absolute URL
	Purpose            string
	Created            time.Time // zero when absent
	Expires            time.Time // zero when absent
	Domain             []string
	Challenge          string
	Previous           []string // ids of the proofs that this one covers, too (proof chains)

	value     ijson.Value
	suite     suite
	signature []byte
	defect    *fault.Defect
	earlier   []ijson.Value // the proofs that Previous names
}

// Err returns what makes the proof unusable before any key is looked at, as a *fault.Defect: proof.malformed, or
// proof.suite_unknown, Unclear. It is nil for a proof that Verify can judge.
func (p *Proof) Err() error {
	if p.defect == nil {
		return nil
	}
	return p.defect
}

// Read lists the proofs of a document in their order. A proof that cannot be used is listed, too, with its Err: one proof of an
// unknown suite does not hide another one. The error is for a document as a whole: proof.missing, or proof.malformed when there
// are too many proofs, two have one id, or a chain (previousProof) names a proof that is not there or goes in a circle.
func Read(doc ijson.Value) ([]Proof, error) {
	member, ok := doc.Get("proof")
	if !ok {
		return nil, fault.Wrong("proof.missing", "/proof", "the document has no proof")
	}
	items := member.Items()
	if len(items) == 0 || len(items) > proofLimit {
		return nil, fault.Wrong("proof.malformed", "/proof", "there are %d proofs, not 1 to %d", len(items), proofLimit)
	}
	out := make([]Proof, len(items))
	for i, v := range items {
		out[i].At = "/proof"
		if member.Kind() == ijson.Array {
			out[i].At = ijson.Index("/proof", i)
		}
		out[i].value = v
		if err := out[i].read(); err != nil {
			out[i].defect = fault.AsDefect(err)
		}
	}
	return out, link(out)
}

// link finds the proofs that others name as previous ones.
func link(proofs []Proof) error {
	byID := map[string]int{}
	for i := range proofs {
		if id := proofs[i].ID; id != "" {
			if _, twice := byID[id]; twice {
				return fault.Wrong("proof.malformed", proofs[i].At+"/id", "two proofs have the same id")
			}
			byID[id] = i
		}
	}
	for i := range proofs {
		for _, id := range proofs[i].Previous {
			at, ok := byID[id]
			if !ok {
				return fault.Wrong("proof.malformed", proofs[i].At+"/previousProof", "there is no proof with the id %.100q", id)
			}
			proofs[i].earlier = append(proofs[i].earlier, proofs[at].value)
		}
		if Rests(proofs, i) == nil && len(proofs[i].Previous) > 0 {
			return fault.Wrong("proof.malformed", proofs[i].At+"/previousProof", "the chain of proofs goes in a circle")
		}
	}
	return nil
}

// Rests lists the indexes of the proofs that proof i builds on, directly or not: it is worth no more than all of them. nil
// means none.
func Rests(proofs []Proof, i int) []int {
	var out []int
	next := []int{i}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		for j := range proofs {
			if proofs[j].ID == "" || !slices.Contains(proofs[at].Previous, proofs[j].ID) {
				continue
			}
			if j == i {
				return nil
			}
			if !slices.Contains(out, j) {
				out = append(out, j)
				next = append(next, j)
			}
		}
	}
	slices.Sort(out)
	return out
}

// read takes the members of a proof apart (VC Data Integrity §2.1).
func (p *Proof) read() error {
	if p.value.Kind() != ijson.Object {
		return p.malformed("", "a proof is an object")
	}
	var err error
	text := func(name string) string {
		v, ok := p.value.Get(name)
		if ok && (!v.IsString() || v.Text() == "") && err == nil {
			err = p.malformed(name, "%s is a text", name)
		}
		return v.Text()
	}
	p.ID, p.Type, p.Cryptosuite = text("id"), text("type"), text("cryptosuite")
	p.VerificationMethod, p.Purpose = text("verificationMethod"), text("proofPurpose")
	p.Challenge = text("challenge")
	created, expires, value := text("created"), text("expires"), text("proofValue")
	text("nonce")
	if err != nil {
		return err
	}
	if p.Previous, err = p.texts("previousProof"); err != nil {
		return err
	}
	if p.Domain, err = p.texts("domain"); err != nil {
		return err
	}
	if p.Created, err = p.time("created", created); err != nil {
		return err
	}
	if p.Expires, err = p.time("expires", expires); err != nil {
		return err
	}
	return p.judge(value)
}

// judge checks what has to have one of a few values.
func (p *Proof) judge(value string) error {
	if p.Type == "" {
		return p.malformed("type", "a proof has a type")
	}
	known := false
	if p.suite, known = suiteOf(p.Type, p.Cryptosuite); !known {
		if p.Type == dataIntegrityProof && p.Cryptosuite == "" {
			return p.malformed("cryptosuite", "a DataIntegrityProof names a cryptosuite")
		}
		kind := strings.TrimSpace(p.Type + " " + p.Cryptosuite)
		return fault.Unclear("proof.suite_unknown", p.At, nil, "proofs of the kind %.60q are not read", kind)
	}
	if p.Purpose != AssertionMethod && p.Purpose != Authentication {
		return p.malformed("proofPurpose", "%.60q is no purpose of a credential's or presentation's proof", p.Purpose)
	}
	if !absolute(p.VerificationMethod) {
		return p.malformed("verificationMethod", "the verification method is no absolute URL")
	}
	if p.ID != "" && !absolute(p.ID) {
		return p.malformed("id", "the id of the proof is no absolute URL")
	}
	if p.suite.sd {
		if !ecdsasd.IsDerived(value) {
			return p.malformed("proofValue", "the proof value is not that of a derived proof")
		}
		return nil
	}
	ok := false
	if p.signature, ok = decodeMultibase(value); !ok || len(p.signature) != 64 && (len(p.signature) != 96 || !p.suite.ecdsa) {
		return p.malformed("proofValue", "the proof value is no signature in base58 with the prefix z")
	}
	return nil
}

func (p *Proof) malformed(member, format string, args ...any) error {
	at := p.At
	if member != "" {
		at = ijson.Pointer(at, member)
	}
	return fault.Wrong("proof.malformed", at, format, args...)
}

// texts reads a text or an array of texts, at most proofLimit.
func (p *Proof) texts(name string) ([]string, error) {
	v, ok := p.value.Get(name)
	if !ok {
		return nil, nil
	}
	out := v.Texts()
	if len(out) == 0 || len(out) != len(v.Items()) || len(out) > proofLimit || slices.Contains(out, "") {
		return nil, p.malformed(name, "%s is a text or a list of texts", name)
	}
	return out, nil
}

func (p *Proof) time(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := credential.ParseTime(s)
	if err != nil {
		return t, p.malformed(name, "%s is not a date and time with an offset", name)
	}
	return t, nil
}

// absolute reports whether s is an absolute URL, such as https://issuer.example/keys#1 or did:key:z…#z….
func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(s, " \t\r\n")
}

// Expect is what the reader of a document wants of a proof, apart from the signature.
type Expect struct {
	Purpose   string    // "" means AssertionMethod
	Now       time.Time // when zero, Expires is not looked at
	Domain    string    // for Authentication: one of the proof's domains
	Challenge string    // for Authentication: the proof's challenge
}

// Check compares the proof with what the reader wants. The error is a *fault.Defect: proof.purpose, proof.expired,
// proof.domain, proof.challenge.
func (p *Proof) Check(e Expect) error {
	if e.Purpose == "" {
		e.Purpose = AssertionMethod
	}
	switch {
	case p.Purpose != e.Purpose:
		return fault.Wrong("proof.purpose", p.At+"/proofPurpose", "the proof is for %.60q, not for %s", p.Purpose, e.Purpose)
	case !e.Now.IsZero() && !p.Expires.IsZero() && e.Now.After(p.Expires):
		return fault.Wrong("proof.expired", p.At+"/expires", "the proof ended %s", credential.FormatTime(p.Expires))
	case e.Domain != "" && !slices.Contains(p.Domain, e.Domain):
		return fault.Wrong("proof.domain", p.At+"/domain", "the proof was made for another domain")
	case e.Challenge != p.Challenge && (e.Challenge != "" || e.Purpose == Authentication):
		return fault.Wrong("proof.challenge", p.At+"/challenge", "the proof does not answer the challenge")
	}
	return nil
}
