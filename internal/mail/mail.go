// Package mail owns the sending of one message over SMTP (RFC 5321) with TLS: STARTTLS (RFC 3207) or TLS from the first byte
// (RFC 8314); and the writing of one as a file (RFC 5322) for those who send their mail themselves.
//
// It refuses to send over a connection that is not encrypted, unless the setting says so by a name that warns, and it refuses
// a certificate that does not fit the server. A message goes as plain text and HTML with the same content; its id is given from
// outside, so that the same message sent again is recognised. What failed is told apart: for now, for good, and unclear, when
// the server had the message and did not answer. It queues nothing and logs nothing.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/openlaurel/laurel/internal/fault"
)

// Security says how the connection is encrypted.
type Security string

// The kinds. Plain is for a server on the same machine.
const (
	StartTLS    Security = "starttls"
	TLS         Security = "tls"
	PlainUnsafe Security = "plain-unsafe"
)

// Config says which server takes the messages, and from whom they are.
type Config struct {
	Server   string // host:port
	Security Security
	User     string // empty: no authentication
	Password string
	From     string // an address, or "Name <address>"
	Roots    *x509.CertPool
	Timeout  time.Duration // default: 30 s
	Clock    func() time.Time
}

// Message is one message to one person.
type Message struct {
	ID          string // makes the Message-ID: the same for the same message
	To          string // an address
	Subject     string
	Text, HTML  string // the same content
	Lang        string // BCP 47
	Unsubscribe string // address that ends further mail by a POST (RFC 8058), or empty
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	c      Config
	host   string
	port   int
	domain string // of the sender, for message ids
}

// New checks the settings. The error is fault.Invalid.
func New(c Config) (*Sender, error) {
	host, text, err := net.SplitHostPort(c.Server)
	port, parsed := strconv.Atoi(text)
	if err != nil || parsed != nil || host == "" || port < 1 || port > 65535 {
		return nil, fault.New(fault.Invalid, err, "the mail server is written as smtp.example.org:587").Code("mail.server")
	}
	switch c.Security {
	case StartTLS, TLS, PlainUnsafe:
	default:
		return nil, fault.New(fault.Invalid, nil, "the connection to the mail server is starttls, tls or plain-unsafe").Code("mail.security")
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the sender of mail is written as School <badges@example.org>").Code("mail.from")
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	s := &Sender{c: c, host: host, port: port}
	for i := len(from.Address) - 1; i >= 0; i-- {
		if from.Address[i] == '@' {
			s.domain = from.Address[i+1:]
			break
		}
	}
	return s, nil
}

// Outcome says what became of a message that was not taken.
type Outcome string

// The outcomes.
const (
	ForNow  Outcome = "for now"  // nothing was taken; another try may do
	ForGood Outcome = "for good" // the server refused it
	Unclear Outcome = "unclear"  // the server may have taken it
)

// Failure is the error of Send. Its text names neither address nor content.
type Failure struct {
	Outcome Outcome
	Code    int // of the SMTP answer, or 0
	cause   error
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Code != 0 {
		return fmt.Sprintf("mail was not sent %s: the server answered %d", f.Outcome, f.Code)
	}
	return fmt.Sprintf("mail was not sent %s", f.Outcome)
}

// Unwrap returns the cause, which may name the address.
func (f *Failure) Unwrap() error { return f.cause }

// Send sends one message. The error is a *Failure.
func (s *Sender) Send(ctx context.Context, m Message) error {
	msg, err := s.message(m)
	if err != nil {
		return &Failure{Outcome: ForGood, cause: err}
	}
	client, err := s.client()
	if err != nil {
		return &Failure{Outcome: ForGood, cause: err}
	}
	if err := client.DialWithContext(ctx); err != nil {
		return &Failure{Outcome: ForNow, Code: answer(err), cause: err}
	}
	err = client.Send(msg)
	_ = client.Close() // the message is taken or not; how the talk ends changes nothing
	if err == nil {
		return nil
	}
	f := &Failure{Outcome: ForNow, cause: err}
	var sent *gomail.SendError
	if errors.As(err, &sent) {
		f.Code = sent.ErrorCode()
		switch {
		case sent.Reason == gomail.ErrSMTPReset:
			return nil // the message was taken, and only then something else failed
		case f.Code >= 500:
			f.Outcome = ForGood
		case sent.Reason == gomail.ErrSMTPDataClose && f.Code == 0:
			f.Outcome = Unclear
		}
	}
	return f
}

// answer is the code of an SMTP answer in an error, or 0.
func answer(err error) int {
	var sent *gomail.SendError
	if errors.As(err, &sent) {
		return sent.ErrorCode()
	}
	return 0
}

func (s *Sender) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(s.c.Timeout), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, RootCAs: s.c.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch s.c.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case PlainUnsafe:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.c.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.c.User), gomail.WithPassword(s.c.Password))
	}
	return gomail.NewClient(s.host, options...)
}

func (s *Sender) message(m Message) (*gomail.Msg, error) {
	msg, err := m.message(s.c.From, s.c.Clock(), s.domain)
	if err == nil {
		msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	}
	return msg, err
}

// message writes a message of that sender, or of none, with an id that ends in domain.
func (m Message) message(from string, at time.Time, domain string) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if from != "" {
		if err := msg.From(from); err != nil {
			return nil, fmt.Errorf("sender: %w", err)
		}
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(at)
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetUserAgent("Laurel")
	msg.SetGenHeader("Content-Language", m.Lang)
	if m.Unsubscribe != "" {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}
