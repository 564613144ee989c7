package bench

import (
	"bytes"
	"context"
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

	_ "modernc.org/sqlite" // the base: the database's own rate
)

const (
	callers    = 8      // learning platforms that award at the same time
	awardGoal  = 1 / .6 // at least 0.6 of the database's rate, as a ratio of times
	awardBytes = 3 << 10
)

// awardsOverHTTP measures, by the clock, awards of several callers beside single inserts of a row of the same size into
// SQLite, durable and one transaction each. By the clock, because both wait for the disk most of the time.
func awardsOverHTTP(c Config, path, dir string) (Outcome, error) {
	s, err := launch(path, dir)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = s.stop() }()
	p, err := newPlatform(path, dir, s.base)
	if err != nil {
		return Outcome{}, err
	}
	db, err := baseDatabase(filepath.Join(dir, "base.db"))
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = db.Close() }()

	row := make([]byte, awardBytes)
	begin := time.Now()
	c.CPU = func() (time.Duration, error) { return time.Since(begin), nil }
	c.Slice = 400 * time.Millisecond
	return c.Pair(Pair{
		Name: "award over HTTP, durable (by the clock)",
		Ours: p.award,
		Base: repeat(func() error {
			_, err := db.ExecContext(context.Background(), "INSERT INTO row (content) VALUES (?)", row)
			return err
		}),
		Most: awardGoal,
		Note: "one insert into SQLite",
	})
}

func baseDatabase(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, fmt.Errorf("base database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(context.Background(), "CREATE TABLE row (id INTEGER PRIMARY KEY, content BLOB)"); err != nil {
		return nil, fmt.Errorf("base database: %w", errors.Join(err, db.Close()))
	}
	return db, nil
}

// platform is a learning platform that awards one achievement.
type platform struct {
	base, token, issuer, achievement string
	client                           *http.Client
	next                             atomic.Int64
}

func newPlatform(path, dir, base string) (*platform, error) {
	cmd := exec.Command(path, "token", "add", "--scope", "admin")
	cmd.Dir, cmd.Env = dir, environment(dir)
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

// award makes n awards, several at a time.
func (p *platform) award(n int) error {
	var workers sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	failures := make(chan error, callers)
	for range callers {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				if err := p.awardOne(); err != nil {
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

func (p *platform) awardOne() error {
	id := fmt.Sprintf("bench-%d", p.next.Add(1))
	_, err := p.make("/api/v1/awards", map[string]any{
		"issuer": p.issuer, "achievement": p.achievement, "external_id": id,
		"recipient": map[string]any{"name": "Learner " + id, "email": id + "@learner.example"},
	})
	return err
}
