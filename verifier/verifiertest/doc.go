package verifiertest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Doc is a JSON object that tests change by JSON pointer. Its methods return changed copies.
type Doc map[string]any

// Parse reads a Doc of text that the test itself wrote; text that is no JSON object panics.
func Parse(text string) Doc {
	d := Doc{}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		panic(fmt.Sprintf("verifiertest: %v in %.200s", err, text))
	}
	return d
}

// Raw is JSON that is set exactly as it is written, such as a number with an exponent.
func Raw(text string) json.RawMessage { return json.RawMessage(text) }

// Text returns the Doc as compact JSON, members in the order of their names.
func (d Doc) Text() string {
	out, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("verifiertest: %v", err))
	}
	return string(out)
}

// members is what of a document is an object; clone and put keep the type of what they are given.
func members(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		panic("verifiertest: the document is no object any more")
	}
	return m
}

// With returns a copy with value at the pointer, whose parent must exist. A token "-" appends to an array.
func (d Doc) With(pointer string, value any) Doc {
	tokens := strings.Split(pointer, "/")[1:]
	return members(put(clone(map[string]any(d)), tokens, value))
}

// Without returns a copy without the member or element at the pointer.
func (d Doc) Without(pointer string) Doc {
	tokens := strings.Split(pointer, "/")[1:]
	return members(put(clone(map[string]any(d)), tokens, remove{}))
}

// Merge returns a copy with all members of other.
func (d Doc) Merge(other Doc) Doc {
	out := members(clone(map[string]any(d)))
	for name, v := range other {
		out[name] = v
	}
	return out
}

type remove struct{}

func put(node any, tokens []string, value any) any {
	if len(tokens) == 0 {
		return value
	}
	token := strings.ReplaceAll(strings.ReplaceAll(tokens[0], "~1", "/"), "~0", "~")
	switch n := node.(type) {
	case map[string]any:
		if _, gone := value.(remove); gone && len(tokens) == 1 {
			delete(n, token)
		} else {
			n[token] = put(n[token], tokens[1:], value)
		}
		return n
	case []any:
		if token == "-" {
			return append(n, value)
		}
		i, err := strconv.Atoi(token)
		if err != nil || i >= len(n) {
			panic("verifiertest: no element " + token)
		}
		if _, gone := value.(remove); gone && len(tokens) == 1 {
			return append(n[:i:i], n[i+1:]...)
		}
		n[i] = put(n[i], tokens[1:], value)
		return n
	}
	panic("verifiertest: nothing to go into at " + token)
}

func clone(v any) any {
	switch v := v.(type) {
	case Doc:
		return clone(map[string]any(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = e
		}
		return out
	}
	return v
}

// Holds reports whether what stands at the pointer is an object.
func (d Doc) Holds(pointer string) bool {
	var v any = clone(map[string]any(d))
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch n := v.(type) {
		case map[string]any:
			v = n[strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(n) {
				return false
			}
			v = n[i]
		}
	}
	_, ok := v.(map[string]any)
	return ok
}

// Pointers returns the JSON pointer of every member and element of d, the whole left out.
func (d Doc) Pointers() []string {
	var out []string
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				p := at + "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
				out = append(out, p)
				walk(p, e)
			}
		case []any:
			for i, e := range v {
				p := at + "/" + strconv.Itoa(i)
				out = append(out, p)
				walk(p, e)
			}
		}
	}
	walk("", clone(map[string]any(d)))
	return out
}

// Claims returns the JWT payload of a credential of VCDM 2.0: d with the claims that Open Badges asks for beside its members.
func (d Doc) Claims() Doc { return d.Merge(d.claims("validFrom", "validUntil")) }

// Wrapped returns the JWT payload of a credential of VCDM 1.1: d in a "vc" claim, with the claims that repeat it.
func (d Doc) Wrapped() Doc {
	return d.claims("issuanceDate", "expirationDate").With("/vc", map[string]any(d))
}

func (d Doc) claims(from, until string) Doc {
	out := Doc{}
	switch issuer := d["issuer"].(type) {
	case string:
		out["iss"] = issuer
	case map[string]any:
		out["iss"] = issuer["id"]
	}
	if id, ok := d["id"]; ok {
		out["jti"] = id
	}
	if subject, ok := d["credentialSubject"].(map[string]any); ok && subject["id"] != nil {
		out["sub"] = subject["id"]
	}
	for claim, member := range map[string]string{"nbf": from, "exp": until} {
		if text, ok := d[member].(string); ok {
			if at, err := time.Parse(time.RFC3339, text); err == nil {
				out[claim] = at.Unix()
			}
		}
	}
	return out
}
