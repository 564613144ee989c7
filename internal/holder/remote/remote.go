// Package remote owns the way to a signer on another machine, over HTTPS: it holds the private keys, and this side sends what
// is to be signed. The protocol is ours; docs/operate.md describes it for those who write the other side.
//
// It refuses plain http, redirects, proxies, answers that are slow, long or not exactly of the form, and a certificate that
// does not come from the configured authority.
package remote

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// Config says where the signer is and how both sides know each other.
type Config struct {
	URL         string            // https, without a slash at the end
	Token       string            // sent as a bearer token; may be empty
	Certificate []tls.Certificate // shown to the signer; may be empty
	Authorities *x509.CertPool    // the only ones that may vouch for the signer; nil: those of the operating system
	Timeout     time.Duration     // of one signature; default limits.SignerTimeout
}

// Signer is a keyring.Holder over HTTPS. It is safe for concurrent use.
type Signer struct {
	base    string
	token   string
	timeout time.Duration
	http    *http.Client
}

// New makes a Signer, which asks nobody yet. A URL that is not https, or one with a user, query or fragment, is fault.Invalid.
func New(c Config) (*Signer, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, err, "the address of the signer is not of the form https://host:port/path").Code("signer.url")
	}
	if strings.ContainsFunc(c.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fault.New(fault.Invalid, nil, "the token for the signer is not one line of visible characters").Code("signer.token")
	}
	s := &Signer{base: strings.TrimRight(c.URL, "/"), token: c.Token, timeout: c.Timeout}
	if s.timeout <= 0 {
		s.timeout = limits.SignerTimeout
	}
	s.http = &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Authorities, Certificates: c.Certificate},
			TLSHandshakeTimeout:    s.timeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxConnsPerHost:        limits.SignerConcurrent,
			MaxIdleConnsPerHost:    limits.SignerConcurrent,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: limits.HeaderBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

// Make implements keyring.Holder.
func (s *Signer) Make(ctx context.Context, alg keys.Algorithm) (string, crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, limits.SignerMakes)
	defer cancel()
	doc, err := s.ask(ctx, "/make", ask{{"alg", string(alg)}})
	if err != nil {
		return "", nil, about(err, "the signer made no key for %s", alg)
	}
	public, err := publicOf(doc)
	return doc.Member("key").Text(), public, err
}

// Find implements keyring.Holder.
func (s *Signer) Find(ctx context.Context, name string, alg keys.Algorithm) (crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	doc, err := s.ask(ctx, "/public", ask{{"key", name}, {"alg", string(alg)}})
	if err != nil {
		return nil, about(err, "the signer shows no key %.80q for %s", name, alg)
	}
	return publicOf(doc)
}

// Open implements keyring.Holder.
func (s *Signer) Open(name string, public keys.Public) crypto.Signer { return key{s, name, public} }

func publicOf(doc ijson.Value) (crypto.PublicKey, error) {
	public, err := keys.ParseJWK(doc.Member("jwk"))
	if err != nil {
		return nil, fault.New(fault.Unavailable, err, "the signer gave a public key that cannot be read").Code("signer.wrong")
	}
	return public.Key, nil
}

// key is one key of the signer.
type key struct {
	s      *Signer
	name   string
	public keys.Public
}

// Public implements crypto.Signer.
func (k key) Public() crypto.PublicKey { return k.public.Key }

// Sign implements crypto.Signer. The interface has no context; the time of one signature bounds it.
func (k key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), k.s.timeout)
	defer cancel()
	what := "digest"
	if opts.HashFunc() == 0 {
		what = "message"
	}
	doc, err := k.s.ask(ctx, "/sign", ask{{"key", k.name}, {"alg", string(k.public.Alg)}, {what, base64.RawURLEncoding.EncodeToString(digest)}})
	if err != nil {
		return nil, err
	}
	out, err := base64.RawURLEncoding.Strict().DecodeString(doc.Member("signature").Text())
	if err != nil || len(out) == 0 {
		return nil, errors.New("remote signer: its answer has no signature")
	}
	return out, nil
}

// ask is the members of a request, in order.
type ask [][2]string

func (a ask) body() []byte {
	out := []byte{'{'}
	for i, m := range a {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(ijson.AppendText(out, m[0]), ':')
		out = ijson.AppendText(out, m[1])
	}
	return append(out, '}')
}

// refusal is an answer that is not 200.
type refusal int

func (r refusal) Error() string { return fmt.Sprintf("remote signer: it answers %d", int(r)) }

// about says what a refusal is about: one that blames the request is fault.Invalid, all else fault.Unavailable.
func about(err error, format string, args ...any) error {
	var r refusal
	if errors.As(err, &r) && r >= 400 && r < 500 && r != http.StatusUnauthorized && r != http.StatusForbidden && r != http.StatusTooManyRequests {
		return fault.New(fault.Invalid, err, format, args...).Code("signer.refused").Hint("name a key that it has by --key, or leave the key where it is")
	}
	return fault.New(fault.Unavailable, err, format, args...).Code("signer.unavailable").Hint("nothing was changed; is the signer running, and may we use it?")
}

// ask sends one request and returns the object that answers it.
func (s *Signer) ask(ctx context.Context, path string, a ask) (ijson.Value, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(a.body()))
	if err != nil {
		return ijson.Value{}, fmt.Errorf("remote signer: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return ijson.Value{}, fmt.Errorf("remote signer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, limits.SignerBytes+1))
	switch {
	case res.StatusCode != http.StatusOK:
		return ijson.Value{}, refusal(res.StatusCode)
	case err != nil:
		return ijson.Value{}, fmt.Errorf("remote signer: its answer breaks off: %w", err)
	case len(body) > limits.SignerBytes:
		return ijson.Value{}, errors.New("remote signer: its answer is too long")
	}
	doc, err := ijson.Parse(body, ijson.Bounds{})
	if err == nil && doc.Kind() != ijson.Object {
		err = errors.New("it is no object")
	}
	if err != nil {
		return ijson.Value{}, fmt.Errorf("remote signer: its answer: %w", err)
	}
	return doc, nil
}
