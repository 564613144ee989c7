package storetest

import (
	"testing"
	"time"
)

func testSettings(t *testing.T, f *Fixture) {
	get := func(name, want string) {
		t.Helper()
		if got, err := f.Store.Setting(f.ctx, name); err != nil || got != want {
			t.Errorf("%q is %q, want %q: %v", name, got, want, err)
		}
	}
	get("unbound", "")
	f.must(f.Store.SetSetting(f.ctx, "unbound", "supersede", Start(), f.Event("setting.changed", "", "unbound")))
	f.must(f.Store.SetSetting(f.ctx, "wallet_compat", "digital-bazaar", Start(), f.Event("setting.changed", "", "wallet_compat")))
	get("unbound", "supersede")
	f.must(f.Store.SetSetting(f.ctx, "unbound", "keep", Start().Add(time.Hour), f.Event("setting.changed", "", "unbound")))
	get("unbound", "keep")
	get("wallet_compat", "digital-bazaar")
	get("Unbound", "")
	if n := f.events("", "setting.changed"); n != 3 {
		t.Errorf("%d events for three changes", n)
	}
}
