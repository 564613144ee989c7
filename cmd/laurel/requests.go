package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/server"
	"github.com/openlaurel/laurel/issuer/catalog"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/verifier/exchange"
	"github.com/openlaurel/laurel/verifier/openid4vp"
	ask "github.com/openlaurel/laurel/verifier/request"
)

// wireRequests builds what asks wallets.
func (a *app) wireRequests(kek keys.KEK, certs certificates) error {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel answers of wallets", 32)
	if err != nil {
		return fmt.Errorf("secret of answers of wallets: %w", err)
	}
	own, err := readRequestCertificate(a.cfg.RequestKey)
	if err != nil {
		return err
	}
	a.warnOfCertificate(own)
	a.requests = ask.New(ask.Config{
		Store: a.store, Judge: a.verifier, Secret: secret, Counter: a.metrics, Editions: a.editions,
		Bounds: ask.Bounds{Strangers: limits.RequestsOpen, Stranger: a.cfg.AskOpen, Known: a.cfg.AskOpenToken},
	})
	a.asking = ways{
		openid4vp.New(openid4vp.Config{BaseURL: a.base, Requests: a.requests, Keys: requestKeys{a, certs, own}, Secret: secret, Logger: a.log}),
		exchange.New(exchange.Config{BaseURL: a.base, Requests: a.requests, Logger: a.log}),
	}
	return nil
}

// editions are the ids of the versions of an achievement of this deployment that are there already, or none when id is no such achievement.
func (a *app) editions(ctx context.Context, id string) ([]string, error) {
	for _, base := range a.bases {
		path, ours := strings.CutPrefix(id, base+"/achievements/")
		if !ours {
			continue
		}
		ref, _, one := strings.Cut(path, "/")
		if one { // or an address below it
			return []string{id}, nil
		}
		if !strings.HasPrefix(ref, "ach_") {
			return nil, nil
		}
		newest, err := a.catalog.Achievement(ctx, "", ref, 0)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		var out []string
		for n := range min(newest.Version, limits.Editions) {
			for _, b := range a.bases {
				out = append(out, b+"/achievements/"+newest.ID+"/"+strconv.Itoa(newest.Version-n))
			}
		}
		return out, nil
	}
	return nil, nil
}

// warnOfCertificate says in the log when wallets will soon take no request under the certificate, or take none today.
func (a *app) warnOfCertificate(own *openid4vp.Signing) {
	if own == nil {
		return
	}
	leaf, err := x509.ParseCertificate(own.Chain[0])
	if now := a.clock(); err == nil && (now.Before(leaf.NotBefore) || leaf.NotAfter.Sub(now) < limits.CertificateNotice) {
		a.log.Warn("the certificate for requests to wallets is not good for long, or not today", "from", leaf.NotBefore, "until", leaf.NotAfter)
	}
}

// ways are the protocols in which wallets are asked; the dialect of a request says which.
type ways struct {
	*openid4vp.API
	exchange *exchange.API
}

// Register adds the routes of all.
func (w ways) Register(r gin.IRoutes) {
	w.API.Register(r)
	w.exchange.Register(r)
}

// Usable reports whether a request of that kind could be made here; the error says why not.
func (w ways) Usable(ctx context.Context, o ask.Order) error {
	if o.Dialect == ask.VCAPI {
		return nil
	}
	return w.API.Usable(ctx, o)
}

// Link is what a wallet opens.
func (w ways) Link(ctx context.Context, r ask.Request, f ask.Flow) (string, error) {
	if r.Dialect == ask.VCAPI {
		return w.exchange.Link(r, f)
	}
	return w.API.Link(ctx, r, f)
}

// Protocols is what a wallet that read the interaction URL can go on with (VCALM).
func (w ways) Protocols(ctx context.Context, r ask.Request) (map[string]string, error) {
	if r.Dialect == ask.VCAPI {
		return map[string]string{"vcapi": w.exchange.URL(r)}, nil
	}
	link, err := w.API.Link(ctx, r, ask.CrossDevice)
	if r.Dialect == ask.Legacy {
		return map[string]string{"OID4VP": link}, err
	}
	return map[string]string{"oid4vp-1.0": link, "OID4VP": link}, err
}

// requestKeys lends the key of the host's own issuer, or of the first one, to sign requests to wallets.
type requestKeys struct {
	app   *app
	certs certificates
	own   *openid4vp.Signing // of --request-certificate, or nil
}

