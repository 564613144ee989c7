package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/holder/remote"
	"github.com/openlaurel/laurel/internal/holder/token"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// The names of the holders of keys outside of the database, as they are stored with their keys.
const (
	holderRemote = "remote"
	holderPKCS11 = "pkcs11"
)

// openHolders sets up the signers that are configured. None of them is asked yet: Laurel starts while they are down.
func openHolders(cfg config.Config) (map[string]keyring.Holder, error) {
	out := map[string]keyring.Holder{}
	if cfg.Remote.URL != "" {
		r, err := openRemote(cfg.Remote)
		if err != nil {
			return nil, err
		}
		out[holderRemote] = r
	}
	if cfg.PKCS11.Module != "" {
		pin, err := secretFile(cfg.PKCS11.PIN)
		if err != nil {
			return nil, err
		}
		if out[holderPKCS11], err = token.New(token.Config{Module: cfg.PKCS11.Module, Label: cfg.PKCS11.Token, PIN: pin}); err != nil {
			return nil, err
		}
	}
	if cfg.NewKeys != "" && cfg.NewKeys != keyring.Database && out[cfg.NewKeys] == nil {
		return nil, fault.New(fault.Invalid, nil, "new keys are to be made in %s, which is not set up", cfg.NewKeys).
			Hint("set --signer-url for a remote signer, --pkcs11-module, --pkcs11-token and --pkcs11-pin-file for a token")
	}
	return out, nil
}

func openRemote(c config.Remote) (*remote.Signer, error) {
	out := remote.Config{URL: c.URL}
	var err error
	if out.Authorities, err = readAuthorities(c.Authority); err != nil {
		return nil, err
	}
	if out.Token, err = secretFile(c.Token); err != nil {
		return nil, err
	}
	if c.Certificate != "" {
		cert, err := tls.LoadX509KeyPair(c.Certificate, c.Certificate)
		if err != nil {
			return nil, fault.New(fault.Invalid, err, "the certificate for the remote signer %s cannot be used: %s", c.Certificate, reason(err)).
				Hint("a PEM file with a certificate and its key is expected")
		}
		out.Certificate = []tls.Certificate{cert}
	}
	return remote.New(out)
}

// secretFile reads a secret of one line; "" for no path.
func secretFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return "", fault.New(fault.Invalid, err, "the file %s cannot be read: %s", path, reason(err))
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fault.New(fault.Invalid, nil, "the file %s is empty", path)
	}
	return secret, nil
}
