package bench

import (
	"crypto/sha256"
	"slices"
	"time"
)

// All measures every pair and every single job of the library, and the yardstick.
func All(c Config) ([]Outcome, error) {
	var pairs []Pair
	for _, group := range []func() ([]Pair, error){Signing, Embedded, Verification, Documents} {
		some, err := group()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, some...)
	}
	var outcomes []Outcome
	for _, p := range pairs {
		o, err := c.Pair(p)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, o)
	}
	lists, err := Lists()
	if err != nil {
		return nil, err
	}
	published, err := Published()
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Concat(Pictures(), Poison(), lists, published, []Single{yardstick()}) {
		o, err := c.Single(s)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// yardstick is a job that is the same everywhere, so that the absolute figures beside it can be compared between machines:
// SHA-256 over 64 KiB. Its goal is met by any machine that is not in trouble.
func yardstick() Single {
	block := make([]byte, 64<<10)
	return Single{
		Name: "yardstick: SHA-256 of 64 KiB",
		Ours: repeat(func() error { sha256.Sum256(block); return nil }),
		Most: 5 * time.Millisecond,
	}
}
