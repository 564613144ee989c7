package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
)

// The console changes the file that the verifier reads: what it adds is believed, and who did it stands in the log.
func TestTheConsoleChangesTheTrustList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trust.json")
	const before = `{"issuers":[{"id":"did:web:kept.example","keep":true,"until":"2099-01-01","note":"mine"}],"lists":[{"url":"https://ministry.invalid/list","issuer":"did:web:ministry.invalid"}]}`
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Data, cfg.Trust, cfg.Offline = t.TempDir(), path, true
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), working)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	page := &trustPage{app: a}
	add := func(id, until string) error {
		return page.Add(t.Context(), issuerpages.TrustRow{ID: id, Name: "University", Until: until}, "console:per_1")
	}
	if err := add("did:web:university.example", ""); err != nil {
		t.Fatal(err)
	}
	if err := add("did:web:kept.example", "2098-01-01"); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"no identifier": "the university", "a script": "javascript:alert(1)"} {
		if err := add(id, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text, err := page.Export(t.Context())
	if err != nil || !strings.Contains(string(text), `"note": "mine"`) || !strings.Contains(string(text), "2098-01-01") ||
		strings.Contains(string(text), "javascript") {
		t.Errorf("%s, %v", text, err)
	}
	if v, err := page.Show(t.Context()); err != nil || !v.Editable || len(v.Issuers) != 2 || len(v.Follows) != 1 || v.Follows[0].Usable || v.Follows[0].Problem == "" {
		t.Errorf("%+v, %v", v, err)
	}
	command := func(args ...string) {
		var out bytes.Buffer
		if code := run(t.Context(), terminal{out: &out, err: &out}, append(args, "--data", cfg.Data)); code != 0 {
			t.Fatalf("%v: %d %s", args, code, &out)
		}
	}
	for slug, days := range map[string]string{"ministry": "30", "union": "3"} {
		command("issuer", "add", "--name", slug, "--slug", slug)
		command("trust", "publish", "--issuer", slug, "--trust", path, "--days", days)
	}
	v, err := page.Show(t.Context())
	if err != nil || len(v.Published) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, l := range v.Published {
		if !l.Usable || l.Issuers != 2 || l.Until.IsZero() || l.Soon != strings.HasSuffix(l.URL, "/issuers/union/trust-list.jwt") {
			t.Errorf("published: %+v", l)
		}
	}
	if err := page.Remove(t.Context(), "did:web:nobody.example", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removing an unknown one: %v", err)
	}
	like := func(id, name string) string {
		doubts, err := page.Doubts(t.Context(), issuerpages.TrustRow{ID: id, Name: name, Types: []string{"Corse"}})
		var out []string
		for _, d := range doubts {
			out = append(out, d.Word)
		}
		return fmt.Sprint(out, err)
	}
	for _, d := range []struct{ id, name, want string }{
		{"did:web:university.example", "x", "[type_unknown] <nil>"}, {"did:web:un1versity.example", "x", "[lookalike type_unknown] <nil>"},
		{"did:web:University.example", "x", "[unresolvable lookalike type_unknown] <nil>"},
		{"did:web:kept.example", "Universìty", "[same_name type_unknown] <nil>"}, {"did:web:other.example", "Оther", "[confusable type_unknown] <nil>"},
	} {
		if got := like(d.id, d.name); got != d.want {
			t.Errorf("doubts about %s: %s, want %s", d.id, got, d.want)
		}
	}
	if err := add("did:web:University.example", ""); fault.Describe(err).Code != "did.syntax" {
		t.Errorf("an id that nothing is signed by: %v", err)
	}
	if err := page.Remove(t.Context(), "did:web:university.example", "console:per_1"); err != nil {
		t.Fatal(err)
	}
	if v, err := page.Show(t.Context()); err != nil || len(v.Issuers) != 2 || !v.Issuers[1].Ended {
		t.Errorf("who is believed no more is no history: %+v, %v", v, err)
	}
	if err := page.Remove(t.Context(), "did:web:university.example", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removing one that has ended: %v", err)
	}
	if err := page.Erase(t.Context(), "did:web:university.example", "console:per_1"); err != nil {
		t.Fatal(err)
	}
	events, _, err := a.store.EventPage(t.Context(), event.Filter{Actor: "console:per_1"})
	if err != nil || len(events) != 4 || events[0].Action != "trust.erased" || events[0].Subject != "did:web:university.example" {
		t.Errorf("%+v, %v", events, err)
	}
}
