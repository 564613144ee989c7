// Package cose owns the securing form vc-cose: COSE_Sign1 (RFC 9052 §4.2) around a document, as VC-JOSE-COSE §3.3 has it.
//
// It refuses everything but the tagged COSE_Sign1 with an attached payload, a closed list of header parameters and the closed
// list of algorithms of package keys, before any key is looked for: parameters that it does not know, "crit", algorithms
// outside the protected header, detached payloads, and bytes behind the message.
package cose
