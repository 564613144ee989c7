package mail_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/mail"
)

// parts reads a message: its header, and its parts with what is inside of them, in their order.
func parts(t *testing.T, file []byte) (netmail.Header, []part) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(media string, body io.Reader) []part
	walk = func(media string, body io.Reader) []part {
		kind, params, err := mime.ParseMediaType(media)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(kind, "multipart/") {
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			return []part{{media: kind, body: string(text)}}
		}
		var out []part
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextPart()
			if err == io.EOF {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			in := walk(p.Header.Get("Content-Type"), p)
			if p.FileName() != "" {
				in[0].name = p.FileName()
			}
			out = append(out, in...)
		}
	}
	return m.Header, walk(m.Header.Get("Content-Type"), m.Body)
}

type part struct{ media, name, body string }

func TestADraftIsAFileForAnyMailProgram(t *testing.T) {
	m := message("amina@example.org")
	m.Unsubscribe = ""
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	file, err := mail.Draft{Message: m, From: from, At: at, Files: []mail.File{{Name: "شارة.png", Media: "image/png", Body: []byte("\x89PNG\r\n")}}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(file), "\n") {
		if line != "" && !strings.HasSuffix(line, "\r") || len(line) > 999 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Fatalf("line %d is not one of RFC 5322: %q", i, line)
		}
	}
	h, got := parts(t, file)
	if d, err := h.Date(); err != nil || !d.Equal(at) || h.Get("X-Unsent") != "1" || h.Get("Message-Id") != "<mal_1@example.org>" || h.Get("Auto-Submitted") != "" {
		t.Errorf("%v", h)
	}
	if len(got) != 3 || got[0].media != "text/plain" || got[1].media != "text/html" || got[2].media != "image/png" || got[2].name == "" {
		t.Fatalf("%+v", got)
	}
}

func TestADraftMayLeaveItsSenderOpen(t *testing.T) {
	file, err := mail.Draft{Message: message("amina@example.org"), Host: "badges.example.org"}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if h, _ := parts(t, file); len(h["From"]) > 0 || h.Get("Message-Id") != "<mal_1@badges.example.org>" || h.Get("X-Unsent") != "1" {
		t.Errorf("%v", h)
	}
}

// TestADraftSaysNothingThatItsWriterDidNot: whatever stands in names and texts, it ends up in no header.
func TestADraftSaysNothingThatItsWriterDidNot(t *testing.T) {
	const evil = "x\r\nBcc: mallory@evil.example\r\n\r\nbody"
	good := mail.Draft{Message: message("amina@example.org"), From: from, Files: []mail.File{{Name: "a.png", Media: "image/png"}}}
	for name, spoil := range map[string]func(*mail.Draft){
		"the subject":          func(d *mail.Draft) { d.Subject = evil },
		"the language":         func(d *mail.Draft) { d.Lang = evil },
		"the name of a file":   func(d *mail.Draft) { d.Files[0].Name = evil + ".png" },
		"the text":             func(d *mail.Draft) { d.Text, d.HTML = evil, evil },
		"the name of a sender": func(d *mail.Draft) { d.From = "\"a b\" <badges@example.org>" },
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			d.Files = []mail.File{good.Files[0]}
			spoil(&d)
			file, err := d.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			h, got := parts(t, file)
			if h.Get("Bcc") != "" || len(h["To"]) != 1 || len(got) != 3 {
				t.Errorf("%v, %d parts", h, len(got))
			}
		})
	}
	for name, c := range map[string]struct{ from, to, code string }{
		"two lines as a recipient":    {from, "amina@example.org\r\nBcc: mallory@evil.example", "mail.to"},
		"two recipients":              {from, "amina@example.org, mallory@evil.example", "mail.to"},
		"no recipient":                {from, "", "mail.to"},
		"two lines as a sender":       {"badges@example.org\r\nBcc: mallory@evil.example", "amina@example.org", "mail.from"},
		"a sender without an address": {"School", "amina@example.org", "mail.from"},
	} {
		d := good
		d.From, d.To = c.from, c.to
		if file, err := d.Bytes(); fault.Describe(err).Code != c.code || len(file) > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, len(file))
		}
	}
}
