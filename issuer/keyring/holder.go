package keyring

import (
	"cmp"
	"context"
	"crypto"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// Database is how the database is named among the holders of keys: a private key is stored there, sealed.
const Database = "sealed"

// Holder keeps private keys outside of this process and signs with them; they never leave it.
type Holder interface {
	// Make makes a key for alg and returns its public half with the name that the holder knows it by. What the holder makes
	// no keys for is fault.Invalid.
	Make(ctx context.Context, alg keys.Algorithm) (name string, public crypto.PublicKey, err error)
	// Find returns the public half of a key that the holder has; another name is fault.Invalid.
	Find(ctx context.Context, name string, alg keys.Algorithm) (crypto.PublicKey, error)
	// Open returns a key by its name without asking the holder, who is asked for each signature.
	Open(name string, public keys.Public) crypto.Signer
}

// Place says where the private half of a new key is.
type Place struct {
	Holder string // Database or the name of a Holder; empty: where the key is that it replaces
	Name   string // of a key that the Holder has; empty: it makes one
}

// nameBytes bounds what a holder calls a key.
const nameBytes = 256

// home settles where a new key for alg goes.
func (st *step) home(p Place, alg keys.Algorithm) Place {
	if p.Holder != "" {
		return p
	}
	for _, state := range []State{Active, Next} {
		if k, ok := st.find(alg, state); ok {
			p.Holder = cmp.Or(k.Holder, Database)
			return p
		}
	}
	p.Holder = cmp.Or(st.s.home, Database)
	return p
}

// generate makes a key in that state at that place, to be published from now on.
func (s *Service) generate(ctx context.Context, k Key, did string, p Place) (Key, error) {
	if p.Holder != Database {
		return s.held(ctx, k, did, p)
	}
	if p.Name != "" {
		return Key{}, fault.New(fault.Invalid, nil, "a key in the database has no other name").Code("key.holder").At("/key")
	}
	private, err := keys.Generate(k.Alg, s.rand)
	if err != nil {
		return Key{}, err
	}
	k.ID = KeyID(did, private.Public())
	if k.Sealed, err = private.Seal(s.kek, k.ID); err != nil {
		return Key{}, err
	}
	k.PublicJWK = private.WithID(k.ID).Public().JWK()
	return k, nil
}

// held has a holder make a key, or takes one that it has.
func (s *Service) held(ctx context.Context, k Key, did string, p Place) (Key, error) {
	h, err := s.holder(p.Holder)
	if err != nil {
		return Key{}, err
	}
	var half crypto.PublicKey
	if p.Name == "" {
		p.Name, half, err = h.Make(ctx, k.Alg)
	} else {
		half, err = h.Find(ctx, p.Name, k.Alg)
	}
	if err != nil {
		return Key{}, fmt.Errorf("key of the signer %s: %w", p.Holder, err)
	}
	if p.Name == "" || len(p.Name) > nameBytes {
		return Key{}, fault.New(fault.Unavailable, nil, "the signer %q gave a key no name that can be kept", p.Holder).Code("signer.wrong")
	}
	public, err := keys.NewPublic("", k.Alg, half)
	if err != nil {
		return Key{}, fault.New(fault.Invalid, err, "the key %.80q of the signer %q cannot be used for %s", p.Name, p.Holder, k.Alg).Code("key.algorithm")
	}
	public.ID = KeyID(did, public)
	k.ID, k.PublicJWK, k.Holder, k.Sealed = public.ID, public.JWK(), p.Holder, []byte(p.Name)
	if _, err := outside(k.Holder, k, h, public).Sign([]byte("laurel: does this key sign?")); err != nil {
		return Key{}, err
	}
	return k, nil
}

// holder returns the holder of that name.
func (s *Service) holder(name string) (Holder, error) {
	if h := s.holders[name]; h != nil {
		return h, nil
	}
	return nil, fault.New(fault.Unavailable, nil, "the signer %.40q is not set up here", name).Code("signer.missing").
		Hint("its settings are in docs/operate.md, Signers")
}

// open returns a key as it signs.
func (s *Service) open(k Key) (keys.Signer, error) {
	if k.Holder == "" {
		return keys.Open(s.kek, k.ID, k.Sealed)
	}
	h, err := s.holder(k.Holder)
	if err != nil {
		return nil, err
	}
	doc, err := ijson.Parse(k.PublicJWK, ijson.Bounds{})
	if err != nil {
		return nil, fmt.Errorf("public half of %s: %w", k.ID, err)
	}
	public, err := keys.ParseJWK(doc)
	if err != nil {
		return nil, fmt.Errorf("public half of %s: %w", k.ID, err)
	}
	public.ID, public.Alg = k.ID, k.Alg
	return outside(k.Holder, k, h, public), nil
}

// outsider is a key of a Holder. What the holder signs is believed when it fits the public half.
type outsider struct {
	public keys.Public
	holder string
	key    crypto.Signer
}

func outside(holder string, k Key, h Holder, public keys.Public) keys.Signer {
	return outsider{public: public, holder: holder, key: h.Open(string(k.Sealed), public)}
}

// Public implements keys.Signer.
func (o outsider) Public() keys.Public { return o.public }

// Sign implements keys.Signer. A holder that does not answer, refuses, or signs wrongly is fault.Unavailable.
func (o outsider) Sign(message []byte) ([]byte, error) {
	signer, err := keys.NewSigner(o.public.ID, o.public.Alg, o.key)
	if err != nil {
		return nil, err
	}
	out, err := signer.Sign(message)
	if err != nil {
		return nil, fault.New(fault.Unavailable, err, "the signer %q, which holds the issuer's key, does not sign now", o.holder).
			Code("signer.unavailable").Hint("nothing was stored; send the same request again later")
	}
	if err := o.public.Verify(message, out); err != nil {
		return nil, fault.New(fault.Unavailable, err, "the signer %q, which holds the issuer's key, signs wrongly", o.holder).
			Code("signer.wrong").Hint("nothing was stored; ask the operator to look at it")
	}
	return out, nil
}
