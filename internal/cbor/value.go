package cbor

// Kind is the type of a Value.
type Kind uint8

// The kinds.
const (
	None Kind = iota // the zero Value: nothing is there
	Int
	Bytes
	Text
	Array
	Map
	Tag
	Bool
	Null
)

// Value is one CBOR value. It never changes. Its bytes and texts are those that were read.
type Value struct {
	kind  Kind
	n     int // of Int and Tag; 1 for true
	b     []byte
	s     string
	items []Value
	pairs []Pair
}

// Pair is one entry of a map; the key is a number or a text.
type Pair struct{ Key, Value Value }

// Kind returns the type of v.
func (v Value) Kind() Kind { return v.kind }

// Int returns a number; ok is false for every other kind.
func (v Value) Int() (n int, ok bool) { return v.n, v.kind == Int }

// Bytes returns a byte string, and nil for every other kind.
func (v Value) Bytes() []byte { return v.b }

// Text returns a text, and "" for every other kind.
func (v Value) Text() string { return v.s }

// Items returns the elements of an array, and nil for every other kind.
func (v Value) Items() []Value {
	if v.kind != Array {
		return nil
	}
	return v.items
}

// Pairs returns the entries of a map in their order, and nil for every other kind.
func (v Value) Pairs() []Pair { return v.pairs }

// Tagged returns what stands behind a tag of that number.
func (v Value) Tagged(number int) (content Value, ok bool) {
	if v.kind != Tag || v.n != number {
		return Value{}, false
	}
	return v.items[0], true
}

// At returns the value of a map under a number, or the zero Value.
func (v Value) At(key int) Value {
	for _, p := range v.pairs {
		if p.Key.kind == Int && p.Key.n == key {
			return p.Value
		}
	}
	return Value{}
}

// Member returns the value of a map under a text, or the zero Value.
func (v Value) Member(key string) Value {
	for _, p := range v.pairs {
		if p.Key.kind == Text && p.Key.s == key {
			return p.Value
		}
	}
	return Value{}
}
