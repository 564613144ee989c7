package main

import (
	"log/slog"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

func TestTheConfigurationGoesBeforeTheConsole(t *testing.T) {
	data := t.TempDir()
	opened := func(unbound string) (*app, switches) {
		a, err := open(t.Context(), config.Config{Data: data, Listen: "127.0.0.1:8080", Unbound: unbound}, slog.New(slog.DiscardHandler), working)
		if err != nil {
			t.Fatal(err)
		}
		return a, switches{a}
	}
	stands := func(s switches, name, want string) {
		t.Helper()
		if got, err := s.value(t.Context(), name); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", name, got, want, err)
		}
	}
	a, s := opened("")
	stands(s, switchUnbound, "keep")
	if c, err := s.compat(t.Context()); err != nil || c.ProofsWithoutTypeUnsafe {
		t.Errorf("something is waived although nobody said so: %v", err)
	}
	for name, wrong := range map[string][2]string{
		"a switch that there is not":   {"debug", "on"},
		"a position that there is not": {switchCompat, "everything"},
		"the position of another":      {switchUnbound, "none"},
		"no position":                  {switchUnbound, ""},
	} {
		if err := s.Switch(t.Context(), wrong[0], wrong[1], "console:per_1"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Switch(t.Context(), switchHAIP, "on", "console:per_1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("HAIP, which needs files: %v", err)
	}
	for _, move := range [][2]string{{switchUnbound, "supersede"}, {switchCompat, "digital-bazaar"}, {switchUnbound, "supersede"}} {
		if err := s.Switch(t.Context(), move[0], move[1], "console:per_1"); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := s.compat(t.Context()); err != nil || !c.ProofsWithoutTypeUnsafe {
		t.Errorf("the waiver does not count at once: %v", err)
	}
	page, _, err := a.store.EventPage(t.Context(), event.Filter{Action: "setting.", Limit: 10})
	if err != nil || len(page) != 2 || page[0].Actor != "console:per_1" || page[1].Subject+" "+page[1].Detail != "unbound supersede" {
		t.Errorf("the log: %+v, %v", page, err)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	a, s = opened("")
	stands(s, switchUnbound, "supersede")
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	a, s = opened("keep")
	stands(s, switchUnbound, "keep")
	if err := s.Switch(t.Context(), switchUnbound, "supersede", "console:per_1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("what the configuration holds: %v", err)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
}
