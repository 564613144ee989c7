package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// certificates are the chains that an authority gave for keys of the deployment, by the key. They go as x5c into SD-JWTs, for
// wallets that go by authorities.
type certificates map[string][][]byte

// readCertificates reads a PEM file: each certificate for a key, followed by those of the authorities above it. An authority
// that signed itself is left out, since a reader has it already or does not rely on it (HAIP 1.0 §6.1).
func readCertificates(path string) (certificates, error) {
	out := certificates{}
	if path == "" {
		return out, nil
	}
	wrong := func(cause error) error {
		return fault.New(fault.Invalid, cause, "the certificates in %s cannot be used: %v", path, cause).
			Hint("a PEM file is expected: the certificate for a key, then those of the authorities above it")
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the certificates %s cannot be read: %s", path, reason(err))
	}
	leaf := ""
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong(err)
		}
		self := bytes.Equal(cert.RawIssuer, cert.RawSubject)
		switch {
		case !cert.IsCA && self:
			return nil, wrong(fmt.Errorf("%s signed itself", cert.Subject))
		case !cert.IsCA:
			leaf = string(cert.RawSubjectPublicKeyInfo)
			out[leaf] = [][]byte{cert.Raw}
		case leaf == "":
			return nil, wrong(fmt.Errorf("%s is an authority and stands first", cert.Subject))
		case !self:
			out[leaf] = append(out[leaf], cert.Raw)
		}
	}
	if len(out) == 0 {
		return nil, wrong(fmt.Errorf("there is none"))
	}
	return out, nil
}

// Chain implements issuance.Certificates.
func (c certificates) Chain(k keys.Public) [][]byte {
	spki, err := x509.MarshalPKIXPublicKey(k.Key)
	if err != nil {
		return nil
	}
	return c[string(spki)]
}

// messageSigner signs as package x509 wants it: ECDSA in ASN.1.
type messageSigner struct{ keys.Signer }

// Public implements crypto.Signer.
func (m messageSigner) Public() crypto.PublicKey { return m.Signer.Public().Key }

// Sign implements crypto.Signer; keys that sign whole messages are never asked for it.
//
//nolint:unparam // the interface has the result
func (m messageSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, fmt.Errorf("key %s signs messages, not digests", m.Signer.Public().ID)
}

// SignMessage implements crypto.MessageSigner.
func (m messageSigner) SignMessage(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	sig, err := m.Signer.Sign(message)
	if _, ec := m.Public().(*ecdsa.PublicKey); err != nil || !ec {
		return sig, err
	}
	half := len(sig) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:half]), new(big.Int).SetBytes(sig[half:])})
}

// newCSR makes the request that an authority wants for a certificate.
func newCSR(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "csr", Short: "Write a certificate request for an issuer's key", Args: exactly(0, "flags only"),
		Long: `Write a certificate request (PKCS #10) for the active key of an issuer. What the authority answers goes, with the certificates above
it, into the file of the setting --certificates; SD-JWTs then carry the chain as x5c.`,
	}
	ref := cmd.Flags().String("issuer", "", "id, slug or DID; may be left out when there is one issuer")
	alg := cmd.Flags().String("alg", "ES256", "of the key: ES256, EdDSA, RS256 or ES384")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		one, ok := keys.ParseAlgorithm(*alg)
		if !ok {
			return fault.New(fault.Invalid, nil, "algorithm %q is not known", *alg).Hint("use ES256, EdDSA, RS256 or ES384")
		}
		return withApp(cmd, t, func(a *app) error {
			i, err := a.catalog.Issuer(cmd.Context(), *ref)
			if err != nil {
				return err
			}
			key, err := a.keys.For(signlog.CertificateRequest).Signer(cmd.Context(), i.ID, one)
			if err != nil {
				return err
			}
			request := &x509.CertificateRequest{Subject: pkix.Name{CommonName: i.Name}, DNSNames: hostNames(i.DID)}
			der, err := x509.CreateCertificateRequest(rand.Reader, request, messageSigner{key})
			if err != nil {
				return fmt.Errorf("certificate request for %s: %w", key.Public().ID, err)
			}
			say(t.out, "%s", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
			return nil
		})
	}
	return cmd
}

// hostNames is the name of the host of a did:web; an address in its place is no name.
func hostNames(did string) []string {
	host, _, _ := strings.Cut(strings.TrimPrefix(did, "did:web:"), ":")
	host, err := url.PathUnescape(host)
	if name, _, cut := strings.Cut(host, ":"); cut {
		host = name
	}
	if err != nil || host == "" || net.ParseIP(host) != nil {
		return nil
	}
	return []string{host}
}
