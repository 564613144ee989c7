package config_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
)

// disk is a ReadFile over a map.
func disk(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if s, ok := files[name]; ok {
			return []byte(s), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
}

func compare(a, b netip.Prefix) bool { return a == b }

func TestNobodyNeedsToSetAnything(t *testing.T) {
	c, err := config.Load(config.Sources{ReadFile: disk(nil)})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Data: "laurel-data", Listen: "127.0.0.1:8080", Demo: config.Auto, LogFormat: "text", RateLimit: 1200, RateLimitToken: 12000, KeyNotice: 24 * time.Hour,
		StatusEntry: "revocation", AskOpen: 30, AskOpenToken: 1000, NewKeys: "sealed", Mail: config.Mail{Security: "starttls", Reminder: 7 * 24 * time.Hour},
	}
	if d := cmp.Diff(want, c, cmp.Comparer(compare)); d != "" {
		t.Error(d)
	}
	if c.Postgres() || c.SQLitePath() != filepath.Join("laurel-data", "laurel.db") || c.KEKPath() != filepath.Join("laurel-data", "kek") {
		t.Errorf("paths: %s, %s", c.SQLitePath(), c.KEKPath())
	}
}

func TestLaterSourcesCount(t *testing.T) {
	files := map[string]string{filepath.Join("d", "laurel.toml"): "listen = \"127.0.0.1:1\"\nlog_level = \"warn\"\nrate_limit = 5\ndemo = false\n"}
	c, err := config.Load(config.Sources{
		ReadFile: disk(files),
		Environ:  []string{"PATH=/bin", "LAUREL_DATA=d", "LAUREL_LISTEN=127.0.0.1:2", "LAUREL_LOG_LEVEL=error"},
		Flags:    map[string]string{"listen": "127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.LogLevel != slog.LevelError || c.RateLimit != 5 || c.Demo != config.Off || c.Data != "d" {
		t.Errorf("%+v", c)
	}
	if c.Path != filepath.Join("d", "laurel.toml") {
		t.Errorf("path %q", c.Path)
	}
}

func TestEverySettingIsTakenFromEachSourceAndItsTwinIsRefused(t *testing.T) {
	for _, tt := range []struct{ key, good, bad string }{
		{"data", "/srv/laurel", ""},
		{"listen", "[::1]:0", "8080"},
		{"listen", ":8080", "127.0.0.1:65536"},
		{"listen", "0.0.0.0:80", "127.0.0.1:http"},
		{"base_url", "https://badges.example.org", "badges.example.org"},
		{"base_url", "https://badges.example.org/", "https://badges.example.org/laurel"},
		{"base_url", "http://localhost:8080", "http://user@localhost:8080"},
		{"base_url", "https://a.example:8443", "https://a.example:99999"},
		{"base_url", "https://a.example", "https://A.example"},
		{"base_url", "https://b.example", "https://b.example?x"},
		{"base_url", "https://c.example", "ftp://c.example"},
		{"database", "other.db", ""},
		{"database", "sqlite:other.db", "sqlite:"},
		{"database", "postgres://laurel@db/laurel", "postgres:///laurel"},
		{"database", "postgresql://laurel@db/laurel", "mysql://laurel@db/laurel"},
		{"trust", "trust.json", "missing.json"},
		{"fetch_allow", "10.1.0.0/16", "10.1.2.0/16"},
		{"fetch_allow", "10.1.0.0/16, fd00::/8", "10.1.0.0/16; fd00::/8"},
		{"fetch_allow", "192.168.7.9", "192.168.7.9.1"},
		{"fetch_allow", "", "0.0.0.0/0"},
		{"fetch_allow", "10.0.0.0/8", "8.0.0.0/7"},
		{"trusted_proxies", "127.0.0.1", "localhost"},
		{"demo", "on", "yes"},
		{"demo", "auto", "Auto"},
		{"offline", "true", "yes"},
		{"offline", "off", "1"},
		{"metrics_listen", "127.0.0.1:9090", "127.0.0.1"},
		{"log_format", "json", "xml"},
		{"log_level", "debug", "DEBUG"},
		{"kek", "/etc/laurel/kek", ""},
		{"rate_limit", "0", "-1"},
		{"rate_limit", "60", "+60"},
		{"new_keys", "sealed", "Sealed"}, {"signer_ca", "ca.pem", ""},
		{"signer_url", "https://signer.example:8443/v1", "http://signer.example:8443"},
		{"signer_url", "https://signer.example", "https://user@signer.example"},
		{"signer_url", "https://signer.example/", "https://signer.example?x"},
		{"rate_limit_token", "600", "6e2"}, {"key_notice", "36h", "tomorrow"}, {"key_notice", "1s", "0s"},
	} {
		s := setting(t, tt.key)
		for where, sources := range map[string]func(string) config.Sources{
			"file": func(v string) config.Sources { return config.Sources{File: []byte(fmt.Sprintf("%s = %q", tt.key, v))} },
			"env": func(v string) config.Sources {
				return config.Sources{File: []byte{}, Environ: []string{s.Env() + "=" + v}}
			},
			"flag": func(v string) config.Sources {
				return config.Sources{File: []byte{}, Flags: map[string]string{s.Flag(): v}}
			},
		} {
			good, bad := sources(tt.good), sources(tt.bad)
			good.ReadFile, bad.ReadFile = disk(map[string]string{"trust.json": "{}"}), disk(nil)
			if _, err := config.Load(good); err != nil {
				t.Errorf("%s: %s = %q: %v", where, tt.key, tt.good, err)
			}
			if _, err := config.Load(bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %s = %q is taken", where, tt.key, tt.bad)
			}
		}
	}
}

func setting(t *testing.T, key string) config.Setting {
	t.Helper()
	for _, s := range config.Settings() {
		if s.Key == key {
			return s
		}
	}
	t.Fatalf("no setting %s", key)
	return config.Setting{}
}

func TestAllMistakesAreListedAtOnce(t *testing.T) {
	_, err := config.Load(config.Sources{
		File:    []byte("listn = \"127.0.0.1:1\"\nrate_limit = 1.5\n[smtp]\nhost = \"x\"\n"),
		Environ: []string{"LAUREL_BASEURL=https://a.example", "LAUREL_DEMO=maybe"},
		Flags:   map[string]string{"no-dmo": "true", "log-level": "loud"},
	})
	p := fault.Describe(err)
	if p.Kind != fault.Invalid || p.Code != "config" {
		t.Fatalf("%+v", p)
	}
	for _, want := range []string{
		"7 settings are wrong:",
		`laurel.toml: there is no setting "listn"; is listen meant?`,
		"laurel.toml: rate_limit: ",
		`laurel.toml: there is no setting "smtp"`,
		"LAUREL_BASEURL: there is no such variable; is LAUREL_BASE_URL meant?",
		"LAUREL_DEMO: auto, on or off is expected",
		"--no-dmo: there is no such flag; is no-demo meant?",
		"--log-level: debug, info, warn or error is expected",
	} {
		if !strings.Contains(p.Sentence, want) {
			t.Errorf("not listed: %s\nin: %s", want, p.Sentence)
		}
	}
	if n := strings.Count(p.Sentence, "\n"); n != 7 {
		t.Errorf("%d lines:\n%s", n, p.Sentence)
	}
}

func TestFilesThatAreNotSettings(t *testing.T) {
	for name, content := range map[string]string{
		"is no TOML": "listen: 127.0.0.1", "has a key twice": "data = \"a\"\ndata = \"b\"", "has invalid UTF-8": "data = \"\xff\"",
		"is too large": "# " + strings.Repeat("x", 1<<20), "has a list of numbers": "fetch_allow = [1, 2]", "has a table": "listen = {a = 1}",
	} {
		if _, err := config.Load(config.Sources{File: []byte(content)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a file that %s: %v", name, err)
		}
	}
	c, err := config.Load(config.Sources{File: []byte("fetch_allow = [\"10.1.0.0/16\", \"fd00::/8\"]\ndemo = true")})
	if err != nil || len(c.FetchAllow) != 2 || c.Demo != config.On {
		t.Errorf("a list of strings: %+v, %v", c, err)
	}
}

func TestANamedFileMustExist(t *testing.T) {
	for _, s := range []config.Sources{
		{Flags: map[string]string{"config": "x.toml"}, ReadFile: disk(nil)},
		{Environ: []string{"LAUREL_CONFIG=x.toml"}, ReadFile: disk(nil)},
	} {
		if _, err := config.Load(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("missing: %v", err)
		}
		s.ReadFile = disk(map[string]string{"x.toml": "data = \"elsewhere\""})
		if c, err := config.Load(s); err != nil || c.Data != "elsewhere" || c.Path != "x.toml" {
			t.Errorf("there: %+v, %v", c, err)
		}
	}
	found := config.Sources{ReadFile: disk(map[string]string{filepath.Join("laurel-data", "laurel.toml"): "data = \"elsewhere\""})}
	if _, err := config.Load(found); !fault.Is(err, fault.Invalid) {
		t.Errorf("a found file moves the folder it was found in: %v", err)
	}
}

func TestNoDemo(t *testing.T) {
	c, err := config.Load(config.Sources{File: []byte("demo = \"on\""), Flags: map[string]string{"no-demo": "true"}})
	if err != nil || c.Demo != config.Off {
		t.Errorf("%v, %v", c.Demo, err)
	}
	if _, err := config.Load(config.Sources{File: []byte{}, Flags: map[string]string{"no-demo": "true", "demo": "on"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("both: %v", err)
	}
}

func TestThePasswordOfTheDatabaseComesFromAFileAndIsNeverLogged(t *testing.T) {
	src := config.Sources{
		Environ:  []string{"LAUREL_DATABASE=postgres://laurel@db/laurel?sslmode=require", "LAUREL_DATABASE_PASSWORD_FILE=secret"},
		ReadFile: disk(map[string]string{"secret": "p@ss/w:rd\n"}),
	}
	c, err := config.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	if want := "postgres://laurel:p%40ss%2Fw%3Ard@db/laurel?sslmode=require"; c.Database != want {
		t.Errorf("database %s", c.Database)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("settings", "config", c)
	if strings.Contains(log.String(), "p%40ss") || strings.Contains(log.String(), "p@ss") || !strings.Contains(log.String(), "laurel:xxxxx@db") {
		t.Errorf("log: %s", log.String())
	}
	for name, change := range map[string]func(*config.Sources){
		"the file is missing": func(s *config.Sources) { s.ReadFile = disk(nil) },
		"there is one already": func(s *config.Sources) {
			s.Flags = map[string]string{"database": "postgres://laurel:x@db/laurel"}
		},
		"no user is named":  func(s *config.Sources) { s.Flags = map[string]string{"database": "postgres://db/laurel"} },
		"SQLite needs none": func(s *config.Sources) { s.Flags = map[string]string{"database": "laurel.db"} },
	} {
		s := src
		change(&s)
		if _, err := config.Load(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMistakeInADatabaseURLDoesNotShowItsPassword(t *testing.T) {
	_, err := config.Load(config.Sources{File: []byte{}, Environ: []string{"LAUREL_DATABASE=postgres://laurel:hunter2@db:port/x"}})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestTheMetricsListenerIsAnother(t *testing.T) {
	if _, err := config.Load(config.Sources{File: []byte(`metrics_listen = "127.0.0.1:8080"`)}); !fault.Is(err, fault.Invalid) {
		t.Error("the same address is taken")
	}
}

func TestTheRealDiskIsReadByDefault(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte("log_format = \"json\""), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Sources{Flags: map[string]string{"data": dir}})
	if err != nil || c.LogFormat != "json" {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("listen = \"127.0.0.1:1\"\nfetch_allow = [\"10.0.0.0/8\"]"))
	f.Add([]byte("[a]\nb = 1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := config.Load(config.Sources{File: append([]byte{}, file...), ReadFile: disk(nil)})
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func ExampleLoad() {
	c, err := config.Load(config.Sources{File: []byte(`listen = "127.0.0.1:9000"`), Environ: []string{"LAUREL_BASE_URL=https://badges.example.org/"}})
	fmt.Println(c.Listen, c.BaseURL, err)
	// Output: 127.0.0.1:9000 https://badges.example.org <nil>
}
