package did

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/openlaurel/laurel/internal/fault"
)

// Bounds on identifiers.
const (
	idBytes     = 2048 // of a did:jwk; an RSA key takes about 600
	webBytes    = 512
	webSegments = 16
)

// web is a did:web identifier, taken apart.
type web struct {
	host      string
	authority string // host, or host:port
	path      string // "/.well-known" or "/" and the segments
}

// parseWeb reads a did:web identifier by the grammar of the did:web method specification, kept narrow: one spelling per
// identity. The host is lower case; ":" before a port is "%3A"; nothing else is percent-encoded (threat N07).
func parseWeb(id string) (web, error) {
	rest, ok := strings.CutPrefix(id, "did:web:")
	if !ok || len(id) > webBytes {
		return web{}, fault.Wrong("did.syntax", "", "not a did:web identifier of at most %d bytes", webBytes)
	}
	parts := strings.Split(rest, ":")
	segments := parts[1:]
	if len(segments) > webSegments {
		return web{}, fault.Wrong("did.syntax", "", "a did:web identifier has at most %d path segments", webSegments)
	}
	host, port, hasPort := strings.Cut(parts[0], "%3A")
	if !validHost(host) || hasPort && !validPort(port) {
		return web{}, fault.Wrong("did.syntax", "", "the host of the did:web identifier is not a lower-case domain name")
	}
	w := web{host: host, authority: host, path: "/.well-known"}
	if hasPort {
		w.authority += ":" + port
	}
	for _, s := range segments {
		if !validSegment(s) {
			return web{}, fault.Wrong("did.syntax", "", "a path segment of the did:web identifier is malformed")
		}
	}
	if len(segments) > 0 {
		w.path = "/" + strings.Join(segments, "/")
	}
	return w, nil
}

// address reports whether the host is an address, not a name. The method excludes addresses; closed networks use them.
func (w web) address() bool {
	_, err := netip.ParseAddr(w.host)
	return err == nil
}

// validHost takes a domain name in lower case, or an IPv4 address in its usual spelling. A last label that some readers
// take for a number ("127.1", "0x7f.1") is refused.
func validHost(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !onlyLDH(label) {
			return false
		}
		if strings.HasPrefix(label, "xn--") && Readable(label) == "" {
			return false // what decodes to plain letters, or to nothing, is a second spelling of a name
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		a, err := netip.ParseAddr(host)
		return err == nil && a.Is4()
	}
	return true
}

// Readable writes a domain name, whose labels may be A-labels ("xn--…"), as people read it. It is "" when a label is no valid
// A-label of IDNA 2008: its one spelling is the only one that is taken (threat U09).
func Readable(host string) string {
	p := idna.New(idna.ValidateForRegistration(), idna.BidiRule())
	text, err := p.ToUnicode(host)
	if err != nil {
		return ""
	}
	if again, err := p.ToASCII(text); err != nil || again != host {
		return ""
	}
	return text
}

func onlyLDH(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}

// validSegment takes the idchar of DID Core §3.1 without percent-encoding, and neither "." nor "..".
func validSegment(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// parseHTTP returns the authority of an https issuer (or of an http one, which only closed networks have).
func parseHTTP(id string) (authority string, err error) {
	bad := fault.Wrong("did.syntax", "", "the issuer is identified neither by a DID that is read nor by an https address")
	if len(id) > idBytes || !strings.HasPrefix(id, "https://") && !strings.HasPrefix(id, "http://") {
		return "", bad
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f || id[i] == '\\' {
			return "", bad
		}
	}
	u, err := url.Parse(id)
	if err != nil || u.User != nil || !validHost(u.Hostname()) || u.Port() != "" && !validPort(u.Port()) {
		return "", bad
	}
	if u.Port() == "" {
		return u.Hostname(), nil
	}
	return u.Hostname() + ":" + u.Port(), nil
}
