package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
)

const service = "oidc_issuer = \"https://login.school.example\"\noidc_client_id = \"laurel\"\n"

func TestTheSignInServiceIsReadWhole(t *testing.T) {
	got, err := config.Load(config.Sources{File: []byte(service + `oidc_name = "School account"
oidc_scopes = ["groups"]
oidc_domains = "School.example, staff.school.example"
oidc_roles = ["owner=realm_access.roles:badge heads", "awarder@my-school=groups:urn:x:teachers", "viewer=https://school.example/claims/groups:all"]
`)})
	want := config.SignOn{
		Issuer: "https://login.school.example", ClientID: "laurel", Name: "School account", Scopes: []string{"groups"},
		Domains: []string{"school.example", "staff.school.example"},
		Roles: []config.RoleRule{
			{Role: "owner", Claim: "realm_access.roles", Value: "badge heads"},
			{Role: "awarder", Issuer: "my-school", Claim: "groups", Value: "urn:x:teachers"},
			{Role: "viewer", Claim: "https://school.example/claims/groups", Value: "all"},
		},
	}
	if d := cmp.Diff(want, got.SignOn); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	if got, err := config.Load(config.Sources{File: []byte(service)}); err != nil || got.SignOn.Name != "login.school.example" {
		t.Errorf("without a name it is called %q, %v", got.SignOn.Name, err)
	}
}

func TestAMistakeInTheSignInServiceIsNamed(t *testing.T) {
	for _, tt := range []struct{ key, value string }{
		{"oidc_issuer", "login.school.example"}, {"oidc_issuer", "https://me@login.school.example"}, {"oidc_issuer", "https://login.school.example?x"},
		{"oidc_issuer", "https://login.school.example#x"}, {"oidc_issuer", "ldap://login.school.example"},
		{"oidc_client_id", ""}, {"oidc_client_id", "a\nb"}, {"oidc_name", " "}, {"oidc_client_secret_file", ""},
		{"oidc_domains", "@school.example"}, {"oidc_domains", "school"}, {"oidc_domains", "*.school.example"},
		{"oidc_roles", "teachers"}, {"oidc_roles", "root=groups:teachers"}, {"oidc_roles", "owner@=groups:teachers"}, {"oidc_roles", "owner=groups"},
		{"oidc_roles", "owner=groups:"}, {"oidc_roles", "owner=:teachers"}, {"oidc_roles", "owner=https://school.example/groups"},
		{"oidc_roles", "Owner=groups:teachers"},
	} {
		flags := map[string]string{strings.ReplaceAll(tt.key, "_", "-"): tt.value}
		if _, err := config.Load(config.Sources{File: []byte(service), Flags: flags}); !fault.Is(err, fault.Invalid) || !strings.Contains(fmt.Sprint(err), "oidc-") {
			t.Errorf("%s = %q: %v", tt.key, tt.value, err)
		}
	}
	for _, half := range []string{`oidc_issuer = "https://login.school.example"`, `oidc_client_id = "laurel"`, `oidc_domains = "school.example"`} {
		if _, err := config.Load(config.Sources{File: []byte(half)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s alone: %v", half, err)
		}
	}
}
