package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
)

// loopback is what the tests' own servers need.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// code returns the code of a Defect, which must be Unknown: a fetch never says that a document is wrong.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var d *fault.Defect
	if !errors.As(err, &d) || !d.Unknown {
		t.Fatalf("not an unknown defect: %v", err)
	}
	return d.Code
}

// world is a network without wires: names have the addresses that it says, and connections are counted and refused.
type world struct {
	mu      sync.Mutex
	names   map[string][][]netip.Addr // the answers of one look-up after the other, the last one again and again
	looked  []string
	dialled []string
}

func (w *world) lookup(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = append(w.looked, host)
	answers := w.names[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		w.names[host] = answers[1:]
	}
	return answers[0], nil
}

func (w *world) dial(_ context.Context, _, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dialled = append(w.dialled, address)
	return nil, errors.New("there is no wire")
}

func (w *world) client(allow ...string) *fetch.Client {
	c := fetch.Config{Lookup: w.lookup, Dial: w.dial}
	for _, a := range allow {
		c.Allow = append(c.Allow, netip.MustParsePrefix(a))
	}
	return fetch.New(c)
}

func addrs(texts ...string) [][]netip.Addr {
	var out []netip.Addr
	for _, s := range texts {
		out = append(out, netip.MustParseAddr(s))
	}
	return [][]netip.Addr{out}
}

// closedAddresses are addresses that no stranger may lead us to.
func closedAddresses() []string {
	return []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
		"169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "198.18.0.1", "198.19.255.255", "192.0.0.8", "192.0.2.1",
		"198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "fe80::1",
		"fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::",
		"2002:808:808::1", "3fff::1", "5f00::1",
	}
}

func publicAddresses() []string {
	return []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "198.17.255.255",
		"198.20.0.1", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1",
	}
}

func TestN01AddressesAreRefusedWithoutAConnection(t *testing.T) {
	t.Parallel()
	for _, text := range closedAddresses() {
		a := netip.MustParseAddr(text)
		host := text
		if a.Is6() {
			host = "[" + text + "]"
		}
		w := &world{names: map[string][][]netip.Addr{"a.example": {{a}}}}
		for _, u := range []string{"https://" + host + "/x", "https://a.example/x"} {
			if _, err := w.client().Get(t.Context(), u, ""); code(t, err) != "fetch.address" {
				t.Errorf("%s at %s: %v", u, text, err)
			}
		}
		if len(w.dialled) != 0 {
			t.Errorf("%s was dialled", w.dialled)
		}
	}
	for _, text := range publicAddresses() {
		w := &world{names: map[string][][]netip.Addr{"a.example": addrs(text)}}
		if _, err := w.client().Get(t.Context(), "https://a.example/x", ""); code(t, err) != "fetch.connect" || len(w.dialled) != 1 {
			t.Errorf("%s: %v, %v", text, err, w.dialled)
		}
	}
}

