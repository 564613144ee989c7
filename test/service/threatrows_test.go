package service_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

func threatRows() []threat {
	var out []threat
	for _, group := range [][]threat{tokenThreats(), weakThreats(), keyThreats(), trustThreats(), embeddedThreats(), listThreats(), entryThreats(), timeThreats(), addressThreats()} {
		out = append(out, group...)
	}
	return out
}

// plain presents the school's badge, changed.
func plain(change func(s *stage, d verifiertest.Doc) verifiertest.Doc) func(*stage) presented {
	return func(s *stage) presented { return s.signed(change(s, s.badge())) }
}

// headed presents the badge under a header that is changed.
func headed(change func(s *stage, h verifiertest.Doc) string) func(*stage) presented {
	return func(s *stage) presented {
		h := change(s, s.school.Header(keys.ES256))
		return presented{text: s.school.Sign(keys.ES256, h, s.badge().Claims().Text())}
	}
}

// claimed presents the badge with claims that are changed.
func claimed(change func(s *stage, d verifiertest.Doc) verifiertest.Doc) func(*stage) presented {
	return func(s *stage) presented {
		return presented{text: s.school.JWT(keys.ES256, change(s, s.badge().Claims()))}
	}
}

// spliced presents the token of a badge, its segments changed.
func spliced(change func(s *stage, header, payload, signature string) string) func(*stage) presented {
	return func(s *stage) presented {
		p := strings.Split(s.signed(s.badge()).text, ".")
		return presented{text: change(s, p[0], p[1], p[2])}
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// halves takes the signature of an ES256 token apart.
func halves(signature string) (r, s *big.Int) {
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(raw) != 64 {
		panic("no ES256 signature")
	}
	return new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
}

func joined(r, s *big.Int) string {
	return base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// public is the school's, or the stranger's, public key as JWK.
func public(i *verifiertest.Issuer) verifiertest.Doc {
	var d verifiertest.Doc
	if err := json.Unmarshal(i.Key(keys.ES256).Public().JWK(), &d); err != nil {
		panic(err)
	}
	return d.Without("/kid")
}

func tokenThreats() []threat {
	same := func(_ *stage, h verifiertest.Doc) string { return h.Text() }
	with := func(pointer string, value any) func(*stage) presented {
		return headed(func(_ *stage, h verifiertest.Doc) string { return h.With(pointer, value).Text() })
	}
	return []threat{
		{name: "J00 the untouched twin", make: headed(same), verdict: "valid", check: "proof", code: "proof.ok"},
		{name: "J01 alg none and no signature", make: spliced(func(_ *stage, _, p, _ string) string { return b64(`{"alg":"none","typ":"JWT"}`) + "." + p + "." }),
			verdict: "invalid", check: "form", code: "jose.alg_not_allowed"},
		{name: "J02 alg nOnE", make: with("/alg", "nOnE"), verdict: "invalid", check: "form", code: "jose.alg_not_allowed"},
		{name: "J02 alg as an array", make: with("/alg", []any{"ES256"}), verdict: "invalid", check: "form", code: "jose.alg_not_allowed"},
		{name: "J04 a signature of zeros", make: spliced(func(_ *stage, h, p, _ string) string { return h + "." + p + "." + joined(new(big.Int), new(big.Int)) }),
			verdict: "invalid", check: "proof", code: "jose.signature"},
		{name: "J05 r at the order of the curve", make: spliced(func(_ *stage, h, p, sig string) string {
			_, s := halves(sig)
			return h + "." + p + "." + joined(elliptic.P256().Params().N, s)
		}), verdict: "invalid", check: "proof", code: "jose.signature"},
		{name: "J07 63 bytes of a signature", make: spliced(func(_ *stage, h, p, sig string) string {
			return h + "." + p + "." + sig[:84]
		}), verdict: "invalid", check: "proof", code: "jose.signature"},
		{name: "J08 revoked, under its second valid signature", make: func(s *stage) presented {
			p := strings.Split(s.listed("7", func(*verifiertest.StatusList) {}).text, ".")
			r, v := halves(p[2])
			return presented{text: p[0] + "." + p[1] + "." + joined(r, new(big.Int).Sub(elliptic.P256().Params().N, v))}
		}, verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "J10 a line feed in a segment", make: spliced(func(_ *stage, h, p, sig string) string { return h + "." + p[:20] + "\n" + p[20:] + "." + sig }),
			verdict: "invalid", check: "form", code: "jose.encoding"},
		{name: "J11 padding", make: spliced(func(_ *stage, h, p, sig string) string { return h + "." + p + "." + sig + "==" }),
			verdict: "invalid", check: "form", code: "jose.encoding"},
		{name: "J13 JWS in JSON", make: spliced(func(_ *stage, h, p, sig string) string {
			return `{"protected":"` + h + `","payload":"` + p + `","signature":"` + sig + `"}`
		}), verdict: "invalid", check: "form", code: "jose.structure"},
		{name: "J14 the stranger's key in the header", make: func(s *stage) presented {
			h := verifiertest.Doc{"alg": "ES256", "jwk": map[string]any(public(s.stranger))}
			return presented{text: s.stranger.Sign(keys.ES256, h.Text(), s.badge().Claims().Text())}
		}, verdict: "invalid", check: "binding", code: "key.not_bound_to_issuer"},
		{name: "J16 a private key in the header", make: headed(func(s *stage, _ verifiertest.Doc) string {
			return verifiertest.Doc{"alg": "ES256", "jwk": map[string]any(public(s.school).With("/d", "AAAA"))}.Text()
		}), verdict: "invalid", check: "form", code: "key.private_leaked"},
		{name: "J17 jku at a canary", make: headed(func(s *stage, h verifiertest.Doc) string { return h.With("/jku", s.canaryURL()).Text() }),
			verdict: "invalid", check: "form", code: "jose.header_not_allowed"},
		{name: "J17 x5u at a canary", make: headed(func(s *stage, h verifiertest.Doc) string { return h.With("/x5u", s.canaryURL()).Text() }),
			verdict: "invalid", check: "form", code: "jose.header_not_allowed"},
		{name: "J19 crit that nobody knows", make: with("/crit", []any{"x"}), verdict: "invalid", check: "form", code: "jose.crit"},
		{name: "J20 b64 false", make: with("/b64", false), verdict: "invalid", check: "form", code: "jose.crit"},
		{name: "J22 alg twice", make: headed(func(_ *stage, h verifiertest.Doc) string { return `{"alg":"none",` + h.Text()[1:] }),
			verdict: "invalid", check: "form", code: "json.duplicate_member"},
		{name: "J23 ALG beside alg", make: with("/ALG", "none"), verdict: "invalid", check: "form", code: "json.member_case"},
		{name: "J25 the label of another algorithm", make: with("/alg", "EdDSA"), verdict: "invalid", check: "proof", code: "key.alg_mismatch"},
		{name: "J29 an encrypted token", make: spliced(func(_ *stage, h, p, sig string) string { return strings.Join([]string{h, p, sig, p, sig}, ".") }),
			verdict: "invalid", check: "form", code: "jose.structure"},
		{name: "J31 a payload that is an array", make: func(s *stage) presented {
			return presented{text: s.school.Sign(keys.ES256, s.school.Header(keys.ES256).Text(), "[1]")}
		}, verdict: "invalid", check: "form", code: "json.syntax"},
		{name: "J32 a second value after the header", make: headed(func(_ *stage, h verifiertest.Doc) string { return h.Text() + "{}" }),
			verdict: "invalid", check: "form", code: "json.trailing"},
	}
}

// weak presents a badge under a key that the school has published and nobody should use.
func weak(alg string, jwk map[string]any) func(*stage) presented {
	return func(s *stage) presented {
		id := s.school.ID + "#weak"
		method := map[string]any{"id": id, "type": "JsonWebKey", "controller": s.school.ID, "publicKeyJwk": jwk}
		s.school.Serve(s.school.Document().With("/verificationMethod/-", method).With("/assertionMethod/-", id))
		h := verifiertest.Doc{"alg": alg, "kid": id}
		return presented{text: b64(h.Text()) + "." + b64(s.badge().Claims().Text()) + "." + b64(strings.Repeat("x", 64))}
	}
}

func weakThreats() []threat {
	enc := base64.RawURLEncoding.EncodeToString
	modulus := func(bits int, last byte) string { return enc(append(bytes.Repeat([]byte{0xd5}, bits/8-1), last)) }
	rsa := func(n, e string) map[string]any { return map[string]any{"kty": "RSA", "n": n, "e": e} }
	return []threat{
		{name: "J26 RSA of 1024 bits", make: weak("RS256", rsa(modulus(1024, 0xd5), "AQAB")), verdict: "invalid", check: "binding", code: "key.weak"},
		{name: "J26 a modulus of 16,384 bits", make: weak("RS256", rsa(modulus(16384, 0xd5), "AQAB")), verdict: "invalid", check: "binding", code: "key.weak"},
		{name: "J26 exponent 1", make: weak("RS256", rsa(modulus(2048, 0xd5), "AQ")), verdict: "invalid", check: "binding", code: "key.weak"},
		{name: "J28 an Ed25519 key of small order", make: weak("EdDSA", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": enc(make([]byte, 32))}),
			verdict: "invalid", check: "binding", code: "key.weak"},
	}
}

// published presents a badge of the school, whose document is changed.
func published(change func(s *stage, d verifiertest.Doc) verifiertest.Doc) func(*stage) presented {
	return func(s *stage) presented {
		s.school.Serve(change(s, s.school.Document()))
		return s.signed(s.badge())
	}
}

// says lets every key of the document say something.
func says(member string, value func(s *stage) any) func(*stage) presented {
	return published(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
		member := strings.ReplaceAll(member, "/", "~1")
		return d.With("/verificationMethod/0/"+member, value(s)).With("/verificationMethod/1/"+member, value(s))
	})
}

func keyThreats() []threat {
	ago := func(d time.Duration) func(*stage) any {
		return func(s *stage) any { return s.now().Add(-d).Format(time.RFC3339) }
	}
	claim := func(name string, value any) func(*stage) presented {
		return claimed(func(_ *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/"+name, value) })
	}
	return []threat{
		{name: "K01 iss of somebody else", make: claimed(func(s *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/iss", s.stranger.ID) }),
			verdict: "invalid", check: "form", code: "claims.iss_mismatch"},
		{name: "K03 a key for authentication only", make: published(func(_ *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.Without("/assertionMethod").With("/authentication", d["assertionMethod"])
		}), verdict: "invalid", check: "binding", code: "key.purpose"},
		{name: "K04 a document about somebody else", make: published(func(s *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/id", s.stranger.ID) }),
			verdict: "invalid", check: "binding", code: "did.mismatch"},
		{name: "K04 a key that somebody else controls", make: says("controller", func(s *stage) any { return s.stranger.ID }),
			verdict: "invalid", check: "binding", code: "did.mismatch"},
		{name: "K06 jti of another", make: claim("jti", "urn:x"), verdict: "invalid", check: "form", code: "claims.jti_mismatch"},
		{name: "K06 sub of another", make: claim("sub", "urn:x"), verdict: "invalid", check: "form", code: "claims.sub_mismatch"},
		{name: "K06 nbf of another time", make: claim("nbf", 1), verdict: "invalid", check: "form", code: "claims.nbf_mismatch"},
		{name: "K06 exp missing", make: claimed(func(_ *stage, d verifiertest.Doc) verifiertest.Doc { return d.Without("/exp") }),
			verdict: "invalid", check: "form", code: "claims.exp_missing"},
		{name: "K07 an identity in another spelling", make: func(s *stage) presented {
			upper := verifiertest.NewIssuer(s.t, s.web, strings.Replace(s.school.ID, ":school-", ":School-", 1), keys.ES256)
			return presented{text: upper.JWT(keys.ES256, s.badgeOf(upper).Claims())}
		}, verdict: "undecided", check: "trust", code: "trust.unknown_issuer"},
		{name: "K09 a trust entry of the identity above", make: func(s *stage) presented {
			below := verifiertest.NewIssuer(s.t, s.web, s.school.ID+":faculty", keys.ES256)
			return presented{text: below.JWT(keys.ES256, s.badgeOf(below).Claims())}
		}, verdict: "undecided", check: "trust", code: "trust.unknown_issuer"},
		{name: "K09 a trust entry of whom the badge only names as its issuer", make: func(s *stage) presented {
			d := s.badgeOf(s.stranger).With("/issuer/name", s.school.ID).With("/issuer/url", "https://"+didHost(s.school.ID))
			return presented{text: s.stranger.JWT(keys.ES256, d.Claims())}
		}, verdict: "undecided", check: "trust", code: "trust.unknown_issuer"},
		{name: "K10 a licence from whom is trusted for certificates", make: plain(func(_ *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/credentialSubject/achievement/achievementType", "License")
		}), verdict: "undecided", check: "trust", code: "trust.type_not_allowed"},
		{name: "K12 the document has moved to a canary", make: func(s *stage) presented {
			s.web.Put(s.school.KeysURL(), "redirect", s.canaryURL())
			return s.signed(s.badge())
		}, verdict: "undecided", check: "binding", code: "did.unreachable"},
		{name: "K13 a key that was retired before", make: says("https://openlaurel.org/ns/keys#usedUntil", ago(48*time.Hour)),
			verdict: "invalid", check: "binding", code: "key.outside_validity"},
		{name: "K13 the twin: retired afterwards", make: says("https://openlaurel.org/ns/keys#usedUntil", ago(time.Hour)),
			verdict: "valid", check: "binding", code: "binding.ok"},
		{name: "T05 dated before its key", make: says("https://openlaurel.org/ns/keys#usedFrom", ago(time.Hour)),
			verdict: "invalid", check: "binding", code: "key.outside_validity"},
		{name: "T05 dated before its key was stolen", make: says("revoked", ago(time.Minute)), verdict: "invalid", check: "binding", code: "key.compromised"},
		{name: "K16 an endorsement with a bad signature", make: plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
			e := s.stranger.Endorsement("https://school.example/c/1").With("/issuer/id", s.school.ID)
			return d.With("/endorsementJwt", []any{s.stranger.Sign(keys.EdDSA, s.school.Header(keys.EdDSA).Text(), e.Claims().Text())})
		}), verdict: "valid", check: "nested", code: "nested.listed"},
		{name: "K18 a service to refresh from, at a canary", make: plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/refreshService", map[string]any{"id": s.canaryURL(), "type": "1EdTechCredentialRefresh"})
		}), verdict: "valid", check: "proof", code: "proof.ok"},
	}
}

// trustThreats are about what the trust list says of an issuer beside that it is believed.
func trustThreats() []threat {
	good := func(s *stage) presented { return s.signed(s.badge()) }
	refuses := func(name func(school string) string) func(string, map[string]any) {
		return func(school string, e map[string]any) { e["refused_keys"] = []string{name(school)} }
	}
	ended := func(keep bool) func(string, map[string]any) {
		return func(school string, e map[string]any) {
			e["until"], e["successor"], e["keep"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), school+":heir", keep
		}
	}
	signing := func(school string) string { return school + "#es256" }
	return []threat{
		{name: "K10 a key that the list refuses", make: good, entry: refuses(signing), verdict: "invalid", check: "trust", code: "trust.key_refused"},
		{name: "K10 the same key without its name", make: func(s *stage) presented {
			h := verifiertest.Doc{"alg": "ES256", "typ": "JWT", "jwk": map[string]any(public(s.school))}
			return presented{text: s.school.Sign(keys.ES256, h.Text(), s.badge().Claims().Text())}
		}, entry: refuses(signing), verdict: "invalid", check: "trust", code: "trust.key_refused"},
		{name: "K10 the same key under another name", make: func(s *stage) presented {
			k := s.school.Key(keys.ES256).Public()
			id := s.school.ID + "#" + k.Multikey()
			method := map[string]any{"id": id, "type": "Multikey", "controller": s.school.ID, "publicKeyMultibase": k.Multikey()}
			s.school.Serve(s.school.Document().With("/verificationMethod/-", method).With("/assertionMethod/-", id))
			return presented{text: s.school.Sign(keys.ES256, s.school.Header(keys.ES256).With("/kid", id).Text(), s.badge().Claims().Text())}
		}, entry: refuses(signing), verdict: "invalid", check: "trust", code: "trust.key_refused"},
		{name: "K10 the twin: another key is refused", make: good, entry: refuses(func(school string) string { return school + "#eddsa" }),
			verdict: "valid", check: "trust", code: "trust.ok"},
		{name: "K10 an issuer whose time is over", make: good, entry: ended(false), verdict: "undecided", check: "trust", code: "trust.ended", warning: "trust.successor"},
		{name: "K10 the twin: it closed in good standing", make: good, entry: ended(true), verdict: "valid", check: "trust", code: "trust.ok", warning: "trust.successor"},
	}
}

// didHost is the host of a did:web, as an address has it.
func didHost(id string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(id, "did:web:"), ":")
	return strings.ReplaceAll(host, "%3A", ":")
}

// proved signs a document with an embedded proof.
func proved(s *stage, by *verifiertest.Issuer, d verifiertest.Doc) verifiertest.Doc {
	signer, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, by.Key(keys.EdDSA))
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(d.Text()), ijson.Bounds{})
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := signer.Sign(v, dataintegrity.Statement{VerificationMethod: by.KeyID(keys.EdDSA), Created: s.now()})
	if err != nil {
		s.t.Fatal(err)
	}
	return verifiertest.Parse(string(out))
}

func embeddedThreats() []threat {
	return []threat{
		{name: "K15 the twin: a proof by the issuer", make: func(s *stage) presented {
			return presented{text: proved(s, s.school, s.badge()).Text()}
		}, verdict: "valid", check: "proof", code: "proof.ok"},
		{name: "K15 anybody's good proof beside a broken one of the issuer", make: func(s *stage) presented {
			broken := proved(s, s.school, s.badge().With("/name", "Another"))
			anybody := proved(s, verifiertest.NewKeyIssuer(s.t, s.web, nil), s.badge())
			return presented{text: anybody.With("/proof/-", broken["proof"].([]any)[0]).Text()}
		}, verdict: "invalid", check: "proof", code: "di.signature"},
	}
}
