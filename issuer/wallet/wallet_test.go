package wallet_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// shelf remembers nonces, and knows no offers.
type shelf struct {
	wallet.Store
	used map[string]bool
}

func (s *shelf) UseNonce(_ context.Context, hash []byte, _ time.Time) error {
	if s.used[string(hash)] {
		return fault.New(fault.Gone, nil, "used")
	}
	s.used[string(hash)] = true
	return nil
}

func service(t testing.TB, secret byte, clock func() time.Time) *wallet.Service {
	t.Helper()
	s, err := wallet.New(wallet.Config{Store: &shelf{used: map[string]bool{}}, Secret: bytes.Repeat([]byte{secret}, 32), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASealedValueIsGoodForOnePurposeOfOneDeployment(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	s, other := service(t, 1, func() time.Time { return now }), service(t, 2, func() time.Time { return now })
	nonce, life, err := s.Nonce()
	if err != nil || life != limits.NonceLife {
		t.Fatal(life, err)
	}
	keyNonce, err := s.KeyNonce()
	if err != nil {
		t.Fatal(err)
	}
	name, _, err := s.Push([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for what, refused := range map[string]error{
		"a nonce of another deployment": other.UseNonce(t.Context(), nonce),
		"a nonce of keys as a c_nonce":  s.UseNonce(t.Context(), keyNonce),
		"a c_nonce as a nonce of keys":  s.UseKeyProof(t.Context(), nonce, "id"),
		"a pushed request as a c_nonce": s.UseNonce(t.Context(), strings.TrimPrefix(name, "urn:ietf:params:oauth:request_uri:")),
		"a changed nonce":               s.UseNonce(t.Context(), "B"+nonce[1:]),
		"a nonce with more behind it":   s.UseNonce(t.Context(), nonce+"A"),
		"nothing":                       s.UseNonce(t.Context(), ""),
	} {
		if fault.Describe(refused).Code != wallet.NonceWrong {
			t.Errorf("%s: %v", what, refused)
		}
	}
	if _, err := s.Pushed("urn:ietf:params:oauth:request_uri:" + nonce); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("a nonce as a pushed request: %v", err)
	}
	if _, err := s.Authorizing(t.Context(), nonce); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("a nonce as an issuer_state: %v", err)
	}
	if err := s.UseNonce(t.Context(), nonce); err != nil {
		t.Error(err)
	}
	if err := s.UseNonce(t.Context(), nonce); fault.Describe(err).Code != wallet.NonceWrong {
		t.Errorf("used twice: %v", err)
	}
	late, _, err := s.Nonce()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(limits.NonceLife)
	if err := s.UseNonce(t.Context(), late); fault.Describe(err).Code != wallet.NonceWrong {
		t.Errorf("at its end: %v", err)
	}
}

func TestAProofOfAKeyIsSeenOnce(t *testing.T) {
	s := service(t, 1, nil)
	nonce, err := s.KeyNonce()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"first", "second"} { // one nonce serves several proofs
		if err := s.UseKeyProof(t.Context(), nonce, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := s.UseKeyProof(t.Context(), nonce, "first"); fault.Describe(err).Code != wallet.ProofSeen {
		t.Errorf("again: %v", err)
	}
}

func TestAPushedRequestIsItsName(t *testing.T) {
	s := service(t, 1, nil)
	long := strings.Repeat("x", 2000)
	name, _, err := s.Push([]byte(long))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Pushed(name); err != nil || string(got) != long {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := s.Pushed(name[:len(name)-1]); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("cut: %v", err)
	}
	if _, err := s.Pushed("urn:ietf:params:oauth:request_uri:" + strings.Repeat("A", 1<<16)); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("endless: %v", err)
	}
}

func TestWithoutASecretThereAreNoCodes(t *testing.T) {
	if _, err := wallet.New(wallet.Config{Secret: make([]byte, 31)}); err == nil {
		t.Error("31 bytes are taken")
	}
}

func ExampleFind() {
	c, ok := wallet.Find("badge-sdjwt")
	fmt.Println(c.Format, ok)
	_, ok = wallet.Find("badge")
	fmt.Println(ok)
	// Output:
	// dc+sd-jwt true
	// false
}
