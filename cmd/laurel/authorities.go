package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/openlaurel/laurel/internal/fault"
)

// readAuthorities reads a PEM file of the authorities whose certificates (x5c) may tie a key to the host of an issuer; nil when
// no file is named. The authorities of the operating system are never among them: they vouch for servers.
func readAuthorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	wrong := func(cause error) error {
		return fault.New(fault.Invalid, cause, "the authorities in %s cannot be used: %v", path, cause).
			Hint("a PEM file with the certificates of authorities is expected")
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the authorities %s cannot be read: %s", path, reason(err))
	}
	pool, n := x509.NewCertPool(), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong(err)
		}
		if !cert.IsCA {
			return nil, wrong(fmt.Errorf("%s is no authority", cert.Subject))
		}
		pool.AddCert(cert)
		n++
	}
	if n == 0 {
		return nil, wrong(fmt.Errorf("there is no certificate in it"))
	}
	return pool, nil
}
