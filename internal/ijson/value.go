package ijson

import (
	"strconv"
	"strings"
)

// Kind returns the JSON type of v.
func (v Value) Kind() Kind { return v.kind }

// IsString reports whether v is a JSON string.
func (v Value) IsString() bool { return v.kind == String }

// Text returns the string of a JSON string, and "" for every other kind.
func (v Value) Text() string {
	if v.kind != String {
		return ""
	}
	return v.text
}

// Literal returns the number as it was written, and "" for every other kind.
func (v Value) Literal() string {
	if v.kind != Number {
		return ""
	}
	return v.text
}

// Float returns the number as a double; 0 for every other kind.
func (v Value) Float() float64 {
	f, _ := strconv.ParseFloat(v.Literal(), 64)
	return f
}

// True reports whether v is the JSON value true.
func (v Value) True() bool { return v.kind == Bool && v.truth }

// Elems returns the elements of an array, and nil for every other kind.
func (v Value) Elems() []Value {
	if v.inner == nil {
		return nil
	}
	return v.inner.elems
}

// Members returns the members of an object in the order of the document, and nil for every other kind.
func (v Value) Members() []Member {
	if v.inner == nil {
		return nil
	}
	return v.inner.members
}

// Get returns the member of that exact name; ok is false when v is no object or has none.
func (v Value) Get(name string) (member Value, ok bool) {
	members := v.Members()
	for i := range members {
		if members[i].Name == name {
			return members[i].Value, true
		}
	}
	return Value{}, false
}

// Member returns the member of that exact name, or the zero Value (null).
func (v Value) Member(name string) Value {
	m, _ := v.Get(name)
	return m
}

// Items returns the elements of an array, the value itself as the only item for anything else, and nothing for null:
// the "value or array" of JSON-LD compaction.
func (v Value) Items() []Value {
	switch v.kind {
	case Null:
		return nil
	case Array:
		return v.Elems()
	}
	return []Value{v}
}

// Texts returns the strings among Items.
func (v Value) Texts() []string {
	items := v.Items()
	out := make([]string, 0, len(items))
	for _, it := range items {
		if it.kind == String {
			out = append(out, it.text)
		}
	}
	return out
}

// Pointer joins a JSON pointer and one more reference token, escaped (RFC 6901 §3).
func Pointer(base, token string) string {
	if strings.ContainsAny(token, "~/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
	}
	return base + "/" + token
}

// Index joins a JSON pointer and an array index.
func Index(base string, i int) string { return base + "/" + strconv.Itoa(i) }
