package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/piprate/json-gold/ld"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

const (
	templateGoal = 1 / 0.65 // at least 0.65 of the rate of bare signatures
	embeddedGoal = 3.2      // all checks beside the bare verification
	tablesGoal   = 1 / 25.0 // at least 25 times as fast as the library
	jsonGoal     = 0.6
	poisonGoal   = 10 * time.Millisecond
	poisonNodes  = 10
)

// suites are the cryptosuites of embedded proofs over canonical RDF, with a key for each.
func suites() map[string]keys.Algorithm {
	return map[string]keys.Algorithm{dataintegrity.EdDSARDFC: keys.EdDSA, dataintegrity.ECDSARDFC: keys.ES256}
}

// Embedded returns the pairs about embedded proofs: issuing by a template beside the bare signature, and all checks of a badge
// beside the bare verification.
func Embedded() ([]Pair, error) {
	var pairs []Pair
	for _, suite := range []string{dataintegrity.EdDSARDFC, dataintegrity.ECDSARDFC} {
		i, err := newIssuer(suites()[suite])
		if err != nil {
			return nil, err
		}
		for _, make := range []func(*issuer, string) (Pair, error){issuing, verifying} {
			p, err := make(i, suite)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", suite, err)
			}
			pairs = append(pairs, p)
		}
	}
	return pairs, nil
}

// method is the key as embedded proofs name it.
func (i *issuer) method() string { return issuerDID + "#" + i.key.Public().Multikey() }

// awards are documents of one achievement for many recipients, parsed.
func awards(n int) ([]ijson.Value, error) {
	out := make([]ijson.Value, n)
	for at := range out {
		v, err := ijson.Parse(documentFor(fmt.Sprintf("%012d", at)), ijson.Bounds{})
		if err != nil {
			return nil, err
		}
		out[at] = v
	}
	return out, nil
}

func issuing(i *issuer, suite string) (Pair, error) {
	signer, err := dataintegrity.NewSigner(suite, i.key)
	if err != nil {
		return Pair{}, err
	}
	docs, err := awards(64)
	if err != nil {
		return Pair{}, err
	}
	next, hashes := 0, make([]byte, 2*sha256.Size)
	if _, err := rand.Read(hashes); err != nil {
		return Pair{}, err
	}
	st := dataintegrity.Statement{VerificationMethod: i.method()}
	start := time.Unix(1_770_000_000, 0)
	return Pair{
		Name: "issue " + suite + " by a template",
		Ours: repeat(func() error {
			next++
			st.Created = start.Add(time.Duration(next) * time.Second)
			_, err := signer.SignLike("first aid", docs[next%len(docs)], st)
			return err
		}),
		Base: repeat(func() error { _, err := i.key.Sign(hashes); return err }),
		Most: templateGoal,
		Note: "the bare signature",
	}, nil
}

func verifying(i *issuer, suite string) (Pair, error) {
	signer, err := dataintegrity.NewSigner(suite, i.key)
	if err != nil {
		return Pair{}, err
	}
	doc, err := ijson.Parse(document(), ijson.Bounds{})
	if err != nil {
		return Pair{}, err
	}
	signed, err := signer.Sign(doc, dataintegrity.Statement{VerificationMethod: i.method(), Created: time.Unix(1_770_000_000, 0)})
	if err != nil {
		return Pair{}, err
	}
	published, err := did.ParseDocument(issuerDID, fmt.Appendf(nil, `{"@context":["%s"],"id":"%s","verificationMethod":[`+
		`{"id":"%s","type":"Multikey","controller":"%s","publicKeyMultibase":"%s"},`+
		`{"id":"%s","type":"JsonWebKey","controller":"%s","publicKeyJwk":%s}],"assertionMethod":["%s","%s"]}`, contexts.CredentialsV2, issuerDID,
		i.method(), issuerDID, i.key.Public().Multikey(), i.key.Public().ID, issuerDID, i.key.Public().JWK(), i.method(), i.key.Public().ID))
	if err != nil {
		return Pair{}, err
	}
	local := func(context.Context, string) (*did.Document, bool, error) { return published, true, nil }
	v := verifier.New(verifier.Config{Keys: did.New(did.Config{Local: local}), Fetch: i})
	hashes := make([]byte, 2*sha256.Size)
	signature, err := i.key.Sign(hashes)
	if err != nil {
		return Pair{}, err
	}
	public := i.key.Public()
	return Pair{
		Name: "verify " + suite + ", schema and status",
		Ours: repeat(func() error {
			r := v.Verify(context.Background(), intake.New(proof.DataIntegrity, signed), verifier.Policy{Waive: verifier.TrustUnsafe})
			if r.Verdict != verifier.Valid || r.Check(verifier.CheckStatus).Outcome != verifier.Pass {
				return fmt.Errorf("the badge is %s: %+v", r.Verdict, r.Checks)
			}
			return nil
		}),
		Base: repeat(func() error { return public.Verify(hashes, signature) }),
		Most: embeddedGoal,
		Note: "the bare verification",
	}, nil
}

