package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/server"
	issuervcapi "github.com/openlaurel/laurel/issuer/vcapi"
	"github.com/openlaurel/laurel/verifier"
	verifiervcapi "github.com/openlaurel/laurel/verifier/vcapi"
)

// conformance serves the VC-API to the official test suites, and nothing else: no deployment is opened, nothing is stored,
// the keys live as long as the process. It answers without tokens, so it refuses to be reached from another machine.
func conformance(ctx context.Context, cfg config.Config, t terminal) error {
	if !loopback(cfg.Listen) {
		return fault.New(fault.Invalid, nil, "--conformance issues to anybody without a token, so it listens on this machine only, not on %s", cfg.Listen).
			Code("conformance.address").Hint("leave --listen out, or use --listen 127.0.0.1:0")
	}
	plain, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, err, "the address %s cannot be listened on", cfg.Listen).Hint("choose one with --listen, or --listen 127.0.0.1:0")
	}
	defer func() { _ = plain.Close() }()
	cert, err := selfSigned(time.Now())
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(plain.Addr().String())
	if err != nil {
		return err
	}
	base := "https://localhost:" + port
	srv, err := conformanceServer(base, logger(cfg, t.err))
	if err != nil {
		return err
	}
	say(t.out, "\nLaurel answers the official test suites at %s\n\n"+
		"  Anybody on this machine can have anything signed by its test keys. Nothing is\n  stored; the keys end with this process.\n\n"+
		"  Settings for the suites (the certificate is self-signed)\n    curl -sk %s/localConfig.cjs > localConfig.cjs\n\n", base, base)
	return srv.Serve(ctx, tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}), nil)
}

// loopback reports whether an address to listen on is reached from this machine alone. A name could mean anything, and no
// host means every one.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// conformanceServer has the routes of the VC-API and the settings for the suites.
func conformanceServer(base string, log *slog.Logger) (*server.Server, error) {
	problems := problem.New(problem.Config{Logger: log})
	srv, err := server.New(server.Config{BaseURL: base, Errors: problems, Rates: &server.Rates{}, Logger: log})
	if err != nil {
		return nil, err
	}
	var made []keys.Private
	for _, alg := range []keys.Algorithm{keys.EdDSA, keys.ES256, keys.ES384} {
		k, err := keys.Generate(alg, rand.Reader)
		if err != nil {
			return nil, err
		}
		made = append(made, k)
	}
	guarded := fetch.New(fetch.Config{})
	own, err := ownDocument(base, made[0].Public())
	if err != nil {
		return nil, err
	}
	resolver := did.New(did.Config{Fetch: guarded, Local: func(_ context.Context, id string) (*did.Document, bool, error) {
		return own, id == own.ID, nil
	}})
	engine := srv.Engine()
	book := issuervcapi.NewBook(issuervcapi.NewKeys(time.Now, made...), base)
	issuervcapi.New(issuervcapi.Config{
		Mode: issuervcapi.ConformanceUnsafe, Issuers: book, Statuses: book, Lists: book, Errors: problems, Logger: log,
	}).Register(engine)
	verifiervcapi.New(verifiervcapi.Config{
		Mode: verifiervcapi.ConformanceUnsafe, Keys: resolver, Lists: book, Errors: problems, Logger: log,
		Checker: verifier.New(verifier.Config{Keys: resolver, Fetch: guarded}),
	}).Register(engine)
	text, err := localConfig(base, own.ID, made)
	if err != nil {
		return nil, err
	}
	engine.GET("/localConfig.cjs", func(g *gin.Context) { g.Data(http.StatusOK, "text/javascript; charset=utf-8", text) })
	return srv, nil
}

// endpoint is one entry in the settings of the suites.
type endpoint struct {
	ID       string         `json:"id,omitempty"`
	Endpoint string         `json:"endpoint"`
	Tags     []string       `json:"tags"`
	Supports map[string]any `json:"supports"`
	KeyTypes []string       `json:"supportedEcdsaKeyTypes,omitempty"`
	DIDs     *resolvable    `json:"supportedDids,omitempty"`
}

// resolvable tells the suite of DID Resolution what it may ask for.
type resolvable struct {
	Valid    []resolvableDID `json:"valid"`
	NotFound string          `json:"notFound"`
}

type resolvableDID struct {
	DID     string   `json:"did"`
	Options struct{} `json:"resolutionOptions"`
}

