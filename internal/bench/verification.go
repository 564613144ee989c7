package bench

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

const (
	issuerDID = "did:web:badges.example"
	listURL   = "https://badges.example/status/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	entries   = 131072
	// verifyGoal is the most that all checks of a badge may cost beside the bare verification of its signature.
	verifyGoal = 2.2
	// listGoal is the most CPU time from a flipped bit to the signed list.
	listGoal = 150 * time.Microsecond
)

// issuer signs badges and lists for the measurements, and serves its list from memory.
type issuer struct {
	key    keys.Signer
	signer *jose.Signer
	list   []byte
}

func newIssuer(alg keys.Algorithm) (*issuer, error) {
	key, err := keys.Generate(alg, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key for %s: %w", alg, err)
	}
	i := &issuer{key: key.WithID(issuerDID + "#key-1")}
	if i.signer, err = jose.NewSigner(proof.OBJWT, i.key); err != nil {
		return nil, fmt.Errorf("signer for %s: %w", alg, err)
	}
	i.list, err = i.signList(status.New(entries))
	return i, err
}

// sign signs a document as ob-jwt.
func (i *issuer) sign(doc []byte) ([]byte, error) {
	c, err := credential.Parse(doc)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	payload, err := jose.Payload(c)
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return i.signer.Sign(payload)
}

func (i *issuer) signList(bits *status.Bits) ([]byte, error) {
	encoded, err := bits.Encoded()
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	return i.sign(fmt.Appendf(nil, `{"@context":["%s"],"id":"%s","type":["VerifiableCredential","BitstringStatusListCredential"],`+
		`"issuer":"%s","validFrom":"%s","validUntil":"%s","credentialSubject":{"id":"%s#list","type":"BitstringStatusList",`+
		`"statusPurpose":"revocation","encodedList":"%s"}}`, credential.ContextV2, listURL, issuerDID,
		credential.FormatTime(now), credential.FormatTime(now.Add(24*time.Hour)), listURL, encoded))
}

// Get serves the status list; the issuer is the whole network of the measurement.
func (i *issuer) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	if url != listURL {
		return nil, fmt.Errorf("nothing is at %s", url)
	}
	return &fetch.Response{URL: url, Status: 200, ContentType: "application/vc+jwt", MaxAge: time.Hour, Body: i.list}, nil
}

// document returns the DID document, as a resolver that has it in its cache does.
func (i *issuer) document() (*did.Document, error) {
	return did.ParseDocument(issuerDID, fmt.Appendf(nil, `{"@context":["%s"],"id":"%s","verificationMethod":[{"id":"%s","type":"JsonWebKey",`+
		`"controller":"%s","publicKeyJwk":%s}],"assertionMethod":["%s"]}`,
		contexts.CredentialsV2, issuerDID, i.key.Public().ID, issuerDID, i.key.Public().JWK(), i.key.Public().ID))
}

// Verification returns the pairs that compare all checks of a badge, its data model and its status among them, with the
// bare verification of its signature.
func Verification() ([]Pair, error) {
	var pairs []Pair
	for _, alg := range []keys.Algorithm{keys.EdDSA, keys.ES256, keys.RS256} {
		p, err := verification(alg)
		if err != nil {
			return nil, fmt.Errorf("verification of %s: %w", alg, err)
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

func verification(alg keys.Algorithm) (Pair, error) {
	i, err := newIssuer(alg)
	if err != nil {
		return Pair{}, err
	}
	published, err := i.document()
	if err != nil {
		return Pair{}, err
	}
	signed, err := i.sign(document())
	if err != nil {
		return Pair{}, err
	}
	local := func(context.Context, string) (*did.Document, bool, error) { return published, true, nil }
	v := verifier.New(verifier.Config{Keys: did.New(did.Config{Local: local}), Fetch: i})
	policy := verifier.Policy{Waive: verifier.TrustUnsafe}
	whole := func() error {
		r := v.Verify(context.Background(), intake.New(proof.OBJWT, signed), policy)
		if r.Verdict != verifier.Valid || r.Check(verifier.CheckStatus).Outcome != verifier.Pass {
			return fmt.Errorf("the badge is %s: %+v", r.Verdict, r.Checks)
		}
		return nil
	}
	input, last, _ := cutLast(string(signed))
	signature, err := base64.RawURLEncoding.DecodeString(last)
	if err != nil {
		return Pair{}, err
	}
	message, public := []byte(input), i.key.Public()
	return Pair{
		Name: "verify ob-jwt " + string(alg) + ", schema and status",
		Ours: repeat(whole),
		Base: repeat(func() error { return public.Verify(message, signature) }),
		Most: verifyGoal,
		Note: "the bare verification",
	}, nil
}

// cutLast splits a compact JWS at its last dot.
func cutLast(jws string) (before, after string, found bool) {
	at := strings.LastIndexByte(jws, '.')
	if at < 0 {
		return jws, "", false
	}
	return jws[:at], jws[at+1:], true
}

// Lists returns the job that flips a bit of a list of 131,072 entries, of which one in a hundred is set already, and signs
// the list.
func Lists() ([]Single, error) {
	i, err := newIssuer(keys.ES256)
	if err != nil {
		return nil, err
	}
	bits := status.New(entries)
	for at := 0; at < entries; at += 100 {
		if err := bits.Set(at); err != nil {
			return nil, err
		}
	}
	if _, err := bits.Encoded(); err != nil {
		return nil, err
	}
	next := 0
	flip := func() error {
		next = (next + 7919) % entries // a prime: every index has its turn
		if err := bits.Set(next); err != nil {
			return err
		}
		_, err := i.signList(bits)
		return err
	}
	return []Single{{Name: "status list, from bit to signature", Ours: repeat(flip), Most: listGoal}}, nil
}
