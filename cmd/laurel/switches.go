package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
)

// The switches for wallets, by the names of their settings.
const (
	switchUnbound = "unbound"
	switchCompat  = "wallet_compat"
	switchHAIP    = "haip"
)

// switches is how the deployment stands to wallets: what its configuration says, else what was switched in the console.
type switches struct{ app *app }

// known lists the switches with what the configuration says of each.
func (s switches) known() []issuerpages.Switch {
	haip := "off"
	if s.app.cfg.HAIP {
		haip = "on"
	}
	return []issuerpages.Switch{
		{Name: switchUnbound, Choices: []string{"keep", "supersede"}, Value: s.app.cfg.Unbound},
		{Name: switchCompat, Choices: []string{"none", "digital-bazaar"}, Value: s.app.cfg.WalletCompat},
		{Name: switchHAIP, Choices: []string{"off", "on"}, Value: haip}, // it needs files, which only the configuration names
	}
}

// Switches implements issuerpages.Switches.
func (s switches) Switches(ctx context.Context) ([]issuerpages.Switch, error) {
	all := s.known()
	for i := range all {
		if all[i].Fixed = all[i].Value != ""; all[i].Fixed {
			continue
		}
		value, err := s.app.store.Setting(ctx, all[i].Name)
		if err != nil {
			return nil, err
		}
		all[i].Value = cmp.Or(value, all[i].Choices[0])
	}
	return all, nil
}

// value is how one switch stands.
func (s switches) value(ctx context.Context, name string) (string, error) {
	all, err := s.Switches(ctx)
	for _, w := range all {
		if w.Name == name {
			return w.Value, err
		}
	}
	return "", err
}

// Switch implements issuerpages.Switches.
func (s switches) Switch(ctx context.Context, name, value, actor string) error {
	all, err := s.Switches(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(w issuerpages.Switch) bool { return w.Name == name })
	switch {
	case i < 0 || !slices.Contains(all[i].Choices, value):
		return fault.New(fault.Invalid, nil, "there is no such switch, or it has no such position").Code("setting.unknown")
	case all[i].Fixed:
		return fault.New(fault.Conflict, nil, "the configuration of the server decides this").Code("setting.fixed").Hint("change it there")
	case all[i].Value == value:
		return nil
	}
	id, err := randid.New(rand.Reader)
	if err != nil {
		return err
	}
	now := s.app.clock().UTC()
	return s.app.store.SetSetting(ctx, name, value, now, event.Event{
		ID: "evt_" + id, At: now, Actor: actor, Action: "setting.changed", Subject: name, Detail: value,
	})
}

// compat is what is waived for wallets at this moment.
func (s switches) compat(ctx context.Context) (openid4vci.Compat, error) {
	v, err := s.value(ctx, switchCompat)
	return openid4vci.Compat{ProofsWithoutTypeUnsafe: v == "digital-bazaar"}, err
}
