package sdjwt

import (
	"fmt"
	"strings"
)

// node is what was chosen inside one value. A nil node means: nothing.
type node struct {
	here bool
	kids map[string]*node
}

// choose makes a tree of JSON pointers (RFC 6901).
func choose(pointers []string) (*node, error) {
	root := &node{}
	for _, p := range pointers {
		if !strings.HasPrefix(p, "/") {
			return nil, fmt.Errorf("%q is no JSON pointer to a claim", p)
		}
		n := root
		for _, token := range strings.Split(p[1:], "/") {
			if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(token), "~") {
				return nil, fmt.Errorf("%q is no JSON pointer", p)
			}
			n = n.grow(strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
		}
		if n.here {
			return nil, fmt.Errorf("the pointer %q stands twice", p)
		}
		n.here = true
	}
	return root, nil
}

func (n *node) grow(token string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	kid := n.kids[token]
	if kid == nil {
		kid = &node{}
		n.kids[token] = kid
	}
	return kid
}

func (n *node) kid(token string) *node {
	if n == nil {
		return nil
	}
	return n.kids[token]
}

func (n *node) chosen() bool { return n != nil && n.here }

func (n *node) size() int {
	if n == nil {
		return 0
	}
	return len(n.kids)
}
