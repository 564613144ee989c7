// Package offline owns what a verifier without a network goes by: a pack with the last known trust list, the keys of the issuers on
// it and their status lists, each as it was when a server with a network had it.
//
// What is not in the pack is not known: the result says so, and nothing passes because of that. Lists keep their own dates, so one
// that is out of date is stale in a pack as anywhere. A pack holds nothing that a visitor handed over, only what anybody may
// fetch; which packs are asked for says nothing of what is checked (DESIGN, "no phone-home").
package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
)

// Pack is what is known without a network.
type Pack struct {
	AsOf       time.Time                  `json:"as_of"` // when it was put together
	Trust      []trust.Entry              `json:"trust"`
	Identities map[string]json.RawMessage `json:"identities"` // DID documents of the deployment's own issuers, by DID
	Documents  []Document                 `json:"documents"`
}

// Document is what stood at an address.
type Document struct {
	URL  string    `json:"url"`
	Type string    `json:"type"`
	Body []byte    `json:"body"`
	At   time.Time `json:"at"`
}

// Parse reads a pack. One that is too large, no JSON, or without a date is an error.
func Parse(data []byte) (Pack, error) {
	var p Pack
	if len(data) > limits.PackBytes {
		return p, fmt.Errorf("a pack has at most %d bytes", limits.PackBytes)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("pack: %w", err)
	}
	if p.AsOf.IsZero() {
		return p, errors.New("a pack without a date")
	}
	return p, nil
}

// Verifier makes a verifier that goes by the pack. An identity or entry that is malformed is an error.
func (p Pack) Verifier(clock func() time.Time) (*verifier.Verifier, error) {
	list, err := trust.New(p.Trust...)
	if err != nil {
		return nil, fmt.Errorf("trust list of the pack: %w", err)
	}
	own := make(map[string]*did.Document, len(p.Identities))
	for id, text := range p.Identities {
		if own[id], err = did.ParseDocument(id, text); err != nil {
			return nil, fmt.Errorf("keys of %s in the pack: %w", id, err)
		}
	}
	shelf := newShelf(p.Documents)
	resolver := did.New(did.Config{Fetch: shelf, Clock: clock, Local: func(_ context.Context, id string) (*did.Document, bool, error) {
		d, ok := own[id]
		return d, ok, nil
	}})
	return verifier.New(verifier.Config{Keys: resolver, Fetch: shelf, Trust: list, Clock: clock}), nil
}

// shelf answers from what was kept.
type shelf map[string]Document

func newShelf(all []Document) shelf {
	s := make(shelf, len(all))
	for _, d := range all {
		s[d.URL] = d
	}
	return s
}

// Get implements verifier.Fetcher.
func (s shelf) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	d, ok := s[url]
	if !ok {
		return nil, fault.Unclear("fetch.offline", url, nil, "This check was made without a network, and this address is not among what was kept.")
	}
	return &fetch.Response{URL: url, Status: 200, ContentType: d.Type, Body: d.Body}, nil
}
