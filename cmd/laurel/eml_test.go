package main

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/verifier"
)

// eml is a mail as a mail program reads it.
type eml struct {
	netmail.Header
	text, html string
	files      map[string][]byte
}

func readEML(t *testing.T, file []byte) eml {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	out := eml{Header: m.Header, files: map[string][]byte{}}
	var walk func(media, name, encoding string, body io.Reader)
	walk = func(media, name, encoding string, body io.Reader) {
		kind, params, err := mime.ParseMediaType(media)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(kind, "multipart/") {
			if encoding == "base64" {
				body = base64.NewDecoder(base64.StdEncoding, body)
			}
			all, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case name != "":
				out.files[name] = all
			case kind == "text/plain":
				out.text = string(all)
			default:
				out.html = string(all)
			}
			return
		}
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			walk(p.Header.Get("Content-Type"), p.FileName(), p.Header.Get("Content-Transfer-Encoding"), p)
		}
	}
	walk(m.Header.Get("Content-Type"), "", m.Header.Get("Content-Transfer-Encoding"), m.Body)
	return out
}

// TestAMailBringsTheLinkAndTheBadge: for those who send their mail themselves; what a code guards does not come with it.
func TestAMailBringsTheLinkAndTheBadge(t *testing.T) {
	x := newExchange(t)
	for name, o := range map[string]offer.Order{
		"a link":             {Actor: "test"},
		"a link with a code": {Actor: "test", Guard: offer.WithTxCode},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := x.app.offers.Create(t.Context(), x.award.ID, o)
			if err != nil {
				t.Fatal(err)
			}
			file, err := mailFiles{x.app}.Write(t.Context(), x.award, made)
			if err != nil {
				t.Fatal(err)
			}
			m := readEML(t, file)
			if m.Get("To") != "<ana@example.org>" || m.Get("From") != `"Example School" <badges@example.org>` || m.Get("Content-Language") != "en" {
				t.Errorf("%v", m.Header)
			}
			link := x.app.base + "/claim/" + made.Code
			for _, body := range []string{m.text, m.html} {
				if !strings.Contains(body, link) || !strings.Contains(body, "Ana Silva") || strings.Contains(body, "/my/") {
					t.Errorf("%q", body)
				}
				if made.TxCode != "" && (strings.Contains(body, made.TxCode) || !strings.Contains(body, "a code, which you get by another way")) {
					t.Error("the code stands in the mail with its link, or nothing says that there is one")
				}
			}
			if made.TxCode != "" {
				if len(m.files) > 0 || strings.Contains(m.text, "comes with it") {
					t.Errorf("the badge comes although a code guards it: %d files", len(m.files))
				}
				return
			}
			if len(m.files) != 1 || x.verdict(m.files["badge.png"]) != verifier.Valid || !strings.Contains(m.text, "comes with it") {
				t.Errorf("%d files, the picture is %s", len(m.files), x.verdict(m.files["badge.png"]))
			}
		})
	}
	t.Run("when the wallet's copy is the only one", func(t *testing.T) {
		a := x.taken(offer.Supersede)
		made, err := x.app.offers.Create(t.Context(), a.ID, offer.Order{Actor: "test"})
		if err != nil {
			t.Fatal(err)
		}
		file, err := mailFiles{x.app}.Write(t.Context(), a, made)
		if m := readEML(t, file); err != nil || len(m.files) > 0 {
			t.Errorf("%d files, %v", len(m.files), err)
		}
	})
}

