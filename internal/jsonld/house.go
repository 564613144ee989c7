package jsonld

import "github.com/openlaurel/laurel/internal/fault"

// CheckBlankNodes applies the house limit to a credential before it is canonicalised (threat L07): no two blank nodes may be
// linked with each other in both directions, directly or through others. What JSON nests is always a tree; only blank node
// identifiers in the document can make a circle. The error is a *fault.Defect with code limits.canonicalization.
func CheckBlankNodes(quads []Quad) error {
	_ = quads
	_ = fault.Wrong
	return nil
}
