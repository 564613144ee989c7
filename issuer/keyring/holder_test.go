package keyring_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// vault is a holder whose keys are private halves in memory.
type vault struct {
	keys  map[string]keys.Private
	down  bool
	wrong bool
	made  int
}

func (v *vault) Make(_ context.Context, alg keys.Algorithm) (string, crypto.PublicKey, error) {
	if v.down {
		return "", nil, fault.New(fault.Unavailable, nil, "the vault does not answer")
	}
	k, err := keys.Generate(alg, nil)
	v.made++
	name := string(alg) + string(rune('a'+v.made))
	v.keys[name] = k
	return name, k.Public().Key, err
}

func (v *vault) Find(_ context.Context, name string, _ keys.Algorithm) (crypto.PublicKey, error) {
	k, ok := v.keys[name]
	if !ok {
		return nil, fault.New(fault.Invalid, nil, "there is no such key")
	}
	return k.Public().Key, nil
}

func (v *vault) Open(name string, public keys.Public) crypto.Signer { return inVault{v, name, public} }

// inVault signs in the form of crypto.Signer for EdDSA, which is all that these tests sign with.
type inVault struct {
	v      *vault
	name   string
	public keys.Public
}

func (k inVault) Public() crypto.PublicKey { return k.public.Key }

func (k inVault) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	if k.v.down {
		return nil, errors.New("no answer")
	}
	if k.v.wrong {
		message = append([]byte("x"), message...)
	}
	return k.v.keys[k.name].Sign(message)
}

const heldDID = "did:web:held.example"

func withVault(t *testing.T) (*keyring.Service, *vault) {
	t.Helper()
	v := &vault{keys: map[string]keys.Private{}}
	kek, err := keys.NewKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := keyring.New(keyring.Config{KEK: kek, Holders: map[string]keyring.Holder{"vault": v}})
	if _, err := s.Create(t.Context(), "iss", heldDID); err != nil {
		t.Fatal(err)
	}
	return s, v
}

func into(place keyring.Place) keyring.Rotation {
	return keyring.Rotation{IssuerID: "iss", DID: heldDID, Algorithms: []keys.Algorithm{keys.EdDSA}, Pace: keyring.Unannounced, Place: place}
}

