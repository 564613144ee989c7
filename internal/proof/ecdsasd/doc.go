// Package ecdsasd owns the selective disclosure of the cryptosuite ecdsa-sd-2023 (vc-di-ecdsa §3.4 to §3.6): base proofs, which
// an issuer makes, and derived proofs, which a holder makes of them and a verifier checks.
//
// Every statement of the document that is not mandatory is signed on its own, so that a holder can show some of them. Which
// statement comes from which part of the JSON is known from the expansion itself (jsonld.Sources); no ids are put into the
// document for that. The package refuses base proofs where derived ones are asked for, CBOR in any but its shortest form, pointers
// to what is not there, and pointers into lists, whose elements cannot be shown apart.
package ecdsasd
