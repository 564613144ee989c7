//go:build pkcs11

package token_test

import (
	"crypto"
	"os"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/holder/token"
	"github.com/openlaurel/laurel/internal/keys"
)

// config is the throw-away token that test/softhsm made.
func config(t *testing.T) token.Config {
	t.Helper()
	c := token.Config{Module: os.Getenv("SOFTHSM_MODULE"), Label: "laurel test", PIN: "123456"}
	if c.Module == "" {
		t.Skip("run by test/softhsm")
	}
	return c
}

func TestTokens(t *testing.T) {
	c := config(t)
	h, err := token.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA, keys.RS256} {
		name, half, err := h.Make(t.Context(), alg)
		if err != nil {
			t.Fatal(alg, err)
		}
		found, err := h.Find(t.Context(), name, alg)
		if err != nil || !found.(interface{ Equal(crypto.PublicKey) bool }).Equal(half) {
			t.Errorf("%s: found %v, %v", alg, found, err)
		}
		public, err := keys.NewPublic("k", alg, half)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := keys.NewSigner("k", alg, h.Open(name, public))
		if err != nil {
			t.Fatal(err)
		}
		sign := func() {
			sig, err := signer.Sign([]byte("what is signed"))
			if err == nil {
				err = public.Verify([]byte("what is signed"), sig)
			}
			if err != nil {
				t.Errorf("%s: %v", alg, err)
			}
		}
		sign()
		cut(t, c) // every session of the process ends, and with them the login
		var many sync.WaitGroup
		for range 20 {
			many.Go(sign)
		}
		many.Wait()
	}
	if _, err := h.Find(t.Context(), "nothing", keys.ES256); !fault.Is(err, fault.Invalid) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, _, err := h.Make(t.Context(), "ES256K"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an algorithm that is not ours: %v", err)
	}
	secret(t, c)
}

// cut closes all sessions of this process with the token.
func cut(t *testing.T, c token.Config) {
	t.Helper()
	m := pkcs11.New(c.Module)
	slots, err := m.GetSlotList(true)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range slots {
		_ = m.CloseAllSessions(s)
	}
}

// secret looks at every private key of the token: none may be read.
func secret(t *testing.T, c token.Config) {
	t.Helper()
	m := pkcs11.New(c.Module)
	slots, err := m.GetSlotList(true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.FindObjectsInit(s, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY)}); err != nil {
		t.Fatal(err)
	}
	found, _, err := m.FindObjects(s, 100)
	if err != nil || len(found) == 0 {
		t.Fatalf("%d private keys, %v", len(found), err)
	}
	for _, o := range found {
		if _, err := m.GetAttributeValue(s, o, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)}); err == nil {
			t.Error("a private key can be read")
		}
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	good := config(t)
	for name, change := range map[string]func(*token.Config){
		"no label": func(c *token.Config) { c.Label = "" }, "no PIN": func(c *token.Config) { c.PIN = "" }, "no module": func(c *token.Config) { c.Module = "" },
	} {
		c := good
		change(&c)
		if _, err := token.New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := good
	c.Module = "/nowhere.so"
	h, err := token.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Make(t.Context(), keys.ES256); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a module that is not there: %v", err)
	}
}
