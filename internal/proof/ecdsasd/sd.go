package ecdsasd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
)

// Suite is the name of the cryptosuite.
const Suite = "ecdsa-sd-2023"

// codec is the multicodec prefix of a P-256 public key.
const codec = "\x80\x24"

// Base returns the proof value of a base proof over doc by key, which is for ES256. proof is the proof without a value.
// mandatory are JSON pointers to what every derived proof must show. A nil random means crypto/rand. The error is a
// *fault.Defect: proof.pointer, key.alg_mismatch, or one of jsonld.ToRDF.
func Base(doc, proof ijson.Value, key keys.Signer, mandatory []string, random io.Reader) (string, error) {
	if key.Public().Alg != keys.ES256 {
		return "", fault.Wrong("key.alg_mismatch", "", "base proofs of %s are made with keys on P-256", Suite)
	}
	if random == nil {
		random = rand.Reader
	}
	hmacKey := make([]byte, keySize)
	if _, err := io.ReadFull(random, hmacKey); err != nil {
		return "", fmt.Errorf("base proof: %w", err)
	}
	own, err := keys.Generate(keys.ES256, random)
	if err != nil {
		return "", fmt.Errorf("base proof: %w", err)
	}
	return signing{key: key, own: own, hmacKey: hmacKey, mandatory: mandatory}.value(doc, proof)
}

// signing is what goes into one base proof.
type signing struct {
	key, own  keys.Signer // of the issuer, and of this proof alone
	hmacKey   []byte
	mandatory []string
}

func (g signing) value(doc, proof ijson.Value, o ...jsonld.Option) (string, error) {
	s, err := read(doc, g.hmacKey, o...)
	if err != nil {
		return "", err
	}
	if err := s.exist(doc, g.mandatory); err != nil {
		return "", err
	}
	b := &base{hmacKey: g.hmacKey, mandatory: g.mandatory}
	if b.public, err = compressed(g.own.Public()); err != nil {
		return "", err
	}
	_, chosen := s.matching(g.mandatory)
	must := sha256.New()
	for i, line := range s.lines {
		if _, found := slices.BinarySearch(chosen, i); found {
			_, _ = must.Write([]byte(line))
			continue
		}
		signature, err := g.own.Sign([]byte(line))
		if err != nil {
			return "", fmt.Errorf("base proof: %w", err)
		}
		b.signatures = append(b.signatures, signature)
	}
	config, err := hashConfig(doc, proof, o...)
	if err != nil {
		return "", err
	}
	if b.signature, err = g.key.Sign(slices.Concat(config, b.public, must.Sum(nil))); err != nil {
		return "", fmt.Errorf("base proof: %w", err)
	}
	return b.String(), nil
}

// hashConfig is the hash of the proof without its value (§3.4.14).
func hashConfig(doc, proof ijson.Value, options ...jsonld.Option) ([]byte, error) {
	quads, err := jsonld.ToRDF(proof, append(options, jsonld.Omit("proofValue"), jsonld.With("@context", doc.Member("@context")))...)
	if err != nil {
		return nil, err
	}
	c, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(c.String()))
	return sum[:], nil
}

// Derive makes of doc, which has a base proof, a document that shows what is mandatory and what the JSON pointers name, with a
// derived proof. Whoever has the base proof can do so. The error is a *fault.Defect: proof.pointer, proof.malformed, or one of
// jsonld.ToRDF. Other proofs of doc are left behind.
func Derive(doc ijson.Value, pointers []string, options ...jsonld.Option) ([]byte, error) {
	proof, b, err := baseProof(doc)
	if err != nil {
		return nil, err
	}
	s, err := read(doc, b.hmacKey, options...)
	if err != nil {
		return nil, err
	}
	both := append(slices.Clone(b.mandatory), pointers...)
	if err := s.exist(doc, both); err != nil {
		return nil, err
	}
	d, err := s.disclose(b, pointers)
	if err != nil {
		return nil, err
	}
	tree, err := choose(both)
	if err != nil {
		return nil, err
	}
	if len(tree.next) == 0 && !tree.whole {
		return nil, fault.Wrong("proof.pointer", "", "nothing is chosen to be shown")
	}
	return write(doc, proof, tree, d), nil
}

