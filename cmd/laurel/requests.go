package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/catalog"
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
	a.requests = ask.New(ask.Config{Store: a.store, Judge: a.verifier})
	a.asking = ways{
		openid4vp.New(openid4vp.Config{BaseURL: a.base, Requests: a.requests, Keys: requestKeys{a, certs}, Secret: secret, Logger: a.log}),
		exchange.New(exchange.Config{BaseURL: a.base, Requests: a.requests, Logger: a.log}),
	}
	return nil
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
}

// Signing implements openid4vp.Keys.
func (k requestKeys) Signing(ctx context.Context) (openid4vp.Signing, error) {
	all, err := k.app.catalog.Issuers(ctx)
	if err != nil {
		return openid4vp.Signing{}, err
	}
	if len(all) == 0 {
		return openid4vp.Signing{}, fault.New(fault.NotFound, nil, "there is no issuer yet").Code("issuer.none")
	}
	one := all[0]
	for _, i := range all {
		if i.DID == k.app.hostDID() {
			one = i
		}
	}
	return k.of(ctx, one)
}

func (k requestKeys) of(ctx context.Context, i catalog.Issuer) (openid4vp.Signing, error) {
	key, err := k.app.keys.For(signlog.WalletRequest).Signer(ctx, i.ID, keys.ES256)
	if err != nil {
		return openid4vp.Signing{}, err
	}
	return openid4vp.Signing{Key: key, DID: i.DID, Chain: k.certs.Chain(key.Public())}, nil
}

// host is the host of an address, with its port.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
