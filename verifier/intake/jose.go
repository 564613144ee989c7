package intake

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
)

// readJOSE tells the form of text that begins like a JOSE header, and is no longer than a credential. It looks at the number of parts, at the header's "typ"
// and at the names of the payload's members, and leaves every strict question to package jose: what is malformed inside is
// handed on as ob-jwt, so that the strict reader says what exactly is wrong.
func readJOSE(data []byte, src Source) (Item, error) {
	item := Item{Bytes: bytes.Clone(data), Source: src}
	jws, _, disclosures := bytes.Cut(data, []byte{'~'})
	switch dots := bytes.Count(jws, []byte{'.'}); {
	case dots == 4:
		return Item{}, fault.Wrong(codeStructure, "",
			"This is an encrypted token (JWE) with five parts. A credential has three and is not encrypted.")
	case dots != 2:
		return Item{}, fault.Wrong(codeStructure, "",
			"This looks like a signed token, but it has %d parts instead of three. Perhaps a part was lost on the way.", dots+1)
	}
	header, body, _ := bytes.Cut(jws, []byte{'.'})
	payload, _, _ := bytes.Cut(body, []byte{'.'})
	typ := mediaType(memberText(decode(header), "typ"))
	claims := decode(payload)
	names := payloadNames(claims)
	item.Presentation = names.vp || typ == "vp+jwt" || typ == "vp+sd-jwt" || typ == "vp+ld+jwt"
	if disclosures && data[len(data)-1] != '~' { // a key binding: a holder presents it (RFC 9901 §4.3)
		item.Presentation = true
	}
	item.Form = formOf(typ, names)
	if disclosures && item.Form != proof.VCSDJWT {
		item.Form = proof.SDJWT
	}
	return item, nil
}

// formOf decides by the header's "typ" and the payload's members. A "vc" claim goes before "vc+jwt": nothing but VCDM 1.1
// has one (VC-JOSE-COSE §3 forbids it there).
func formOf(typ string, names claimNames) proof.Form {
	switch typ {
	case "vp+sd-jwt":
		return proof.VCSDJWT
	case "vc+sd-jwt":
		if !names.vct { // the former name of SD-JWT VC
			return proof.VCSDJWT
		}
		return proof.SDJWT
	case "dc+sd-jwt":
		return proof.SDJWT
	}
	if names.vc || names.vp {
		return proof.JWTVC11
	}
	if names.assertion && (typ == "" || typ == "jwt") {
		return proof.OB2
	}
	switch typ {
	case "vc+jwt", "vp+jwt", "vc+ld+jwt", "vp+ld+jwt", "vc+ld+json+jwt":
		return proof.VCJWT
	}
	return proof.OBJWT
}

// mediaType normalises a "typ" for comparison (RFC 7515 §4.1.9).
func mediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

// decode reads base64url; nil when it is none. Padding is let through here, the strict reader refuses it.
func decode(part []byte) []byte {
	part = bytes.TrimRight(part, "=")
	out := make([]byte, base64.RawURLEncoding.DecodedLen(len(part)))
	n, err := base64.RawURLEncoding.Decode(out, part)
	if err != nil {
		return nil
	}
	return out[:n]
}

// memberText returns the string member of that name of a JSON object; "" for anything else.
func memberText(object []byte, name string) string {
	found := ""
	eachMember(object, func(n string, value jsontext.Value) {
		if n == name && value.Kind() == '"' {
			if text, err := jsontext.AppendUnquote(nil, value); err == nil {
				found = string(text)
			}
		}
	})
	return found
}

type claimNames struct{ vc, vp, vct, assertion bool }

// payloadNames looks for the claims that hold a VCDM 1.1 credential or presentation, and for the type of Open Badges 2.0. Most payloads can be let go by after
// one look at their bytes: the name must stand in them, as it is or with an escape.
func payloadNames(claims []byte) claimNames {
	var c claimNames
	if !bytes.Contains(claims, []byte(`"vc`)) && !bytes.Contains(claims, []byte(`"vp"`)) && !bytes.Contains(claims, []byte(`\u`)) &&
		!bytes.Contains(claims, []byte(`"Assertion"`)) {
		return c
	}
	eachMember(claims, func(name string, value jsontext.Value) {
		if name == "type" {
			c.assertion = assertionType(value)
		}
		c.vc = c.vc || name == "vc"
		c.vp = c.vp || name == "vp"
		c.vct = c.vct || name == "vct"
	})
	return c
}

// assertionType reports whether a member type says Assertion, and not VerifiableCredential beside it.
func assertionType(value jsontext.Value) bool {
	doc, err := ijson.Parse(value, ijson.Bounds{})
	types := doc.Texts()
	return err == nil && has(types, "Assertion") && !has(types, "VerifiableCredential")
}

// eachMember calls f for every member at the top of a JSON object, as far as it can be read.
func eachMember(object []byte, f func(name string, value jsontext.Value)) {
	if len(object) == 0 || object[0] != '{' {
		return
	}
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := dec.ReadToken(); err != nil {
		return
	}
	for dec.PeekKind() == '"' {
		tok, err := dec.ReadToken()
		if err != nil {
			return
		}
		name := tok.String()
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		f(name, value)
	}
}