// Message returns what the issuer's signature of the base proof of doc is over (§3.4.17). The errors are those of Derive.
func Message(doc ijson.Value, options ...jsonld.Option) ([]byte, error) {
	proof, b, err := baseProof(doc)
	if err != nil {
		return nil, err
	}
	s, err := read(doc, b.hmacKey, options...)
	if err != nil {
		return nil, err
	}
	_, chosen := s.matching(b.mandatory)
	must := sha256.New()
	for i, line := range s.lines {
		if _, found := slices.BinarySearch(chosen, i); found {
			_, _ = must.Write([]byte(line))
		}
	}
	config, err := hashConfig(doc, proof, options...)
	return slices.Concat(config, b.public, must.Sum(nil)), err
}

// baseProof finds the base proof of a document.
func baseProof(doc ijson.Value) (ijson.Value, *base, error) {
	for _, p := range doc.Member("proof").Items() {
		if p.Member("cryptosuite").Text() == Suite {
			b, err := parseBase(p.Member("proofValue").Text())
			return p, b, err
		}
	}
	return ijson.Value{}, nil, fault.Wrong("proof.missing", "/proof", "the document has no proof of the suite %s", Suite)
}

// disclose makes the proof value for what pointers select besides what is mandatory (§3.4.13).
func (s *statements) disclose(b *base, pointers []string) (*derived, error) {
	_, mandatory := s.matching(b.mandatory)
	_, selected := s.matching(pointers)
	combined, indexes := s.matching(append(slices.Clone(b.mandatory), pointers...))
	if len(b.signatures) != len(s.lines)-len(mandatory) {
		return nil, fault.Wrong("di.signature", "/proof", "the base proof does not have a signature for each statement")
	}
	d := &derived{signature: b.signature, public: b.public, labels: map[string]string{}}
	for relative, i := range indexes {
		if slices.Contains(mandatory, i) {
			d.mandatory = append(d.mandatory, relative)
		}
	}
	next := 0
	for i := range s.lines {
		if slices.Contains(mandatory, i) {
			continue
		}
		if slices.Contains(selected, i) {
			d.signatures = append(d.signatures, b.signatures[next])
		}
		next++
	}
	c, err := jsonld.CanonicalizeCredential(combined, jsonld.SHA256)
	if err != nil {
		return nil, err
	}
	for own, label := range c.Labels {
		d.labels[label] = s.labels[own]
	}
	return d, nil
}

// write puts the revealed document and its proof together.
func write(doc, proof ijson.Value, tree *choice, d *derived) []byte {
	var out []byte
	if tree.whole {
		tree = &choice{next: map[string]*choice{}}
		for _, m := range doc.Members() {
			tree.next[m.Name] = &choice{whole: true}
		}
	}
	delete(tree.next, "proof")
	out = tree.reveal(out, doc)
	before, after := `,"proof":{`, `"}}`
	if doc.Member("proof").Kind() == ijson.Array { // the schema of Open Badges 3.0 wants an array; it stays what it was
		before, after = `,"proof":[{`, `"}]}`
	}
	out = append(out[:len(out)-1], before...)
	for _, m := range proof.Members() {
		if m.Name != "proofValue" {
			out = append(quoted(out, m.Name), ':')
			out = append(ijson.Append(out, m.Value), ',')
		}
	}
	return append(append(append(out, `"proofValue":"`...), d.String()...), after...)
}

// Verify checks a derived proof over doc: that its issuer's key signed it, and each statement that is not mandatory. The error is
// a *fault.Defect: proof.malformed (a base proof, too: it is not meant for verifiers), key.alg_mismatch, di.signature, or one of
// jsonld.ToRDF and jsonld.CanonicalizeCredential.
func Verify(doc, proof ijson.Value, key keys.Public, options ...jsonld.Option) error {
	if key.Alg != keys.ES256 {
		return fault.Wrong("key.alg_mismatch", "", "proofs of %s are made with keys on P-256", Suite)
	}
	d, message, rest, err := unfold(doc, proof, options...)
	if err != nil {
		return err
	}
	if err := verified(key, message, d.signature); err != nil {
		return err
	}
	own, err := expanded(d.public)
	if err != nil {
		return err
	}
	for i, line := range rest {
		if err := verified(own, []byte(line), d.signatures[i]); err != nil {
			return err
		}
	}
	return nil
}

