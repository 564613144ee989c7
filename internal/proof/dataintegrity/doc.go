// Package dataintegrity owns embedded proofs (W3C Verifiable Credential Data Integrity 1.0 and the cryptosuites of
// vc-di-eddsa and vc-di-ecdsa): reading, verifying and making them.
//
// A proof covers the meaning of a document (suites with rdfc) or its canonical JSON (suites with jcs), not its bytes. So this
// package refuses, besides a signature that does not fit, whatever such a signature would not cover: undefined terms, relative
// ids and dropped values (code DATA_LOSS_DETECTION_ERROR), contexts that stand in the document, graphs that are made to take
// long (limits.canonicalization). The list of suites is closed; a suite outside it is unclear, never passed over.
//
// Whether a key belongs to the issuer is not decided here: the caller finds the key by Proof.VerificationMethod.
package dataintegrity
