package fetch

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// urlBytes bounds a URL.
const urlBytes = 2048

// target is a URL that passed the rules that need no look-up.
type target struct {
	url    *url.URL
	host   string // lower case, without brackets
	port   uint16
	secure bool
}

// target reads a URL. It refuses before anything is looked up: other schemes, user names, odd spellings of hosts,
// addresses that are closed, and, without allowed networks, plain http and ports other than 443.
func (c *Client) target(raw string) (*target, error) {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] >= 0x7f || raw[i] == '\\' {
			return nil, unclear("fetch.address", raw, nil, "the address holds a character that no URL has")
		}
	}
	u, err := url.Parse(raw)
	if err != nil || len(raw) > urlBytes {
		return nil, unclear("fetch.address", raw, err, "the address is not a URL that is fetched")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, unclear("fetch.scheme", raw, nil, "only https addresses are fetched")
	}
	t := &target{url: u, host: strings.ToLower(u.Hostname()), secure: u.Scheme == "https"}
	if u.User != nil || u.Opaque != "" {
		return nil, unclear("fetch.address", raw, nil, "the address carries a user name")
	}
	if !plainHost(u.Host, t.host) {
		return nil, unclear("fetch.address", raw, nil, "the host is spelled in an odd way")
	}
	if t.port, err = t.wantedPort(); err != nil {
		return nil, unclear("fetch.port", raw, nil, "the port is no port")
	}
	if d := c.early(t); d != nil {
		d.At = raw
		return nil, d
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment, u.RawFragment = "", ""
	return t, nil
}

func (t *target) wantedPort() (uint16, error) {
	switch text := t.url.Port(); {
	case text != "" || strings.HasSuffix(t.url.Host, ":"):
		port, ok := portNumber(text)
		if !ok {
			return 0, strconv.ErrRange
		}
		return port, nil
	case t.secure:
		return 443, nil
	}
	return 80, nil
}

// portNumber reads 1 to 65535 without sign or leading zero.
func portNumber(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && s[0] >= '1' && s[0] <= '9'
}

// plainHost reports whether a host is a DNS name or an address in its one usual spelling. A name whose last label is a
// number is an address to some readers and a name to others ("127.1", "2130706433", "0x7f000001").
func plainHost(authority, host string) bool {
	if strings.HasPrefix(authority, "[") {
		a, err := netip.ParseAddr(host)
		return err == nil && a.Is6() && !a.Is4In6() && a.Zone() == ""
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Is4()
	}
	if len(host) == 0 || len(host) > 253 {
		return false
	}
	var last string
	for label := range strings.SplitSeq(host, ".") {
		if !plainLabel(label) {
			return false
		}
		last = label
	}
	return !strings.HasPrefix(last, "0x") && strings.Trim(last, "0123456789") != ""
}

func plainLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// origin is what a redirect must keep.
func (t *target) origin() string {
	return t.url.Scheme + "://" + net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))
}

// early refuses what needs no look-up to be refused.
func (c *Client) early(t *target) *fault.Defect {
	if a, err := netip.ParseAddr(t.host); err == nil {
		return c.permit(t.url.Scheme, netip.AddrPortFrom(a, t.port))
	}
	switch {
	case len(c.allow) > 0:
		return nil // the look-up decides
	case !t.secure:
		return unclear("fetch.scheme", "", nil, "only https addresses are fetched")
	case t.port != 443:
		return unclear("fetch.port", "", nil, "only port 443 is reached")
	}
	return nil
}

// lookupTimeout bounds the look-up of PlainHTTP.
const lookupTimeout = time.Second

// PlainHTTP reports whether every address of host, which may carry a port, lies in an allowed network, so that plain
// http is not refused there. It looks the name up only when there are allowed networks.
func (c *Client) PlainHTTP(host string) bool {
	if c.offline || len(c.allow) == 0 {
		return false
	}
	t, err := c.target("http://" + host)
	if err != nil || t.url.Path != "" || t.url.RawQuery != "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	addrs, err := c.addresses(ctx, t.host)
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if !c.allowed(a) {
			return false
		}
	}
	return true
}