// DerivedMessage returns what the issuer's signature is over, of a derived proof over doc: the same bytes as Message of the base
// proof that it was derived from. The errors are those of Verify.
func DerivedMessage(doc, proof ijson.Value, options ...jsonld.Option) ([]byte, error) {
	_, message, _, err := unfold(doc, proof, options...)
	return message, err
}

// unfold takes a derived proof apart: what the issuer signed, and the statements that are signed each for itself.
func unfold(doc, proof ijson.Value, options ...jsonld.Option) (d *derived, message []byte, rest []string, err error) {
	if d, err = parseDerived(proof.Member("proofValue").Text()); err != nil {
		return nil, nil, nil, err
	}
	quads, err := jsonld.ToRDF(doc, append(slices.Clone(options), jsonld.Omit("proof"))...)
	if err != nil {
		return nil, nil, nil, err
	}
	lines, err := d.relabelled(quads)
	if err != nil {
		return nil, nil, nil, err
	}
	must, rest, err := d.split(lines)
	if err != nil {
		return nil, nil, nil, err
	}
	config, err := hashConfig(doc, proof, options...)
	if err != nil {
		return nil, nil, nil, err
	}
	return d, slices.Concat(config, d.public, must), rest, nil
}

// relabelled gives the statements the labels under which the issuer signed them, in sorted order (§3.4.15).
func (d *derived) relabelled(quads []jsonld.Quad) ([]string, error) {
	c, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
	if err != nil {
		return nil, err
	}
	labels := make(map[string]string, len(c.Labels))
	for own, label := range c.Labels {
		if labels[own] = d.labels[label]; labels[own] == "" {
			return nil, malformed("the proof value does not know the node %s", label)
		}
	}
	if len(d.labels) != len(c.Labels) {
		return nil, malformed("the proof value knows nodes that the document does not have")
	}
	return sorted(jsonld.Relabelled(quads, labels)), nil
}

// split hashes the mandatory statements and returns the others.
func (d *derived) split(lines []string) (must []byte, rest []string, err error) {
	h := sha256.New()
	next := 0
	for i, line := range lines {
		if next < len(d.mandatory) && d.mandatory[next] == i {
			_, _ = h.Write([]byte(line))
			next++
			continue
		}
		rest = append(rest, line)
	}
	if next != len(d.mandatory) || len(rest) != len(d.signatures) {
		return nil, nil, fault.Wrong("di.signature", "/proofValue", "the document does not have the statements that the proof is over")
	}
	return h.Sum(nil), rest, nil
}

func verified(key keys.Public, message, signature []byte) error {
	if key.Verify(message, signature) != nil {
		return fault.Wrong("di.signature", "/proofValue", "the signature does not fit the document, the proof and the key")
	}
	return nil
}

// compressed is the binary form of a Multikey on P-256.
func compressed(p keys.Public) ([]byte, error) {
	k, ok := p.Key.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("base proof: the key is not on P-256")
	}
	point, err := k.Bytes()
	if err != nil {
		return nil, fmt.Errorf("base proof: %w", err)
	}
	return slices.Concat([]byte(codec), []byte{2 + point[len(point)-1]&1}, point[1:1+keySize]), nil
}

// expanded reads the binary form of a Multikey on P-256.
func expanded(raw []byte) (keys.Public, error) {
	if !bytes.HasPrefix(raw, []byte(codec)) {
		return keys.Public{}, malformed("the proof value has a key that is not on P-256")
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), raw[len(codec):])
	if x == nil {
		return keys.Public{}, malformed("the proof value has a key that is not on P-256")
	}
	full := make([]byte, 1+2*keySize)
	full[0] = 4
	x.FillBytes(full[1 : 1+keySize])
	y.FillBytes(full[1+keySize:])
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), full)
	if err != nil {
		return keys.Public{}, malformed("the proof value has a key that is not on P-256")
	}
	return keys.NewPublic("", keys.ES256, k)
}

func quoted(dst []byte, s string) []byte {
	out, _ := jsontext.AppendQuote(dst, s)
	return out
}
