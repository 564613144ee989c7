// Package mailtest runs a real mail server on loopback for tests: the smtp-server package of npm, with TLS and passwords.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/test/npmtest"
)

// Settings say how the server behaves.
type Settings struct {
	Security    string `json:"security"` // "starttls", "tls" or "plain-unsafe"
	User        string `json:"user"`     // empty: nobody needs a password
	Password    string `json:"password"`
	RefuseFirst int    `json:"refuseFirst"` // so many recipients are put off first
	HangUp      bool   `json:"hangUp"`      // take the first message and end without an answer
	Key         string `json:"key"`
	Cert        string `json:"cert"`
}

// Server is a mail server that takes everything but mail to nobody@….
type Server struct {
	Address string // host:port
	CA      []byte // PEM, the authority of its certificate
	*npmtest.Served
}

// Mail is a message that the server took.
type Mail struct {
	From    string   `json:"from"`
	To      []string `json:"to"`
	Secure  bool     `json:"secure"`
	User    string   `json:"user"`
	Message string   `json:"message"`
}

// Start starts a server that ends with the test.
func Start(t testing.TB, s Settings) *Server {
	t.Helper()
	if _, err := os.Stat(filepath.Join(npmtest.Dir(t), "node_modules", "smtp-server")); err != nil {
		npmtest.Missing(t, "the npm packages of test/npm are older than their list: run make setup-test")
	}
	var ca []byte
	s.Key, s.Cert, ca = certificate(t)
	out := &Server{CA: ca, Served: npmtest.Serve(t, "smtp.mjs", s)}
	var first struct{ Port int }
	out.Next(&first)
	out.Address = net.JoinHostPort("127.0.0.1", strconv.Itoa(first.Port))
	return out
}

// Taken waits for the next message.
func (s *Server) Taken() Mail {
	var m Mail
	s.Next(&m)
	return m
}

func certificate(t testing.TB) (key, cert string, ca []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), string(ca), ca
}

// Read takes a message apart: its header, its plain text and its HTML.
func (m Mail) Read(t testing.TB) (header mail.Header, text, html string) {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(m.Message))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parsed.Header, text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		var in io.Reader = p
		if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			in = quotedprintable.NewReader(p)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = strings.ReplaceAll(string(body), "\r\n", "\n")
		} else {
			text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
	}
}

// Subject is the subject of a message in letters.
func Subject(t testing.TB, h mail.Header) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
