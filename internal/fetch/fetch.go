// Package fetch is the only outgoing HTTP client. It gets small public documents from hosts that strangers name.
//
// It refuses every address that is not public (IANA special-purpose registries, RFC 6890) unless a network is allowed by
// the operator, and looks at the address that is connected to, not only at the one that was looked up. It refuses plain
// http and odd ports outside allowed networks, odd spellings of hosts, redirects to another origin, and whatever exceeds
// the bounds of internal/limits. It sends no cookies and, but for what HTTP is given, no credentials, knows no proxy, and
// decompresses nothing.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Config wires a Client. The zero Config reaches public hosts over https on port 443.
type Config struct {
	Allow   []netip.Prefix // networks that may be reached although private; plain http and other ports only there
	Offline bool           // every Get is fetch.offline
	RootCAs *x509.CertPool // default: those of the system
	Timeout time.Duration  // of one Get with everything in it; at most, and by default, limits.FetchTimeout

	// Lookup resolves a host name; default: the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial connects to an address that passed the filter; default: a net.Dialer that filters again what it connects to.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client gets documents. It is safe for concurrent use.
type Client struct {
	allow   []netip.Prefix
	offline bool
	timeout time.Duration
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	gate    *gate
	secure  *http.Transport
	plain   *http.Transport
}

// Response is a document that was found, with status 200.
type Response struct {
	URL         string // where it was found, after redirects
	Status      int
	ContentType string        // as the server said, with its parameters
	MaxAge      time.Duration // how long it stays fresh; 0 when the server does not say, or says not at all
	ETag        string
	Body        []byte
}

// New makes a Client.
func New(c Config) *Client {
	f := &Client{
		allow: slices.Clone(c.Allow), offline: c.Offline, timeout: c.Timeout, lookup: c.Lookup, dial: c.Dial,
		gate: newGate(limits.FetchConcurrency, limits.FetchPerHost),
	}
	if f.timeout <= 0 || f.timeout > limits.FetchTimeout {
		f.timeout = limits.FetchTimeout
	}
	if f.lookup == nil {
		f.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	f.secure = f.transport("https", &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs})
	f.plain = f.transport("http", nil)
	return f
}

// idle is how long a connection is kept for the next request to the same host.
const idle = 15 * time.Second

// transport makes the transport for one scheme; each knows the scheme when it connects.
func (c *Client) transport(scheme string, conf *tls.Config) *http.Transport {
	var only http.Protocols
	only.SetHTTP1(true) // documents of a few KiB gain nothing from HTTP/2, whose readers are larger
	return &http.Transport{
		Proxy: nil, // none, not even the environment's
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.connect(ctx, scheme, address)
		},
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    c.timeout,
		DisableCompression:     true, // no gzip bomb can unfold in the transport
		MaxResponseHeaderBytes: limits.HeaderBytes,
		MaxIdleConns:           limits.FetchConcurrency,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        idle,
		Protocols:              &only,
	}
}

// Get fetches url with the given Accept header. The error is a *fault.Defect that is Unknown: fetch.offline,
// fetch.address, fetch.scheme, fetch.port, fetch.dns, fetch.connect, fetch.tls, fetch.timeout, fetch.too_large,
// fetch.redirect, fetch.status, fetch.gone or fetch.type. All of it, redirects included, takes at most limits.FetchTimeout.
func (c *Client) Get(ctx context.Context, url, accept string) (*Response, error) {
	if c.offline {
		return nil, unclear("fetch.offline", url, nil, "this Laurel works offline and fetches nothing")
	}
	t, err := c.target(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	leave, err := c.gate.enter(ctx, t.host)
	if err != nil {
		return nil, unclear("fetch.timeout", url, err, "too many requests are under way")
	}
	defer leave()
	for range limits.FetchRedirects + 1 {
		res, next, err := c.hop(ctx, t, accept)
		if err != nil || next == nil {
			return res, err
		}
		t = next
	}
	return nil, unclear("fetch.redirect", url, nil, "more than %d redirects", limits.FetchRedirects)
}

// unclear makes a Defect whose place is a URL that may be a stranger's, hence cut.
func unclear(code, url string, cause error, format string, args ...any) *fault.Defect {
	if len(url) > 200 {
		url = url[:200]
	}
	return fault.Unclear(code, url, cause, format, args...)
}
