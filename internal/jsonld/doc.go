// Package jsonld owns the way from a JSON-LD document to its canonical RDF: expansion to quads (JSON-LD 1.1 API §4, §5 and
// §8) and RDF dataset canonicalization (RDFC-1.0, W3C Recommendation of May 2024).
//
// ToRDF walks a parsed document straight to quads by term tables that it compiles from the contexts of package contexts and
// keeps. ToRDFGeneral expands with a library and also takes contexts that stand in the document. Both answer the same quads.
//
// The package refuses whatever would be lost on the way, because a signature over quads does not cover what is not in
// them: undefined terms and types, relative ids, null, free-floating values (code DATA_LOSS_DETECTION_ERROR with the JSON
// pointer). It refuses contexts that are not embedded, numbers that the canonical form would change, and datasets whose
// canonical form would take too much work: graphs made of many blank nodes that look alike.
package jsonld
