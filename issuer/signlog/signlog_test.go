package signlog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// shelf is a log in memory; what is nil must not be called.
type shelf struct {
	signlog.Store
	before, statements int64
	entries            []signlog.Entry
	stops              []signlog.Stop
}

func (s *shelf) LogHead(context.Context) (signlog.Head, error) {
	if len(s.entries) == 0 {
		return signlog.Head{Before: s.before, Statements: s.statements}, nil
	}
	last := s.entries[len(s.entries)-1]
	return signlog.Head{Seq: last.Seq, At: last.At, Hash: last.Hash, Before: s.before, Statements: s.statements}, nil
}

func (s *shelf) LogEntries(_ context.Context, after int64, n int) ([]signlog.Entry, error) {
	rest := s.entries[min(int(after), len(s.entries)):]
	return rest[:min(n, len(rest))], nil
}

func (s *shelf) Recorded(_ context.Context, digest []byte) (signlog.Entry, error) {
	for _, e := range s.entries {
		if bytes.Equal(e.Digest, digest) {
			return e, nil
		}
	}
	return signlog.Entry{}, fault.New(fault.NotFound, nil, "not recorded")
}

func (s *shelf) StopIssuing(_ context.Context, st signlog.Stop, _ event.Event) error {
	s.stops = append(s.stops, st)
	return nil
}

func (s *shelf) add(n int) {
	for range n {
		e := signlog.Entry{Seq: int64(len(s.entries) + 1), At: time.Unix(int64(len(s.entries)), 0), Key: "did:web:a.example#k", Purpose: signlog.Credential, Digest: make([]byte, 32)}
		var before []byte
		if len(s.entries) > 0 {
			before = s.entries[len(s.entries)-1].Hash
		}
		e.Hash = signlog.Chain(before, e)
		s.entries = append(s.entries, e)
	}
}

