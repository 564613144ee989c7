package fetch

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// closed are the networks that are not public although their address looks so (IANA IPv4 and IPv6 Special-Purpose
// Address Registries). Outside 2000::/3 no IPv6 address is public: that also closes ::/96, IPv4-mapped, NAT64
// (64:ff9b::/96 and 64:ff9b:1::/48), unique local, link-local, site-local and multicast addresses.
var closed = [...]netip.Prefix{
	prefix4(0, 0, 0, 8), prefix4(10, 0, 0, 8), prefix4(100, 64, 0, 10), prefix4(127, 0, 0, 8),
	prefix4(169, 254, 0, 16), prefix4(172, 16, 0, 12), prefix4(192, 0, 0, 24), prefix4(192, 0, 2, 24),
	prefix4(192, 88, 99, 24), prefix4(192, 168, 0, 16), prefix4(198, 18, 0, 15), prefix4(198, 51, 100, 24),
	prefix4(203, 0, 113, 24), prefix4(224, 0, 0, 4), prefix4(240, 0, 0, 4),
	prefix6(0x2001, 0, 23),      // IETF protocols: Teredo, benchmarking, ORCHID
	prefix6(0x2001, 0x0db8, 32), // documentation
	prefix6(0x2002, 0, 16),      // 6to4
	prefix6(0x3fff, 0, 20),      // documentation
}

// metadata are the addresses at which clouds hand out credentials. A wide allowed network does not open them; only the
// very address does.
var metadata = [...]netip.Addr{
	netip.AddrFrom4([4]byte{169, 254, 169, 254}),
	netip.AddrFrom4([4]byte{169, 254, 170, 2}),
	netip.AddrFrom4([4]byte{100, 100, 100, 200}),
	netip.AddrFrom16([16]byte{0: 0xfd, 2: 0x0e, 3: 0xc2, 14: 0x02, 15: 0x54}), // fd00:ec2::254
}

func prefix4(a, b, c byte, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, c}), bits)
}

func prefix6(a, b uint16, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{byte(a >> 8), byte(a), byte(b >> 8), byte(b)}), bits) //nolint:gosec // split on purpose
}

// global is 2000::/3, the only IPv6 addresses that are routed.
func global(a netip.Addr) bool { return a.As16()[0]&0xe0 == 0x20 }

// public reports whether everybody could reach the address.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" || !a.Is4() && !global(a) {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// allowed reports whether the operator opened the network of the address.
func (c *Client) allowed(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	for _, p := range c.allow {
		if p.Contains(a) && (p.IsSingleIP() || !slices.Contains(metadata[:], a)) {
			return true
		}
	}
	return false
}

// permit says whether the address may be connected to for that scheme and port.
func (c *Client) permit(scheme string, a netip.AddrPort) *fault.Defect {
	addr := a.Addr().Unmap()
	switch {
	case c.allowed(addr):
		return nil
	case !public(addr):
		return unclear("fetch.address", "", nil, "the host's address is not a public one")
	case scheme != "https":
		return unclear("fetch.scheme", "", nil, "plain http is for allowed networks only")
	case a.Port() != 443:
		return unclear("fetch.port", "", nil, "ports other than 443 are for allowed networks only")
	}
	return nil
}

// addressTimeout bounds the attempt at one of several addresses, so that a dead first one leaves time for the next.
const addressTimeout = 2 * time.Second

// connect looks the host up, and connects to the first of its addresses that is permitted and answers.
func (c *Client) connect(ctx context.Context, scheme, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, ok := portNumber(portText)
	if !ok {
		return nil, unclear("fetch.port", "", nil, "the port is no port")
	}
	addrs, err := c.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var refused, failed error
	for _, a := range addrs {
		ap := netip.AddrPortFrom(a, port)
		if d := c.permit(scheme, ap); d != nil {
			refused = d
			continue
		}
		conn, err := c.try(ctx, scheme, ap)
		if err == nil {
			return conn, nil
		}
		failed = err
		if ctx.Err() != nil {
			break
		}
	}
	if failed != nil {
		return nil, failed
	}
	return nil, refused
}

// try connects to one address. The default dialer looks at the address again in the moment of connecting.
func (c *Client) try(ctx context.Context, scheme string, ap netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, addressTimeout)
	defer cancel()
	if c.dial != nil {
		return c.dial(ctx, "tcp", ap.String())
	}
	var d net.Dialer
	guard(&d.Control, func(address string) error {
		connected, err := netip.ParseAddrPort(address)
		if err != nil {
			return unclear("fetch.address", "", err, "the host's address is not a public one")
		}
		if refused := c.permit(scheme, connected); refused != nil {
			return refused
		}
		return nil
	})
	return d.DialContext(ctx, "tcp", ap.String())
}

// guard sets the control function of a dialer. C is the raw connection, whose package belongs to the operating system
// and need not be known here.
func guard[C any](control *func(network, address string, c C) error, check func(address string) error) {
	*control = func(_, address string, _ C) error { return check(address) }
}

// addresses returns the addresses of a host, each once, IPv4-mapped ones as what they are.
func (c *Client) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	found, err := c.lookup(ctx, host)
	if err != nil || len(found) == 0 {
		return nil, unclear("fetch.dns", "", err, "the host's address was not found")
	}
	out := make([]netip.Addr, 0, len(found))
	for _, a := range found {
		if a = a.Unmap(); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out, nil
}
