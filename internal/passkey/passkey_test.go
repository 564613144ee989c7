package passkey_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/passkey"
	"github.com/openlaurel/laurel/internal/passkey/passkeytest"
)

const base = "https://badges.example"

func ceremonies(t *testing.T) *passkey.Ceremonies {
	t.Helper()
	c, err := passkey.New(base, "Laurel")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func register(t *testing.T, c *passkey.Ceremonies, a *passkeytest.Authenticator, o passkey.Owner) (passkey.Key, error) {
	t.Helper()
	options, state, err := c.Register(o)
	if err != nil {
		t.Fatal(err)
	}
	return c.Registered(o, state, []byte(a.Create(t, options)))
}

func enter(t *testing.T, c *passkey.Ceremonies, a *passkeytest.Authenticator, o passkey.Owner) (string, passkey.Key, error) {
	t.Helper()
	options, state, err := c.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	return c.Answered(state, []byte(a.Get(t, options)), func(id string) (passkey.Owner, error) {
		if id != o.ID {
			return passkey.Owner{}, fault.New(fault.NotFound, nil, "nobody")
		}
		return o, nil
	})
}

func TestAPasskeySignsItsOwnerIn(t *testing.T) {
	c, a := ceremonies(t), passkeytest.New(t, base, "badges.example")
	o := passkey.Owner{ID: "per_1", Name: "Olga"}
	key, err := register(t, c, a, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Keys = [][]byte{key.Body}
	who, used, err := enter(t, c, a, o)
	if err != nil || who != "per_1" || string(used.ID) != string(a.ID) {
		t.Fatalf("%q, %v", who, err)
	}
}

func TestWhatIsNoPasskeyOfOurs(t *testing.T) {
	c := ceremonies(t)
	for name, spoil := range map[string]func(a *passkeytest.Authenticator){
		"another origin":              func(a *passkeytest.Authenticator) { a.Origin = "https://badges.example.evil" },
		"plain http":                  func(a *passkeytest.Authenticator) { a.Origin = "http://badges.example" },
		"another host":                func(a *passkeytest.Authenticator) { a.Host = "example" },
		"a user who was not verified": func(a *passkeytest.Authenticator) { a.Verified = false },
	} {
		a := passkeytest.New(t, base, "badges.example")
		spoil(a)
		if _, err := register(t, c, a, passkey.Owner{ID: "per_1", Name: "Olga"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("registered: %s: %v", name, err)
		}
		good := passkeytest.New(t, base, "badges.example")
		o := passkey.Owner{ID: "per_1", Name: "Olga"}
		key, err := register(t, c, good, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Keys = [][]byte{key.Body}
		spoil(good)
		if _, _, err := enter(t, c, good, o); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("signed in: %s: %v", name, err)
		}
	}
}

func TestAnAnswerIsForItsChallengeAndItsOwner(t *testing.T) { // W15
	c, a := ceremonies(t), passkeytest.New(t, base, "badges.example")
	o := passkey.Owner{ID: "per_1", Name: "Olga"}
	key, err := register(t, c, a, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Keys = [][]byte{key.Body}
	find := func(string) (passkey.Owner, error) { return o, nil }
	options, _, err := c.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := c.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	answer := a.Get(t, options)
	for name, wrong := range map[string]string{
		"the answer to another challenge": answer, "an empty answer": "", "no JSON": "{", "a changed signature": strings.Replace(answer, `"signature":"ME`, `"signature":"MF`, 1),
	} {
		if _, _, err := c.Answered(other, []byte(wrong), find); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stranger := passkeytest.New(t, base, "badges.example")
	stranger.Handle = a.Handle
	if _, _, err := enter(t, c, stranger, o); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a key that was not registered: %v", err)
	}
	a.Handle = []byte("per_2")
	if _, _, err := enter(t, c, a, o); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a passkey that names somebody else: %v", err)
	}
	a.Handle = []byte("per_1")
	disk := errors.New("disk")
	fresh, state, err := c.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Answered(state, []byte(a.Get(t, fresh)), func(string) (passkey.Owner, error) { return passkey.Owner{}, disk }); !errors.Is(err, disk) {
		t.Errorf("a fault of our own is told as the visitor's: %v", err)
	}
}

func TestACounterThatGoesBackIsRefused(t *testing.T) {
	c, a := ceremonies(t), passkeytest.New(t, base, "badges.example")
	o := passkey.Owner{ID: "per_1", Name: "Olga"}
	a.Counter = 5
	key, err := register(t, c, a, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Keys = [][]byte{key.Body}
	for counter, ok := range map[uint32]bool{4: false, 6: true} {
		a.Counter = counter
		if _, _, err := enter(t, c, a, o); (err == nil) != ok {
			t.Errorf("counter %d after 5: %v", counter, err)
		}
	}
}

func TestWhereBrowsersHavePasskeys(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://badges.example": true, "https://badges.example:8443": true, "http://localhost:8080": true, "http://badges.example": false,
		"https://192.0.2.1": false, "http://127.0.0.1:8080": false, "": false,
	} {
		if _, err := passkey.New(base, "Laurel"); (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func Example() {
	_, err := passkey.New("http://192.0.2.1", "Laurel")
	fmt.Println(fault.Describe(err).Sentence)
	// Output: passkeys need https and a host with a name
}
