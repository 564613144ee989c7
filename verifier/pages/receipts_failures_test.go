package pages_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/request"
)

// drawer is a place for receipts with steps that fail.
type drawer struct{ draft, save, see error }

func (d drawer) Draft(verifier.Result, verifier.Policy) (string, error) { return "draft", d.draft }

func (d drawer) Save(context.Context, string, receipt.Detail) (receipt.Saved, error) {
	return receipt.Saved{Code: "code"}, d.save
}

func (d drawer) See(context.Context, string) (receipt.Saved, error) {
	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	return receipt.Saved{Code: "code", JWS: []byte("a.b.c"), ExpiresAt: at, Receipt: receipt.Receipt{
		Issuer: "did:web:school.example", Verdict: "valid", CheckedAt: at, IssuedAt: at.Unix(), SHA256: strings.Repeat("a", 64),
		Checks: []receipt.Check{{ID: "form", Outcome: "pass", Code: "form.vc-jwt"}},
	}}, d.see
}

// TestPagesOfAReceiptThatFail: each step that fails has its own answer, and never a page or a file that looks like a receipt.
func TestPagesOfAReceiptThatFail(t *testing.T) {
	none := fault.New(fault.NotFound, nil, "there is none").Code("receipt.unknown")
	const get, post = http.MethodGet, http.MethodPost
	for _, row := range []struct {
		name, method, path, body string
		drawer                   drawer
		status                   int
		media                    string
	}{
		{"a check", post, "/verify", "text=eyJ.e30.AA", drawer{}, 200, "text/html"},
		{"a check, of which no receipt can be drafted", post, "/verify", "text=eyJ.e30.AA", drawer{draft: errBroken}, 500, "text/html"},
		{"a receipt that is made", post, "/receipts", "draft=x", drawer{}, 303, ""},
		{"a receipt of a damaged form", post, "/receipts", "draft=%zz", drawer{}, 400, "text/html"},
		{"a receipt that cannot be kept", post, "/receipts", "draft=x", drawer{save: errBroken}, 500, "text/html"},
		{"a receipt", get, "/receipts/code", "", drawer{}, 200, "text/html"},
		{"a receipt that there is not", get, "/receipts/code", "", drawer{see: none}, 404, "text/html"},
		{"the signed text", get, "/receipts/code.jwt", "", drawer{}, 200, "application/jwt"},
		{"the signed text of none", get, "/receipts/code.jwt", "", drawer{see: none}, 404, "text/html"},
		{"a file of another kind", get, "/receipts/code.exe", "", drawer{}, 404, "text/html"},
	} {
		t.Run(row.name, func(t *testing.T) {
			gin.SetMode(gin.TestMode)
			e := gin.New()
			pages.New(pages.Config{Checker: &checker{}, Receipts: row.drawer, BaseURL: "https://a.example"}).Register(e)
			r := httptest.NewRequest(row.method, row.path, strings.NewReader(row.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", "text/html")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != row.status || !strings.HasPrefix(w.Header().Get("Content-Type"), row.media) || strings.Contains(w.Body.String(), "disk") {
				t.Errorf("%d %v %.300s", w.Code, w.Header(), w.Body)
			}
			if w.Code >= 400 && (w.Header().Get("Location") != "" || w.Header().Get("Content-Disposition") != "") {
				t.Errorf("%d with %v", w.Code, w.Header())
			}
		})
	}
}

// TestAReceiptOnPaperSpeaksTheLanguageOfItsReader, and English where there are no letters for it.
func TestAReceiptOnPaperSpeaksTheLanguageOfItsReader(t *testing.T) {
	e := gin.New()
	pages.New(pages.Config{Checker: &checker{}, Receipts: drawer{}, BaseURL: "https://a.example"}).Register(e)
	for lang, want := range map[string]string{"fr": "fr", "es": "es", "en": "en"} {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/receipts/code.pdf?lang="+lang, nil))
		mark := []byte("/Lang <FEFF00" + strings.ToUpper(hex(want[0])) + "00" + strings.ToUpper(hex(want[1])) + ">")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !bytes.Contains(w.Body.Bytes(), mark) {
			t.Errorf("%s: %d %v", lang, w.Code, w.Header())
		}
	}
}

func hex(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// drafter drafts by the rules of package receipt, and shows what.
type drafter struct {
	drawer
	got *receipt.Receipt
}

func (d drafter) Draft(r verifier.Result, p verifier.Policy) (string, error) {
	out, ok := receipt.Of(r, p)
	if !ok {
		return "", nil
	}
	*d.got = out
	return "draft", nil
}

// What a wallet presented can be saved: as what was verified the receipt names the bytes that the wallet sent, and among its warnings how
// they came.
func TestAReceiptOfWhatAWalletAnswered(t *testing.T) {
	var got receipt.Receipt
	c := newCounter(t, pages.Config{Receipts: drafter{got: &got}})
	page, cookie := c.ask("")
	c.answer(page, request.CrossDevice)
	w := c.get(page, cookie.Value)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `name="draft" value="draft"`) {
		t.Errorf("%d, without a way to save it", w.Code)
	}
	if got.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte("{}"))) || got.Verdict != "valid" || !slices.Contains(got.Warnings, request.CrossDeviceCode) {
		t.Errorf("%+v", got)
	}
}
