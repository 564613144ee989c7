package mail

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/openlaurel/laurel/internal/fault"
)

// Draft is a message that somebody else sends, with their own mail program or server.
type Draft struct {
	Message
	From  string // an address, or "Name <address>"; empty leaves it to whoever sends the message
	Host  string // of the message's id where there is no sender
	Files []File
	At    time.Time
}

// File comes with a draft.
type File struct {
	Name, Media string
	Body        []byte
}

// Bytes writes the draft as RFC 5322 has it: text, HTML and files, in ASCII, with lines that end in CRLF. Mail programs open it as a
// message that was not sent yet. An address that is none is fault.Invalid.
func (d Draft) Bytes() ([]byte, error) {
	if d.From != "" {
		from, err := netmail.ParseAddress(d.From)
		if err != nil {
			return nil, fault.New(fault.Invalid, err, "the sender of mail is written as School <badges@example.org>").Code("mail.from")
		}
		d.Host = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	msg, err := d.message(d.From, d.At, d.Host)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the address of the learner cannot be written to").Code("mail.to")
	}
	msg.SetGenHeader("X-Unsent", "1") // Outlook opens it for editing then; a convention, which others leave alone
	for _, f := range d.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Body), gomail.WithFileContentType(gomail.ContentType(f.Media))); err != nil {
			return nil, fmt.Errorf("file of a mail: %w", err)
		}
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return out.Bytes(), nil
}
