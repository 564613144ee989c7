package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting describes one setting for the command line, the documentation and Load.
type Setting struct {
	Key   string // in laurel.toml, "base_url"
	Usage string // one line
	set   func(c *Config, value string) error
}

// Flag returns the name of the flag, without dashes in front: "base-url".
func (s Setting) Flag() string { return strings.ReplaceAll(s.Key, "_", "-") }

// Env returns the name of the environment variable: "LAUREL_BASE_URL".
func (s Setting) Env() string { return envPrefix + strings.ToUpper(s.Key) }

const envPrefix = "LAUREL_"

// Settings lists every setting in the order in which help shows them. The flags --config and --no-demo stand beside them.
func Settings() []Setting {
	return slices.Concat([]Setting{
		{"data", "folder of the database, the keys and laurel.toml (default laurel-data)",
			text(func(c *Config) *string { return &c.Data })},
		{"listen", "address and port to listen on; port 0 takes a free one (default 127.0.0.1:8080)",
			listen(func(c *Config) *string { return &c.Listen })},
		{"base_url", "what the world calls this deployment, such as https://badges.example.org", setBaseURL},
		{"database", "path of a SQLite file, or postgres://… (default laurel.db in the data folder)", setDatabase},
		{"database_password_file", "path of a file with the password of the database",
			text(func(c *Config) *string { return &c.PasswordFile })},
		{"trust", "path of the trust list file",
			text(func(c *Config) *string { return &c.Trust })},
		{"fetch_allow", "private networks that outgoing requests may reach, such as 10.1.0.0/16",
			networks(func(c *Config) *[]netip.Prefix { return &c.FetchAllow })},
		{"offline", "fetch nothing, from anywhere: true or false", setOffline},
		{"demo", "fill an empty deployment with an example: auto, on or off", setDemo},
		{"kek", "path of the key-encryption key, mode 0600 (default kek in the data folder)",
			text(func(c *Config) *string { return &c.KEK })},
		{"key_notice", "how long a new key is published before it signs, such as 24h (default 24h)", setKeyNotice},
		{"new_keys", "where the first keys of an issuer are made: sealed (in the database), remote or pkcs11 (default sealed)", setNewKeys},
		{"signer_url", "https address of the remote signer", setSignerURL},
		{"signer_token_file", "path of a file with the token for the remote signer",
			text(func(c *Config) *string { return &c.Remote.Token })},
		{"signer_ca", "path of a PEM file with the only authority that may vouch for the remote signer",
			text(func(c *Config) *string { return &c.Remote.Authority })},
		{"signer_certificate", "path of a PEM file with our certificate and its key for the remote signer",
			text(func(c *Config) *string { return &c.Remote.Certificate })},
		{"pkcs11_module", "path of a PKCS #11 library, for a laurel that was built with the tag pkcs11",
			text(func(c *Config) *string { return &c.PKCS11.Module })},
		{"pkcs11_token", "label of the PKCS #11 token", text(func(c *Config) *string { return &c.PKCS11.Token })},
		{"pkcs11_pin_file", "path of a file with the PIN of the PKCS #11 token",
			text(func(c *Config) *string { return &c.PKCS11.PIN })},
		{"certificates", "path of a PEM file with certificates for the issuers' keys, which SD-JWTs then carry",
			text(func(c *Config) *string { return &c.Certificates })},
		{"request_certificate", "path of a PEM file, mode 0600, with a certificate for the host, those above it and its key, for requests to wallets",
			text(func(c *Config) *string { return &c.RequestKey })},
		{"wallet_requests", "who may ask wallets for badges: everybody, or signed-in for people of the console and holders of tokens", setMayAsk},
		{"wallet_requests_open", "requests to wallets that one address may have open at the same moment, 0 for no limit (default 30)",
			count(func(c *Config) *int { return &c.AskOpen })},
		{"wallet_requests_open_token", "the same for one token or one person of the console, 0 for no limit (default 1000)",
			count(func(c *Config) *int { return &c.AskOpenToken })},
		{"authorities", "path of a PEM file with the authorities whose certificates tie a key to an issuer's host (default none)",
			text(func(c *Config) *string { return &c.Authorities })},
		{"unbound", "what becomes of the badge of nobody in particular when a wallet has its own: keep or supersede (default keep)", setUnbound},
		{"haip", "give badges to wallets of the HAIP profile only: on or off (default off); needs certificates and wallet_providers", setHAIP},
		{"wallet_providers", "path of a PEM file with the authorities that vouch for providers of wallets (default none)",
			text(func(c *Config) *string { return &c.WalletProviders })},
		{"wallet_compat", "what is waived for clients that break a rule: none or digital-bazaar (key proofs without typ)", setWalletCompat},
		{"trusted_proxies", "networks of reverse proxies whose X-Forwarded-For is believed",
			networks(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies })},
		{"browser", "folder with the verifier for browsers (default: browser beside the program)",
			text(func(c *Config) *string { return &c.Browser })},
		{"mail_server", "host and port of the server that takes mail to learners, such as smtp.example.org:587; without it none is sent",
			text(func(c *Config) *string { return &c.Mail.Server })},
		{"mail_security", "starttls, tls, or plain-unsafe for a server on this machine (default starttls)", setMailSecurity},
		{"mail_user", "name that we give the mail server", text(func(c *Config) *string { return &c.Mail.User })},
		{"mail_password_file", "path of a file with the password for the mail server", text(func(c *Config) *string { return &c.Mail.Password })},
		{"mail_from", "sender of mail, such as School <badges@example.org>", text(func(c *Config) *string { return &c.Mail.From })},
		{"mail_ca", "path of a PEM file with the only authority that may vouch for the mail server",
			text(func(c *Config) *string { return &c.Mail.CA })},
		{"mail_reminder", "after how long a learner who has not claimed is reminded, such as 168h; 0 for never (default 168h)", setMailReminder},
		{"fonts", "folder with fonts for scripts that the built-in ones lack, beside those of the system",
			text(func(c *Config) *string { return &c.Fonts })},
		{"metrics_listen", "address and port of a second listener, for /metrics only",
			listen(func(c *Config) *string { return &c.MetricsListen })},
		{"log_format", "text or json", setLogFormat},
		{"log_level", "debug, info, warn or error", setLogLevel},
		{"status_entry", "what the one status entry of new badges is for: revocation, or suspension, which can end", setStatusEntry},
		{"rate_limit", "requests a minute from one address, 0 for no limit (default 1200)",
			count(func(c *Config) *int { return &c.RateLimit })},
		{"rate_limit_token", "requests a minute with one token, 0 for no limit (default 12000)",
			count(func(c *Config) *int { return &c.RateLimitToken })},
	}, signOnSettings())
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v == "" || strings.ContainsRune(v, 0) {
			return errors.New("a path is expected")
		}
		*field(c) = v
		return nil
	}
}

