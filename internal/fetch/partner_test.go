package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
)

func TestHTTPKeepsTheRulesOfGet(t *testing.T) {
	served := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served++
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/full":
			_, _ = w.Write(make([]byte, limits.FetchBytes))
		case "/large":
			_, _ = w.Write(make([]byte, limits.FetchBytes+1))
		default:
			got, _ := io.ReadAll(r.Body)
			_, _ = w.Write(append([]byte(r.Method+" "+r.Header.Get("Authorization")+" "), got...))
		}
	}))
	defer server.Close()
	inside := fetch.New(fetch.Config{Allow: loopback()}).HTTP()
	read := func(path string) (int, []byte, error) {
		res, err := inside.Get(server.URL + path)
		if err != nil {
			return 0, nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, body, err
	}
	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("me", "secret")
	res, err := inside.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if want := "POST " + req.Header.Get("Authorization") + " a=b"; err != nil || string(body) != want {
		t.Errorf("%q, %v", body, err)
	}
	if status, _, err := read("/moved"); status != http.StatusFound || err != nil {
		t.Errorf("a redirect is followed: %d, %v", status, err)
	}
	if _, body, err := read("/full"); len(body) != limits.FetchBytes || err != nil {
		t.Errorf("as much as may be: %d bytes, %v", len(body), err)
	}
	if _, body, err := read("/large"); len(body) != limits.FetchBytes || code(t, err) != "fetch.too_large" {
		t.Errorf("a byte more: %d bytes, %v", len(body), err)
	}
	before := served
	for name, tt := range map[string]struct {
		client  *http.Client
		address string
		want    string
	}{
		"a private address": {fetch.New(fetch.Config{}).HTTP(), server.URL, "fetch.address"},
		"offline":           {fetch.New(fetch.Config{Allow: loopback(), Offline: true}).HTTP(), server.URL, "fetch.offline"},
		"a user name":       {inside, strings.Replace(server.URL, "://", "://me@", 1), "fetch.address"},
		"another scheme":    {inside, "ftp://127.0.0.1/", "fetch.scheme"},
	} {
		_, err := tt.client.Get(tt.address)
		if err == nil || errors.Unwrap(err) == nil || code(t, err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if served != before {
		t.Error("something was sent")
	}
}