// ownDocument is the did:web of the server itself, with one key.
func ownDocument(base string, key keys.Public) (*did.Document, error) {
	id := "did:web:" + strings.ReplaceAll(strings.TrimPrefix(base, "https://"), ":", "%3A")
	body, err := json.Marshal(map[string]any{
		"id": id, "assertionMethod": []any{map[string]string{
			"id": id + "#" + key.Multikey(), "type": "Multikey", "controller": id, "publicKeyMultibase": key.Multikey(),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("DID document of the server: %w", err)
	}
	return did.ParseDocument(id, body)
}

// localConfig writes the settings file that the suites read, with one issuer for each cryptosuite and key (Ed25519, P-256, P-384).
// web is the did:web of the server.
func localConfig(base, web string, made []keys.Private) ([]byte, error) {
	ed25519, p256, p384 := issuervcapi.DID(made[0].Public()), issuervcapi.DID(made[1].Public()), issuervcapi.DID(made[2].Public())
	versions := map[string]any{"vc": []string{"1.1", "2.0"}}
	issue := func(id, suite string, keyTypes []string, tags ...string) endpoint {
		return endpoint{
			ID: id, Endpoint: base + issuervcapi.IssuePath + "?cryptosuite=" + suite, Tags: tags, Supports: versions, KeyTypes: keyTypes,
		}
	}
	// Not for vpVerifiers: the suite's enveloped presentation has a claim "vp", which VC-JOSE-COSE §3.1.2 forbids.
	enveloped := endpoint{ID: ed25519, Endpoint: base + issuervcapi.IssuePath + "?form=vc-jwt", Tags: []string{"EnvelopingProof"}, Supports: versions}
	listed := endpoint{
		ID: ed25519, Endpoint: base + issuervcapi.IssuePath + "?cryptosuite=eddsa-rdfc-2022&status=revocation", Supports: versions,
		Tags: []string{"BitstringStatusList", "Revocation"},
	}
	small, large := []string{"P-256"}, []string{"P-384"}
	verify := func(query string, tags ...string) endpoint {
		return endpoint{
			ID: ed25519, Endpoint: base + verifiervcapi.CredentialPath + query, Supports: versions, Tags: tags,
			KeyTypes: []string{"P-256", "P-384"},
		}
	}
	// The vectors of vc-di-ecdsa name an issuer whose keys are not those of the proofs, and its suite sends no options with them.
	const unbound = "?checks=proof"
	body, err := json.MarshalIndent(map[string]any{
		"settings": map[string]any{"enableInteropTests": true, "testAllImplementations": false},
		"implementations": []any{map[string]any{
			"name": "Laurel", "implementation": "Laurel",
			"issuers": []endpoint{
				issue(ed25519, "eddsa-rdfc-2022", nil, "vc2.0", "vc-api", "eddsa-rdfc-2022"),
				issue(ed25519, "eddsa-jcs-2022", nil, "eddsa-jcs-2022"),
				issue(p256, "ecdsa-rdfc-2019", small, "ecdsa-rdfc-2019"), issue(p384, "ecdsa-rdfc-2019", large, "ecdsa-rdfc-2019"),
				issue(p256, "ecdsa-jcs-2019", small, "ecdsa-jcs-2019"), issue(p384, "ecdsa-jcs-2019", large, "ecdsa-jcs-2019"),
				issue(p256, "ecdsa-sd-2023", small, "ecdsa-sd-2023"), enveloped, listed,
			},
			"verifiers": []endpoint{
				verify("", "vc2.0", "vc-api", "eddsa-rdfc-2022", "eddsa-jcs-2022", "EnvelopingProof", "BitstringStatusList"),
				verify(unbound, "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023"),
			},
			"vpVerifiers": []endpoint{{ID: ed25519, Endpoint: base + verifiervcapi.PresentationPath, Tags: []string{"vc2.0"}, Supports: versions}},
			"vcHolders":   []endpoint{{ID: ed25519, Endpoint: base + verifiervcapi.DerivePath, Tags: []string{"vcHolder"}, Supports: versions}},
			"didResolvers": []endpoint{{
				ID: ed25519, Endpoint: base + "/identifiers", Tags: []string{"did-key", "did-resolution"}, Supports: versions,
				DIDs: &resolvable{Valid: []resolvableDID{{DID: ed25519}, {DID: p256}, {DID: p384}, {DID: web}}, NotFound: "did:web:nobody.invalid"},
			}},
		}},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("settings for the suites: %w", err)
	}
	return append(append([]byte("module.exports = "), body...), ";\n"...), nil
}

// selfSigned makes a certificate for this machine that nobody needs to trust for longer than a day.
func selfSigned(now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("key of the certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("number of the certificate: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template(serial, now), template(serial, now), key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func template(serial *big.Int, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}