func service(t *testing.T, s *shelf, seed byte) *signlog.Service {
	t.Helper()
	l, err := signlog.New(signlog.Config{Store: s, Seed: bytes.Repeat([]byte{seed}, 32), BaseURL: "https://a.example"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func nothing(context.Context, func(signlog.Stored) error) error { return nil }

func TestALogOfManyEntriesIsWhole(t *testing.T) {
	s := &shelf{}
	s.add(2500)
	l := service(t, s, 1)
	c, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := l.Read(append(c, '\n'))
	if err != nil || kept.Size != 2500 || kept.Issuer != "https://a.example" {
		t.Fatalf("%+v, %v", kept, err)
	}
	s.add(10)
	if r, err := l.Verify(t.Context(), nothing, kept); err != nil || r.Entries != 2510 || len(r.Faults) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEveryChangeOfThePastIsFound(t *testing.T) {
	for name, spoil := range map[string]func(s *shelf){
		"another digest":    func(s *shelf) { s.entries[4].Digest = bytes.Repeat([]byte{1}, 32) },
		"another key":       func(s *shelf) { s.entries[4].Key += "x" },
		"another time":      func(s *shelf) { s.entries[4].At = s.entries[4].At.Add(time.Microsecond) },
		"another purpose":   func(s *shelf) { s.entries[4].Purpose = signlog.StatusList },
		"an entry left out": func(s *shelf) { s.entries = append(s.entries[:4], s.entries[5:]...) },
		"a chain written anew": func(s *shelf) {
			s.entries = s.entries[:3]
			s.entries[2].Key = "x"
			s.entries[2].Hash = signlog.Chain(s.entries[1].Hash, s.entries[2])
			s.add(7)
		},
		"older credentials that were none": func(s *shelf) { s.before = 7 },
		"older statements that were none":  func(s *shelf) { s.statements = 7 },
		"an end that was cut":              func(s *shelf) { s.entries = s.entries[:9] },
		"a log that begins anew":           func(s *shelf) { s.entries = nil },
	} {
		s := &shelf{}
		s.add(10)
		l := service(t, s, 1)
		c, err := l.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		kept, err := l.Read(c)
		if err != nil {
			t.Fatal(err)
		}
		spoil(s)
		if r, err := l.Verify(t.Context(), nothing, kept); err != nil || len(r.Faults) == 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// signed records what has that content, and is that as it is stored.
func (s *shelf) signed(kind signlog.Kind, seq int64, content, purpose, key string) signlog.Stored {
	s.add(1)
	e := &s.entries[len(s.entries)-1]
	sum := sha256.Sum256([]byte(content))
	e.Digest, e.Purpose = sum[:], purpose
	var before []byte
	if len(s.entries) > 1 {
		before = s.entries[len(s.entries)-2].Hash
	}
	e.Hash = signlog.Chain(before, *e)
	return signlog.Stored{Kind: kind, Seq: seq, ID: content, KeyID: key, At: e.At, Message: []byte(content)}
}

func TestWhatIsStoredAndWhatIsNot(t *testing.T) {
	const key, multikey = "did:web:a.example#k", "did:web:a.example#z6Mk"
	long := time.Unix(-5, 0)
	for name, c := range map[string]struct {
		before, statements int64
		stored             func(s *shelf) []signlog.Stored
		want               signlog.Report
		fault              string
	}{
		"both kinds, by any name of the key": {stored: func(s *shelf) []signlog.Stored {
			return []signlog.Stored{s.signed(signlog.AwardCredential, 1, "a", signlog.Credential, key), s.signed(signlog.Statement, 1, "b", signlog.Credential, multikey)}
		}, want: signlog.Report{Entries: 2, Credentials: 1, Statements: 1}},
		"one that was given up": {stored: func(s *shelf) []signlog.Stored {
			s.signed(signlog.AwardCredential, 1, "a", signlog.Credential, key)
			s.signed(signlog.AwardCredential, 1, "list", signlog.StatusList, key)
			return []signlog.Stored{s.signed(signlog.AwardCredential, 1, "b", signlog.Credential, key)}
		}, want: signlog.Report{Entries: 3, Credentials: 1, Unstored: 1, Left: []signlog.Left{{Seq: 1, At: time.Unix(0, 0), Key: key}}}},
		"one older than the log": {before: 1, stored: func(s *shelf) []signlog.Stored {
			return []signlog.Stored{{Kind: signlog.AwardCredential, Seq: 1, At: long}, s.signed(signlog.AwardCredential, 2, "b", signlog.Credential, key)}
		}, want: signlog.Report{Entries: 1, Credentials: 2, Older: 1}},
		"one in the place of an older one, and recorded": {before: 1, stored: func(s *shelf) []signlog.Stored {
			return []signlog.Stored{s.signed(signlog.AwardCredential, 1, "b", signlog.Credential, key)}
		}, want: signlog.Report{Entries: 1, Credentials: 1}},
		"one in the place of an older one, later than the log began": {before: 1, stored: func(s *shelf) []signlog.Stored {
			s.signed(signlog.AwardCredential, 9, "x", signlog.StatusList, key)
			return []signlog.Stored{{Kind: signlog.AwardCredential, Seq: 1, ID: "a", At: time.Unix(9, 0)}}
		}, want: signlog.Report{Entries: 1, Credentials: 1}, fault: "credential a was signed outside of the log"},
		"a statement where only credentials are older": {before: 5, stored: func(*shelf) []signlog.Stored {
			return []signlog.Stored{{Kind: signlog.Statement, Seq: 1, ID: "a", At: long}}
		}, want: signlog.Report{Statements: 1}, fault: "statement a was signed outside of the log"},
		"an older statement": {statements: 5, stored: func(*shelf) []signlog.Stored {
			return []signlog.Stored{{Kind: signlog.Statement, Seq: 5, ID: "a", At: long}}
		}, want: signlog.Report{Statements: 1, Older: 1}},
		"one that was recorded as a list": {stored: func(s *shelf) []signlog.Stored {
			return []signlog.Stored{s.signed(signlog.AwardCredential, 1, "a", signlog.StatusList, key)}
		}, want: signlog.Report{Entries: 1, Credentials: 1}, fault: "as something else"},
		"one that was recorded for another issuer": {stored: func(s *shelf) []signlog.Stored {
			return []signlog.Stored{s.signed(signlog.AwardCredential, 1, "a", signlog.Credential, "did:web:b.example#k")}
		}, want: signlog.Report{Entries: 1, Credentials: 1, Unstored: 1, Left: []signlog.Left{{Seq: 1, At: time.Unix(0, 0), Key: key}}}, fault: "somebody else"},
		"one that cannot be read": {stored: func(*shelf) []signlog.Stored {
			return []signlog.Stored{{Kind: signlog.AwardCredential, Seq: 1, ID: "a", Err: errors.New("torn")}}
		}, want: signlog.Report{Credentials: 1}, fault: "torn"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{before: c.before, statements: c.statements}
			all := c.stored(s)
			r, err := service(t, s, 1).Verify(t.Context(), func(_ context.Context, f func(signlog.Stored) error) error {
				for _, x := range all {
					if err := f(x); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil || (len(r.Faults) == 1) != (c.fault != "") || len(r.Faults) > 1 || !strings.Contains(strings.Join(r.Faults, ""), c.fault) {
				t.Errorf("%v, %+v", err, r.Faults)
			}
			r.Faults = nil
			if c.want.Left == nil {
				c.want.Left = []signlog.Left{}
			}
			if diff := cmp.Diff(c.want, r); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoCheckpointOfThisLog(t *testing.T) {
	s := &shelf{}
	s.add(1)
	c, err := service(t, s, 1).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(c), ".")
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://a.example","iat":1,"size":9,"hash":"","before":0}`))
	for name, text := range map[string]string{
		"nothing":              "",
		"another log's":        string(c),
		"another payload":      parts[0] + "." + payload + "." + parts[2],
		"without a signature":  parts[0] + "." + parts[1] + ".",
		"two of three":         parts[0] + "." + parts[1],
		"something behind it":  string(c) + "x",
		"a token of other use": strings.Replace(string(c), parts[0], base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","typ":"JWT"}`)), 1),
	} {
		seed := byte(1)
		if name == "another log's" {
			seed = 2
		}
		if _, err := service(t, s, seed).Read([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStopNeedsAReason(t *testing.T) {
	s := &shelf{}
	l := service(t, s, 1)
	for _, reason := range []string{"", "  ", "two\nlines", strings.Repeat("x", 501)} {
		if err := l.Stop(t.Context(), signlog.Stop{Reason: reason}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", reason, err)
		}
	}
	if err := l.Stop(t.Context(), signlog.Stop{Reason: strings.Repeat("x", 500)}); err != nil || len(s.stops) != 1 || s.stops[0].At.IsZero() {
		t.Errorf("%v: %+v", err, s.stops)
	}
	if _, err := signlog.New(signlog.Config{Seed: make([]byte, 31)}); err == nil {
		t.Error("a short seed is taken")
	}
}

// The hash of an entry can be made by hand: printf 'laurel issuance log 1\n1\n…' | sha256sum.
func ExampleChain() {
	e := signlog.Entry{Seq: 1, At: time.UnixMicro(1700000000000000), Key: "did:web:a.example#k", Purpose: signlog.Credential, Digest: make([]byte, 32)}
	fmt.Println(hex.EncodeToString(signlog.Chain(nil, e)))
	// Output: 0c9f559b9a0644e6340309c9528eb7a6dc021de0a7de476ee6a9f532154e5c9c
}