func TestN01OddSpellingsAreRefusedWithoutALookUp(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"127.1", "0x7f000001", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", "localhost.", "a.example.",
		"[fe80::1%25eth0]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "user@a.example", "user:pw@a.example", "@a.example", "a..example",
		".example", "-a.example", "a-.example", "bücher.example", "%6c%6f%63%61%6c%68%6f%73%74", "a.example%00", "a_.example\\@b.example",
		"", "a.example:", "１２７.0.0.1", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 127) + "example",
		"[1.2.3.4]", "[::1", "a.example:0x50", "a.1", "a.0x1",
	} {
		w := &world{names: map[string][][]netip.Addr{}}
		_, err := w.client("127.0.0.0/8", "::1/128").Get(t.Context(), "https://"+host+"/x", "")
		if c := code(t, err); c != "fetch.address" && c != "fetch.port" {
			t.Errorf("%q: %v", host, err)
		}
		if len(w.looked)+len(w.dialled) != 0 {
			t.Errorf("%q was looked up or dialled: %v %v", host, w.looked, w.dialled)
		}
	}
	for _, host := range []string{"a.example", "A.Example", "xn--bcher-kva.example", "a.example:443", "localhost", "a-b.c1.example", "1.a"} {
		w := &world{names: map[string][][]netip.Addr{
			"a.example": addrs("1.1.1.1"), "xn--bcher-kva.example": addrs("1.1.1.1"), "localhost": addrs("1.1.1.1"),
			"a-b.c1.example": addrs("1.1.1.1"), "1.a": addrs("1.1.1.1"),
		}}
		if _, err := w.client().Get(t.Context(), "https://"+host+"/x", ""); code(t, err) != "fetch.connect" || len(w.dialled) != 1 {
			t.Errorf("%q: %v", host, err)
		}
	}
	w := &world{names: map[string][][]netip.Addr{"metadata.google.internal": addrs("169.254.169.254")}}
	if _, err := w.client("0.0.0.0/0").Get(t.Context(), "http://metadata.google.internal/", ""); code(t, err) != "fetch.address" || len(w.dialled) != 0 {
		t.Errorf("metadata in a wide allowed network: %v", err)
	}
	if _, err := w.client("169.254.169.254/32").Get(t.Context(), "http://metadata.google.internal/", ""); code(t, err) != "fetch.connect" {
		t.Errorf("metadata that is allowed by its very address: %v", err)
	}
}

func TestN02TheAddressThatIsConnectedToCounts(t *testing.T) {
	t.Parallel()
	public, private := netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("127.0.0.1")
	w := &world{names: map[string][][]netip.Addr{
		"rebind.example": {{public}, {private}},
		"mixed.example":  {{private, public}},
		"mapped.example": {{netip.MustParseAddr("::ffff:127.0.0.1")}},
		"six.example":    addrs("::1"),
	}}
	c := w.client()
	for _, step := range []struct{ host, want string }{
		{"rebind.example", "fetch.connect"}, {"rebind.example", "fetch.address"}, {"mixed.example", "fetch.connect"},
		{"mapped.example", "fetch.address"}, {"six.example", "fetch.address"}, {"nobody.example", "fetch.dns"},
	} {
		if _, err := c.Get(t.Context(), "https://"+step.host+"/", ""); code(t, err) != step.want {
			t.Errorf("%s: %v", step.host, err)
		}
	}
	if got := fmt.Sprint(w.dialled); got != "[1.1.1.1:443 1.1.1.1:443]" {
		t.Errorf("dialled %s", got)
	}
}

