package schemas

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// object is what a schema says of the members of an object. The names are found by a small hash table of its own: looking
// them up is most of the work of a validation.
type object struct {
	names       []string
	nodes       []*node
	required    uint64  // a bit for each entry of names
	slots       []uint8 // index+1 into names, by hash; 0 is free
	folded      map[string]string
	longest     int
	closed      bool
	other       *node
	namePattern *pattern
	least       int
}

// finish builds the tables. A required member must be a property.
func (o *object) finish(required []string) error {
	if len(o.names) > 64 {
		return fmt.Errorf("%d properties, at most 64 are taken", len(o.names))
	}
	size := 8
	for size < 3*len(o.names) {
		size *= 2
	}
	o.slots = make([]uint8, size)
	o.folded = make(map[string]string, len(o.names))
	for i, name := range o.names {
		h := o.hash(name)
		for o.slots[h] != 0 {
			h = (h + 1) & (size - 1)
		}
		o.slots[h] = uint8(i + 1)
		o.folded[string(fold(nil, name))] = name
		o.longest = max(o.longest, len(name))
	}
	for _, name := range required {
		i := o.lookup(name)
		if i < 0 {
			return fmt.Errorf("required member %q is no property", name)
		}
		o.required |= 1 << i
	}
	return nil
}

func (o *object) hash(name string) int {
	n := len(name)
	if n == 0 {
		return 0
	}
	h := uint(n)*7 + uint(name[0])*31 + uint(name[n-1])*17 + uint(name[n/2])*5
	return int((h ^ h>>5) & uint(len(o.slots)-1))
}

// lookup returns the index of the property of that exact name, or -1.
func (o *object) lookup(name string) int {
	if len(o.names) == 0 {
		return -1
	}
	h := o.hash(name)
	for {
		i := o.slots[h]
		if i == 0 {
			return -1
		}
		if o.names[i-1] == name {
			return int(i) - 1
		}
		h = (h + 1) & (len(o.slots) - 1)
	}
}

// lookalike returns the property whose name equals name under Unicode case folding but not byte for byte, or "". A decoder
// that ignores case would read such a member in its place.
func (o *object) lookalike(name string) string {
	if len(o.names) == 0 || len(name) > 3*o.longest {
		return ""
	}
	var buf [96]byte
	return o.folded[string(fold(buf[:0], name))]
}

// fold appends s to dst with every character replaced by the first of those that differ from it in case only
// (Unicode simple case folding): k, K and the Kelvin sign give K.
func fold(dst []byte, s string) []byte {
	for _, r := range s {
		if r < utf8.RuneSelf {
			if 'a' <= r && r <= 'z' {
				r -= 'a' - 'A'
			}
			dst = append(dst, byte(r)) //nolint:gosec // below utf8.RuneSelf
			continue
		}
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		dst = utf8.AppendRune(dst, first)
	}
	return dst
}
