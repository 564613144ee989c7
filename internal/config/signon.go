package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// SignOn is the sign-in service of the organisation (OpenID Connect).
type SignOn struct {
	Issuer   string // exactly as the service writes it; empty: there is none
	ClientID string
	Secret   string     // path of a file with the client's secret; empty: a public client
	Name     string     // what people call the service
	Scopes   []string   // asked for beside openid, email and profile
	Domains  []string   // of the mail addresses that may come in; none: all
	Roles    []RoleRule // what its claims give; none: who was invited comes in, and nobody else
}

// RoleRule gives a role to whoever has that value in that claim.
type RoleRule struct {
	Role   string // "owner", "awarder" or "viewer"
	Issuer string // id, slug or DID of the one issuer that it is for; empty: every issuer
	Claim  string // its name, or with dots the way to it
	Value  string
}

// signOnSettings are those of a sign-in service.
func signOnSettings() []Setting {
	return []Setting{
		{"oidc_issuer", "address of the organisation's sign-in service (OpenID Connect), exactly as it names itself; without it there is none", setOIDCIssuer},
		{"oidc_client_id", "name under which the sign-in service knows this deployment",
			word(func(c *Config) *string { return &c.SignOn.ClientID })},
		{"oidc_client_secret_file", "path of a file with the secret of this deployment at the sign-in service",
			text(func(c *Config) *string { return &c.SignOn.Secret })},
		{"oidc_name", "what people call the sign-in service (default: its host)", word(func(c *Config) *string { return &c.SignOn.Name })},
		{"oidc_scopes", "what else the sign-in service is asked for, such as groups", words(func(c *Config) *[]string { return &c.SignOn.Scopes })},
		{"oidc_domains", "domains of the mail addresses that the sign-in service may let in, such as school.example (default all)", setOIDCDomains},
		{"oidc_roles", "roles that claims of the sign-in service give, such as awarder@my-school=groups:teachers (default none: only who was invited comes in)",
			setOIDCRoles},
	}
}

// word takes one line of text.
func word(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if strings.TrimSpace(v) == "" || len(v) > 200 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return errors.New("a line of at most 200 bytes is expected")
		}
		*field(c) = v
		return nil
	}
}

// words takes words with commas or spaces between.
func words(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
		return nil
	}
}

func setOIDCIssuer(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("an address is expected, such as https://login.school.example")
	}
	c.SignOn.Issuer = v
	return nil
}

func setOIDCDomains(c *Config, v string) error {
	var list []string
	if err := words(func(*Config) *[]string { return &list })(c, v); err != nil {
		return err
	}
	for i, d := range list {
		if list[i] = strings.ToLower(d); !strings.Contains(d, ".") || strings.ContainsAny(d, "@:/*") {
			return fmt.Errorf("%q is no domain: school.example is expected", d)
		}
	}
	c.SignOn.Domains = list
	return nil
}

func setOIDCRoles(c *Config, v string) error {
	var rules []RoleRule
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\n' }) {
		rule, err := roleRule(strings.TrimSpace(one))
		if err != nil {
			return err
		}
		rules = append(rules, rule)
	}
	c.SignOn.Roles = rules
	return nil
}

// roleRule reads ROLE[@ISSUER]=CLAIM:VALUE. A claim may be an address, in which colons stand.
func roleRule(s string) (RoleRule, error) {
	wrong := fmt.Errorf("%q is no rule: awarder=groups:teachers or owner@my-school=groups:heads is expected", s)
	to, from, ok := strings.Cut(s, "=")
	var r RoleRule
	var one bool
	r.Role, r.Issuer, one = strings.Cut(to, "@")
	if !ok || one && r.Issuer == "" || !slices.Contains([]string{"owner", "awarder", "viewer"}, r.Role) {
		return r, wrong
	}
	at := strings.IndexByte(from, ':')
	if strings.HasPrefix(from, "https://") || strings.HasPrefix(from, "http://") {
		if at = strings.LastIndexByte(from, ':'); at <= len("https") {
			return r, wrong
		}
	}
	if at < 1 || at == len(from)-1 {
		return r, wrong
	}
	r.Claim, r.Value = from[:at], from[at+1:]
	return r, nil
}

// signOn looks at what only all settings of the service together can tell.
func (l *loader) signOn() {
	s := l.cfg.SignOn
	switch {
	case s.Issuer == "" && (s.ClientID != "" || s.Secret != "" || s.Name != "" || len(s.Scopes)+len(s.Domains)+len(s.Roles) > 0):
		l.wrong("oidc_issuer", "it is missing, and other settings of the sign-in service are there")
	case s.Issuer != "" && s.ClientID == "":
		l.wrong("oidc_client_id", "the sign-in service needs it")
	}
	if s.Issuer != "" && s.Name == "" {
		if u, err := url.Parse(s.Issuer); err == nil {
			l.cfg.SignOn.Name = u.Hostname()
		}
	}
}
