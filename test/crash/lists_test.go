package crash_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/laureltest"
)

// checkNoneTwice pages through all awards: no external id stands there twice, and none that was promised is missing.
func (h *harness) checkNoneTwice(t *testing.T) {
	t.Helper()
	seen := map[string]int{}
	cursor := ""
	for {
		var page struct {
			Items []laureltest.Award `json:"items"`
			Next  string             `json:"next"`
		}
		query := url.Values{"issuer": {h.catalogue.Issuer}, "limit": {"200"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := h.client.Do(t.Context(), http.MethodGet, "/api/v1/awards?"+query.Encode(), nil, &page, http.StatusOK); err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			seen[a.ExternalID]++
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, p := range h.ledger.since(0) {
		if seen[p.externalID] != 1 {
			t.Errorf("external id %s stands in %d awards", p.externalID, seen[p.externalID])
		}
	}
	if len(seen) != h.ledger.count() {
		t.Errorf("%d external ids are listed, %d were acknowledged", len(seen), h.ledger.count())
	}
}

// statusEntry is where a credential says that its status stands.
type statusEntry struct {
	List  string `json:"statusListCredential"`
	Index string `json:"statusListIndex"`
}

// checkLists reads the status entry of every credential from its signed bytes and compares the published bits with the API.
func (h *harness) checkLists(t *testing.T) {
	t.Helper()
	users := map[statusEntry]string{}
	lists := map[string][]byte{}
	for _, p := range h.ledger.since(0) {
		var a laureltest.Award
		if err := h.client.Do(t.Context(), http.MethodGet, "/api/v1/awards/"+p.award.ID, nil, &a, http.StatusOK); err != nil {
			t.Fatal(err)
		}
		for _, c := range a.Credentials {
			entry := h.entry(t, c)
			if other, taken := users[entry]; taken {
				t.Errorf("index %s of %s is used by %s and %s", entry.Index, entry.List, other, c.ID)
			}
			users[entry] = c.ID
			if lists[entry.List] == nil {
				lists[entry.List] = h.bits(t, entry.List)
			}
			set, err := bit(lists[entry.List], entry.Index)
			if err != nil {
				t.Errorf("credential %s: %v", c.ID, err)
			} else if set != (a.Revocation != nil) {
				t.Errorf("credential %s: the list says revoked %v, the award says %v", c.ID, set, a.Revocation != nil)
			}
		}
	}
	if len(users) == 0 {
		t.Error("no credential has a status entry")
	}
}

func (h *harness) entry(t *testing.T, c laureltest.Credential) statusEntry {
	t.Helper()
	jws, err := h.client.Text(t.Context(), "/c/"+c.ID+".jwt", "*/*")
	if err != nil {
		t.Fatal(err)
	}
	var payload struct {
		Status statusEntry `json:"credentialStatus"`
	}
	if err := laureltest.Payload(jws, &payload); err != nil {
		t.Fatalf("credential %s: %v", c.ID, err)
	}
	if payload.Status.List == "" || payload.Status.Index == "" {
		t.Fatalf("credential %s has no status entry", c.ID)
	}
	return payload.Status
}

// bits fetches a published list and unpacks it with the standard library, not with our own code.
func (h *harness) bits(t *testing.T, list string) []byte {
	t.Helper()
	jws, err := h.client.Text(t.Context(), list, "*/*")
	if err != nil {
		t.Fatal(err)
	}
	var payload struct {
		ID      string `json:"id"`
		Subject struct {
			Purpose string `json:"statusPurpose"`
			Encoded string `json:"encodedList"`
		} `json:"credentialSubject"`
	}
	if err := laureltest.Payload(jws, &payload); err != nil {
		t.Fatalf("list %s: %v", list, err)
	}
	if payload.ID != list || payload.Subject.Purpose != "revocation" {
		t.Errorf("list %s says that it is %q for %q", list, payload.ID, payload.Subject.Purpose)
	}
	bits, err := inflate(payload.Subject.Encoded)
	if err != nil {
		t.Fatalf("list %s: %v", list, err)
	}
	return bits
}

func inflate(encoded string) ([]byte, error) {
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(encoded, "u"))
	if err != nil {
		return nil, fmt.Errorf("encodedList: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("encodedList: %w", err)
	}
	return io.ReadAll(r)
}

// bit returns bit index, counted from the left (Bitstring Status List 1.0, section 3.2).
func bit(bits []byte, index string) (bool, error) {
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i/8 >= len(bits) {
		return false, fmt.Errorf("index %q is not one of %d", index, len(bits)*8)
	}
	return bits[i/8]&(0x80>>(i%8)) != 0, nil
}
