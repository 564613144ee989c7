package schemas

import (
	"errors"
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

// kinds is a set of JSON types.
type kinds uint8

const allKinds kinds = 1<<(ijson.Object+1) - 1

func mask(k ijson.Kind) kinds { return 1 << k }

func (k kinds) String() string {
	var out []string
	for i := ijson.Null; i <= ijson.Object; i++ {
		if k&mask(i) != 0 {
			out = append(out, i.String())
		}
	}
	return strings.Join(out, " or ")
}

// node is one compiled schema.
type node struct {
	kinds    kinds
	enum     []string // the strings that are allowed; nil for all
	pattern  *pattern
	format   format
	minimum  *float64
	object   *object
	tuple    []*node // the first items, one schema each
	items    *node   // the items after tuple
	contains *node   // const or enum of strings
	minItems int
	all      []*node
	branches []*node                 // anyOf
	byKind   [ijson.Object + 1]*node // the only branch for a type, where the branches have no type in common
	trial    bool                    // branches share a type, so each is tried; scalars only
	simple   bool                    // nothing but the type matters
	chooses  bool                    // nothing but byKind matters
}

// effective returns the types that n can accept, as far as the types alone decide.
func (n *node) effective() kinds {
	out := n.kinds
	for _, part := range n.all {
		out &= part.effective()
	}
	if n.branches != nil {
		var union kinds
		for _, b := range n.branches {
			union |= b.effective()
		}
		out &= union
	}
	return out
}

// loops reports whether target can be reached from n without going deeper into the document: such a schema would never
// come to an end.
func (n *node) loops(target *node, depth int) bool {
	if depth > 32 {
		return true
	}
	for _, list := range [2][]*node{n.all, n.branches} {
		for _, next := range list {
			if next == target || next.loops(target, depth+1) {
				return true
			}
		}
	}
	return false
}

// link settles what needs every schema to be filled: which branch of anyOf is for which type, and the short cuts. Branches
// that share a type must be scalars: trying objects one after the other would cost time exponential in their depth.
func (n *node) link() error {
	n.dispatch()
	n.kinds = n.effective()
	if n.trial && n.kinds&(mask(ijson.Object)|mask(ijson.Array)) != 0 {
		return errors.New("alternatives for one type must be scalars")
	}
	for _, part := range n.all {
		if part.object != nil && n.object != nil {
			return errors.New("the members of an object are named in one place")
		}
	}
	bare := n.insideFree() && n.scalarFree()
	n.simple = bare && n.branches == nil
	n.chooses = bare && n.branches != nil && !n.trial
	return nil
}

// dispatch finds the branch of anyOf for each type; trial is set where two branches take the same.
func (n *node) dispatch() {
	var seen kinds
	for _, b := range n.branches {
		e := b.effective()
		n.trial = n.trial || seen&e != 0
		seen |= e
		for k := range n.byKind {
			if e&(1<<k) != 0 {
				n.byKind[k] = b
			}
		}
	}
}

// insideFree reports whether n says nothing of what is inside a value, but for the branches.
func (n *node) insideFree() bool {
	return n.object == nil && n.tuple == nil && n.items == nil && n.contains == nil && n.all == nil && n.minItems == 0
}

// scalarFree reports whether n says nothing of texts and numbers.
func (n *node) scalarFree() bool {
	return n.enum == nil && n.pattern == nil && n.format == noFormat && n.minimum == nil
}

// choose returns the node that decides about a value of that type; nil when the type alone settles that it conforms.
func (n *node) choose(kind ijson.Kind) *node {
	for n.kinds&mask(kind) != 0 {
		if n.simple {
			return nil
		}
		if !n.chooses {
			return n
		}
		n = n.byKind[kind]
	}
	return n
}

func (n *node) lists(s string) bool {
	for _, e := range n.enum {
		if e == s {
			return true
		}
	}
	return false
}
