package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// logoBytes begin like a PNG, which is all that is looked at without a sanitiser.
const logoBytes = "\x89PNG\r\n\x1a\n"

func TestAProfileIsRevised(t *testing.T) {
	logo := &catalog.Image{Type: "image/png", Alt: "An owl", Data: []byte(logoBytes)}
	full := catalog.NewIssuer{Name: "Open School", URL: "https://school.example", Email: "office@school.example", Description: "Teaches.", Language: "en", Image: logo}
	tests := []struct {
		name   string
		change func(*catalog.NewIssuer)
		want   string // what the event names; "" when nothing changes
		sees   func(catalog.Issuer) bool
	}{
		{"nothing", func(*catalog.NewIssuer) {}, "", func(catalog.Issuer) bool { return true }},
		{"a name", func(n *catalog.NewIssuer) { n.Name = "New School" }, "name", func(i catalog.Issuer) bool { return i.Name == "New School" && i.URL != "" }},
		{"what is left out goes", func(n *catalog.NewIssuer) { n.URL, n.Email, n.Description = "", "", "" }, "description url email",
			func(i catalog.Issuer) bool { return i.URL+i.Email+i.Description == "" }},
		{"a language", func(n *catalog.NewIssuer) { n.Language = "ar" }, "language", func(i catalog.Issuer) bool { return i.Language == "ar" }},
		{"a language that is left out stays", func(n *catalog.NewIssuer) { n.Language = "" }, "", func(i catalog.Issuer) bool { return i.Language == "en" }},
		{"a picture that is left out stays", func(n *catalog.NewIssuer) { n.Image = nil }, "", func(i catalog.Issuer) bool { return i.Image != nil }},
		{"the text of the picture", func(n *catalog.NewIssuer) { n.Image = &catalog.Image{Alt: "A wise owl"} }, "image",
			func(i catalog.Issuer) bool { return i.Image.Alt == "A wise owl" && string(i.Image.Data) == logoBytes }},
		{"the picture goes", func(n *catalog.NewIssuer) { n.Image = &catalog.Image{} }, "image", func(i catalog.Issuer) bool { return i.Image == nil }},
		{"its own slug and algorithm may be named", func(n *catalog.NewIssuer) { n.Slug, n.Algorithm = "open-school", "ES256" }, "",
			func(catalog.Issuer) bool { return true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newMemory()
			s, err := catalog.New(catalog.Config{Store: store})
			if err != nil {
				t.Fatal(err)
			}
			old, err := s.AddIssuer(t.Context(), full)
			if err != nil {
				t.Fatal(err)
			}
			n := full
			tt.change(&n)
			n.Actor = "console:per_1"
			planned, err := s.PlanIssuer(t.Context(), old.Slug, n)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Issuer(t.Context(), old.ID); err != nil || !cmp.Equal(got, old) {
				t.Fatalf("a plan changed something: %v", err)
			}
			got, err := s.ReviseIssuer(t.Context(), old.Slug, n)
			if err != nil || !tt.sees(got) || !cmp.Equal(got, planned) {
				t.Fatalf("%+v, %v", got, err)
			}
			if got.ID != old.ID || got.DID != old.DID || got.Slug != old.Slug || got.Algorithm != old.Algorithm || !got.CreatedAt.Equal(old.CreatedAt) {
				t.Errorf("identity: %+v", got)
			}
			if again, err := s.Issuer(t.Context(), old.ID); err != nil || !cmp.Equal(again, got) {
				t.Errorf("read again: %+v, %v", again, err)
			}
			events := store.events[1:]
			if tt.want == "" && len(events) > 0 || tt.want != "" && (len(events) != 1 || events[0].Detail != tt.want || events[0].Action != "issuer.revised" ||
				events[0].Actor != "console:per_1" || events[0].IssuerID != old.ID) {
				t.Errorf("events: %+v", events)
			}
		})
	}
}

func TestARevisionThatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		name, at string
		spoil    func(*catalog.NewIssuer)
	}{
		{"no name", "/name", func(n *catalog.NewIssuer) { n.Name = " " }},
		{"a name with a control character", "/name", func(n *catalog.NewIssuer) { n.Name = "a\x00b" }},
		{"an address that is none", "/url", func(n *catalog.NewIssuer) { n.URL = "school" }},
		{"a script for an address", "/url", func(n *catalog.NewIssuer) { n.URL = "javascript:alert(1)" }},
		{"mail that is none", "/email", func(n *catalog.NewIssuer) { n.Email = "office" }},
		{"a language that is none", "/language", func(n *catalog.NewIssuer) { n.Language = "Deutsch!" }},
		{"another slug", "/slug", func(n *catalog.NewIssuer) { n.Slug = "other" }},
		{"another algorithm", "/algorithm", func(n *catalog.NewIssuer) { n.Algorithm = "RS256" }},
		{"a picture without words", "/image/alt", func(n *catalog.NewIssuer) { n.Image = &catalog.Image{Data: []byte(logoBytes)} }},
		{"words without a picture", "/image/data", func(n *catalog.NewIssuer) { n.Image = &catalog.Image{Alt: "An owl"} }},
		{"a picture that is none", "/image/data", func(n *catalog.NewIssuer) { n.Image = &catalog.Image{Alt: "An owl", Data: []byte("GIF89a")} }},
	}
	for _, tt := range tests {
		store := newMemory()
		s, err := catalog.New(catalog.Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddIssuer(t.Context(), catalog.NewIssuer{Name: "Open School"}); err != nil {
			t.Fatal(err)
		}
		n := catalog.NewIssuer{Name: "Open School"}
		tt.spoil(&n)
		if _, err := s.ReviseIssuer(t.Context(), "", n); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(fault.Describe(err).Pointer, tt.at) {
			t.Errorf("%s: %v at %s", tt.name, err, fault.Describe(err).Pointer)
		}
		if len(store.events) != 1 {
			t.Errorf("%s: something was stored", tt.name)
		}
	}
	s, err := catalog.New(catalog.Config{Store: newMemory()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReviseIssuer(t.Context(), "nobody", catalog.NewIssuer{Name: "x"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an issuer that there is not: %v", err)
	}
}
