package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// hop sends one request. It returns the document, or the next target when the answer is a redirect that may be followed.
func (c *Client) hop(ctx context.Context, t *target, accept string) (*Response, *target, error) {
	where := t.url.String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, http.NoBody)
	if err != nil {
		return nil, nil, unclear("fetch.address", where, err, "the address is not a URL that is fetched")
	}
	req.Header.Set("User-Agent", "Laurel")
	req.Header.Set("Accept-Encoding", "identity")
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	transport := c.plain
	if t.secure {
		transport = c.secure
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, nil, explain(ctx, where, err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		out, err := read(ctx, where, res, accept)
		return out, nil, err
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		next, err := c.redirect(t, res.Header.Get("Location"))
		return nil, next, err
	}
	if res.StatusCode == http.StatusGone {
		return nil, nil, unclear("fetch.gone", where, nil, "the host says that the document is gone (410)")
	}
	return nil, nil, unclear("fetch.status", where, nil, "the host answered with the status %d", res.StatusCode)
}

// redirect reads where a redirect leads: to the same origin only, and through every rule again.
func (c *Client) redirect(from *target, location string) (*target, error) {
	where := from.url.String()
	u, err := from.url.Parse(location)
	if err != nil || location == "" {
		return nil, unclear("fetch.redirect", where, err, "the redirect leads nowhere")
	}
	next, err := c.target(u.String())
	if err != nil {
		return nil, err
	}
	if next.origin() != from.origin() {
		return nil, unclear("fetch.redirect", where, nil, "the host sends us to another one, where we do not go")
	}
	return next, nil
}

// read takes the body of an answer within the bounds.
func read(ctx context.Context, where string, res *http.Response, accept string) (*Response, error) {
	contentType := res.Header.Get("Content-Type")
	if enc := res.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, unclear("fetch.type", where, nil, "the document came compressed (%.20q), which was not asked for", enc)
	}
	if !accepted(contentType, accept) {
		return nil, unclear("fetch.type", where, nil, "the document is of the type %.60q, which was not asked for", contentType)
	}
	if res.ContentLength > limits.FetchBytes {
		return nil, tooLarge(where)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limits.FetchBytes+1))
	if err != nil {
		return nil, explain(ctx, where, err)
	}
	if len(body) > limits.FetchBytes {
		return nil, tooLarge(where)
	}
	return &Response{
		URL: where, Status: res.StatusCode, ContentType: contentType, MaxAge: maxAge(res.Header), ETag: res.Header.Get("ETag"), Body: body,
	}, nil
}

func tooLarge(where string) error {
	return unclear("fetch.too_large", where, nil, "the document has more than %d bytes", limits.FetchBytes)
}

// explain turns an error of the transport into a Defect.
func explain(ctx context.Context, where string, err error) error {
	var known *fault.Defect
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &known):
		d := *known
		d.At = where
		return &d
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return unclear("fetch.timeout", where, err, "the host did not answer in time")
	case errors.As(err, &certificate):
		return unclear("fetch.tls", where, err, "the host's certificate is not good")
	case errors.As(err, &record), errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"),
		strings.Contains(err.Error(), "tls: "):
		return unclear("fetch.tls", where, err, "no secure connection to the host came about")
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return unclear("fetch.too_large", where, err, "the answer's header has more than %d bytes", limits.HeaderBytes)
	}
	return unclear("fetch.connect", where, err, "the host could not be reached")
}

// maxAge reads how long an answer stays fresh (RFC 9111 §5.2.2): what max-age leaves after Age.
func maxAge(h http.Header) time.Duration {
	var seconds int64
	for _, line := range h.Values("Cache-Control") {
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch strings.ToLower(name) {
			case "no-store", "no-cache":
				return 0
			case "max-age":
				seconds = deltaSeconds(strings.Trim(value, `"`))
			}
		}
	}
	return time.Duration(max(0, seconds-deltaSeconds(h.Get("Age")))) * time.Second
}

// deltaSeconds reads delta-seconds (RFC 9111 §1.2.2); what is none counts as 0, what is too much as a century.
func deltaSeconds(s string) int64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return century
	}
	return int64(min(n, century))
}

const century = 100 * 365 * 24 * 3600

// accepted reports whether a content type is one of those asked for. Hosts that know no better type for a signed text or
// a JSON document call it text, bytes or plain JSON; parsers decide about those.
func accepted(contentType, accept string) bool {
	if accept == "" || contentType == "" {
		return true
	}
	got, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch {
	case got == "text/plain", got == "application/octet-stream", got == "application/json", strings.HasSuffix(got, "+json"),
		got == "application/jwt", strings.HasSuffix(got, "+jwt"), got == "application/jose":
		return true
	}
	for item := range strings.SplitSeq(accept, ",") {
		want, _, err := mime.ParseMediaType(strings.TrimSpace(item))
		family, any := strings.CutSuffix(want, "/*")
		if err == nil && (want == got || want == "*/*" || any && strings.HasPrefix(got, family+"/")) {
			return true
		}
	}
	return false
}