// Without an injected dialer the real one runs: its own control refuses, and the server sees nothing.
func TestN02TheRealDialerRefusesLoopback(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer s.Close()
	c := fetch.New(fetch.Config{
		RootCAs: pool(s), Lookup: func(context.Context, string) ([]netip.Addr, error) { return addrs("127.0.0.1")[0], nil },
	})
	u, _ := url.Parse(s.URL)
	for _, link := range []string{s.URL, "https://example.com/", "https://example.com:" + u.Port() + "/"} {
		if _, err := c.Get(t.Context(), link, ""); err == nil || seen.Load() != 0 {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestN04SchemesAndPorts(t *testing.T) {
	t.Parallel()
	names := map[string][][]netip.Addr{"a.example": addrs("1.1.1.1"), "in.example": addrs("10.1.2.3")}
	for _, c := range []struct{ name, url, want string }{
		{"https", "https://a.example/", "fetch.connect"},
		{"https in upper case", "HTTPS://a.example/", "fetch.connect"},
		{"file", "file:///etc/passwd", "fetch.scheme"},
		{"gopher", "gopher://a.example/", "fetch.scheme"},
		{"ftp", "ftp://a.example/", "fetch.scheme"},
		{"unix", "unix:///run/x.sock", "fetch.scheme"},
		{"data", "data:text/plain,x", "fetch.scheme"},
		{"javascript", "javascript:alert(1)", "fetch.scheme"},
		{"no scheme", "//a.example/", "fetch.scheme"},
		{"nothing", "", "fetch.scheme"},
		{"a scheme without slashes", "https:a.example", "fetch.address"},
		{"http", "http://a.example/", "fetch.scheme"},
		{"http on port 443", "http://a.example:443/", "fetch.scheme"},
		{"port 22", "https://a.example:22/", "fetch.port"},
		{"port 6379", "https://a.example:6379/", "fetch.port"},
		{"port 0", "https://a.example:0/", "fetch.port"},
		{"port 65536", "https://a.example:65536/", "fetch.port"},
		{"port 0443", "https://a.example:0443/", "fetch.port"},
		{"a line feed", "https://a.example/\n", "fetch.address"},
		{"a space", " https://a.example/", "fetch.address"},
		{"too long", "https://a.example/" + strings.Repeat("a", 2100), "fetch.address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &world{names: names}
			if _, err := w.client().Get(t.Context(), c.url, ""); code(t, err) != c.want {
				t.Errorf("%v", err)
			}
			if (len(w.dialled) > 0) != (c.want == "fetch.connect") {
				t.Errorf("dialled %v", w.dialled)
			}
		})
	}
	for _, c := range []struct{ url, want string }{
		{"http://in.example/", "fetch.connect"},
		{"https://in.example:8443/", "fetch.connect"},
		{"http://10.1.2.3:8080/", "fetch.connect"},
		{"http://10.2.0.1/", "fetch.address"},
		{"http://a.example/", "fetch.scheme"},
		{"https://a.example:8443/", "fetch.port"},
	} {
		w := &world{names: names}
		if _, err := w.client("10.1.0.0/16").Get(t.Context(), c.url, ""); code(t, err) != c.want {
			t.Errorf("with an allowed network, %s: %v", c.url, err)
		}
	}
}

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	if s.Certificate() != nil {
		p.AddCert(s.Certificate())
	}
	return p
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "Laurel" || r.Header.Get("Accept") != "application/json" || r.Header.Get("Cookie") != "" || r.Referer() != "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=90")
		w.Header().Set("Age", "30")
		w.Header().Set("ETag", `"e1"`)
		w.Header().Set("Set-Cookie", "a=b")
		_, _ = io.WriteString(w, `{"a":1}`)
	}))
	defer s.Close()
	c := fetch.New(fetch.Config{Allow: loopback(), RootCAs: pool(s)})
	for range 2 {
		res, err := c.Get(t.Context(), s.URL+"/x?y=z#frag", "application/json")
		if err != nil {
			t.Fatal(err)
		}
		if res.URL != s.URL+"/x?y=z" || res.Status != 200 || res.ContentType != "application/json; charset=utf-8" || res.MaxAge != time.Minute ||
			res.ETag != `"e1"` || string(res.Body) != `{"a":1}` {
			t.Errorf("%+v", res)
		}
	}
}

func TestPlainHTTPInsideAllowedNetworksOnly(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }))
	defer s.Close()
	if res, err := fetch.New(fetch.Config{Allow: loopback()}).Get(t.Context(), s.URL, ""); err != nil || string(res.Body) != "x" {
		t.Errorf("%v", err)
	}
	if _, err := fetch.New(fetch.Config{}).Get(t.Context(), s.URL, ""); code(t, err) != "fetch.address" {
		t.Errorf("%v", err)
	}
	w := &world{names: map[string][][]netip.Addr{"in.example": addrs("10.1.2.3"), "half.example": addrs("10.1.2.3", "1.1.1.1"), "out.example": addrs("1.1.1.1")}}
	inside := w.client("10.1.0.0/16")
	for host, want := range map[string]bool{
		"in.example": true, "in.example:8080": true, "10.1.2.3": true, "10.1.2.3:80": true, "half.example": false, "out.example": false, "nobody.example": false,
		"10.2.0.0": false, "in.example/x": false, "a@in.example": false, "10.1.2.3:0": false, "": false,
	} {
		if inside.PlainHTTP(host) != want {
			t.Errorf("PlainHTTP(%q) = %v", host, !want)
		}
	}
	if (&world{}).client().PlainHTTP("in.example") || fetch.New(fetch.Config{Allow: loopback(), Offline: true}).PlainHTTP("127.0.0.1") {
		t.Error("plain http without an allowed network, or offline")
	}
}

