package laureltest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Client talks to the management API with one token. Its methods are safe for concurrent use.
type Client struct {
	Base  string
	Token string
	HTTP  *http.Client
}

// Award is what the API says of an award, as far as tests look at it.
type Award struct {
	ID          string       `json:"id"`
	ExternalID  string       `json:"external_id"`
	ClaimURL    string       `json:"claim_url"` // in the answer to the award only
	Credentials []Credential `json:"credentials"`
	Revocation  *struct {
		Reason string `json:"reason"`
	} `json:"revocation"`
}

// Credential is what the API says of a credential, as far as tests look at it.
type Credential struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

// Admin makes a token with "laurel token add --scope admin" and returns a client that uses it.
func (d *Deployment) Admin(t testing.TB) *Client {
	t.Helper()
	token := lastWord(d.Command(t, "token", "add", "--scope", "admin"))
	if token == "" {
		t.Fatal("laurel token add printed no token")
	}
	return &Client{Base: d.Base, Token: token, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
}

// Do sends one request with in as JSON (nil for no body), wants one of the statuses, and decodes the answer into out
// (nil for none). An *Unexpected is an answer of another status; any other error means that there was no whole answer.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, statuses ...int) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	for _, status := range statuses {
		if res.StatusCode != status {
			continue
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(text, out); err != nil {
			return fmt.Errorf("%s %s: %w in %s", method, path, err, text)
		}
		return nil
	}
	return &Unexpected{Request: method + " " + path, Status: res.StatusCode, Body: string(text)}
}

// Unexpected is a whole answer with a status that the test did not want.
type Unexpected struct {
	Request string
	Status  int
	Body    string
}

func (e *Unexpected) Error() string { return fmt.Sprintf("%s: %d %s", e.Request, e.Status, e.Body) }

// Text gets path (or a full URL of the deployment) without a token and returns the body; any status but 200 is an error.
func (c *Client) Text(ctx context.Context, path, accept string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+strings.TrimPrefix(path, c.Base), nil)
	if err != nil {
		return "", fmt.Errorf("GET %s: %w", path, err)
	}
	req.Header.Set("Accept", accept)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("GET %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		return "", &Unexpected{Request: "GET " + path, Status: res.StatusCode, Body: string(text)}
	}
	return string(text), nil
}

// Payload decodes the payload of a compact JWS into out, without looking at the signature: other tests do that.
func Payload(jws string, out any) error {
	parts := strings.Split(strings.TrimSpace(jws), ".")
	if len(parts) != 3 {
		return fmt.Errorf("%d segments in %.40q", len(parts), jws)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if err := json.Unmarshal(payload, out); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	return nil
}
