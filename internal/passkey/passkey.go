// Package passkey owns the ceremonies of WebAuthn Level 3 with which people sign in to the console: registering a passkey, and
// answering a challenge with one. go-webauthn reads what authenticators send; nothing here asks the network, and no attestation
// is asked for or believed.
//
// It refuses passkeys that do not verify their user, answers to another origin, host or challenge, and an authenticator whose
// counter went back. A deployment on plain http (but for localhost) or at a bare address cannot have passkeys.
package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/openlaurel/laurel/internal/fault"
)

// Owner is whose passkeys are looked at.
type Owner struct {
	ID   string // stands in the passkey, so that it says whose it is
	Name string
	Keys [][]byte // the Body of each Key
}

// Key is a passkey as it is stored: its public half and its counter.
type Key struct {
	ID   []byte
	Body []byte // JSON
}

// Ceremonies begins and ends ceremonies for one deployment. What a beginning gives as state is kept by the caller and handed to
// the end once.
type Ceremonies struct{ w *webauthn.WebAuthn }

// New makes Ceremonies for the deployment at base. Where browsers have no passkeys it is fault.Unsupported (passkey.origin).
func New(base, name string) (*Ceremonies, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil, fault.New(fault.Unsupported, err, "passkeys need https and a host with a name").Code("passkey.origin")
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys of %s: %w", base, err)
	}
	return &Ceremonies{w}, nil
}

// user is an Owner as the library wants it.
type user struct {
	Owner
	keys []webauthn.Credential
}

func userOf(o Owner) (user, error) {
	u := user{Owner: o}
	for _, body := range o.Keys {
		var k webauthn.Credential
		if err := json.Unmarshal(body, &k); err != nil {
			return u, fmt.Errorf("stored passkey of %s: %w", o.ID, err)
		}
		u.keys = append(u.keys, k)
	}
	return u, nil
}

// WebAuthnID implements webauthn.User.
func (u user) WebAuthnID() []byte { return []byte(u.ID) }

// WebAuthnName implements webauthn.User.
func (u user) WebAuthnName() string { return u.Name }

// WebAuthnDisplayName implements webauthn.User.
func (u user) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials implements webauthn.User.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// Register begins a registration: options is what the browser's navigator.credentials.create takes, as JSON.
func (c *Ceremonies) Register(o Owner) (options, state []byte, err error) {
	u, err := userOf(o)
	if err != nil {
		return nil, nil, err
	}
	exclude := make([]protocol.CredentialDescriptor, len(u.keys))
	for i, k := range u.keys {
		exclude[i] = k.Descriptor()
	}
	creation, session, err := c.w.BeginRegistration(u, webauthn.WithExclusions(exclude))
	if err != nil {
		return nil, nil, fmt.Errorf("beginning of a registration: %w", err)
	}
	return pair(creation.Response, session)
}

// Registered ends a registration. An answer that does not hold is fault.Invalid (passkey.refused).
func (c *Ceremonies) Registered(o Owner, state, answer []byte) (Key, error) {
	u, err := userOf(o)
	if err != nil {
		return Key{}, err
	}
	session, err := sessionOf(state)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, refused(fault.Invalid, err)
	}
	k, err := c.w.CreateCredential(u, session, parsed)
	if err != nil {
		return Key{}, refused(fault.Invalid, err)
	}
	return keyOf(k)
}

// Challenge begins a sign-in with whatever passkey the person has: options is what navigator.credentials.get takes, as JSON.
func (c *Ceremonies) Challenge() (options, state []byte, err error) {
	assertion, session, err := c.w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("beginning of a sign-in: %w", err)
	}
	return pair(assertion.Response, session)
}

// Answered ends a sign-in: it says who it was, and the passkey as it is to be stored from now on. find returns the owner of an
// id, or fault.NotFound. An answer that does not hold is fault.Unauthorized (passkey.refused), whatever is wrong with it.
func (c *Ceremonies) Answered(state, answer []byte, find func(id string) (Owner, error)) (ownerID string, used Key, err error) {
	session, err := sessionOf(state)
	if err != nil {
		return "", Key{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", Key{}, refused(fault.Unauthorized, err)
	}
	var own error // of ours, which is not the visitor's fault
	who, k, err := c.w.ValidatePasskeyLogin(func(raw, handle []byte) (webauthn.User, error) {
		o, err := find(string(handle))
		if err == nil {
			var u user
			if u, err = userOf(o); err == nil && !bytes.Equal(u.WebAuthnID(), handle) {
				err = errors.New("another person's handle")
			}
			return u, err
		}
		if !fault.Is(err, fault.NotFound) {
			own = err
		}
		return nil, err
	}, session, parsed)
	switch {
	case own != nil:
		return "", Key{}, own
	case err != nil:
		return "", Key{}, refused(fault.Unauthorized, err)
	case k.Authenticator.CloneWarning:
		return "", Key{}, refused(fault.Unauthorized, errors.New("the counter went back"))
	}
	used, err = keyOf(k)
	return string(who.WebAuthnID()), used, err
}

func refused(kind fault.Kind, cause error) error {
	return fault.New(kind, cause, "this passkey is not taken").Code("passkey.refused").Hint("try again, or sign in by a link")
}

func keyOf(k *webauthn.Credential) (Key, error) {
	body, err := json.Marshal(k)
	if err != nil {
		return Key{}, fmt.Errorf("passkey to be stored: %w", err)
	}
	return Key{ID: k.ID, Body: body}, nil
}

func pair(options any, session *webauthn.SessionData) (o, s []byte, err error) {
	if o, err = json.Marshal(options); err == nil {
		s, err = json.Marshal(session)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("options of a passkey: %w", err)
	}
	return o, s, nil
}

func sessionOf(state []byte) (webauthn.SessionData, error) {
	var s webauthn.SessionData
	if err := json.Unmarshal(state, &s); err != nil {
		return s, fmt.Errorf("state of a passkey's ceremony: %w", err)
	}
	return s, nil
}