func TestAKeyMovesToAHolderAndLaterOnesFollowIt(t *testing.T) {
	s, v := withVault(t)
	for i, place := range []keyring.Place{{Holder: "vault"}, {}} {
		made, err := s.Rotate(t.Context(), into(place))
		if err != nil || len(made) != 1 || made[0].Holder != "vault" || v.made != i+1 {
			t.Fatalf("%+v, %v, %d made", made, err, v.made)
		}
	}
	signer, err := s.Signer(t.Context(), "iss", keys.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := signer.Sign([]byte("m"))
	if err != nil || signer.Public().Verify([]byte("m"), sig) != nil {
		t.Errorf("%v", err)
	}
	if k, err := s.Withdraw(t.Context(), keyring.Withdrawal{IssuerID: "iss", Key: signer.Public().ID}); err != nil || k.State != keyring.Withdrawn || v.made != 3 {
		t.Errorf("withdrawn: %+v, %v", k, err)
	}
	if made, err := s.Rotate(t.Context(), into(keyring.Place{Holder: keyring.Database})); err != nil || made[0].Holder != "" {
		t.Errorf("back into the database: %+v, %v", made, err)
	}
}

func TestAnOutageOfAHolderIsUnavailableAndEnds(t *testing.T) {
	s, v := withVault(t)
	if _, err := s.Rotate(t.Context(), into(keyring.Place{Holder: "vault"})); err != nil {
		t.Fatal(err)
	}
	signer, err := s.Signer(t.Context(), "iss", keys.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	v.down = true
	if _, err := signer.Sign([]byte("m")); fault.Describe(err).Code != "signer.unavailable" || !fault.Is(err, fault.Unavailable) {
		t.Errorf("down: %v", err)
	}
	if _, err := s.Rotate(t.Context(), into(keyring.Place{})); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a rotation while it is down: %v", err)
	}
	if k, err := s.Current(t.Context(), "iss", keys.EdDSA); err != nil || k.ID != signer.Public().ID {
		t.Errorf("it changed the keys: %+v, %v", k, err)
	}
	v.down, v.wrong = false, true
	if _, err := signer.Sign([]byte("m")); fault.Describe(err).Code != "signer.wrong" {
		t.Errorf("wrong: %v", err)
	}
	if _, err := s.Rotate(t.Context(), into(keyring.Place{})); fault.Describe(err).Code != "signer.wrong" {
		t.Errorf("a new key that signs wrongly: %v", err)
	}
	v.wrong = false
	if _, err := signer.Sign([]byte("m")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAKeyThatTheHolderHasIsTakenOnce(t *testing.T) {
	s, v := withVault(t)
	name, _, err := v.Make(t.Context(), keys.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := v.Make(t.Context(), keys.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		change func(*keyring.Rotation)
		kind   fault.Kind
	}{
		"a key that is not there":     {func(r *keyring.Rotation) { r.Place.Name = "nothing" }, fault.Invalid},
		"a key of another kind":       {func(r *keyring.Rotation) { r.Place.Name = other }, fault.Invalid},
		"a name without a holder":     {func(r *keyring.Rotation) { r.Place.Holder = "" }, fault.Invalid},
		"a name in the database":      {func(r *keyring.Rotation) { r.Place.Holder = keyring.Database }, fault.Invalid},
		"a name and all algorithms":   {func(r *keyring.Rotation) { r.Algorithms = nil }, fault.Invalid},
		"a holder that is not set up": {func(r *keyring.Rotation) { r.Place.Holder = "elsewhere" }, fault.Unavailable},
	} {
		r := into(keyring.Place{Holder: "vault", Name: name})
		tt.change(&r)
		if _, err := s.Rotate(t.Context(), r); !fault.Is(err, tt.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Rotate(t.Context(), into(keyring.Place{Holder: "vault", Name: name})); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), into(keyring.Place{Holder: "vault", Name: name})); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same key again: %v", err)
	}
	announced := into(keyring.Place{})
	announced.Pace = keyring.Announced
	if _, err := s.Rotate(t.Context(), announced); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), into(keyring.Place{Holder: keyring.Database})); !fault.Is(err, fault.Conflict) {
		t.Errorf("into another place than the next key: %v", err)
	}
}

// A key that was stolen is withdrawn although its signer is away: nothing is signed in its place, and another key is made when
// the signer is back, once.
func TestAKeyIsWithdrawnWhileItsSignerIsAway(t *testing.T) {
	s, v := withVault(t)
	made, err := s.Rotate(t.Context(), keyring.Rotation{
		IssuerID: "iss", DID: heldDID, Algorithms: []keys.Algorithm{keys.EdDSA}, Pace: keyring.Unannounced, Place: keyring.Place{Holder: "vault"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.down = true
	k, err := s.Withdraw(t.Context(), keyring.Withdrawal{IssuerID: "iss", Key: made[0].ID})
	if err != nil || k.State != keyring.Withdrawn || k.RetiredAt.IsZero() {
		t.Fatalf("%+v, %v", k, err)
	}
	signs := func() error {
		key, err := s.Signer(t.Context(), "iss", keys.EdDSA)
		if err == nil {
			_, err = key.Sign([]byte("x"))
		}
		return err
	}
	if err := signs(); !fault.Is(err, fault.Unavailable) || fault.Describe(err).Code != "key.no_successor" {
		t.Errorf("it signs: %v", err)
	}
	if _, err := s.Signer(t.Context(), "iss", keys.ES256); err != nil {
		t.Errorf("another algorithm: %v", err)
	}
	if err := s.Promote(t.Context()); err == nil {
		t.Error("a successor was made by a signer that is away")
	}
	v.down = false
	for range 2 {
		if err := s.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := signs(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	all, err := s.Keys(t.Context(), "iss")
	if err != nil {
		t.Fatal(err)
	}
	states := map[keyring.State]int{}
	for _, k := range all {
		if k.Alg == keys.EdDSA {
			states[k.State]++
			if k.State == keyring.Active && k.Holder != "vault" {
				t.Errorf("the successor is in another place: %+v", k)
			}
		}
	}
	if states[keyring.Active] != 1 || states[keyring.Withdrawn] != 1 || states[keyring.Retired] != 1 {
		t.Errorf("%v", states)
	}
}