func TestOfflineNothingIsFetched(t *testing.T) {
	t.Parallel()
	w := &world{names: map[string][][]netip.Addr{"a.example": addrs("1.1.1.1")}}
	c := fetch.New(fetch.Config{Offline: true, Lookup: w.lookup, Dial: w.dial, Allow: loopback()})
	for _, u := range []string{"https://a.example/", "http://127.0.0.1/", "nonsense"} {
		if _, err := c.Get(t.Context(), u, ""); code(t, err) != "fetch.offline" || len(w.looked)+len(w.dialled) != 0 {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestK12RedirectsStayAtTheirOrigin(t *testing.T) {
	t.Parallel()
	var foreign atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { foreign.Add(1) }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/end":
			_, _ = io.WriteString(w, "end")
		case strings.HasPrefix(r.URL.Path, "/n/"):
			left := len(strings.Trim(r.URL.Path, "/n"))
			next := "/end"
			if left > 1 {
				next = "/n/" + strings.Repeat("x", left-1)
			}
			http.Redirect(w, r, next, http.StatusFound)
		case r.URL.Path == "/empty":
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusMovedPermanently)
		}
	}))
	defer s.Close()
	c := fetch.New(fetch.Config{Allow: loopback()})
	for _, k := range []struct{ name, path, want string }{
		{"one redirect", "/n/x", ""},
		{"as many as are followed", "/n/" + strings.Repeat("x", limits.FetchRedirects), ""},
		{"one more", "/n/" + strings.Repeat("x", limits.FetchRedirects+1), "fetch.redirect"},
		{"the full address of the same host", "/?to=" + url.QueryEscape(s.URL+"/end"), ""},
		{"another port", "/?to=" + url.QueryEscape(other.URL), "fetch.redirect"},
		{"https at the same port", "/?to=" + url.QueryEscape("https"+strings.TrimPrefix(s.URL, "http")), "fetch.redirect"},
		{"another name of the same host", "/?to=" + url.QueryEscape(strings.Replace(s.URL, "127.0.0.1", "localhost", 1)), "fetch.redirect"},
		{"a private address", "/?to=http://10.0.0.1/", "fetch.address"},
		{"a file", "/?to=file:///etc/passwd", "fetch.scheme"},
		{"nowhere", "/empty", "fetch.redirect"},
		{"itself for ever", "/?to=" + url.QueryEscape("/?to=/"), "fetch.redirect"},
	} {
		res, err := c.Get(t.Context(), s.URL+k.path, "")
		if code(t, err) != k.want {
			t.Errorf("%s: %v", k.name, err)
		}
		if err == nil && res.URL != s.URL+"/end" {
			t.Errorf("%s: ended at %s", k.name, res.URL)
		}
	}
	if foreign.Load() != 0 {
		t.Errorf("the other origin saw %d requests", foreign.Load())
	}
}

func zipped(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, n))
	_ = z.Close()
	return b.Bytes()
}

