// Package config owns the settings of a deployment: one struct that runs when nobody sets anything.
//
// A setting comes from laurel.toml, then the environment (LAUREL_…), then flags; the later one counts. Secrets are paths
// to files. The package refuses what it does not know (a key, a variable, a value) and lists every mistake at once, so
// that nothing starts half configured.
package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/limits"
)

// FileName is the settings file that is looked for in the data folder.
const FileName = "laurel.toml"

// Demo says whether the first start fills the deployment with an example.
type Demo string

// The choices. Auto means: on an empty deployment that only this machine reaches.
const (
	Auto Demo = "auto"
	On   Demo = "on"
	Off  Demo = "off"
)

// Config is every setting of a deployment.
type Config struct {
	Data           string         // folder of the database, keys and laurel.toml
	Listen         string         // address and port; port 0 takes a free one
	BaseURL        string         // what the world calls us, without a trailing slash; empty: derived from Listen
	Database       string         // empty: SQLite in Data; else a path or a postgres:// URL, with the password put in
	Trust          string         // path of the trust list file, or empty
	FetchAllow     []netip.Prefix // private networks that outgoing requests may reach, plain http only there
	Offline        bool           // nothing is fetched at all; what would need it is unknown and says so
	Demo           Demo
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; nobody's by default
	MetricsListen  string         // address of a second listener for /metrics, or empty
	Browser        string         // path of a folder with the verifier for browsers, or empty
	Mail           Mail           // to learners; off without a server
	SignOn         SignOn         // for people of the console; off without an issuer
	Fonts          string         // path of a folder with fonts for paper, or empty
	LogFormat      string         // "text" or "json"
	LogLevel       slog.Level
	KEK            string        // path of the key-encryption key; empty: kek in Data
	RateLimit      int           // requests a minute from one address; 0: no limit
	RateLimitToken int           // requests a minute with one token; 0: no limit
	KeyNotice      time.Duration // how long a new key is published before it signs
	Path           string        // the settings file that was read, or empty
	PasswordFile   string        // path of a file with the database password, or empty
	Certificates   string        // path of a file with certificates for keys, or empty
	RequestKey     string        // path of a file with a certificate, those above it and its key, for requests to wallets; or empty
	MayAsk         string        // who may ask wallets: "everybody" or "signed-in"
	AskOpen        int           // requests to wallets that one address may have open; 0: no limit
	AskOpenToken   int           // the same of one token, or one person who is signed in
	Authorities    string        // path of a file with the authorities whose certificates count when verifying, or empty
	NewKeys        string        // where the first keys of an issuer are made: "sealed", "remote" or "pkcs11"
	Remote         Remote        // the signer over HTTPS
	PKCS11         PKCS11        // the signer behind a PKCS #11 module
	StatusEntry    string        // purpose of the one status entry of a badge: "revocation" or "suspension"

	Unbound         string // what becomes of a badge of nobody in particular when a wallet has its own: "supersede", or it stays
	HAIP            bool   // wallets of the HAIP profile only
	WalletCompat    string // what is waived for wallets: "digital-bazaar", or nothing
	WalletProviders string // path of a file with the authorities that vouch for providers of wallets, or empty
}

// Remote is a signer on another machine. All but URL are paths of files.
type Remote struct {
	URL         string // empty: there is none
	Token       string // with the bearer token that is sent
	Authority   string // PEM, the only authority that may vouch for it
	Certificate string // PEM, a certificate and its key, shown to it
}

// Mail is the server that takes mail to learners.
type Mail struct {
	Server   string        // host:port; empty: no mail is sent
	Security string        // "starttls", "tls" or "plain-unsafe"
	User     string        // empty: no authentication
	Password string        // path of a file with the password
	From     string        // "School <badges@example.org>"
	CA       string        // path of a PEM file with the only authority that may vouch for the server, or empty
	Reminder time.Duration // after which a learner who has not claimed is reminded; 0: never
}

// PKCS11 is a signer behind a module.
type PKCS11 struct {
	Module string // path of the library; empty: there is none
	Token  string // label of the token
	PIN    string // path of a file with the PIN
}

// Default returns the settings of a deployment that nobody configured.
func Default() Config {
	return Config{
		Data: "laurel-data", Listen: "127.0.0.1:8080", Demo: Auto, LogFormat: "text", LogLevel: slog.LevelInfo,
		RateLimit: 1200, RateLimitToken: 12000, AskOpen: limits.RequestsOfOne, AskOpenToken: limits.RequestsOfKnown,
		KeyNotice: limits.KeyNotice, StatusEntry: "revocation",
		Mail:    Mail{Security: "starttls", Reminder: limits.MailReminder},
		NewKeys: "sealed",
	}
}

// KEKPath returns the path of the key-encryption key.
func (c Config) KEKPath() string {
	if c.KEK != "" {
		return c.KEK
	}
	return filepath.Join(c.Data, "kek")
}

// Postgres reports whether the database is PostgreSQL rather than SQLite.
func (c Config) Postgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

// SQLitePath returns the path of the SQLite database; it has no meaning when Postgres is true.
func (c Config) SQLitePath() string {
	if c.Database != "" {
		return strings.TrimPrefix(c.Database, "sqlite:")
	}
	return filepath.Join(c.Data, "laurel.db")
}

// LogValue lists the settings for the log, without the password of the database.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("data", c.Data), slog.String("listen", c.Listen), slog.String("base_url", c.BaseURL),
		slog.String("database", c.redactedDatabase()), slog.String("trust", c.Trust),
		slog.Any("fetch_allow", c.FetchAllow), slog.Bool("offline", c.Offline), slog.String("demo", string(c.Demo)),
		slog.Any("trusted_proxies", c.TrustedProxies), slog.String("metrics_listen", c.MetricsListen),
		slog.Int("rate_limit", c.RateLimit), slog.Int("rate_limit_token", c.RateLimitToken), slog.Int("wallet_requests_open", c.AskOpen),
		slog.Int("wallet_requests_open_token", c.AskOpenToken),
		slog.Duration("key_notice", c.KeyNotice),
		slog.String("mail_server", c.Mail.Server), slog.String("oidc_issuer", c.SignOn.Issuer),
		slog.String("new_keys", c.NewKeys), slog.String("signer_url", c.Remote.URL),
		slog.String("pkcs11_module", c.PKCS11.Module),
		slog.Bool("haip", c.HAIP), slog.String("wallet_compat", c.WalletCompat), slog.String("config", c.Path),
	)
}

func (c Config) redactedDatabase() string {
	if !c.Postgres() {
		return c.SQLitePath()
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "postgres"
	}
	u.RawQuery = "" // a password may stand there too
	return u.Redacted()
}
