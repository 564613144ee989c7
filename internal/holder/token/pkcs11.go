//go:build pkcs11

package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// Of PKCS #11 3.0, which the library does not name.
const (
	edwardsKey      = 0x40
	edwardsGenerate = 0x1055
	edwardsSign     = 0x1057
)

// kind is what a token needs to know of an algorithm.
type kind struct {
	key, generate, sign uint
	params              []byte // DER of the curve's OID
	curve               elliptic.Curve
}

func kindOf(alg keys.Algorithm) (kind, bool) {
	switch alg {
	case keys.ES256:
		return kind{pkcs11.CKK_EC, pkcs11.CKM_EC_KEY_PAIR_GEN, pkcs11.CKM_ECDSA, []byte("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), elliptic.P256()}, true
	case keys.ES384:
		return kind{pkcs11.CKK_EC, pkcs11.CKM_EC_KEY_PAIR_GEN, pkcs11.CKM_ECDSA, []byte("\x06\x05\x2b\x81\x04\x00\x22"), elliptic.P384()}, true
	case keys.EdDSA:
		return kind{edwardsKey, edwardsGenerate, edwardsSign, []byte("\x06\x03\x2b\x65\x70"), nil}, true
	case keys.RS256:
		return kind{pkcs11.CKK_RSA, pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, pkcs11.CKM_RSA_PKCS, nil, nil}, true
	}
	return kind{}, false
}

// Token is a keyring.Holder. It is safe for concurrent use.
type Token struct {
	c       Config
	busy    chan struct{} // bounds the sessions
	mu      sync.RWMutex  // held for reading while a session is open
	module  *pkcs11.Ctx   // nil: not connected
	slot    uint
	refused error // the PIN is wrong: asking again would lock the token
}

// New makes a Token; the module is loaded when it is first needed, and again when the token was away.
func New(c Config) (keyring.Holder, error) {
	if c.Module == "" || c.Label == "" || c.PIN == "" {
		return nil, fault.New(fault.Invalid, nil, "a PKCS #11 token needs a module, a label and a PIN").Code("signer.missing").
			Hint("set --pkcs11-module, --pkcs11-token and --pkcs11-pin-file")
	}
	return &Token{c: c, busy: make(chan struct{}, limits.SignerConcurrent)}, nil
}

// errLost says that the session does not work any more.
var errLost = errors.New("the session with the token has ended")

// session calls f with a session of a user who is logged in. When the token was away, it is looked for once more.
func (t *Token) session(f func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error) error {
	t.busy <- struct{}{}
	defer func() { <-t.busy }()
	err := t.once(f)
	if errors.Is(err, errLost) {
		err = t.once(f)
	}
	if err != nil {
		return fmt.Errorf("token %s: %w", t.c.Label, err)
	}
	return nil
}

func (t *Token) once(f func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error) error {
	if err := t.connect(); err != nil {
		return err
	}
	t.mu.RLock()
	m, slot := t.module, t.slot
	if m == nil { // another session was lost in between
		t.mu.RUnlock()
		return errLost
	}
	err := within(m, slot, f)
	t.mu.RUnlock()
	if lost(err) {
		t.disconnect(m)
		return errors.Join(errLost, err)
	}
	return err
}

func within(m *pkcs11.Ctx, slot uint, f func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error) error {
	s, err := m.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer func() { _ = m.CloseSession(s) }()
	if info, err := m.GetSessionInfo(s); err != nil || info.State != pkcs11.CKS_RW_USER_FUNCTIONS {
		return errors.Join(errLost, err)
	}
	return f(m, s)
}

// lost reports whether an error means that the module has to be set up again.
func lost(err error) bool {
	if errors.Is(err, errLost) {
		return true
	}
	var e pkcs11.Error
	if !errors.As(err, &e) {
		return false
	}
	switch uint(e) {
	case pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED,
		pkcs11.CKR_DEVICE_ERROR, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_SLOT_ID_INVALID, pkcs11.CKR_GENERAL_ERROR,
		pkcs11.CKR_FUNCTION_FAILED:
		return true
	}
	return false
}

// connect loads the module, finds the token and logs in, unless that was done.
func (t *Token) connect() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.module != nil || t.refused != nil {
		return t.refused
	}
	m := pkcs11.New(t.c.Module)
	if m == nil {
		return fmt.Errorf("the module %s cannot be loaded", t.c.Module)
	}
	if err := m.Initialize(); err != nil {
		m.Destroy()
		return err
	}
	slot, err := t.login(m)
	if err != nil {
		_ = m.Finalize()
		m.Destroy()
		return err
	}
	t.module, t.slot = m, slot
	return nil
}

// login finds the token and logs its user in. The session stays open: with the last one the login would end.
func (t *Token) login(m *pkcs11.Ctx) (uint, error) {
	slots, err := m.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		info, err := m.GetTokenInfo(slot)
		if err != nil || strings.TrimRight(info.Label, " \x00") != t.c.Label {
			continue
		}
		s, err := m.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
		if err != nil {
			return 0, err
		}
		err = m.Login(s, pkcs11.CKU_USER, t.c.PIN)
		if errors.Is(err, pkcs11.Error(pkcs11.CKR_PIN_INCORRECT)) || errors.Is(err, pkcs11.Error(pkcs11.CKR_PIN_LOCKED)) {
			t.refused = fmt.Errorf("the PIN is refused, and is not tried again before the next start: %w", err)
			err = t.refused
		}
		return slot, err
	}
	return 0, errors.New("there is no token of that label")
}

// disconnect gives the module up, unless somebody else did.
func (t *Token) disconnect(m *pkcs11.Ctx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.module != m {
		return
	}
	t.module = nil
	_ = m.Finalize()
	m.Destroy()
}

