// Package token owns the way to a signer behind a PKCS #11 module: a smart card, a hardware module, SoftHSM. The private keys
// are made in the token, marked as sensitive and not extractable, and never leave it (PKCS #11 2.40 and 3.0).
//
// It is part of a program that was built with the tag pkcs11, because modules are C libraries; without the tag New refuses.
package token

// Config says which token.
type Config struct {
	Module string // path of the library
	Label  string // of the token
	PIN    string // of its user
}