func TestN05AnswersAreBounded(t *testing.T) {
	t.Parallel()
	bomb := zipped(8 << 20)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			_, _ = w.Write(make([]byte, limits.FetchBytes))
		case "/more":
			_, _ = w.Write(make([]byte, limits.FetchBytes+1))
		case "/announced":
			w.Header().Set("Content-Length", "1073741824")
		case "/endless":
			chunk := make([]byte, 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/drip":
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(5 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		case "/silent":
			<-r.Context().Done()
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", limits.HeaderBytes))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		case "/html":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<p>error</p>")
		case "/octets":
			w.Header().Set("Content-Type", "application/octet-stream")
		case "/oddtype":
			w.Header().Set("Content-Type", ";;;")
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "x")
		case "/410":
			w.WriteHeader(http.StatusGone)
		case "/404":
			w.WriteHeader(http.StatusNotFound)
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/206":
			w.WriteHeader(http.StatusPartialContent)
		}
	}))
	defer s.Close()
	c := fetch.New(fetch.Config{Allow: loopback(), Timeout: 300 * time.Millisecond})
	for path, want := range map[string]string{
		"/exact": "", "/more": "fetch.too_large", "/announced": "fetch.too_large", "/endless": "fetch.too_large", "/drip": "fetch.timeout",
		"/silent": "fetch.timeout", "/header": "fetch.too_large", "/bomb": "fetch.type", "/html": "fetch.type", "/octets": "", "/oddtype": "fetch.type",
		"/cut": "fetch.connect", "/404": "fetch.status", "/410": "fetch.gone", "/204": "fetch.status", "/206": "fetch.status",
	} {
		res, err := c.Get(t.Context(), s.URL+path, "application/json, image/png")
		if code(t, err) != want {
			t.Errorf("%s: %v", path, err)
		}
		if path == "/exact" && err == nil && len(res.Body) != limits.FetchBytes {
			t.Errorf("%d bytes", len(res.Body))
		}
	}
	if _, err := c.Get(t.Context(), s.URL+"/html", "text/*, application/json"); err != nil {
		t.Errorf("html that was asked for: %v", err)
	}
}

// raw serves what no HTTP library would.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				answer(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestN05EndlessHeadersAndInterimAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ first, again string }{
		"headers":         {"HTTP/1.1 200 OK\r\n", "X-A: " + strings.Repeat("x", 1000) + "\r\n"},
		"one long header": {"HTTP/1.1 200 OK\r\nX-A: ", strings.Repeat("x", 1000)},
		"interim answers": {"", "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", 1000) + "\r\n\r\n"},
	} {
		var sent atomic.Int64
		link := raw(t, func(conn net.Conn) {
			_, err := io.WriteString(conn, c.first)
			for err == nil {
				_, err = io.WriteString(conn, c.again)
				sent.Add(int64(len(c.again)))
			}
		})
		if _, err := fetch.New(fetch.Config{Allow: loopback()}).Get(t.Context(), link, ""); err == nil {
			t.Errorf("%s: taken", name)
		} else if got := code(t, err); got != "fetch.too_large" && got != "fetch.connect" {
			t.Errorf("%s: %v", name, err)
		}
		if sent.Load() > 16<<20 {
			t.Errorf("%s: %d bytes were taken", name, sent.Load())
		}
	}
}

func TestTLSIsChecked(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	old := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	old.TLS = oldTLS()
	old.StartTLS()
	defer old.Close()
	quiet(s, plain, old)
	trusting := fetch.New(fetch.Config{Allow: loopback(), RootCAs: pool(s)})
	for _, c := range []struct {
		name   string
		client *fetch.Client
		url    string
		want   string
	}{
		{"a known certificate", trusting, s.URL, ""},
		{"an unknown certificate", fetch.New(fetch.Config{Allow: loopback(), RootCAs: x509.NewCertPool()}), s.URL, "fetch.tls"},
		{"a certificate for another name", trusting, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "fetch.tls"},
		{"no TLS at all", trusting, "https" + strings.TrimPrefix(plain.URL, "http"), "fetch.tls"},
		{"TLS 1.1", fetch.New(fetch.Config{Allow: loopback(), RootCAs: pool(old)}), old.URL, "fetch.tls"},
	} {
		if _, err := c.client.Get(t.Context(), c.url, ""); code(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	var seen atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	w := &world{names: map[string][][]netip.Addr{"in.example": addrs("10.1.2.3"), "a.example": addrs("1.1.1.1")}}
	c := w.client("10.0.0.0/8")
	_, _ = c.Get(t.Context(), "http://in.example/", "")
	_, _ = c.Get(t.Context(), "https://a.example/", "")
	if got := fmt.Sprint(w.dialled); got != "[10.1.2.3:80 1.1.1.1:443]" || seen.Load() != 0 {
		t.Errorf("dialled %s, the proxy saw %d", got, seen.Load())
	}
}

func TestN11RequestsUnderWayAreBounded(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	arrived := make(chan struct{}, 100)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		now.Add(-1)
	}))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := fetch.New(fetch.Config{
		Allow: loopback(), Lookup: func(context.Context, string) ([]netip.Addr, error) { return addrs("127.0.0.1")[0], nil },
	})
	var wg sync.WaitGroup
	get := func(host string, n int) {
		for range n {
			wg.Go(func() { _, _ = c.Get(t.Context(), "http://"+host+":"+port+"/", "") })
		}
	}
	get("one.example", 20)
	for range limits.FetchPerHost {
		<-arrived
	}
	for i := range 30 { // whoever waits for one slow host leaves room for others
		get(fmt.Sprintf("h%d.example", i), 1)
	}
	for range limits.FetchConcurrency - limits.FetchPerHost {
		<-arrived
	}
	if n := now.Load(); n != limits.FetchConcurrency {
		t.Errorf("%d requests are under way", n)
	}
	close(release)
	wg.Wait()
	if n := most.Load(); n > limits.FetchConcurrency {
		t.Errorf("%d requests were under way at once", n)
	}
}

