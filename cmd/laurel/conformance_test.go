package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// heard is an output that tells when the server runs.
type heard struct {
	bytes.Buffer
	address chan string
}

func (h *heard) Write(b []byte) (int, error) {
	if m := regexp.MustCompile(`https://localhost:\d+`).Find(b); m != nil && h.address != nil {
		h.address <- string(m)
		h.address = nil
	}
	return len(b), nil
}

func TestConformanceServesTheSuites(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	out := &heard{address: make(chan string, 1)}
	address, done := out.address, make(chan int, 1)
	go func() {
		done <- run(ctx, terminal{in: strings.NewReader(""), out: out, err: io.Discard}, []string{"serve", "--conformance", "--listen", "127.0.0.1:0", "--data", dir})
	}()
	var base string
	select {
	case base = <-address:
	case code := <-done:
		t.Fatalf("it ended with %d", code)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()

	var settings struct {
		Implementations []struct {
			Issuers, Verifiers, VPVerifiers, DIDResolvers []struct {
				ID, Endpoint string
				Tags         []string
			}
		}
	}
	_, text := get(t, client, base+"/localConfig.cjs")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "module.exports = "), ";\n")
	if err := json.Unmarshal([]byte(text), &settings); err != nil || len(settings.Implementations) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	us := settings.Implementations[0]
	if len(us.Issuers) < 7 || len(us.Verifiers) < 2 {
		t.Fatalf("%+v", us)
	}
	for _, i := range us.Issuers {
		code, body := send(t, client, i.Endpoint, `{"credential":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"`+i.ID+
			`","credentialSubject":{"id":"did:example:amal"}}}`)
		if code != http.StatusCreated {
			t.Errorf("%s: %d %s", i.Tags, code, body)
			continue
		}
		want := http.StatusOK
		if strings.Contains(i.Endpoint, "sd-2023") {
			want = http.StatusBadRequest // a base proof is for holders
		}
		if code, answer := send(t, client, us.Verifiers[0].Endpoint, body); code != want {
			t.Errorf("%s: %d %s", i.Tags, code, answer)
		}
	}
	if code, _ := get(t, client, us.DIDResolvers[0].Endpoint+"/"+us.Issuers[0].ID); code != http.StatusOK {
		t.Errorf("resolver: %d", code)
	}
	listed := us.Issuers[len(us.Issuers)-1]
	_, revocable := send(t, client, listed.Endpoint, `{"credential":{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:example:1","type":["VerifiableCredential"],"issuer":"`+listed.ID+
		`","credentialSubject":{"id":"did:example:amal"}}}`)
	for _, want := range []int{http.StatusOK, http.StatusBadRequest} {
		if code, answer := send(t, client, us.Verifiers[0].Endpoint, revocable); code != want || strings.Contains(answer, "status.revoked") != (want == http.StatusBadRequest) {
			t.Errorf("want %d: %d %s", want, code, answer)
		}
		if code, answer := send(t, client, base+"/credentials/status", `{"credentialId":"urn:example:1","status":true}`); code != http.StatusOK {
			t.Errorf("%d %s", code, answer)
		}
	}
	if code, list := get(t, client, base+"/status-lists/0"); code != http.StatusOK || !strings.Contains(list, "BitstringStatusListCredential") {
		t.Errorf("list: %d %s", code, list)
	}
	for _, path := range []string{"/api/v1/awards", "/console", "/verify"} {
		if code, _ := get(t, client, base+path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	stop()
	if code := <-done; code != exitGood {
		t.Errorf("it ended with %d", code)
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) != 0 {
		t.Errorf("files were made: %v %v", made, err)
	}
}

func TestConformanceStaysOnThisMachine(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "localhost:0", "badges.example:0"} {
		var errs bytes.Buffer
		code := run(t.Context(), terminal{in: strings.NewReader(""), out: io.Discard, err: &errs}, []string{"serve", "--conformance", "--listen", listen, "--data", t.TempDir()})
		if code != exitBad || !strings.Contains(errs.String(), "this machine only") {
			t.Errorf("%s: %d %s", listen, code, errs.String())
		}
	}
	for listen, want := range map[string]bool{"127.0.0.1:8080": true, "[::1]:0": true, "127.0.0.1": false} {
		if loopback(listen) != want {
			t.Errorf("%s", listen)
		}
	}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	return fetchBody(t, c, http.MethodGet, url, "")
}

func send(t *testing.T, c *http.Client, url, body string) (int, string) {
	t.Helper()
	return fetchBody(t, c, http.MethodPost, url, body)
}

func fetchBody(t *testing.T, c *http.Client, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