func listen(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		_, port, err := net.SplitHostPort(v)
		if err != nil {
			return errors.New("an address and a port are expected, such as 127.0.0.1:8080")
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
			return fmt.Errorf("%q is no port: 0 to 65535 is expected", port)
		}
		*field(c) = v
		return nil
	}
}

func setBaseURL(c *Config, v string) error {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("an address is expected, such as https://badges.example.org")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return errors.New("only scheme, host and port are expected, no user, query or fragment")
	case u.Path != "" && u.Path != "/":
		return errors.New("a path is not supported: the DID of the first issuer is the bare host")
	case u.Hostname() == "" || u.Host != strings.ToLower(u.Host):
		return errors.New("the host is expected in lower case")
	}
	if p := u.Port(); p != "" {
		if _, err := strconv.ParseUint(p, 10, 16); err != nil {
			return fmt.Errorf("%q is no port", p)
		}
	}
	c.BaseURL = u.Scheme + "://" + u.Host
	return nil
}

func setDatabase(c *Config, v string) error {
	scheme, rest, ok := strings.Cut(v, ":")
	if !ok || len(scheme) == 1 { // a path, on Windows with a drive letter
		return text(func(c *Config) *string { return &c.Database })(c, v)
	}
	switch scheme {
	case "sqlite":
		if rest == "" {
			return errors.New("sqlite: is followed by a path")
		}
	case "postgres", "postgresql":
		// The error of url.Parse repeats what it was given, a password too.
		if u, err := url.Parse(v); err != nil || u.Host == "" || u.Path == "" || u.Path == "/" {
			return errors.New("postgres://user@host/database is expected")
		}
	default:
		return errors.New("a path, sqlite:path or postgres://… is expected")
	}
	c.Database = v
	return nil
}

