package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/openlaurel/laurel/internal/fault"
)

// Sources is where settings come from. The zero Sources gives the defaults.
type Sources struct {
	File     []byte                       // content of a settings file; nil: it is looked for on the disk
	Environ  []string                     // as of os.Environ; what does not begin with LAUREL_ is not looked at
	Flags    map[string]string            // by name without dashes; "config" and "no-demo" beside those of Settings
	ReadFile func(string) ([]byte, error) // os.ReadFile by default
}

// fileBytes bounds a settings file.
const fileBytes = 1 << 20

// Load reads file, environment and flags, in this order. Whatever is unknown or wrong comes back in one fault.Invalid
// with the code "config" whose sentence has each mistake on its own line; the Config is then worth nothing.
func Load(s Sources) (Config, error) {
	if s.ReadFile == nil {
		s.ReadFile = os.ReadFile
	}
	l := loader{src: s, cfg: Default(), env: map[string]string{}}
	l.environment()
	l.file()
	l.apply()
	l.password()
	l.finish()
	if len(l.mistakes) > 0 {
		return Config{}, l.fault()
	}
	return l.cfg, nil
}

type loader struct {
	src      Sources
	cfg      Config
	env      map[string]string // LAUREL_ variables
	mistakes []string
}

func (l *loader) wrong(where, format string, args ...any) {
	l.mistakes = append(l.mistakes, where+": "+fmt.Sprintf(format, args...))
}

func (l *loader) fault() error {
	head := "1 setting is wrong"
	if n := len(l.mistakes); n > 1 {
		head = strconv.Itoa(n) + " settings are wrong"
	}
	return fault.New(fault.Invalid, nil, "%s:\n  %s", head, strings.Join(l.mistakes, "\n  ")).
		Code("config").Hint("correct every line above; laurel serve --help lists the settings")
}

// environment collects the LAUREL_ variables and refuses those that name no setting.
func (l *loader) environment() {
	for _, kv := range l.src.Environ {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || !strings.HasPrefix(name, envPrefix) {
			continue
		}
		l.env[name] = value
	}
	known := []string{envPrefix + "CONFIG"}
	for _, s := range Settings() {
		known = append(known, s.Env())
	}
	for _, name := range sorted(l.env) {
		if !slices.Contains(known, name) {
			l.wrong(name, "there is no such variable%s", meant(name, known))
		}
	}
}

// file reads the settings file: the one that is named, or laurel.toml in the data folder if it is there.
func (l *loader) file() {
	content := l.src.File
	if content == nil {
		path, named := l.path()
		b, err := l.src.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && !named {
			return
		}
		if err != nil {
			l.wrong("config", "%s cannot be read: %v", path, reason(err))
			return
		}
		content, l.cfg.Path = b, path
		if !named && hasKey(b, "data") {
			l.wrong(path, "data cannot be set in a file that was found in the data folder; name the file by --config")
		}
	}
	l.keys(content)
}

func (l *loader) path() (path string, named bool) {
	if p, ok := l.src.Flags["config"]; ok {
		return p, true
	}
	if p, ok := l.env[envPrefix+"CONFIG"]; ok {
		return p, true
	}
	data := l.cfg.Data
	if v := l.env[envPrefix+"DATA"]; v != "" {
		data = v
	}
	if v := l.src.Flags["data"]; v != "" {
		data = v
	}
	return filepath.Join(data, FileName), false
}

func (l *loader) keys(content []byte) {
	where := FileName
	if l.cfg.Path != "" {
		where = l.cfg.Path
	}
	if len(content) > fileBytes {
		l.wrong(where, "more than %d bytes", fileBytes)
		return
	}
	doc, err := parse(content)
	if err != nil {
		l.wrong(where, "%v", err)
		return
	}
	known := []string{}
	for _, s := range Settings() {
		known = append(known, s.Key)
	}
	for _, key := range sorted(doc) {
		at := slices.Index(known, key)
		if at < 0 {
			l.wrong(where, "there is no setting %q%s", key, meant(key, known))
			continue
		}
		value, err := plain(doc[key])
		if err == nil {
			err = Settings()[at].set(&l.cfg, value)
		}
		if err != nil {
			l.wrong(where, "%s: %v", key, err)
		}
	}
}

func parse(content []byte) (map[string]any, error) {
	doc := map[string]any{}
	_, err := toml.NewDecoder(bytes.NewReader(content)).Decode(&doc)
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return nil, fmt.Errorf("line %d: %s", pe.Position.Line, pe.Message)
	}
	return doc, err
}

func hasKey(content []byte, key string) bool {
	doc, _ := parse(content)
	_, ok := doc[key]
	return ok
}

// plain writes a TOML value as an environment variable would spell it.
func plain(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", errors.New("a list of strings is expected")
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("a string, a whole number or a list of strings is expected")
}

// apply sets what environment and flags say, in this order, over the file.
func (l *loader) apply() {
	known := []string{"config", "no-demo"}
	for _, s := range Settings() {
		known = append(known, s.Flag())
		if v, ok := l.env[s.Env()]; ok {
			if err := s.set(&l.cfg, v); err != nil {
				l.wrong(s.Env(), "%v", err)
			}
		}
	}
	for _, s := range Settings() {
		if v, ok := l.src.Flags[s.Flag()]; ok {
			if err := s.set(&l.cfg, v); err != nil {
				l.wrong("--"+s.Flag(), "%v", err)
			}
		}
	}
	for _, name := range sorted(l.src.Flags) {
		if !slices.Contains(known, name) {
			l.wrong("--"+name, "there is no such flag%s", meant(name, known))
		}
	}
	if v, ok := l.src.Flags["no-demo"]; ok && v != "false" {
		if d, both := l.src.Flags["demo"]; both && d != "off" && d != "false" {
			l.wrong("--no-demo", "it contradicts --demo")
		}
		l.cfg.Demo = Off
	}
}

// password puts the password from its file into the database URL.
func (l *loader) password() {
	if l.cfg.PasswordFile == "" {
		return
	}
	if !l.cfg.Postgres() {
		l.wrong("database_password_file", "it needs database to be a postgres:// URL")
		return
	}
	b, err := l.src.ReadFile(l.cfg.PasswordFile)
	if err != nil {
		l.wrong("database_password_file", "%s cannot be read: %v", l.cfg.PasswordFile, reason(err))
		return
	}
	u, err := url.Parse(l.cfg.Database)
	if err != nil || u.User == nil {
		l.wrong("database_password_file", "the database URL names no user")
		return
	}
	if _, twice := u.User.Password(); twice {
		l.wrong("database_password_file", "the database URL has a password already")
		return
	}
	u.User = url.UserPassword(u.User.Username(), strings.TrimRight(string(b), "\r\n"))
	l.cfg.Database = u.String()
}

// finish looks at what only the whole can tell.
func (l *loader) finish() {
	if l.cfg.MetricsListen != "" && l.cfg.MetricsListen == l.cfg.Listen && !strings.HasSuffix(l.cfg.Listen, ":0") {
		l.wrong("metrics_listen", "it must differ from listen")
	}
	l.signOn()
	if l.cfg.Trust != "" {
		if _, err := l.src.ReadFile(l.cfg.Trust); err != nil {
			l.wrong("trust", "%s cannot be read: %v", l.cfg.Trust, reason(err))
		}
	}
}

// reason takes the path out of an error of the disk, which the line names already.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// meant suggests the known name that is at most two slips away.
func meant(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; is " + best + " meant?"
}

// distance is the number of letters to insert, delete or replace (Levenshtein). Long names are not worth the work.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
