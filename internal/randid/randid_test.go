package randid_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/randid"
)

func TestNewGivesValidAndDifferentIdentifiers(t *testing.T) {
	ids, err := randid.Several(rand.Reader, 1000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !randid.Valid(id) || seen[id] {
			t.Fatalf("%q is not valid or came twice", id)
		}
		seen[id] = true
	}
}

func TestValidRefuses(t *testing.T) {
	id, err := randid.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"empty": "", "too short": id[1:], "too long": id + "a", "upper case": strings.ToUpper(id), "another alphabet": "0" + id[1:],
		"spare bits": strings.Repeat("a", 25) + "b",
	} {
		if randid.Valid(s) {
			t.Errorf("%s: %q is taken", name, s)
		}
	}
}

func TestNewFailsWithoutRandomness(t *testing.T) {
	if id, err := randid.New(bytes.NewReader(make([]byte, 15))); err == nil {
		t.Fatalf("15 bytes gave %q", id)
	}
}

func ExampleUUID() {
	fmt.Println(randid.UUID(randid.Encode([16]byte{})))
	// Output: 00000000-0000-4000-8000-000000000000
}