// Documents returns the pairs about reading and writing documents.
func Documents() ([]Pair, error) {
	text := document()
	doc, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	library, err := libraryPipeline(text)
	if err != nil {
		return nil, err
	}
	var room []byte
	return []Pair{{
		Name: "expand and canonicalise a badge by the term tables",
		Ours: repeat(func() error {
			quads, err := jsonld.ToRDF(doc)
			if err == nil {
				_, err = jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
			}
			return err
		}),
		Base: repeat(library), Most: tablesGoal, Note: "json-gold's Normalize",
	}, {
		Name: "canonical JSON of a badge that was read",
		Ours: repeat(func() (err error) { room, err = ijson.AppendCanonical(room[:0], doc); return err }),
		Base: repeat(intoMap(text)), Most: jsonGoal, Note: "json.Unmarshal into a map",
	}, {
		Name: "canonical JSON of a badge, read strictly first",
		Ours: repeat(func() error {
			v, err := ijson.Parse(text, ijson.Bounds{})
			if err == nil {
				room, err = ijson.AppendCanonical(room[:0], v)
			}
			return err
		}),
		Base: repeat(intoMap(text)), Most: jsonGoal, Note: "json.Unmarshal into a map",
	}}, nil
}

func intoMap(text []byte) func() error {
	return func() error {
		var m map[string]any
		return json.Unmarshal(text, &m)
	}
}

// embeddedContexts serves the library with our contexts.
type embeddedContexts struct{}

// LoadDocument implements ld.DocumentLoader.
func (embeddedContexts) LoadDocument(url string) (*ld.RemoteDocument, error) {
	text, _, _ := contexts.Lookup(url)
	var doc any
	err := json.Unmarshal(text, &doc)
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

// libraryPipeline is expansion, quads and canonical form by the library, with the contexts parsed beforehand.
func libraryPipeline(text []byte) (func() error, error) {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	loader := ld.NewCachingDocumentLoader(embeddedContexts{})
	return func() error {
		o := ld.NewJsonLdOptions("")
		o.SafeMode, o.DocumentLoader, o.Algorithm, o.Format = true, loader, "URDNA2015", "application/n-quads"
		_, err := ld.NewJsonLdProcessor().Normalize(doc, o)
		return err
	}, nil
}

// Poison returns the jobs that refuse graphs made to take long: nodes without ids, all linked with each other, by the general
// bound and by the one for credentials.
func Poison() []Single {
	quads := clique(poisonNodes)
	refused := func(canonicalize func([]jsonld.Quad, jsonld.Hash) (*jsonld.Canonical, error), quads []jsonld.Quad) Job {
		return repeat(func() error {
			if _, err := canonicalize(quads, jsonld.SHA256); err == nil || fault.AsDefect(err).Code != "limits.canonicalization" {
				return fmt.Errorf("the graph is taken: %w", err)
			}
			return nil
		})
	}
	return []Single{
		{Name: "poison graph, ten nodes linked with each other", Ours: refused(jsonld.Canonicalize, quads), Most: poisonGoal},
		{Name: "poison graph in a credential, the same", Ours: refused(jsonld.CanonicalizeCredential, quads), Most: poisonGoal},
		{Name: "poison graph in a credential, linked one way", Ours: refused(jsonld.CanonicalizeCredential, oneWay(32)), Most: poisonGoal},
	}
}

func node(i int) jsonld.Term { return jsonld.Term{Kind: jsonld.Blank, Value: fmt.Sprintf("n%d", i)} }

func edge(from, to int) jsonld.Quad {
	return jsonld.Quad{Subject: node(from), Predicate: jsonld.Term{Kind: jsonld.IRI, Value: "urn:p"}, Object: node(to)}
}

// clique links n nodes with each other in both directions.
func clique(n int) (out []jsonld.Quad) {
	for i := range n {
		for j := range n {
			if i != j {
				out = append(out, edge(i, j))
			}
		}
	}
	return out
}

// oneWay links each of n nodes with the four behind it in a ring: none is linked in both directions, and all look alike.
func oneWay(n int) (out []jsonld.Quad) {
	for i := range n {
		for step := range 4 {
			out = append(out, edge(i, (i+step+1)%n))
		}
	}
	return out
}
