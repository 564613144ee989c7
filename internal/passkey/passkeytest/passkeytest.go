// Package passkeytest owns an authenticator in software, for tests: it makes passkeys (ES256, no attestation) and answers
// challenges as a browser hands them on. It refuses nothing, so that a test can let it do wrong.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Authenticator is a device with one passkey. Its fields can be changed to let it do wrong.
type Authenticator struct {
	Origin   string // of the page, as the browser says
	Host     string // the relying party's id
	Verified bool   // whether the user was verified
	Counter  uint32
	ID       []byte
	Handle   []byte // whose passkey it is
	key      *ecdsa.PrivateKey
}

// New makes a device that is used at that origin.
func New(t testing.TB, origin, host string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Authenticator{Origin: origin, Host: host, Verified: true, ID: id, key: key}
}

type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func enc(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *Authenticator) clientData(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}) //nolint:errchkjson // strings
	return b
}

func (a *Authenticator) data(flags byte) []byte {
	if a.Verified {
		flags |= 0x04
	}
	host := sha256.Sum256([]byte(a.Host))
	return binary.BigEndian.AppendUint32(append(host[:], flags|0x01), a.Counter)
}

// Create answers the options of a registration.
func (a *Authenticator) Create(t testing.TB, raw []byte) string {
	t.Helper()
	var o options
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	a.Handle, _ = base64.RawURLEncoding.DecodeString(o.User.ID)
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data := append(a.data(0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID))) //nolint:gosec // 32
	data = append(data, a.ID...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // COSE_Key: EC2, ES256, P-256, x, y
	data = append(append(append(data, point[1:33]...), 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data))) //nolint:gosec // fewer than 256
	return a.answer(map[string]string{
		"clientDataJSON": enc(a.clientData("webauthn.create", o.Challenge)), "attestationObject": enc(append(object, data...)),
	})
}

// Get answers the options of a sign-in.
func (a *Authenticator) Get(t testing.TB, raw []byte) string {
	t.Helper()
	var o options
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	client, data := a.clientData("webauthn.get", o.Challenge), a.data(0)
	hashed := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hashed[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(map[string]string{
		"clientDataJSON": enc(client), "authenticatorData": enc(data), "signature": enc(signature), "userHandle": enc(a.Handle),
	})
}

func (a *Authenticator) answer(response map[string]string) string {
	b, _ := json.Marshal(map[string]any{ //nolint:errchkjson // strings
		"id": enc(a.ID), "rawId": enc(a.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	return string(b)
}
