//go:build !pkcs11

package token

import (
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// New is fault.Invalid in a program that was built without the tag pkcs11.
func New(Config) (keyring.Holder, error) {
	return nil, fault.New(fault.Invalid, nil, "this laurel was built without PKCS #11").Code("signer.missing").
		Hint("build it with: CGO_ENABLED=1 go build -tags pkcs11 ./cmd/laurel")
}
