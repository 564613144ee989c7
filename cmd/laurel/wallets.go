package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// newWallets wires the way into wallets.
func newWallets(a *app, kek keys.KEK) (*wallet.Service, error) {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel wallet codes", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the wallet codes: %w", err)
	}
	return wallet.New(wallet.Config{Store: a.store, Offers: a.offers, Issuer: toWallets{a.awards}, Secret: secret})
}

// toWallets is the write side as wallets need it.
type toWallets struct{ awards *issuer.Service }

// IssueTo implements wallet.Issuer.
func (w toWallets) IssueTo(ctx context.Context, awardID string, c wallet.Configuration, h wallet.Holder) (wallet.Issued, error) {
	made, err := w.awards.IssueAs(ctx, awardID, issuer.As{
		Form: c.Form, Cryptosuite: c.Cryptosuite, Holder: issuer.Holder{ID: h.ID, Key: h.Key},
	}, "wallet")
	if err != nil {
		return wallet.Issued{}, err
	}
	return wallet.Issued{ID: made.ID, Signed: made.Signed, Holder: h.ID}, nil
}
