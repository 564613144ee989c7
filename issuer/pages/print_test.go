package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/issuer"
)

func TestACertificateIsInTheLanguageOfItsReader(t *testing.T) {
	w := newWorld(t, base)
	for header, want := range map[string]string{"": "en", "ar,en;q=0.5": "ar", "de, zh;q=0.3": "zh"} {
		rec := w.ask(http.MethodGet, "/c/"+publicID+".pdf", nil, "Accept-Language", header)
		if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/pdf" || rec.Body.String() != "%PDF awd_public "+publicID+" "+want {
			t.Errorf("%q: %d %s %s", header, rec.Code, rec.Header().Get("Content-Type"), rec.Body)
		}
		if vary := strings.Join(rec.Header().Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") {
			t.Errorf("Vary: %s", vary)
		}
	}
	if rec := w.ask(http.MethodGet, "/c/"+privateID+".pdf", nil); rec.Code != 404 {
		t.Errorf("a private badge: %d", rec.Code)
	}
	a := w.awards[publicID]
	a.Revocation = &issuer.Revocation{At: w.now, Reason: "a mistake"}
	w.awards[publicID] = a
	if rec := w.ask(http.MethodGet, "/c/"+publicID+".pdf", nil); rec.Code != http.StatusGone {
		t.Errorf("a revoked badge: %d", rec.Code)
	}
}

func TestTheShortCodeLeadsToTheBadge(t *testing.T) { // W10
	w := newWorld(t, base)
	tests := []struct {
		name, typed string
		to          string // "" for nothing
	}{
		{"as it is printed", issuer.ShortCode(publicID), "/c/" + publicID},
		{"in lower case without dashes", "publicpublic", "/c/" + publicID},
		{"with spaces", "publ%20icpu%20blic", "/c/" + publicID},
		{"with a digit for a letter", "publ1cpubl1c", "/c/" + publicID},
		{"an unlisted badge", issuer.ShortCode(unlistedID), "/c/" + unlistedID},
		{"a private badge", issuer.ShortCode(privateID), ""},
		{"an unknown one", issuer.ShortCode(unknownID), ""},
		{"one letter less", "publicpubli", ""},
		{"the whole id", publicID, ""},
		{"another sign", "publicpubli!", ""},
		{"very long", strings.Repeat("a", 500), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := w.ask(http.MethodGet, "/b/"+tt.typed, nil)
			want := http.StatusSeeOther
			if tt.to == "" {
				want = http.StatusNotFound
			}
			if rec.Code != want || rec.Header().Get("Location") != tt.to {
				t.Errorf("%d %s", rec.Code, rec.Header().Get("Location"))
			}
		})
	}
	private, unknown := w.ask(http.MethodGet, "/b/"+issuer.ShortCode(privateID), nil), w.ask(http.MethodGet, "/b/"+issuer.ShortCode(unknownID), nil)
	if private.Body.Len() != unknown.Body.Len() || len(private.Header()) != len(unknown.Header()) {
		t.Error("a private badge can be told from an unknown one")
	}
}

func TestWhoGuessesShortCodesIsSlowedDown(t *testing.T) {
	w := newWorld(t, base)
	for range 50 { // a good code is no guess
		if rec := w.ask(http.MethodGet, "/b/publicpublic", nil); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d", rec.Code)
		}
	}
	refused := 0
	for range 50 {
		if rec := w.ask(http.MethodGet, "/b/aaaaaaaaaaaa", nil); rec.Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 30 || len(w.typed) != 70 {
		t.Errorf("%d of 50 guesses were refused, %d codes were looked up", refused, len(w.typed))
	}
	w.now = w.now.Add(time.Minute)
	if rec := w.ask(http.MethodGet, "/b/publicpublic", nil); rec.Code != http.StatusSeeOther {
		t.Errorf("after a minute: %d", rec.Code)
	}
}
