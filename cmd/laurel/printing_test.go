package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/paper/papertest"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/certificate"
	"github.com/openlaurel/laurel/verifier"
)

// The certificate of every form verifies by itself, and says in the reader's language what the badge page says.
func TestACertificateIsTheBadgeOnPaper(t *testing.T) {
	a, award := awarded(t)
	for _, form := range []proof.Form{proof.DataIntegrity, proof.SDJWT, proof.VCJWT} {
		if _, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: form}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	award = find(t, a, award.ID)
	p := newPrinting(a)
	for _, c := range award.Credentials {
		document, err := p.Certificate(t.Context(), award, c.ID, i18n.English)
		if err != nil {
			t.Fatal(err)
		}
		if r := a.verifier.Check(t.Context(), verifier.Input{File: document}, verifier.Policy{}); r.Verdict != verifier.Valid {
			t.Errorf("%s: the certificate is %s: %+v", c.Form, r.Verdict, r.Checks)
		}
		text := papertest.Text(t, document)
		for _, want := range []string{
			"First aid & <rescue>", "Can give first aid.", award.Recipient.Name, "Example School", "localhost:8080", "Course",
			"Grade", issuer.ShortCode(c.ID), "/b/" + issuer.ShortCode(c.ID), "/verify",
		} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s: %q is not in\n%s", c.Form, want, text)
			}
		}
		if says, err := qr.Read(papertest.Page(t, document, 1)); err != nil || says != a.awards.CredentialURL(c.ID) {
			t.Errorf("%s: the code says %q, %v", c.Form, says, err)
		}
		tree := papertest.Structure(t, document)
		for _, want := range []string{"H1", "H2", "TH", "Figure", "Caption", "Link"} {
			if !strings.Contains(tree, want) {
				t.Errorf("%s: no %s in\n%s", c.Form, want, tree)
			}
		}
	}
}

func TestACertificateIsInTheLanguageOfItsReaderAsFarAsThereAreFonts(t *testing.T) {
	a, award := awarded(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "any.ttf"), papertest.Hanzi(t), 0o600); err != nil {
		t.Fatal(err)
	}
	a.cfg.Fonts = folder
	withHanzi := newPrinting(a)
	without := withHanzi
	without.printer = certificateWithout(without)
	for name, tt := range map[string]struct {
		p    printing
		l    i18n.Locale
		want string
	}{
		"French":                        {withHanzi, i18n.French, "Vérifier ce certificat"},
		"Russian":                       {withHanzi, i18n.Russian, "Проверить этот сертификат"},
		"Chinese":                       {withHanzi, i18n.Chinese, "查验本证书"},
		"Arabic":                        {without, i18n.Arabic, "تحقَّق من هذه الشهادة"},
		"Chinese labels without a font": {without, i18n.Chinese, "Check this certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := tt.p.Certificate(t.Context(), award, award.Credentials[0].ID, tt.l)
			if err != nil {
				t.Fatal(err)
			}
			if tree := papertest.Structure(t, document); !strings.Contains(tree, tt.want) {
				t.Errorf("%q is not in\n%s", tt.want, tree)
			}
		})
	}
	award.Recipient.Name = "王小明"
	if _, err := without.Certificate(t.Context(), award, award.Credentials[0].ID, i18n.English); fault.Describe(err).Code != "paper.font" {
		t.Errorf("a name without a font: %v", err)
	}
	if _, err := withHanzi.Certificate(t.Context(), award, award.Credentials[0].ID, i18n.English); err != nil {
		t.Errorf("the same name with one: %v", err)
	}
}

func TestNoCertificateOfWhatDoesNotHold(t *testing.T) {
	a, award := awarded(t)
	p := newPrinting(a)
	private := award
	private.Visibility = issuer.Private
	document, err := p.Certificate(t.Context(), private, award.Credentials[0].ID, i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	if text := papertest.Text(t, document); strings.Contains(text, award.Credentials[0].ID) || strings.Contains(text, "/b/") ||
		!strings.Contains(text, "no public page") {
		t.Errorf("the certificate of a private badge leads to a page:\n%s", text)
	}
	if r := a.verifier.Check(t.Context(), verifier.Input{File: document}, verifier.Policy{}); r.Verdict != verifier.Valid {
		t.Errorf("the certificate of a private badge is %s", r.Verdict)
	}
	suspended := apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "x", Actor: "test"})
	if _, err := p.Certificate(t.Context(), suspended, award.Credentials[0].ID, i18n.English); !fault.Is(err, fault.Gone) {
		t.Errorf("suspended: %v", err)
	}
	if _, err := p.Certificate(t.Context(), award, "aaaaaaaaaaaaaaaaaaaaaaaaaa", i18n.English); !fault.Is(err, fault.NotFound) {
		t.Errorf("another's credential: %v", err)
	}
}

// The served certificate and the short code on it, as a visitor has them.
func TestTheServerPrints(t *testing.T) {
	a, award := awarded(t)
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	id := award.Credentials[0].ID
	if w := get("/c/" + id + ".pdf"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF-1.7") {
		t.Errorf("%d %.80s", w.Code, w.Body)
	}
	if w := get("/b/" + issuer.ShortCode(id)); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/c/"+id {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	other := strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, strings.ReplaceAll(issuer.ShortCode(id), "-", ""))
	if w := get("/b/" + other); w.Code != http.StatusNotFound {
		t.Errorf("another code: %d", w.Code)
	}
}

// certificateWithout prints with the built-in fonts alone.
func certificateWithout(p printing) *certificate.Printer {
	return certificate.New(paper.NewFonts(nil), p.words, time.Now)
}
