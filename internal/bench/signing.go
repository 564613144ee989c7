package bench

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// rateGoal is "at least 0.9 of the base's rate" as a ratio of costs.
const rateGoal = 1 / 0.9

// Signing returns the pairs that compare signing a badge as ob-jwt with the bare signature of the same bytes by the same
// key: what the assembling of the JWS costs on top.
func Signing() ([]Pair, error) {
	var pairs []Pair
	for _, alg := range []keys.Algorithm{keys.EdDSA, keys.ES256} {
		key, err := keys.Generate(alg, rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("key for %s: %w", alg, err)
		}
		key = key.WithID("did:web:badges.example#key-1")
		signer, err := jose.NewSigner(proof.OBJWT, key)
		if err != nil {
			return nil, fmt.Errorf("signer for %s: %w", alg, err)
		}
		c, err := credential.Parse(document())
		if err != nil {
			return nil, fmt.Errorf("document: %w", err)
		}
		payload, err := jose.Payload(c)
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			return nil, fmt.Errorf("signing with %s: %w", alg, err)
		}
		input := signed[:bytes.LastIndexByte(signed, '.')] // the same bytes
		pairs = append(pairs, Pair{
			Name: "sign ob-jwt " + string(alg),
			Ours: repeat(func() error { _, err := signer.Sign(payload); return err }),
			Base: repeat(func() error { _, err := key.Sign(input); return err }),
			Most: rateGoal,
			Note: "the bare signature",
		})
	}
	return pairs, nil
}

// repeat makes a Job of one unit of work.
func repeat(unit func() error) Job {
	return func(n int) error {
		for range n {
			if err := unit(); err != nil {
				return err
			}
		}
		return nil
	}
}