// TestAMailSpeaksTheLearnersLanguage: names that look like headers or markup stay names.
func TestAMailSpeaksTheLearnersLanguage(t *testing.T) {
	a, _ := claimable(t)
	got, err := a.awards.Award(t.Context(), issuer.Request{
		AchievementRef: "first-aid", Actor: "test",
		Recipient: issuer.Recipient{Name: `Bcc: <b>"mallory@evil.example"</b>`, Email: "amina@example.org", Language: "ar"},
	})
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.offers.Create(t.Context(), got.Award.ID, offer.Order{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := mailFiles{a}.Write(t.Context(), got.Award, made)
	if err != nil {
		t.Fatal(err)
	}
	m := readEML(t, file)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Get("Subject"))
	if err != nil || !strings.Contains(subject, "شارتك") || !strings.Contains(subject, "First aid & <rescue>") || m.Get("Bcc") != "" {
		t.Errorf("%q %v %v", subject, m.Header, err)
	}
	if !strings.Contains(m.html, `dir="rtl"`) || strings.Contains(m.html, "<b>") || !strings.Contains(html.UnescapeString(m.html), got.Award.Recipient.Name) {
		t.Errorf("%s", m.html)
	}
}

func TestMailsThatAreNotWritten(t *testing.T) {
	a, first := claimable(t)
	silent, err := a.catalog.AddIssuer(t.Context(), catalog.NewIssuer{Name: "Silent School", Slug: "silent"})
	if err == nil {
		_, err = a.keys.Create(t.Context(), silent.ID, silent.DID)
	}
	if err != nil {
		t.Fatal(err)
	}
	x := first.Award
	for name, c := range map[string]struct {
		spoil func(*issuer.Award)
		code  string
	}{
		"without an address":          {func(a *issuer.Award) { a.Recipient.Email = "" }, "mail.no_address"},
		"about an award that is over": {func(a *issuer.Award) { a.Suspension = &issuer.Suspension{} }, "award.suspended"},
		"about what was erased":       {func(a *issuer.Award) { a.ErasedAt = a.AwardedAt }, "award.erased"},
	} {
		spoilt := x
		c.spoil(&spoilt)
		if err := (mailFiles{a}).Addressed(t.Context(), spoilt); fault.Describe(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for from, by := range map[string]string{
		`"Example School" <badges@example.org>`: x.IssuerID, "": silent.ID, // whoever sends it says who they are
	} {
		i, err := a.catalog.Issuer(t.Context(), by)
		if got := (mailFiles{a}).from(i); err != nil || got != from {
			t.Errorf("%s writes as %q, want %q, %v", i.Name, got, from, err)
		}
	}
	a.cfg.Mail.From = "Office <office@example.org>"
	if got := (mailFiles{a}).from(silent); got != a.cfg.Mail.From {
		t.Errorf("with a sender in the settings: %q", got)
	}
}

// TestMailsByEveryWay: the console gives the file with the link, the command line writes one or those of many.
func TestMailsByEveryWay(t *testing.T) {
	data := t.TempDir()
	a, first := claimableIn(t, data)
	b := browse(t, a)
	cookie, csrf := signedIn(t, a, b)
	page := b.as(cookie).post("/console/awards/"+first.Award.ID+"/offers", "csrf", csrf).Body.String()
	found := regexp.MustCompile(`href="data:message/rfc822;base64,([^"]+)" download="awd_`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the console gives no mail")
	}
	file, err := base64.StdEncoding.DecodeString(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	if m := readEML(t, file); m.Get("To") != "<ana@example.org>" || len(m.files) != 1 {
		t.Errorf("%v, %d files", m.Header, len(m.files))
	}

	_, secret, err := a.access.AddToken(t.Context(), access.NewToken{Name: "platform", Scopes: []access.Scope{access.Award}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v1/awards/"+first.Award.ID+"/offers", strings.NewReader(`{"mail":true,"tx_code":true}`))
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	v, err := ijson.Parse(w.Body.Bytes(), ijson.Bounds{})
	if err != nil || w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if m := readEML(t, []byte(v.Member("mail").Text())); !strings.Contains(m.text, v.Member("claim_url").Text()) || strings.Contains(m.text, v.Member("tx_code").Text()) {
		t.Errorf("by API: %q", m.text)
	}

	dir := t.TempDir()
	command := func(want int, args ...string) {
		t.Helper()
		var out, errs strings.Builder
		got := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, append([]string{"--data", data}, args...))
		if got != want {
			t.Errorf("%v: exit code %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
		}
	}
	one, many := filepath.Join(dir, "one.eml"), filepath.Join(dir, "many")
	command(0, "award", "offer", first.Award.ID, "--mail", one)
	before, err := a.offers.Of(t.Context(), first.Award.ID)
	if err != nil {
		t.Fatal(err)
	}
	command(1, "award", "offer", first.Award.ID, "--mail", one) // it exists
	if after, err := a.offers.Of(t.Context(), first.Award.ID); err != nil || len(after) != len(before) {
		t.Errorf("a claim link was made for a mail that was not written: %v", err)
	}
	command(0, "award", "mails", "--out", many)
	command(1, "award", "mails", "--out", many)
	command(1, "award", "mails", "--batch", "bat_none", "--out", many+"2")
	for _, name := range []string{one, filepath.Join(many, first.Award.ID+".eml")} {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m := readEML(t, file)
		link := regexp.MustCompile(`/claim/[a-z2-7]{26}`).FindString(m.text)
		if w := b.get(link); link == "" || w.Code != http.StatusOK {
			t.Errorf("%s leads to %q: %d", name, link, w.Code)
		}
	}
}
