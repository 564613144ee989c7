// Package signlog owns the issuance log: every signature of an issuer's key stands in it before it is made, in a chain of
// hashes, with checkpoints that are signed; and the switch that stops all issuing.
//
// It refuses to record what must not be signed: for an issuer who has stopped, or by a key that is not the active one. Its
// format is docs/decisions/0023-issuance-log.md.
package signlog

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/randid"
)

// What signatures are for.
const (
	Credential = "credential"
	StatusList = "status-list" // goes on while issuing is stopped
	TrustList  = "trust-list"

	CertificateRequest = "certificate-request"

	WalletRequest  = "wallet-request"  // goes on while issuing is stopped
	WalletMetadata = "wallet-metadata" // what wallets read of the issuer; goes on while issuing is stopped

	Receipt = "receipt" // of a check; goes on while issuing is stopped
)

// Intent is a signature that is going to be made.
type Intent struct {
	IssuerID string
	Key      string // the key's ID
	Purpose  string
	Digest   []byte // SHA-256 of exactly the bytes that are signed
	At       time.Time
}

// Entry is one line of the log.
type Entry struct {
	Seq     int64 // from 1, without a gap
	At      time.Time
	Key     string
	Purpose string
	Digest  []byte
	Hash    []byte // Chain of the entry and the hash before it
}

// Head is where the log ends.
type Head struct {
	Seq  int64 // 0: it is empty
	At   time.Time
	Hash []byte

	// What an earlier version of the program had signed when the log began has no entry. Serial numbers up to these are that
	// old; they never change afterwards, and checkpoints repeat them.
	Before     int64 // of credentials of awards
	Statements int64 // of statements
}

// Stop says that an issuer, or everybody, issues nothing for now.
type Stop struct {
	IssuerID string // "" for everybody
	At       time.Time
	Actor    string
	Reason   string
	Until    time.Time // of an issuer that has closed: until when its last status lists hold; zero: it may go on
}

// Store keeps the log. Each write is one transaction.
type Store interface {
	// Record appends an intent, together with others that wait at the same moment, and returns when it is committed. For an
	// issuer who has stopped it is fault.Unavailable (issuing.stopped), for a key that is not active fault.Unavailable
	// (key.changed), and nothing is recorded then.
	Record(ctx context.Context, in Intent) error
	// LogEntries returns at most n entries after that one, in order.
	LogEntries(ctx context.Context, after int64, n int) ([]Entry, error)
	LogHead(ctx context.Context) (Head, error)
	// Recorded returns the first entry with that digest, or fault.NotFound.
	Recorded(ctx context.Context, digest []byte) (Entry, error)
	// StopIssuing stops from the commit on: nothing is recorded afterwards. Stopping twice keeps the first stop, but for an issuer
	// that closes, whose status lists change no more from then on (fault.Conflict, issuer.closed).
	StopIssuing(ctx context.Context, s Stop, e event.Event) error
	// ResumeIssuing ends a stop; it is no error when there is none.
	ResumeIssuing(ctx context.Context, issuerID string, e event.Event) error
	Stops(ctx context.Context) ([]Stop, error)
}

// Chain is the hash of an entry, given that of the entry before it (nothing for the first): SHA-256 over lines that anybody
// can write.
func Chain(before []byte, e Entry) []byte {
	enc := base64.RawURLEncoding
	sum := sha256.Sum256([]byte(strings.Join([]string{
		"laurel issuance log 1", strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.At.UnixMicro(), 10), e.Key, e.Purpose,
		enc.EncodeToString(e.Digest), enc.EncodeToString(before), "",
	}, "\n")))
	return sum[:]
}

// Config wires a Service.
type Config struct {
	Store   Store
	Seed    []byte // 32 secret bytes of which the checkpoint key is made
	BaseURL string // whose log it is
	Clock   func() time.Time
	Rand    io.Reader
}

// Service reads the log and throws the switch. It is safe for concurrent use.
type Service struct {
	c   Config
	key keys.Signer
}

// New makes a Service. A seed that is not 32 bytes is an error.
func New(c Config) (*Service, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if len(c.Seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("checkpoint key: the seed has %d bytes", len(c.Seed))
	}
	key, err := keys.NewSigner("", keys.EdDSA, ed25519.NewKeyFromSeed(c.Seed))
	return &Service{c: c, key: key}, err
}

