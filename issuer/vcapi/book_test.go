package vcapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/issuer/vcapi"
)

// place is where a credential says that its status stands.
type place struct {
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
}

func placeOf(t *testing.T, credential []byte) place {
	t.Helper()
	var c struct {
		Status  place           `json:"credentialStatus"`
		Subject json.RawMessage `json:"credentialSubject"`
	}
	if err := json.Unmarshal(credential, &c); err != nil {
		t.Fatal(err)
	}
	if string(c.Subject) != `{"id":"did:example:amal"}` {
		t.Errorf("the subject has changed: %s", c.Subject)
	}
	return c.Status
}

// TestABitIsSet: entries are given where the address asks for one, no two alike, and the list that they name says what was set.
func TestABitIsSet(t *testing.T) {
	t.Parallel()
	k := generate(t, keys.EdDSA)
	book := vcapi.NewBook(vcapi.NewKeys(now, k), "https://localhost:8443/")
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Issuers: book, Statuses: book, Lists: book})
	did := vcapi.DID(k.Public())
	seen := map[place]bool{}
	for n := range 20 {
		code, a := post(t, h, vcapi.IssuePath+"?status=revocation", order(credential(did, map[string]string{"id": `"urn:example:` + strconv.Itoa(n) + `"`}), `{}`), "")
		if code != http.StatusCreated {
			t.Fatalf("%d %+v", code, a)
		}
		p := placeOf(t, a.Credential)
		if p.Type != "BitstringStatusListEntry" || p.Purpose != "revocation" || p.List != "https://localhost:8443/status-lists/0" || seen[p] {
			t.Fatalf("%+v", p)
		}
		seen[p] = true
		index, err := strconv.Atoi(p.Index)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []bool{false, true} {
			if revoked, known := book.Revoked(p.List, index); revoked != want || !known || published(t, h, k.Public()).Get(index) != want {
				t.Errorf("%d: %v %v, want %v", n, revoked, known, want)
			}
			if code, a := post(t, h, vcapi.StatusPath, `{"credentialId":"urn:example:`+strconv.Itoa(n)+`","status":true}`, ""); code != http.StatusOK {
				t.Fatalf("%d %+v", code, a)
			}
		}
	}
	for what, change := range map[string]map[string]string{
		"the data model 1.1": {"@context": `["https://www.w3.org/2018/credentials/v1"]`, "issuanceDate": `"2026-01-01T00:00:00Z"`},
		"one that has one":   {"credentialStatus": `{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"https://a.example/1"}`},
	} {
		_, a := post(t, h, vcapi.IssuePath+"?status=revocation", order(credential(did, change), `{}`), "")
		if p := placeOf(t, a.Credential); strings.Contains(p.List, "localhost") {
			t.Errorf("%s: %+v", what, p)
		}
	}
	if _, a := post(t, h, vcapi.IssuePath, order(credential(did, nil), `{}`), ""); placeOf(t, a.Credential) != (place{}) {
		t.Error("an entry that nobody asked for")
	}
	if code, a := post(t, h, vcapi.StatusPath, `{"credentialId":"urn:example:none"}`, ""); code != http.StatusNotFound || a.Code != "credential.not_found" {
		t.Errorf("what was not issued: %d %+v", code, a)
	}
	for list, index := range map[string]int{"https://localhost:8443/status-lists/1": 0, "https://localhost:8443/status-lists/0": -1, "https://a.example/1": 0} {
		if _, known := book.Revoked(list, index); known {
			t.Errorf("%s is known", list)
		}
	}
	if code, _ := post(t, h, vcapi.ListsPath, `{"issuer":"`+did+`"}`, ""); code != http.StatusOK {
		t.Errorf("the list that there is: %d", code)
	}
}

// published reads the list that is served, and its proof.
func published(t *testing.T, h http.Handler, key keys.Public) *status.Bits {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/status-lists/0", http.NoBody))
	doc, err := ijson.Parse(w.Body.Bytes(), ijson.Bounds{})
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v", w.Code, err)
	}
	proofs, err := dataintegrity.Read(doc)
	if err == nil {
		_, err = proofs[0].Verify(doc, key)
	}
	if err != nil {
		t.Fatal(err)
	}
	bits, err := status.Decode(doc.Member("credentialSubject").Member("encodedList").Text())
	if err != nil {
		t.Fatal(err)
	}
	return bits
}

func TestListsThatAreNotServed(t *testing.T) {
	t.Parallel()
	k := generate(t, keys.EdDSA)
	book := vcapi.NewBook(vcapi.NewKeys(now, k), "https://localhost:8443")
	for name, c := range map[string]vcapi.Config{"none yet": {Lists: book}, "the zero Config": {}} {
		for _, id := range []string{"0", "-1", "x", "00"} {
			w := httptest.NewRecorder()
			engine(c).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/status-lists/"+id, http.NoBody))
			if w.Code != http.StatusNotFound {
				t.Errorf("%s, %s: %d", name, id, w.Code)
			}
		}
	}
}