func TestTheCallerMayLeave(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := &world{names: map[string][][]netip.Addr{"a.example": addrs("1.1.1.1")}}
	if _, err := w.client().Get(ctx, "https://a.example/", ""); code(t, err) != "fetch.timeout" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestMaxAge(t *testing.T) {
	t.Parallel()
	var control, age atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Cache-Control"] = control.Load().([]string)
		w.Header().Set("Age", age.Load().(string))
	}))
	defer s.Close()
	c := fetch.New(fetch.Config{Allow: loopback()})
	for _, k := range []struct {
		control []string
		age     string
		want    time.Duration
	}{
		{nil, "", 0}, {[]string{"max-age=60"}, "", time.Minute}, {[]string{`max-age="60"`}, "", time.Minute}, {[]string{"Max-Age=60"}, "20", 40 * time.Second},
		{[]string{"max-age=60"}, "90", 0}, {[]string{"max-age=60, no-store"}, "", 0}, {[]string{"max-age=60", "no-cache"}, "", 0},
		{[]string{"max-age=-5"}, "", 0}, {[]string{"max-age=x"}, "", 0}, {[]string{"max-age=60"}, "-5", time.Minute},
		{[]string{"max-age=99999999999999999999"}, "", 100 * 365 * 24 * time.Hour}, {[]string{"s-maxage=60"}, "", 0},
	} {
		control.Store(k.control)
		age.Store(k.age)
		res, err := c.Get(t.Context(), s.URL, "")
		if err != nil || res.MaxAge != k.want {
			t.Errorf("%q, Age %q: %v, want %v (%v)", k.control, k.age, res.MaxAge, k.want, err)
		}
	}
}

// Whatever the URL, nothing is dialled but public addresses on port 443.
func FuzzGet(f *testing.F) {
	for _, u := range []string{"https://a.example/", "http://127.1/", "https://[::1]/", "https://a@b/", "https://a.example:22/", "https://0x7f.1/"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, u string) {
		w := &world{}
		c := fetch.New(fetch.Config{
			Dial: w.dial, Lookup: func(context.Context, string) ([]netip.Addr, error) { return addrs("1.1.1.1")[0], nil },
		})
		if _, err := c.Get(t.Context(), u, ""); err == nil {
			t.Fatalf("%q was fetched", u)
		}
		for _, d := range w.dialled {
			if ap := netip.MustParseAddrPort(d); ap.Port() != 443 || ap.Addr().IsPrivate() || ap.Addr().IsLoopback() {
				t.Fatalf("%q: %s was dialled", u, d)
			}
		}
	})
}

func ExampleClient_Get() {
	c := fetch.New(fetch.Config{})
	_, err := c.Get(context.Background(), "https://169.254.169.254/latest/meta-data", "application/json")
	fmt.Println(err)
	// Output:
	// fetch.address at https://169.254.169.254/latest/meta-data: the host's address is not a public one
}
