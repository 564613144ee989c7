package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the base: the database's own rate
	_ "modernc.org/sqlite"             // and that of SQLite
)

const (
	callers    = 32     // awards at the same time, and base inserts at the same time
	pool       = 16     // connections to PostgreSQL, as many as the program has
	awardGoal  = 1 / .6 // at least 0.6 of the database's rate, as a ratio of times
	awardBytes = 2 << 10
	clockSlice = 400 * time.Millisecond
)

// database is where awards go, and where the base of their rate is measured: the same settings, a table of its own.
type database struct {
	name, driver, dsn string
	connections       int
	create, insert    string
	url               string // LAUREL_DATABASE; "" for SQLite in the data folder
}

func sqliteIn(dir string) database {
	return database{
		name: "SQLite", driver: "sqlite", connections: 1,
		dsn: "file:" + filepath.Join(dir, "base.db") +
			"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-4000)&_txlock=immediate",
		create: "CREATE TABLE row (id INTEGER PRIMARY KEY, content BLOB)", insert: "INSERT INTO row (content) VALUES (?)",
	}
}

func postgresAt(url string) database {
	return database{
		name: "PostgreSQL", driver: "pgx", connections: pool, dsn: url, url: url,
		create: "CREATE TABLE base_row (id BIGSERIAL PRIMARY KEY, content BYTEA)", insert: "INSERT INTO base_row (content) VALUES ($1)",
	}
}

// awardsOverHTTP measures, by the clock, awards of several callers beside as many callers' single inserts of one row as large
// as a signed badge, durable and one transaction each. By the clock, because both wait for the disk part of the time.
func awardsOverHTTP(c Config, path, dir string, d database) (Outcome, error) {
	s, err := launch(path, dir, d.url)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = s.stop() }()
	p, err := newPlatform(path, dir, d.url, s.base)
	if err != nil {
		return Outcome{}, err
	}
	base, err := d.open()
	if err != nil {
		return Outcome{}, fmt.Errorf("base database: %w", err)
	}
	defer func() { _ = base.close() }()

	begin := time.Now()
	c.CPU = func() (time.Duration, error) { return time.Since(begin), nil }
	c.Slice = clockSlice
	return c.Pair(Pair{
		Name: "award over HTTP, durable, " + d.name + " (by the clock)",
		Ours: together(p.awardOne),
		Base: together(base.insertOne),
		Most: awardGoal,
		Note: "one insert into " + d.name,
	})
}

// baseTable is a table of rows as large as a signed badge.
type baseTable struct {
	db     *sql.DB
	insert *sql.Stmt
	row    []byte
}

func (d database) open() (*baseTable, error) {
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(d.connections)
	db.SetMaxIdleConns(d.connections)
	if _, err := db.ExecContext(context.Background(), d.create); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	insert, err := db.PrepareContext(context.Background(), d.insert)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	t := &baseTable{db: db, insert: insert, row: make([]byte, awardBytes)}
	_, err = rand.Read(t.row) // signatures and base64 hardly compress
	return t, err
}

func (t *baseTable) insertOne() error {
	_, err := t.insert.ExecContext(context.Background(), t.row)
	return err
}

func (t *baseTable) close() error { return errors.Join(t.insert.Close(), t.db.Close()) }

// platform is a learning platform that awards one achievement.
type platform struct {
	base, token, issuer, achievement string
	client                           *http.Client
	next                             atomic.Int64
}

func newPlatform(path, dir, database, base string) (*platform, error) {
	cmd := exec.Command(path, "token", "add", "--scope", "admin")
	cmd.Dir, cmd.Env = dir, environment(dir, database)
	out, err := cmd.Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) == 0 {
		return nil, fmt.Errorf("token: %w", errors.Join(err, errors.New("none was printed")))
	}
	p := &platform{
		base: base, token: words[len(words)-1],
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}},
	}
	if p.issuer, err = p.make("/api/v1/issuers", map[string]any{"name": "School of Measurements"}); err != nil {
		return nil, err
	}
	p.achievement, err = p.make("/api/v1/achievements", map[string]any{
		"issuer": p.issuer, "name": "First aid", "description": "Can help until help comes.", "criteria": "Passed the practical test.",
	})
	return p, err
}

// make posts in and returns the id of what was made.
func (p *platform) make(path string, in map[string]any) (string, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.base+path, bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("%s: %d %s", path, res.StatusCode, answer)
	}
	var made struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(answer, &made)
	return made.ID, err
}

// together makes a Job of one unit of work that several callers do at the same time.
func together(unit func() error) Job {
	return func(n int) error {
		var workers sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(n))
		failures := make(chan error, callers)
		for range callers {
			workers.Go(func() {
				for left.Add(-1) >= 0 {
					if err := unit(); err != nil {
						failures <- err
						return
					}
				}
			})
		}
		workers.Wait()
		close(failures)
		return <-failures
	}
}

func (p *platform) awardOne() error {
	id := fmt.Sprintf("bench-%d", p.next.Add(1))
	_, err := p.make("/api/v1/awards", map[string]any{
		"issuer": p.issuer, "achievement": p.achievement, "external_id": id,
		"recipient": map[string]any{"name": "Learner " + id, "email": id + "@learner.example"},
	})
	return err
}
