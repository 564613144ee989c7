package openid4vp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// answerKey is the key in the request object that an answer is encrypted to.
func (d *desk) answerKey(r asked, f request.Flow) jose.JSONWebKey {
	d.t.Helper()
	var o struct {
		Mode     string `json:"response_mode"`
		Metadata struct {
			Keys jose.JSONWebKeySet `json:"jwks"`
			Encs []string           `json:"encrypted_response_enc_values_supported"`
		} `json:"client_metadata"`
	}
	if err := json.Unmarshal([]byte(d.object(r, f).Text()), &o); err != nil {
		d.t.Fatal(err)
	}
	if o.Mode != "direct_post.jwt" || len(o.Metadata.Keys.Keys) != 1 || len(o.Metadata.Encs) != 2 {
		d.t.Fatalf("%+v", o)
	}
	return o.Metadata.Keys.Keys[0]
}

// encrypted is the answer of a wallet as a JWE.
func (d *desk) encrypted(to jose.Recipient, enc jose.ContentEncryption, o *jose.EncrypterOptions, plain string) string {
	d.t.Helper()
	e, err := jose.NewEncrypter(enc, to, o)
	if err != nil {
		d.t.Fatal(err)
	}
	msg, err := e.Encrypt([]byte(plain))
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := msg.CompactSerialize()
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) plain(r asked, f request.Flow, token map[string]any) string {
	d.t.Helper()
	raw, err := json.Marshal(map[string]any{"vp_token": token, "state": r.StateFor(f)})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(raw)
}

func sealed() request.Order {
	o := order()
	o.Encrypted = true
	return o
}

func TestAnEncryptedAnswer(t *testing.T) {
	for _, enc := range []jose.ContentEncryption{jose.A128GCM, jose.A256GCM} {
		d := newDesk(t)
		r, f := d.ask(sealed()), request.CrossDevice
		key := d.answerKey(r, f)
		if !key.IsPublic() || key.KeyID == "" || key.Algorithm != string(jose.ECDH_ES) {
			t.Errorf("%+v", key)
		}
		answer := d.encrypted(jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Key, KeyID: key.KeyID}, enc, nil, d.plain(r, f, d.good(r, f, request.SDJWT)))
		if got := d.post(r, f, url.Values{"response": {answer}}); got.status != http.StatusOK {
			t.Fatalf("%s: %+v", enc, got)
		}
		if v := d.see(r, ""); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
			t.Errorf("%s: %+v", enc, v.Outcome)
		}
	}
}

// O15: what is not encrypted as was asked for is refused and changes nothing, the request stays open.
func TestAnswersThatAreNotEncryptedAsAsked(t *testing.T) {
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	r, other, f := d.ask(sealed()), d.ask(sealed()), request.CrossDevice
	key, foreign := d.answerKey(r, f), d.answerKey(other, f)
	plain := d.plain(r, f, d.good(r, f, request.SDJWT))
	with := func(alg jose.KeyAlgorithm, k any, id string) jose.Recipient {
		return jose.Recipient{Algorithm: alg, Key: k, KeyID: id}
	}
	good := d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128GCM, nil, plain)
	parts := strings.Split(good, ".")
	bomb := d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128GCM, &jose.EncrypterOptions{Compression: jose.DEFLATE},
		plain[:len(plain)-1]+strings.Repeat(" ", 8<<20)+"}")
	for name, form := range map[string]url.Values{
		"a stranger's key":                  {"response": {d.encrypted(with(jose.ECDH_ES, &stranger.PublicKey, key.KeyID), jose.A128GCM, nil, plain)}},
		"the key of another request":        {"response": {d.encrypted(with(jose.ECDH_ES, foreign.Key, foreign.KeyID), jose.A128GCM, nil, plain)}},
		"another request's key, this kid":   {"response": {d.encrypted(with(jose.ECDH_ES, foreign.Key, key.KeyID), jose.A128GCM, nil, plain)}},
		"no kid":                            {"response": {d.encrypted(with(jose.ECDH_ES, key.Key, ""), jose.A128GCM, nil, plain)}},
		"RSA1_5":                            {"response": {d.encrypted(with(jose.RSA1_5, &old.PublicKey, key.KeyID), jose.A128GCM, nil, plain)}},
		"RSA-OAEP":                          {"response": {d.encrypted(with(jose.RSA_OAEP_256, &old.PublicKey, key.KeyID), jose.A128GCM, nil, plain)}},
		"a wrapped key":                     {"response": {d.encrypted(with(jose.ECDH_ES_A128KW, key.Key, key.KeyID), jose.A128GCM, nil, plain)}},
		"a password":                        {"response": {d.encrypted(with(jose.PBES2_HS256_A128KW, "password", key.KeyID), jose.A128GCM, nil, plain)}},
		"an encryption that is not offered": {"response": {d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128CBC_HS256, nil, plain)}},
		"a zip bomb":                        {"response": {bomb}},
		"a changed tag":                     {"response": {strings.Join(parts[:4], ".") + "." + flip(parts[4], 3)}},
		"a changed text":                    {"response": {strings.Join(parts[:3], ".") + "." + flip(parts[3], 30) + "." + parts[4]}},
		"no JSON inside":                    {"response": {d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128GCM, nil, "eyJ")}},
		"nothing inside":                    {"response": {d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128GCM, nil, `{"state":"`+r.StateFor(f)+`"}`)}},
		"another state inside":              {"response": {d.encrypted(with(jose.ECDH_ES, key.Key, key.KeyID), jose.A128GCM, nil, strings.Replace(plain, r.StateFor(f), other.StateFor(f), 1))}},
		"three parts":                       {"response": {strings.Join(parts[:3], ".")}},
		"in clear":                          d.form(r, f, d.good(r, f, request.SDJWT)),
		"in clear besides":                  {"response": {good}, "state": {r.StateFor(f)}},
	} {
		if got := d.post(r, f, form); got.status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, got)
		}
		if v := d.see(r, ""); v.State != request.Open || v.Outcome != nil {
			t.Fatalf("%s: the request is %s", name, v.State)
		}
	}
	if got := d.post(r, f, url.Values{"response": {good}}); got.status != http.StatusOK {
		t.Errorf("the good one after all: %+v", got)
	}
}

// A refusal is told encrypted or in clear, as OpenID4VP 1.0 §8.5 lets a wallet that found no key.
func TestAnEncryptedRefusal(t *testing.T) {
	d := newDesk(t)
	r, f := d.ask(sealed()), request.CrossDevice
	key := d.answerKey(r, f)
	answer := d.encrypted(jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Key, KeyID: key.KeyID}, jose.A128GCM, nil, `{"error":"access_denied","state":"`+r.StateFor(f)+`"}`)
	if got := d.post(r, f, url.Values{"response": {answer}}); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	if v := d.see(r, ""); v.State != request.Declined || v.Outcome.Error != "access_denied" {
		t.Errorf("%+v", v.Outcome)
	}
}