// Make implements keyring.Holder. The private key is sensitive and not extractable.
func (t *Token) Make(_ context.Context, alg keys.Algorithm) (name string, public crypto.PublicKey, err error) {
	k, ok := kindOf(alg)
	if !ok {
		return "", nil, fault.New(fault.Invalid, nil, "no keys for %.20q are made in a token", string(alg)).Code("signer.refused")
	}
	var raw [8]byte
	if _, err := io.ReadFull(rand.Reader, raw[:]); err != nil {
		return "", nil, fmt.Errorf("name of a key: %w", err)
	}
	name = "laurel-" + strings.ToLower(string(alg)) + "-" + hex.EncodeToString(raw[:])
	err = t.session(func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error {
		half, _, err := m.GenerateKeyPair(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(k.generate, nil)}, k.publicHalf(name), privateHalf(name, raw[:]))
		if err == nil {
			public, err = k.read(m, s, half)
		}
		return err
	})
	return name, public, unavailable(err)
}

func privateHalf(name string, id []byte) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, name), pkcs11.NewAttribute(pkcs11.CKA_ID, id),
	}
}

func (k kind) publicHalf(name string) []*pkcs11.Attribute {
	out := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true), pkcs11.NewAttribute(pkcs11.CKA_LABEL, name),
	}
	if k.params != nil {
		return append(out, pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, k.params))
	}
	return append(out, pkcs11.NewAttribute(pkcs11.CKA_MODULUS_BITS, limits.RSAModulusMin), pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}))
}

// read returns a public key of the token.
func (k kind) read(m *pkcs11.Ctx, s pkcs11.SessionHandle, o pkcs11.ObjectHandle) (crypto.PublicKey, error) {
	if k.key == pkcs11.CKK_RSA {
		a, err := m.GetAttributeValue(s, o, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_MODULUS, nil), pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, nil)})
		if err != nil {
			return nil, err
		}
		e := new(big.Int).SetBytes(a[1].Value)
		if e.BitLen() > 31 {
			return nil, errors.New("the exponent of the RSA key is too large")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(a[0].Value), E: int(e.Int64())}, nil
	}
	a, err := m.GetAttributeValue(s, o, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return nil, err
	}
	point := a[0].Value
	var inner []byte
	if rest, err := asn1.Unmarshal(point, &inner); err == nil && len(rest) == 0 { // some modules leave the OCTET STRING out
		point = inner
	}
	if k.curve != nil {
		return ecdsa.ParseUncompressedPublicKey(k.curve, point)
	}
	if len(point) != ed25519.PublicKeySize {
		return nil, errors.New("the Ed25519 key has another length")
	}
	return ed25519.PublicKey(point), nil
}

// find returns the one object of that class, kind and label.
func (k kind) find(m *pkcs11.Ctx, s pkcs11.SessionHandle, class uint, name string) (pkcs11.ObjectHandle, error) {
	err := m.FindObjectsInit(s, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, k.key), pkcs11.NewAttribute(pkcs11.CKA_LABEL, name),
	})
	if err != nil {
		return 0, err
	}
	found, _, err := m.FindObjects(s, 2)
	if err = errors.Join(err, m.FindObjectsFinal(s)); err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, fault.New(fault.Invalid, nil, "the token has not one key %.80q of that kind, but %d or more", name, len(found)).Code("signer.refused")
	}
	return found[0], nil
}

// Find implements keyring.Holder. The token must have both halves.
func (t *Token) Find(_ context.Context, name string, alg keys.Algorithm) (public crypto.PublicKey, err error) {
	k, ok := kindOf(alg)
	if !ok {
		return nil, fault.New(fault.Invalid, nil, "no keys for %.20q are used in a token", string(alg)).Code("signer.refused")
	}
	err = t.session(func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error {
		o, err := k.find(m, s, pkcs11.CKO_PUBLIC_KEY, name)
		if err == nil {
			public, err = k.read(m, s, o)
		}
		return err
	})
	return public, unavailable(err)
}

// unavailable is the fault of a token that does not answer.
func unavailable(err error) error {
	if err == nil || fault.Is(err, fault.Invalid) {
		return err
	}
	return fault.New(fault.Unavailable, err, "the token cannot be used now").Code("signer.unavailable").Hint("is it there, and are --pkcs11-token and its PIN right?")
}

// Open implements keyring.Holder.
func (t *Token) Open(name string, public keys.Public) crypto.Signer { return key{t, name, public} }

// key is one key of a token.
type key struct {
	t      *Token
	name   string
	public keys.Public
}

// Public implements crypto.Signer.
func (k key) Public() crypto.PublicKey { return k.public.Key }

// digestInfo comes before a SHA-256 digest under PKCS #1 v1.5 (RFC 8017 §9.2).
const digestInfo = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

// Sign implements crypto.Signer.
func (k key) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) (sig []byte, err error) {
	kind, ok := kindOf(k.public.Alg)
	if !ok {
		return nil, fmt.Errorf("token: no keys for %q", k.public.Alg)
	}
	if kind.sign == pkcs11.CKM_RSA_PKCS {
		digest = append([]byte(digestInfo), digest...)
	}
	err = k.t.session(func(m *pkcs11.Ctx, s pkcs11.SessionHandle) error {
		o, err := kind.find(m, s, pkcs11.CKO_PRIVATE_KEY, k.name)
		if err == nil {
			err = m.SignInit(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(kind.sign, nil)}, o)
		}
		if err == nil {
			sig, err = m.Sign(s, digest)
		}
		return err
	})
	if err != nil || kind.curve == nil {
		return sig, err
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:len(sig)/2]), new(big.Int).SetBytes(sig[len(sig)/2:])})
}
