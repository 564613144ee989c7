package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/signlog"
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
	a.asking = openid4vp.New(openid4vp.Config{
		BaseURL: a.base, Requests: a.requests, Keys: requestKeys{a, certs}, Secret: secret, Logger: a.log,
	})
	return nil
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