// checkpointType is the typ of a checkpoint.
const checkpointType = "laurel-log-checkpoint+jwt"

// Checkpoint is what a checkpoint says.
type Checkpoint struct {
	Issuer string `json:"iss"`
	At     int64  `json:"iat"`
	Size   int64  `json:"size"`   // how many entries the log has
	Hash   string `json:"hash"`   // of the last one, base64url; empty for an empty log
	Before int64  `json:"before"` // Head.Before

	Statements *int64 `json:"before_statements,omitempty"` // Head.Statements; checkpoints of before do not say it
}

// Checkpoint returns the present end of the log as a compact JWS with the log's own key in its header. Who keeps one can
// prove later that nothing before it was changed.
func (s *Service) Checkpoint(ctx context.Context) ([]byte, error) {
	h, err := s.c.Store.LogHead(ctx)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(Checkpoint{
		Issuer: s.c.BaseURL, At: s.c.Clock().Unix(), Size: h.Seq, Hash: base64.RawURLEncoding.EncodeToString(h.Hash), Before: h.Before,
		Statements: &h.Statements,
	})
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	header := fmt.Sprintf(`{"alg":"EdDSA","typ":%q,"jwk":%s}`, checkpointType, s.key.Public().JWK())
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString(payload)
	sig, err := s.key.Sign([]byte(input))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return []byte(input + "." + enc.EncodeToString(sig)), nil
}

// Read reads a checkpoint that this log signed. What is none, or signed by another key, is fault.Invalid.
func (s *Service) Read(compact []byte) (Checkpoint, error) {
	var c Checkpoint
	msg, err := jose.Read(bytes.TrimSpace(compact))
	if err == nil && msg.Header.Type != checkpointType {
		err = fault.Wrong("log.checkpoint", "", "the type is %.60q", msg.Header.Type)
	}
	if err == nil {
		err = msg.Verify(s.key.Public())
	}
	if err == nil {
		_, err = ijson.Parse(msg.Payload, ijson.Bounds{})
	}
	if err == nil {
		err = json.Unmarshal(msg.Payload, &c)
	}
	if err == nil && (c.Size < 0 || c.Before < 0 || c.Statements != nil && *c.Statements < 0) {
		err = fault.Wrong("log.checkpoint", "", "a number is negative")
	}
	if err != nil {
		return Checkpoint{}, fault.New(fault.Invalid, err, "this is no checkpoint that this log has signed").Code("log.checkpoint")
	}
	return c, nil
}

// reasonBytes bounds the reason of a stop.
const reasonBytes = 500

// Stop stops issuing, for one issuer or for "" everybody, from when it returns on; revocations and status lists go on, but for
// an issuer that closes.
func (s *Service) Stop(ctx context.Context, st Stop) error {
	st.Reason = strings.TrimSpace(st.Reason)
	if st.Reason == "" || len(st.Reason) > reasonBytes || strings.ContainsFunc(st.Reason, func(r rune) bool { return r < ' ' }) {
		return fault.New(fault.Invalid, nil, "a stop needs a reason of one line and at most %d bytes", reasonBytes).Code("issuing.reason").At("/reason").
			Hint("platforms that award read it")
	}
	st.At, st.Until = s.c.Clock().UTC().Truncate(time.Second), st.Until.UTC().Truncate(time.Second)
	action := "issuing.stopped"
	if !st.Until.IsZero() {
		action = "issuer.closed"
	}
	e, err := s.event(action, st.Actor, st.IssuerID)
	if err != nil {
		return err
	}
	return s.c.Store.StopIssuing(ctx, st, e)
}

// Resume ends a stop. A stop of everybody and one of an issuer are ended each for itself.
func (s *Service) Resume(ctx context.Context, issuerID, actor string) error {
	e, err := s.event("issuing.resumed", actor, issuerID)
	if err != nil {
		return err
	}
	return s.c.Store.ResumeIssuing(ctx, issuerID, e)
}

// Stops lists who has stopped.
func (s *Service) Stops(ctx context.Context) ([]Stop, error) { return s.c.Store.Stops(ctx) }

func (s *Service) event(action, actor, issuerID string) (event.Event, error) {
	id, err := randid.New(s.c.Rand)
	return event.Event{ID: "evt_" + id, At: s.c.Clock().UTC().Truncate(time.Second), Actor: actor, Action: action, IssuerID: issuerID, Subject: issuerID}, err
}