// Signing implements openid4vp.Keys. Under a certificate the key that was made for requests goes before the issuer's.
func (k requestKeys) Signing(ctx context.Context, c ask.Client) (openid4vp.Signing, error) {
	if k.own != nil && (c == ask.X509SAN || c == ask.X509Hash) {
		return *k.own, nil
	}
	return k.lend(ctx, signlog.WalletRequest)
}

// lend lends the key of the issuer for one purpose.
func (k requestKeys) lend(ctx context.Context, purpose string) (openid4vp.Signing, error) {
	one, err := k.app.hostIssuer(ctx)
	if err != nil {
		return openid4vp.Signing{}, err
	}
	return k.of(ctx, one, purpose)
}

// hostIssuer is the issuer whose identity is that of the host, or the first one; fault.NotFound when there is none.
func (a *app) hostIssuer(ctx context.Context) (catalog.Issuer, error) {
	all, err := a.catalog.Issuers(ctx)
	if err != nil {
		return catalog.Issuer{}, err
	}
	if len(all) == 0 {
		return catalog.Issuer{}, fault.New(fault.NotFound, nil, "there is no issuer yet").Code("issuer.none")
	}
	for _, i := range all {
		if i.DID == a.hostDID() {
			return i, nil
		}
	}
	return all[0], nil
}

func (k requestKeys) of(ctx context.Context, i catalog.Issuer, purpose string) (openid4vp.Signing, error) {
	key, err := k.app.keys.For(purpose).Signer(ctx, i.ID, keys.ES256)
	if err != nil {
		return openid4vp.Signing{}, err
	}
	named := i.DID + "#" + key.Public().Multikey() // wallet libraries know Multikey, and not JsonWebKey
	return openid4vp.Signing{Key: key, DID: i.DID, KeyID: named, Chain: k.certs.Chain(key.Public())}, nil
}

// readRequestCertificate reads a certificate for requests, those above it and its key; nil for no path.
func readRequestCertificate(path string) (*openid4vp.Signing, error) {
	if path == "" {
		return nil, nil
	}
	wrong := func(cause error) error {
		return fault.New(fault.Invalid, cause, "the certificate for requests to wallets %s cannot be used: %s", path, reason(cause)).
			Hint("a PEM file of mode 0600 is expected: a certificate for the host, those of the authorities above it, and its key of P-256")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, wrong(err)
	}
	if info.Mode() != 0o600 {
		return nil, wrong(fmt.Errorf("its mode is %v", info.Mode()))
	}
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return nil, wrong(err)
	}
	private, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, wrong(fmt.Errorf("its key does not sign"))
	}
	key, err := keys.NewSigner("", keys.ES256, private)
	if err != nil {
		return nil, wrong(err)
	}
	out := &openid4vp.Signing{Key: key}
	for i, der := range pair.Certificate { // the one who verifies has the anchor already (HAIP 1.0 §6.1)
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, wrong(err)
		}
		self := bytes.Equal(cert.RawIssuer, cert.RawSubject)
		if i == 0 && (self || cert.IsCA) {
			return nil, wrong(fmt.Errorf("%s is an authority or signed itself", cert.Subject))
		}
		if !self {
			out.Chain = append(out.Chain, der)
		}
	}
	return out, nil
}

// askers say who asks a wallet: of the visitors of pages, and of the callers of the API. Who is not known is a client address, unless only
// those who are known may ask.
func (a *app) askers(console *issuerpages.Pages) (visitor, caller func(*gin.Context) (ask.Asker, error)) {
	stranger := func(g *gin.Context, unknown error) (ask.Asker, error) {
		if a.cfg.MayAsk == "signed-in" {
			return ask.Asker{}, unknown
		}
		return ask.Asker{Key: "address " + server.ClientKey(g)}, nil
	}
	visitor = func(g *gin.Context) (ask.Asker, error) {
		id, err := console.Visitor(g.Request)
		if fault.Is(err, fault.Unauthorized) {
			return stranger(g, err)
		}
		return ask.Asker{Key: "person " + id, Known: true}, err
	}
	caller = func(g *gin.Context) (ask.Asker, error) {
		secret, given := strings.CutPrefix(g.GetHeader("Authorization"), "Bearer ")
		token, err := a.access.Authenticate(g.Request.Context(), secret)
		if !given {
			return stranger(g, err)
		}
		return ask.Asker{Key: "token " + token.ID, Known: true}, err
	}
	return visitor, caller
}

// host is the host of an address, with its port.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
