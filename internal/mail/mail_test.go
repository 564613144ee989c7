package mail_test

import (
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/mail"
	"github.com/openlaurel/laurel/test/mailtest"
)

const from = "Школа <badges@example.org>"

func sender(t *testing.T, s *mailtest.Server, c mail.Config) *mail.Sender {
	t.Helper()
	c.Server, c.From = s.Address, from
	if c.Roots == nil {
		c.Roots = x509.NewCertPool()
		c.Roots.AppendCertsFromPEM(s.CA)
	}
	out, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func message(to string) mail.Message {
	return mail.Message{
		ID: "mal_1", To: to, Subject: "شارتك: Première – 证书",
		Text: "Здравствуйте,\n.\n\u202bمرحبا\u202c\n" + strings.Repeat("long ", 300) + "\n",
		HTML: "<p>Привет</p>",
		Lang: "ar", Unsubscribe: "https://badges.example.org/mail/stop/x/y",
	}
}

func TestAMessageArrivesAsItWasWritten(t *testing.T) {
	for _, how := range []mail.Security{mail.StartTLS, mail.TLS} {
		t.Run(string(how), func(t *testing.T) {
			s := mailtest.Start(t, mailtest.Settings{Security: string(how), User: "laurel", Password: "secret"})
			m := message("amina@example.org")
			if err := sender(t, s, mail.Config{Security: how, User: "laurel", Password: "secret"}).Send(t.Context(), m); err != nil {
				t.Fatal(errors.Unwrap(err))
			}
			got := s.Taken()
			if !got.Secure || got.User != "laurel" || got.From != "badges@example.org" || len(got.To) != 1 || got.To[0] != m.To {
				t.Errorf("%v %s %s %v", got.Secure, got.User, got.From, got.To)
			}
			h, text, html := got.Read(t)
			if text != m.Text || html != m.HTML || mailtest.Subject(t, h) != m.Subject {
				t.Errorf("%q\n%q\n%q", mailtest.Subject(t, h), text, html)
			}
			for name, want := range map[string]string{
				"Message-Id": "<mal_1@example.org>", "Auto-Submitted": "auto-generated", "Content-Language": "ar",
				"List-Unsubscribe": "<https://badges.example.org/mail/stop/x/y>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			} {
				if h.Get(name) != want {
					t.Errorf("%s: %q", name, h.Get(name))
				}
			}
			for line := range strings.SplitSeq(got.Message, "\r\n") {
				if len(line) > 998 { // RFC 5322 §2.1.1
					t.Errorf("a line of %d bytes", len(line))
				}
			}
		})
	}
}

func TestWhatFailedIsToldApart(t *testing.T) {
	encrypted := mailtest.Start(t, mailtest.Settings{Security: "starttls", User: "laurel", Password: "secret"})
	plain := mailtest.Start(t, mailtest.Settings{Security: "plain-unsafe"})
	busy := mailtest.Start(t, mailtest.Settings{Security: "starttls", RefuseFirst: 1})
	silent := mailtest.Start(t, mailtest.Settings{Security: "starttls", HangUp: true})
	good := mail.Config{Security: mail.StartTLS, User: "laurel", Password: "secret"}
	open := mail.Config{Security: mail.StartTLS}
	for _, tt := range []struct {
		name   string
		server *mailtest.Server
		config mail.Config
		to     string
		want   mail.Outcome
		code   int
	}{
		{"a person that the server does not know", encrypted, good, "nobody@example.org", mail.ForGood, 550},
		{"an address that is none", encrypted, good, "amina@", mail.ForGood, 0},
		{"a line feed in the address", encrypted, good, "a@example.org\r\nBcc: b@example.org", mail.ForGood, 0},
		{"a server that puts off", busy, open, "amina@example.org", mail.ForNow, 451},
		{"a server that took it and does not answer", silent, open, "amina@example.org", mail.Unclear, 0},
		{"a server without encryption", plain, open, "amina@example.org", mail.ForNow, 0},
		{"a certificate of somebody else", encrypted, mail.Config{Security: mail.StartTLS, Roots: x509.NewCertPool()}, "amina@example.org", mail.ForNow, 0},
		{"a wrong password", encrypted, mail.Config{Security: mail.StartTLS, User: "laurel", Password: "wrong"}, "amina@example.org", mail.ForNow, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Timeout = 10 * time.Second
			err := sender(t, tt.server, tt.config).Send(t.Context(), message(tt.to))
			var f *mail.Failure
			if !errors.As(err, &f) || f.Outcome != tt.want || tt.code != 0 && f.Code != tt.code {
				t.Fatalf("%v (%v), want %s %d", err, errors.Unwrap(err), tt.want, tt.code)
			}
			if strings.Contains(err.Error(), "amina") || strings.Contains(err.Error(), "nobody") {
				t.Errorf("the error names the address: %v", err)
			}
		})
	}
	if n := encrypted.Waiting() + plain.Waiting() + busy.Waiting(); n != 0 {
		t.Errorf("%d messages were taken", n)
	}
	if err := sender(t, busy, open).Send(t.Context(), message("amina@example.org")); err != nil {
		t.Errorf("after it had put off: %v", err)
	}
	if err := sender(t, plain, mail.Config{Security: mail.PlainUnsafe}).Send(t.Context(), message("amina@example.org")); err != nil {
		t.Errorf("without encryption, by its name: %v", errors.Unwrap(err))
	}
}

func TestAServerThatIsNotThereIsForNow(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	s, err := mail.New(mail.Config{Server: address, Security: mail.StartTLS, From: from})
	if err != nil {
		t.Fatal(err)
	}
	var f *mail.Failure
	if err := s.Send(t.Context(), message("amina@example.org")); !errors.As(err, &f) || f.Outcome != mail.ForNow {
		t.Errorf("%v", err)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for code, c := range map[string]mail.Config{
		"mail.server":   {Server: "smtp.example.org", Security: mail.StartTLS, From: from},
		"mail.security": {Server: "smtp.example.org:25", Security: "none", From: from},
		"mail.from":     {Server: "smtp.example.org:25", Security: mail.TLS, From: "a, b"},
	} {
		if _, err := mail.New(c); fault.Describe(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}
