package fetch

import (
	"io"
	"net/http"

	"github.com/openlaurel/laurel/internal/limits"
)

// HTTP returns a client for a library that speaks with a host which the operator configured. It keeps every rule of Get on
// addresses, schemes, ports and sizes, follows no redirect, and keeps no cookies; what is sent is the library's. Its errors wrap
// those of Get.
func (c *Client) HTTP() *http.Client {
	return &http.Client{
		Transport:     partner{c},
		Timeout:       c.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// partner is the way out of HTTP.
type partner struct{ c *Client }

// RoundTrip implements http.RoundTripper.
func (p partner) RoundTrip(req *http.Request) (*http.Response, error) {
	where := req.URL.String()
	if p.c.offline {
		return nil, unclear("fetch.offline", where, nil, "this Laurel works offline and fetches nothing")
	}
	t, err := p.c.target(where)
	if err != nil {
		return nil, err
	}
	transport := p.c.plain
	if t.secure {
		transport = p.c.secure
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, explain(req.Context(), where, err)
	}
	res.Body = &bounded{ReadCloser: res.Body, where: where, left: limits.FetchBytes}
	return res, nil
}

// bounded is a body that ends in an error where it becomes too large.
type bounded struct {
	io.ReadCloser
	where string
	left  int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, tooLarge(b.where)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