func setDemo(c *Config, v string) error {
	switch v {
	case "auto":
		c.Demo = Auto
	case "on", "true":
		c.Demo = On
	case "off", "false":
		c.Demo = Off
	default:
		return errors.New("auto, on or off is expected")
	}
	return nil
}

func setOffline(c *Config, v string) error {
	switch v {
	case "true", "on":
		c.Offline = true
	case "false", "off":
		c.Offline = false
	default:
		return errors.New("true or false is expected")
	}
	return nil
}

func setKeyNotice(c *Config, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Second || d > 366*24*time.Hour {
		return errors.New("a time between 1s and 8784h is expected")
	}
	c.KeyNotice = d
	return nil
}

func setNewKeys(c *Config, v string) error {
	if v != "sealed" && v != "remote" && v != "pkcs11" {
		return errors.New("sealed, remote or pkcs11 is expected")
	}
	c.NewKeys = v
	return nil
}

func setSignerURL(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("an address is expected, such as https://signer.example.org:8443")
	}
	c.Remote.URL = strings.TrimRight(v, "/")
	return nil
}

func setStatusEntry(c *Config, v string) error {
	if v != "revocation" && v != "suspension" {
		return errors.New("revocation or suspension is expected")
	}
	c.StatusEntry = v
	return nil
}

func setMayAsk(c *Config, v string) error {
	if v != "everybody" && v != "signed-in" {
		return errors.New("everybody or signed-in is expected")
	}
	c.MayAsk = v
	return nil
}

func setUnbound(c *Config, v string) error {
	if v != "keep" && v != "supersede" {
		return errors.New("keep or supersede is expected")
	}
	c.Unbound = v
	return nil
}

func setHAIP(c *Config, v string) error {
	switch v {
	case "on", "true":
		c.HAIP = true
	case "off", "false":
		c.HAIP = false
	default:
		return errors.New("on or off is expected")
	}
	return nil
}

func setWalletCompat(c *Config, v string) error {
	if v != "none" && v != "digital-bazaar" {
		return errors.New("none or digital-bazaar is expected")
	}
	c.WalletCompat = v
	return nil
}

func setLogFormat(c *Config, v string) error {
	if v != "text" && v != "json" {
		return errors.New("text or json is expected")
	}
	c.LogFormat = v
	return nil
}

func setLogLevel(c *Config, v string) error {
	switch v {
	case "debug", "info", "warn", "error":
		return c.LogLevel.UnmarshalText([]byte(v))
	}
	return errors.New("debug, info, warn or error is expected")
}

func count(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 10_000_000 || strconv.Itoa(n) != v {
			return errors.New("a whole number is expected, 0 for no limit")
		}
		*field(c) = n
		return nil
	}
}

func networks(field func(*Config) *[]netip.Prefix) func(*Config, string) error {
	return func(c *Config, v string) error {
		list := []netip.Prefix{}
		split := strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
		for _, s := range split {
			p, err := network(s)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		*field(c) = list
		return nil
	}
}

// network reads a prefix or a single address. It refuses host bits, which are a slip of the pen, and networks so wide
// that they would switch the filter off.
func network(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no network: 10.1.0.0/16 or fd00::/8 is expected", s)
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("%q has bits behind the prefix: is %s meant?", s, p.Masked())
	}
	if widest := map[bool]int{true: 8, false: 7}[p.Addr().Is4()]; p.Bits() < widest {
		return netip.Prefix{}, fmt.Errorf("%q is too wide: at least /%d is expected", s, widest)
	}
	return p, nil
}

func setMailSecurity(c *Config, v string) error {
	if v != "starttls" && v != "tls" && v != "plain-unsafe" {
		return errors.New("starttls, tls or plain-unsafe is expected")
	}
	c.Mail.Security = v
	return nil
}

func setMailReminder(c *Config, v string) error {
	d, err := time.ParseDuration(v)
	if v == "0" {
		d, err = 0, nil
	}
	if err != nil || d < 0 || d > 366*24*time.Hour {
		return errors.New("a time between 0 and 8784h is expected")
	}
	c.Mail.Reminder = d
	return nil
}
